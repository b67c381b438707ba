//! Whether a name and a target are a pair that a provider asks for. Pure.

use super::set::{Member, Set};
use super::{Catalog, role_of_name};
use crate::model::dns::DomainName;

/// The domain a name is for, as far as its labels tell: what follows its last underscore label, or its parent.
pub(crate) fn domain_of(name: &DomainName) -> Option<DomainName> {
    let has_underscore = |name: &DomainName| name.labels().any(|label| label.starts_with('_'));
    let mut domain = name.parent()?;
    while has_underscore(&domain) {
        domain = domain.parent()?;
    }
    domain.parent().is_some().then_some(domain)
}

impl Catalog {
    /// Why a name and a target belong to different records of a set, for people; `None` where they fit, or where
    /// no set tells.
    pub fn misfit(&self, name: &DomainName, target: &DomainName) -> Option<String> {
        let domain = domain_of(name)?;
        let sets = self.sets_of(name, target);
        let members = || sets.iter().flat_map(|set| set.members.iter().map(move |member| (set, member)));
        let readings = members().filter_map(|(set, member)| {
            Some((member, member.target.read(target, set.variables.blank(domain.as_str()))?))
        });
        // The names at which the target would belong.
        let mut homes = Vec::new();
        for (member, reading) in readings {
            match member.name.write(&reading) {
                None if member.name.is_any() || !reading.is_whole() => return None,
                Some(home) if home == *name => return None,
                home => homes.extend(home),
            }
        }
        if let Some(home) = homes.first() {
            return Some(format!("{target} belongs at {home}, not at {name}"));
        }
        if let Some(other) = members().find_map(|(set, member)| {
            let other = member.target.domain_of(target)?;
            let is_read = member.target.read(target, set.variables.blank(other.as_str())).is_some();
            let is_other = other.registrable().is_some() && other.registrable() != name.registrable();
            (is_read && is_other).then(|| other.clone())
        }) {
            return Some(format!("{target} is made for {other}, not for {domain}"));
        }
        let role = role_of_name(name)?;
        let is_for_name = |(set, member): &(&Set, &Member)| {
            let blank = set.variables.blank("");
            let is_fixed = member.name.write(&blank).is_some();
            member.role == role && is_fixed && member.name.read(name, blank).is_some()
        };
        let labels: Vec<Option<&str>> =
            members().filter(is_for_name).map(|(_, wanted)| wanted.target.first_label()).collect();
        // A target that begins with the selector itself may be a shape that the set does not know.
        let fits = |label: Option<&str>| {
            label.is_none_or(|label| [label, name.first_label()].contains(&target.first_label()))
        };
        let label = labels.first().filter(|_| !labels.iter().copied().any(fits))?.unwrap_or_default();
        Some(format!("the target that belongs at {name} begins with {label}, and {target} does not"))
    }
}
