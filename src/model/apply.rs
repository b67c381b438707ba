//! The outcome of each change of a plan. Pure.

use crate::model::failure::Failure;
use crate::model::journal::OutcomeKind;

/// The outcome of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Read back and as asked.
    Applied,
    /// Cloudflare did not make it, and said so or showed it.
    Refused(String),
    /// It was not sent.
    NotAttempted(String),
    /// It was sent, and its outcome is not known.
    Unknown(String),
    /// It was accepted, and the answer shows something else: reading back decides.
    Unshown,
}

impl Outcome {
    /// How it ended, without the reason.
    pub fn kind(&self) -> OutcomeKind {
        match self {
            Self::Applied => OutcomeKind::Applied,
            Self::Refused(_) => OutcomeKind::Refused,
            Self::NotAttempted(_) => OutcomeKind::NotAttempted,
            Self::Unknown(_) | Self::Unshown => OutcomeKind::Unknown,
        }
    }

    /// Why, where it is not simply applied.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Applied => None,
            Self::Unshown => Some("accepted by Cloudflare, but its answer does not show the change"),
            Self::Refused(why) | Self::NotAttempted(why) | Self::Unknown(why) => Some(why),
        }
    }
}

/// The outcomes of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// One outcome per change of the plan, in its order.
    pub outcomes: Vec<Outcome>,
    /// What stopped the run, if something did.
    pub failure: Option<Failure>,
    /// What is worth saying besides.
    pub notes: Vec<String>,
}

impl Applied {
    /// How many changes are certainly made.
    pub fn count(&self) -> usize {
        self.outcomes.iter().filter(|outcome| **outcome == Outcome::Applied).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_not_simply_applied_says_why() {
        assert_eq!(Outcome::Applied.detail(), None);
        assert!(Outcome::Unshown.detail().is_some_and(|why| why.contains("does not show the change")));
        let why = || "lost".to_owned();
        for outcome in [Outcome::Refused(why()), Outcome::NotAttempted(why()), Outcome::Unknown(why())] {
            assert_eq!(outcome.detail(), Some("lost"));
        }
    }

    #[test]
    fn only_what_is_certain_is_counted() {
        let outcomes = vec![Outcome::Applied, Outcome::Unshown, Outcome::Unknown("lost".into())];
        let applied = Applied { outcomes, ..Applied::default() };
        assert_eq!(applied.count(), 1);
    }
}
