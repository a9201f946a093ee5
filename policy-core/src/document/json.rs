//! JSON into the arena, in one pass. Only a byte order mark in front is let pass.

use super::compose::Composer;
use super::node::{Kind, Style};
use super::{Problem, ProblemKind};
use crate::json::scan::{Fault, Scanner, Step, Token, Value, decode};
use crate::source::{Source, Span};

/// Why reading ended before the file did, and where.
enum Ended {
    Fault(Fault),
    TooMany(usize),
}

impl From<Fault> for Ended {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Reads the whole file into the arena, as one document.
pub(super) fn read(composer: &mut Composer<'_>) {
    let source = composer.document.source;
    let text = source.text();
    let start = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    composer.begin(Span::new(start, start));
    // The whole character, or nothing where the file ends.
    let span = |at: usize| {
        let character = text.get(at..).and_then(|rest| rest.chars().next());
        Span::new(at, at + character.map_or(0, char::len_utf8))
    };
    match compose(composer, source, Scanner::new(text, start)) {
        Ok(()) => composer.finish(),
        Err(Ended::TooMany(at)) => composer.too_complex(span(at)),
        Err(Ended::Fault(Fault { at, message, too_deep })) => {
            let kind = if too_deep { ProblemKind::TooComplex } else { ProblemKind::Syntax };
            composer.drop_current();
            composer.document.problems.push(Problem { kind, span: span(at), message: message.to_owned() });
        }
    }
}

fn compose(composer: &mut Composer<'_>, source: &Source<'_>, mut scanner: Scanner<'_>) -> Result<(), Ended> {
    // The text of the last string with an escape, whose memory serves the next.
    let mut decoded = String::new();
    let mut scalar = |composer: &mut Composer<'_>, token: Token, style: Style| {
        let span = Span::new(token.start, token.end);
        let quotes = usize::from(style != Style::Plain);
        let mut text = source.slice(Span::new(token.start + quotes, token.end.saturating_sub(quotes)));
        if token.escaped {
            decoded.clear();
            decode(text, &mut decoded);
            text = &decoded;
        }
        composer.scalar(text, style, span);
        token.start
    };
    loop {
        let at = match scanner.step()? {
            Step::End => return Ok(()),
            Step::Close(at) => {
                composer.leave(Span::new(at, at + 1));
                continue;
            }
            Step::Key(token) => scalar(composer, token, Style::DoubleQuoted),
            Step::Value => match scanner.value()? {
                Value::Object(at) => enter(composer, Kind::Mapping, at),
                Value::Array(at) => enter(composer, Kind::Sequence, at),
                Value::Text(token) => scalar(composer, token, Style::DoubleQuoted),
                Value::Plain(token) => scalar(composer, token, Style::Plain),
            },
        };
        if composer.is_full() {
            return Err(Ended::TooMany(at));
        }
    }
}

fn enter(composer: &mut Composer<'_>, kind: Kind, at: usize) -> usize {
    composer.enter(kind, Style::Flow, Span::new(at, at + 1), 0);
    at
}
