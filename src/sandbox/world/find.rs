//! Lists with their filters, order and pages. Pure.

use super::{Record, World, Zone};

/// The query of an address, in order; keys may come twice.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(pub(crate) Vec<(String, String)>);

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page<'w, T> {
    pub(crate) items: Vec<&'w T>,
    pub(crate) page: usize,
    pub(crate) per_page: usize,
    pub(crate) total_count: usize,
}

impl Query {
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Every value of a key.
    pub(crate) fn all<'q>(&'q self, key: &str) -> impl Iterator<Item = &'q str> {
        self.0.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    fn number(&self, key: &str, default: usize) -> usize {
        self.get(key).and_then(|text| text.parse().ok()).unwrap_or(default)
    }
}

/// A page past the end is empty, not an error: official clients page until they meet one.
pub(crate) fn page<'w, T>(all: Vec<&'w T>, query: &Query, default: usize, most: usize) -> Page<'w, T> {
    let total_count = all.len();
    let (page, per_page, skipped) = bounds(query, default, most);
    let items = all.into_iter().skip(skipped).take(per_page).collect();
    Page { items, page, per_page, total_count }
}

/// Which page is asked for, how many a page holds, and how many come before it.
fn bounds(query: &Query, default: usize, most: usize) -> (usize, usize, usize) {
    let page = query.number("page", 1).max(1);
    let per_page = query.number("per_page", default).clamp(1, most);
    (page, per_page, (page - 1).saturating_mul(per_page))
}

impl World {
    /// `/zones`. More than the documented 50 a page is accepted and echoed, as observed.
    pub(crate) fn list_zones(&self, query: &Query) -> Page<'_, Zone> {
        let fits = |zone: &&Zone| {
            let by = |key: &str, value: &str| query.get(key).is_none_or(|wanted| wanted == value);
            let kinds = query.get("type");
            query.get("name").is_none_or(|wanted| self.zone_name_fits(wanted, zone))
                && by("status", &zone.status)
                && by("account.id", &zone.account)
                && kinds
                    .map_or(zone.kind != "internal", |kinds| kinds.split(',').any(|kind| kind == zone.kind))
        };
        let mut all: Vec<&Zone> = self.zones.iter().filter(fits).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
        if query.get("direction") == Some("desc") {
            all.reverse();
        }
        page(all, query, 20, 1_000)
    }

    /// Whether A-labels find an internationalised zone is disputed, so that both can be had.
    fn zone_name_fits(&self, wanted: &str, zone: &Zone) -> bool {
        let by_a_labels = !self.finds_unicode_only && name_fits(wanted, &zone.name);
        by_a_labels || name_fits(wanted, &zone.shown_name())
    }
}

/// Operator prefixes still work for zones. Source: the API description, checked 2026-08-22.
fn name_fits(wanted: &str, name: &str) -> bool {
    let wanted = wanted.to_lowercase();
    match wanted.split_once(':') {
        Some(("equal", text)) => name == text,
        Some(("not_equal", text)) => name != text,
        Some(("starts_with", text)) => name.starts_with(text),
        Some(("ends_with", text)) => name.ends_with(text),
        Some(("contains", text)) => name.contains(text),
        _ => name == wanted.trim_end_matches('.'),
    }
}

impl Zone {
    /// `/zones/{id}/dns_records`.
    pub(crate) fn list(&self, query: &Query) -> Page<'_, Record> {
        let filters = query.0.iter().filter(|(key, _)| is_filter(key));
        let (tags, filters): (Vec<_>, Vec<_>) = filters.partition(|(key, _)| key.starts_with("tag"));
        let any = query.get("match") == Some("any");
        let any_tag = query.get("tag_match") == Some("any");
        let fits = |record: &&Record| {
            let one = |(key, value): &&(String, String)| fits(record, key, &value.to_lowercase());
            holds(&filters, any, one) && holds(&tags, any_tag, one)
        };
        // A large zone is not sorted anew for each of its pages.
        let pages = ["page", "per_page"];
        let order: Vec<_> = query.0.iter().filter(|(key, _)| !pages.contains(&key.as_str())).collect();
        let places = self.records.in_order(&format!("{order:?}"), |all| {
            all.retain(fits);
            // The newest first among those that are alike.
            all.reverse();
            sort(all, query);
        });
        let (page, per_page, skipped) = bounds(query, 100, 5_000_000);
        let items = places.iter().skip(skipped).take(per_page);
        let items = items.filter_map(|place| self.records.by_place.get(place)).collect();
        Page { items, page, per_page, total_count: places.len() }
    }
}

fn holds<T>(filters: &[T], any: bool, one: impl Fn(&T) -> bool) -> bool {
    if any && !filters.is_empty() { filters.iter().any(one) } else { filters.iter().all(one) }
}

fn is_filter(key: &str) -> bool {
    let stem = key.split('.').next().unwrap_or_default();
    matches!(stem, "name" | "content" | "comment" | "tag" | "type" | "proxied")
}

fn fits(record: &Record, key: &str, wanted: &str) -> bool {
    let (stem, operator) = key.split_once('.').unwrap_or((key, "exact"));
    let comment = record.comment.as_deref().unwrap_or_default();
    match stem {
        "type" => record.kind.to_lowercase() == wanted,
        "proxied" => record.proxied.to_string() == wanted,
        "name" => text_fits(&record.name, operator, wanted.trim_end_matches('.')),
        "content" => text_fits(&record.content, operator, wanted),
        "comment" => text_fits(comment, operator, wanted),
        "tag" => record.tags.iter().any(|tag| tag_fits(tag, operator, wanted)) == (operator != "absent"),
        _ => true,
    }
}

fn text_fits(text: &str, operator: &str, wanted: &str) -> bool {
    let text = text.to_lowercase();
    match operator {
        "contains" => text.contains(wanted),
        "startswith" => text.starts_with(wanted),
        "endswith" => text.ends_with(wanted),
        "present" => !text.is_empty(),
        "absent" => text.is_empty(),
        _ => text == wanted,
    }
}

fn tag_fits(tag: &str, operator: &str, wanted: &str) -> bool {
    let tag = tag.to_lowercase();
    let (name, value) = tag.split_once(':').unwrap_or((&tag, ""));
    match (operator, wanted.split_once(':')) {
        ("contains", Some((key, part))) => name == key && value.contains(part),
        ("startswith", Some((key, part))) => name == key && value.starts_with(part),
        ("endswith", Some((key, part))) => name == key && value.ends_with(part),
        (_, Some(_)) => tag == wanted,
        (_, None) => name == wanted,
    }
}

/// Source of the usual order: captured listings, checked 2026-11-25.
fn sort(records: &mut [&Record], query: &Query) {
    let order = query.get("order").unwrap_or("type");
    let compare = |a: &Record, b: &Record| match order {
        "name" => a.name.cmp(&b.name),
        "content" => a.content.cmp(&b.content),
        "ttl" => a.ttl.cmp(&b.ttl),
        "proxied" => a.proxied.cmp(&b.proxied),
        _ => a.kind.cmp(&b.kind),
    };
    records.sort_by(|a, b| compare(a, b).then_with(|| a.name.cmp(&b.name)));
    if query.get("direction") == Some("desc") {
        records.reverse();
    }
}
