//! What is wrong as far as public DNS and the sending provider tell, where no zone is read. Pure.

use super::{Finding, Problem};
use crate::model::catalogue::Sibling;
use crate::model::dns::DomainName;
use crate::model::lookup::Observation;

/// None of so many usual names is there: that is no proof that all is well.
pub fn no_usual_names(domain: &DomainName, asked: usize) -> Finding {
    Finding::new(Problem::NoUsualNames(asked), domain)
}

/// Names that nobody could be asked about: they may hold anything. `None` if there are none.
pub fn usual_names_not_asked(
    domain: &DomainName,
    silent: usize,
    delegated: Vec<(DomainName, Vec<DomainName>)>,
) -> Option<Finding> {
    let is_any = silent > 0 || !delegated.is_empty();
    is_any.then(|| Finding::new(Problem::UsualNamesNotAsked { silent, delegated }, domain))
}

/// A name of the domain about which no server gave a usable answer.
pub fn name_not_asked(domain: &DomainName, name: &DomainName, heard: &Observation) -> Finding {
    let (name, heard) = (name.clone(), heard.clone());
    Finding::new(Problem::NotAsked { name, heard }, domain)
}

/// A published record that contradicts the rest of its set.
pub fn published_not_in_set(sibling: &Sibling, name: &DomainName, held: &DomainName) -> Finding {
    let (expected, of) = (sibling.target.clone(), sibling.because_of.clone());
    let problem = Problem::PublishedNotInSet { held: held.clone(), expected, of };
    Finding::new(problem, name).provider(sibling.provider.clone()).role(sibling.role)
}

/// A record that must be there and whose name nothing tells: that the others are right is no proof that this one is.
pub fn not_checked(domain: &DomainName, sibling: &Sibling) -> Finding {
    let problem = Problem::NotChecked { target: sibling.target.clone(), of: sibling.because_of.clone() };
    Finding::new(problem, domain).provider(sibling.provider.clone()).role(sibling.role)
}

/// A sending service does not see what public DNS shows.
pub fn denied(service: &'static str, domain: &DomainName, what: &str, reason: Option<&str>) -> Finding {
    let (what, reason) = (what.to_owned(), reason.map(str::to_owned));
    Finding::new(Problem::NotSeenByProvider { service, what, reason }, domain)
}
