//! `confirm --stream`: a JSON object a line in, one a line out. Effects: network, terminal.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader};
use std::sync::Arc;

use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::Stopped;
use crate::cli::ui::Terminal;
use crate::model::confirm::Verdict;
use crate::model::confirm::stream::{self, AnswerV1, BadLine};
use crate::model::failure::Exit;
use crate::model::plain::count;
use crate::report::objects;
use crate::run::public_dns::PublicDns;

/// Longest line that is read, in octets.
const LONGEST: usize = 256 << 10;

/// A line, or why it cannot be read.
type Line = (u64, Result<String, &'static str>);

/// Answers every line of standard input. No more than `concurrency` lines are held at one time: whoever does not read the
/// answers stops the reading of lines.
pub(super) async fn run(terminal: &Terminal, dns: PublicDns, concurrency: usize) -> Result<Exit, Stopped> {
    let dns = Arc::new(dns.quietly());
    let (sender, lines) = mpsc::channel::<Line>(concurrency);
    // Nobody can end a read of standard input; the program ends without it.
    std::thread::spawn(move || read(&mut BufReader::new(io::stdin().lock()), &sender));
    let lines = futures_util::stream::unfold(lines, |mut lines| async { Some((lines.recv().await?, lines)) });
    let answers = lines.map(|(number, line)| answer(&dns, number, line)).buffer_unordered(concurrency);
    let mut answers = std::pin::pin!(answers);
    let (mut counts, mut bad) = (BTreeMap::<Verdict, u64>::new(), 0_u64);
    loop {
        let answer = tokio::select! {
            answer = answers.next() => answer,
            () = dns.stop().requested() => break,
        };
        let Some(answer) = answer else { break };
        match &answer {
            AnswerV1::Seen { verdict, .. } => *counts.entry(*verdict).or_default() += 1,
            AnswerV1::Bad { .. } => bad += 1,
        }
        if !terminal.stream(&objects::line(&answer))? {
            return Ok(Exit::Done);
        }
    }
    let all: u64 = counts.values().sum::<u64>() + bad;
    let parts = counts.iter().map(|(verdict, n)| format!("{n} {}", verdict.word()));
    let parts: Vec<String> = parts.chain((bad > 0).then(|| format!("{bad} not understood"))).collect();
    terminal.note(&format!(
        "{}: {}",
        count(usize::try_from(all).unwrap_or(usize::MAX), "line"),
        parts.join(", ")
    ));
    Ok(dns.stop().requested_exit().unwrap_or_else(|| exit(&counts, bad)))
}

fn exit(counts: &BTreeMap<Verdict, u64>, bad: u64) -> Exit {
    let some = |verdict| counts.contains_key(&verdict);
    if bad > 0 {
        if counts.is_empty() { Exit::Usage } else { Exit::Partial }
    } else if some(Verdict::Wrong) || some(Verdict::Absent) {
        Exit::Findings
    } else if some(Verdict::Stale) || some(Verdict::Unknown) {
        Exit::Unconfirmed
    } else {
        Exit::Done
    }
}

async fn answer(dns: &Arc<PublicDns>, number: u64, line: Result<String, &'static str>) -> AnswerV1 {
    let read = line.map_err(|why| BadLine { id: None, why: why.to_owned() });
    match read.and_then(|line| stream::read(&line)) {
        Ok(asked) => {
            let turn = usize::try_from(number).unwrap_or_default();
            let (asked, seen) = dns.look_at(asked, turn).await;
            stream::answer(asked, seen)
        }
        Err(BadLine { id, why }) => AnswerV1::Bad { id, line: number, error: why },
    }
}

/// Hands on line after line until there are no more, or nobody wants them. Empty lines are no lines.
fn read(from: &mut impl BufRead, to: &mpsc::Sender<Line>) {
    for number in 1.. {
        let line = match next(from) {
            Ok(None) => return,
            Ok(Some(line)) => line,
            Err(_) => Err("standard input cannot be read"),
        };
        let is_last = line == Err("standard input cannot be read");
        let is_empty = line.as_ref().is_ok_and(|line| line.trim().is_empty());
        if !is_empty && to.blocking_send((number, line)).is_err() || is_last {
            return;
        }
    }
}

/// The next line; of one that is too long no more than the beginning is kept.
fn next(from: &mut impl BufRead) -> io::Result<Option<Result<String, &'static str>>> {
    let (mut line, mut is_too_long) = (Vec::new(), false);
    loop {
        let held = match from.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            held => held?,
        };
        let end = held.iter().position(|octet| *octet == b'\n');
        let part = end.map_or(held, |end| held.get(..end).unwrap_or_default());
        is_too_long |= line.len() + part.len() > LONGEST;
        if !is_too_long {
            line.extend_from_slice(part);
        }
        let (is_over, used) = (held.is_empty(), end.map_or(held.len(), |end| end + 1));
        from.consume(used);
        if end.is_some() || is_over {
            break if is_over && line.is_empty() && !is_too_long {
                Ok(None)
            } else if is_too_long {
                Ok(Some(Err("the line is longer than 256 KiB")))
            } else {
                Ok(Some(String::from_utf8(line).map_err(|_| "the line is not UTF-8")))
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_one_by_one_whatever_they_are() {
        let long = "x".repeat(LONGEST + 1);
        let mut text = format!("a\r\n\n{long}\nb").into_bytes();
        text.extend(b"\n\xff\nlast");
        let mut from = BufReader::with_capacity(7, text.as_slice());
        let all: Vec<_> = std::iter::from_fn(|| next(&mut from).unwrap()).collect();
        let wanted = [
            Ok("a\r".to_owned()),
            Ok(String::new()),
            Err("the line is longer than 256 KiB"),
            Ok("b".to_owned()),
            Err("the line is not UTF-8"),
            Ok("last".to_owned()),
        ];
        assert_eq!(all, wanted);
    }

    #[test]
    fn what_a_job_can_rely_on_is_in_the_status() {
        let of = |all: &[Verdict], bad| exit(&all.iter().map(|verdict| (*verdict, 1)).collect(), bad);
        assert_eq!(of(&[Verdict::Confirmed], 0), Exit::Done);
        assert_eq!(of(&[Verdict::Confirmed, Verdict::Stale], 0), Exit::Unconfirmed);
        assert_eq!(of(&[Verdict::Absent, Verdict::Stale], 0), Exit::Findings);
        assert_eq!((of(&[Verdict::Absent], 1), of(&[], 3)), (Exit::Partial, Exit::Usage));
    }
}
