//! Who signs mail for a domain, told by where its DKIM records point. Pure.

use std::collections::BTreeSet;

use super::{Catalogue, Role, role_of_name};
use crate::dns::DomainName;

/// Who runs the targets of the DKIM records among `aliases` (name, target), as [`DomainName::owner_part`] says it: an
/// alias without such a label that points there as well is likely one of theirs.
///
/// Left out are targets that the catalogue knows, since it knows all that is asked for there, a target in the domain
/// of its own name, and one that is a public suffix and so has no owner.
pub fn signers<'a>(
    aliases: impl Iterator<Item = (&'a DomainName, &'a DomainName)>,
    catalogue: &Catalogue,
) -> BTreeSet<&'a str> {
    let is_signer = |(name, target): &(&DomainName, &DomainName)| {
        role_of_name(name) == Some(Role::Dkim)
            && catalogue.find_record(name, target).is_none()
            && target.is_owned()
            && name.owner_part() != target.owner_part()
    };
    aliases.filter(is_signer).map(|(_, target)| target.owner_part()).collect()
}
