//! What should not happen: a panic is kept, told in one line, and ends the program with its own status.

use std::panic::{self, AssertUnwindSafe};
use std::sync::OnceLock;

use futures_util::FutureExt as _;

use crate::model::failure::{Exit, Failure};
use crate::model::plain;

/// What the first panic said, and where.
static FIRST: OnceLock<String> = OnceLock::new();

/// From now on a panic is kept instead of being written to standard error.
pub fn watch() {
    panic::set_hook(Box::new(|panic| {
        let what = panic.payload_as_str().unwrap_or("it does not say why");
        let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line()));
        // The first is the cause; the others follow from it.
        FIRST.set(plain::sanitize_line(&format!("{what}{}", place.unwrap_or_default()))).ok();
    }));
}

/// What came of `work`; nothing if it panicked.
pub async fn caught<T>(work: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(work).catch_unwind().await.ok()
}

/// The first panic as a failure, if there was one.
pub fn seen() -> Option<Failure> {
    FIRST.get().map(|what| failure(what))
}

/// The failure of work that panicked.
pub fn of_work() -> Failure {
    seen().unwrap_or_else(|| failure("it does not say why"))
}

fn failure(what: &str) -> Failure {
    let message = format!("the program failed, which it should not: {what}");
    Failure { message, hints: vec!["please report it, with this line".to_owned()], exit: Exit::Bug }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_the_work_and_not_the_program() {
        assert_eq!(caught(async { 1 }).await, Some(1));
        let work = async {
            assert!(std::hint::black_box(false), "as if by a bug");
        };
        assert_eq!(caught(work).await, None);
        assert_eq!(of_work().exit, Exit::Bug);
    }
}
