//! The words that pages and tables put around records, in the languages of their users. Pure.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::names;

/// What a heading or a label says about the cells below or beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Type,
    Name,
    Value,
    Ttl,
    Provider,
    /// Something that no record needs: a priority, a status.
    Other,
}

const TYPE: &str = "\
    type, record type, dns type, dns record type, type of record, kind, rr type, tipo, \
    tipo de registro, tipo de registo, tipo di record, tipo record, type d'enregistrement, \
    type de l'enregistrement, typ, eintragstyp, recordtyp, record-typ, typ des eintrags, \
    recordtype, soort, typ rekordu, タイプ, 種類, 種別, レコードタイプ, 类型, 類型, 记录类型, 記錄類型, тип, тип записи";

const NAME: &str = "\
    name, host, hostname, host name, host/name, name/host, host / name, name / host, host record, \
    record host, record name, dns name, dns record name, dns host, dns entry, subdomain, \
    sub-domain, domain, domain name, alias, owner, owner name, label, fqdn, cname host, cname name, \
    cname record name, hostname/name, name/host/alias, host/alias, record, nombre, nombre de host, \
    nombre del host, nombre de registro, nombre del registro, nombre dns, anfitrión, anfitrion, \
    subdominio, dominio, nombre / host, nombre/host, host/nombre, nom, hôte, hote, nom d'hôte, \
    nom de l'hôte, nom d'hote, nom de l'enregistrement, nom d'enregistrement, sous-domaine, \
    domaine, hostnamen, hostname / name, rechnername, name des eintrags, eintrag, subdomäne, \
    recordname, record-name, nome, nome host, nome dell'host, nome record, nome del record, \
    sottodominio, nome do host, nome do registro, nome do registo, subdomínio, domínio, naam, \
    hostnaam, recordnaam, subdomein, domein, nazwa, nazwa hosta, ホスト, ホスト名, 名前, レコード名, サブドメイン, 主机, \
    主机名, 主机记录, 名称, 记录名称, 子域名, 主機, 主機名稱, 名稱, 記錄名稱, имя, хост, имя хоста, имя записи, узел, поддомен, \
    название, source, source host, host/record name, record name/host, cname record, nombre / host / alias, \
    nombre/host/alias, name / host / alias, host / alias, nom / hôte, name / hostname, name/hostname";

const VALUE: &str = "\
    value, target, data, content, contents, points to, point to, pointing to, destination, answer, \
    record value, record data, cname value, cname target, cname record value, dns value, \
    dns record value, target host, target name, target hostname, canonical name, alias to, \
    alias for, alias of, is an alias of, directs to, resolves to, value/target, value / target, \
    target/value, value/points to, points to/value, required value, required data, expected value, \
    rdata, mail server, text, value/answer/destination, value / points to, host value, text value, \
    txt value, valor, contenido, destino, apunta a, apuntar a, datos, objetivo, valor del registro, \
    valor de registro, valeur, contenu, cible, données, donnees, pointe vers, pointer vers, \
    valeur cible, valeur de l'enregistrement, wert, ziel, inhalt, daten, zeigt auf, verweist auf, \
    zielwert, zielhost, ziel-hostname, zieladresse, valore, destinazione, contenuto, dati, punta a, \
    obiettivo, valore del record, conteúdo, conteudo, dados, aponta para, valor do registro, \
    valor do registo, waarde, doel, inhoud, gegevens, verwijst naar, wijst naar, bestemming, \
    wartość, cel, 値, 内容, 宛先, 参照先, ターゲット, データ, 值, 记录值, 目标, 指向, 数据, 記錄值, 紀錄值, 內容, 目標, значение, \
    содержимое, цель, данные, указывает на, адресат, назначение, points to address or value, \
    points to address, points to value, record content, cname content, target address, target domain, \
    target value, destination host, is alias for, apunta hacia, dirección de destino, valor/destino, \
    valor / destino, pointe sur, zielname, wert / ziel, ziel / wert, valeur / cible, valore / destinazione";

const PROVIDER: &str = "\
    provider, platform, plataforma, proveedor, fournisseur, anbieter, fornitore, fornecedor";

const OTHER: &str = "\
    priority, prioridad, priorité, priorität, priorità, prioridade, prioriteit, 优先级, 優先級, 優先度, \
    приоритет, status, state, estado, état, statut, stato, 状态, 狀態, 状態, статус, purpose, \
    description, comment, comments, note, notes, tags, action, actions, proxy status, proxied, \
    proxy, verified, valid, class, weight, port, current value";

const TTL: &str = "\
    ttl, ttl (seconds), ttl (s), ttl (sec), ttl seconds, time to live, lifetime, gültigkeit, \
    durée de vie, tiempo de vida";

/// Words that pages put beside values. Only words that could pass for a label of a name matter.
const CHATTER: &str = "\
    copy, copied, copy value, verified, pending, valid, invalid, active, inactive, auto, automatic, \
    default, edit, delete, remove, add, dns only, proxied, unproxied, true, false, yes, no, none, \
    null, in, seconds, second, sec, minutes, min, hour, hours, h, s, m, ok, error, failed, success, \
    done, help, show, hide, next, back, save, cancel, close, verify, check, record, records, dns, \
    ttl, spf, dkim, dmarc, n/a, copiado, copiar, verificado, verificada, pendiente, activo, editar, \
    copié, copier, vérifié, en attente, actif, modifier, kopieren, kopiert, verifiziert, \
    ausstehend, aktiv, bearbeiten, copia, copiato, verificato, in attesa, attivo, modifica, \
    pendente, ativo, kopiëren, kopieer, gekopieerd, geverifieerd, in behandeling, actief, \
    automático, automatique, automatisch, automatico, and, to, or, the, with, for";

static FIELDS: LazyLock<HashMap<&str, Field>> = LazyLock::new(|| {
    let lists = [
        (Field::Type, TYPE),
        (Field::Name, NAME),
        (Field::Value, VALUE),
        (Field::Ttl, TTL),
        (Field::Provider, PROVIDER),
        (Field::Other, OTHER),
    ];
    lists.into_iter().flat_map(|(field, list)| list.split(", ").map(move |word| (word, field))).collect()
});

static CHATTER_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| CHATTER.split(", ").collect());

const TYPES: &[&str] = &[
    "A",
    "AAAA",
    "CNAME",
    "TXT",
    "MX",
    "NS",
    "SRV",
    "CAA",
    "PTR",
    "SOA",
    "SPF",
    "HTTPS",
    "SVCB",
    "DS",
    "DNSKEY",
    "TLSA",
    "SSHFP",
    "NAPTR",
    "LOC",
    "URI",
    "ALIAS",
    "ANAME",
    "HINFO",
    "CERT",
    "SMIMEA",
    "CDS",
    "CDNSKEY",
    "OPENPGPKEY",
    "RRSIG",
    "NSEC",
    "NSEC3",
];

/// What people write beside the type itself.
const BESIDE_TYPE: &[&str] = &[
    "record",
    "records",
    "registro",
    "registros",
    "registo",
    "enregistrement",
    "enregistrements",
    "eintrag",
    "einträge",
    "de",
    "tipo",
    "type",
    "typ",
    "dns",
    "レコード",
    "记录",
    "記錄",
    "запись",
];

/// Lower case, one space between words, without what surrounds a heading.
fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ").to_lowercase().replace('\u{2019}', "'");
    text.trim_matches(|c: char| {
        matches!(c, ':' | '：' | '*' | '#' | '"' | '.' | '?' | '=') || c.is_whitespace()
    })
    .to_owned()
}

/// The field that a heading or a label names.
pub(super) fn field(text: &str) -> Option<Field> {
    if text.len() > 60 {
        return None;
    }
    let whole = plain(text);
    let before = whole.split(['(', '（', '[']).next().unwrap_or_default().trim();
    let find = |word: &str| FIELDS.get(word).copied();
    find(&whole).or_else(|| find(before)).or_else(|| find(&whole.replace('_', " ")))
}

/// Whether a heading is one of a list of all records that a zone holds: only Cloudflare knows what is proxied.
pub(super) fn is_of_inventory(heading: &str) -> bool {
    matches!(plain(heading).as_str(), "proxy status" | "proxied" | "proxy")
}

/// The record type that a cell names: `CNAME`, `Registro CNAME`, `TXT record`.
pub(super) fn record_type(text: &str) -> Option<&'static str> {
    if text.len() > 40 {
        return None;
    }
    let mut found = None;
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, '-' | '(' | ')' | ':')) {
        let known = TYPES.iter().find(|known| known.eq_ignore_ascii_case(word));
        match known {
            Some(known) if found.is_none() => found = Some(*known),
            None if word.is_empty() || BESIDE_TYPE.contains(&word.to_lowercase().as_str()) => {}
            _ => return None,
        }
    }
    let is_short_word = found == Some("A") && text.trim() != "A";
    found.filter(|_| !is_short_word)
}

/// A type inside a sentence: written in capitals.
pub(super) fn record_type_in_sentence(word: &str) -> Option<&'static str> {
    TYPES.iter().find(|known| known.len() > 1 && **known == word).copied()
}

/// Whether a cell is a word of the page and no part of a record.
pub(super) fn is_chatter(text: &str) -> bool {
    CHATTER_WORDS.contains(plain(text).as_str())
}

/// A cell without the words of the page behind its first word: `em1 Copy` is `em1`.
pub(super) fn without_chatter(cell: &str) -> &str {
    match cell.split_once(' ') {
        Some((first, rest)) if rest.split(' ').all(|word| word.is_empty() || is_chatter(word)) => first,
        _ => cell,
    }
}

/// A lifetime in seconds; automatic and what is not understood is `None`.
pub(super) fn seconds(text: &str) -> Option<u32> {
    let text = text.trim();
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit()).trim().to_lowercase();
    let factor = match unit.trim_end_matches('.') {
        "" | "s" | "sec" | "secs" | "second" | "seconds" | "segundos" | "secondes" | "sekunden" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" | "minutos" | "minuten" => 60,
        "h" | "hr" | "hour" | "hours" | "hora" | "horas" | "heure" | "heures" | "stunde" | "stunden" => 3600,
        "d" | "day" | "days" => 86_400,
        _ => return None,
    };
    digits.parse::<u32>().ok()?.checked_mul(factor)
}

/// Takes numbering, bullets, quotes and brackets off a cell.
pub(super) fn bare(cell: &str) -> &str {
    let mut text = cell.trim();
    loop {
        let shorter = strip_bullet(text).trim_matches(is_wrapping);
        let shorter = shorter.trim_end_matches([',', ';']).trim();
        // The full stop behind a quotation is the sentence's.
        let shorter = shorter.strip_suffix('.').filter(|rest| rest.ends_with(is_wrapping)).unwrap_or(shorter);
        if shorter == text {
            return text;
        }
        text = shorter;
    }
}

fn strip_bullet(text: &str) -> &str {
    let rest = text.trim_start_matches(|c: char| {
        matches!(c, '•' | '·' | '●' | '▪' | '✓' | '✔' | '✅' | '❌' | '→' | '☐' | '#')
    });
    let rest = rest.strip_prefix("- ").or_else(|| rest.strip_prefix("* ")).unwrap_or(rest);
    let after_number = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = after_number.len() < rest.len() && rest.len() - after_number.len() <= 3;
    let numbered = after_number.strip_prefix(['.', ')']).filter(|rest| rest.starts_with(char::is_whitespace));
    numbered.filter(|_| is_numbered).unwrap_or(rest).trim()
}

fn is_wrapping(character: char) -> bool {
    matches!(
        character,
        '"' | '\'' | '`' | '\u{2018}'
            ..='\u{201f}' | '«' | '»' | '‹' | '›' | '「' | '」' | '(' | ')' | '<' | '>' | '{' | '}'
    ) || character.is_whitespace()
}

/// Whether a word is one label as names have it, in lower case: `em1`, `mail`, `k2`.
pub(super) fn is_weak_label(word: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
    let ends = !word.starts_with('-') && !word.ends_with('-');
    (1..=63).contains(&word.len()) && word.bytes().all(fits) && !is_number && ends && !names::is_address(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_known_in_many_languages() {
        for name in
            ["Host", "Nombre del registro", "Nom d’hôte", "HOST NAME:", "主机记录", "Хост", "Host (Name)"]
        {
            assert_eq!(field(name), Some(Field::Name), "{name}");
        }
        for value in ["Points to", "Apunta a", "Wert", "Données", "Verwijst naar", "記錄值", "points_to"]
        {
            assert_eq!(field(value), Some(Field::Value), "{value}");
        }
        assert_eq!(field("TTL (seconds)"), Some(Field::Ttl));
        assert_eq!(field("s1._domainkey.example.com"), None);
    }

    #[test]
    fn no_heading_stands_in_two_lists() {
        let lists = [TYPE, NAME, VALUE, PROVIDER, OTHER, TTL];
        let words: Vec<&str> = lists.iter().flat_map(|list| list.split(", ")).collect();
        let mut once = words.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), words.len());
    }

    #[test]
    fn a_type_is_found_among_the_words_beside_it() {
        assert_eq!(record_type("CNAME"), Some("CNAME"));
        assert_eq!(record_type("Registro CNAME"), Some("CNAME"));
        assert_eq!(record_type("TXT-Eintrag"), Some("TXT"));
        assert_eq!(record_type("A"), Some("A"));
        assert_eq!(record_type("a record"), None);
        assert_eq!(record_type("CNAME and TXT"), None);
    }

    #[test]
    fn lifetimes_are_read_with_their_units() {
        assert_eq!(["300", "5 min", "1 Hour"].map(seconds), [Some(300), Some(300), Some(3600)]);
        assert_eq!(["Auto", "", "99999999999", "9999999 days"].map(seconds), [None; 4]);
    }

    #[test]
    fn a_cell_loses_what_surrounds_it() {
        for cell in ["1. em1", "• “em1”", "`em1`,", "- 'em1'", "2) \"em1\";", "“em1”."] {
            assert_eq!(bare(cell), "em1", "{cell}");
        }
        assert_eq!(bare("1.2.3"), "1.2.3");
    }
}
