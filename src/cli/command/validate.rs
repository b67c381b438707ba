//! Lets the sending provider look at its records once public DNS shows them. Effects: network.

use super::context::Context;
use super::look::Looked;
use super::select::Asked;
use crate::io::sender::{Said, SendingDomain};
use crate::model::confirm::Verdict;
use crate::model::diagnosis::{self, Finding};
use crate::model::failure::Failure;
use crate::report::ProviderWord;

/// Asks the provider about each of its domains whose records are right in public DNS, and reports what it
/// says. What the provider says is its word, not ours: a "no" right after a change can be an old answer.
pub(super) async fn validate(context: &Context, looked: &mut [Looked], asked: &Asked) {
    let Some((service, sender)) = &context.sender else { return };
    for domain in &asked.sending {
        let holding = looked.iter_mut().filter(|looked| is_in(looked, domain));
        let Some(looked) = holding.max_by_key(|looked| looked.report.label.len()) else { continue };
        if !is_right(looked, domain) {
            let note = format!(
                "{} was not asked about {}: not all of its records are confirmed",
                service.name(),
                domain.domain
            );
            looked.report.notes.push(note);
            continue;
        }
        let said = tokio::select! {
            said = sender.validate(domain) => said,
            () = context.public.stop.requested() => return,
        };
        match said {
            Ok(said) => {
                let findings =
                    said.iter().filter(|one| !one.is_valid).map(|one| denied(service.name(), domain, one));
                looked.report.diagnosis.findings.extend(findings);
                looked.report.said.extend(said.into_iter().map(|one| word(service.name(), one)));
            }
            Err(error) => looked.report.notes.push(Failure::of(&error).message),
        }
    }
}

fn is_in(looked: &Looked, domain: &SendingDomain) -> bool {
    looked.report.zone.as_ref().is_some_and(|zone| domain.domain.is_within(&zone.name))
}

fn is_right(looked: &Looked, domain: &SendingDomain) -> bool {
    let confirmations = &looked.report.confirmations;
    domain.records.iter().all(|wanted| {
        confirmations.iter().any(|one| one.name == wanted.name && one.verdict == Verdict::Confirmed)
    })
}

fn word(provider: &'static str, said: Said) -> ProviderWord {
    let Said { what, is_valid, reason } = said;
    ProviderWord { provider, what, is_valid, reason }
}

fn denied(provider: &'static str, domain: &SendingDomain, said: &Said) -> Finding {
    diagnosis::denied(provider, &domain.domain, &said.what, said.reason.as_deref())
}
