//! `confirm --stream`: a JSON object a line in, one a line out. Effects: network, terminal.

use std::io::{self, BufRead, BufReader, Read as _};
use std::sync::Arc;

use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::Stopped;
use crate::cli::ui::Terminal;
use crate::model::confirm::stream::{self, AnswerV1, BadLine, Tally};
use crate::model::failure::Exit;
use crate::report::objects;
use crate::run::public_dns::PublicDns;

/// Longest line that is read, in octets.
const LONGEST: u64 = 256 << 10;

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
    let mut tally = Tally::default();
    loop {
        let answer = tokio::select! {
            answer = answers.next() => answer,
            () = dns.stop().requested() => break,
        };
        let Some(answer) = answer else { break };
        tally.add(&answer);
        if !terminal.stream(&objects::line(&answer))? {
            break;
        }
    }
    terminal.note(&tally.words());
    Ok(dns.stop().requested_exit().unwrap_or_else(|| tally.exit()))
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
        let read = next(from);
        let is_last = read.is_err();
        let line = match read {
            Ok(None) => return,
            Ok(Some(line)) => line,
            Err(_) => Err("standard input cannot be read"),
        };
        let is_empty = line.as_ref().is_ok_and(|line| line.trim().is_empty());
        if is_last | (!is_empty && to.blocking_send((number, line)).is_err()) {
            return;
        }
    }
}

/// The next line; one that is too long is read over.
fn next(from: &mut impl BufRead) -> io::Result<Option<Result<String, &'static str>>> {
    let mut line = Vec::new();
    from.by_ref().take(LONGEST + 1).read_until(b'\n', &mut line)?;
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.is_empty() {
        return Ok(None);
    } else if line.len() as u64 > LONGEST {
        from.skip_until(b'\n')?;
        return Ok(Some(Err("the line is longer than 256 KiB")));
    }
    Ok(Some(String::from_utf8(line).map_err(|_| "the line is not UTF-8")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_one_by_one_whatever_they_are() {
        let long = "x".repeat((256 << 10) + 1);
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
}
