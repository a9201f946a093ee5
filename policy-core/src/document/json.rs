//! JSON into the arena, in one pass. Only a byte order mark in front is let pass.

use super::compose::Composer;
use super::node::{Kind, Style};
use super::{Problem, ProblemKind};
use crate::json::scan::{Fault, Scanner, Step, Stopped, Value};
use crate::source::{Source, Span};

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
    let mut scanner = Scanner::new(text, start);
    match compose(composer, source, &mut scanner) {
        Ok(None) => composer.finish(),
        Ok(Some(at)) => composer.too_complex(span(at)),
        Err(Stopped) => {
            let Fault { at, message, too_deep } = scanner.fault();
            let kind = if too_deep { ProblemKind::TooComplex } else { ProblemKind::Syntax };
            composer.drop_current();
            composer.document.problems.push(Problem { kind, span: span(at), message: message.to_owned() });
        }
    }
}

/// Reads up to the end, or up to the byte where there are too many nodes.
fn compose(composer: &mut Composer<'_>, source: &Source<'_>, scanner: &mut Scanner<'_>) -> Result<Option<usize>, Stopped> {
    loop {
        let (kind, style) = match scanner.step()? {
            Step::End => return Ok(None),
            Step::Close => {
                let token = scanner.token();
                composer.leave(Span::new(token.start, token.end));
                continue;
            }
            Step::Key => (Kind::Scalar, Style::DoubleQuoted),
            Step::Value => match scanner.value()? {
                Value::Object => (Kind::Mapping, Style::Flow),
                Value::Array => (Kind::Sequence, Style::Flow),
                Value::Text => (Kind::Scalar, Style::DoubleQuoted),
                Value::Plain => (Kind::Scalar, Style::Plain),
            },
        };
        let token = scanner.token();
        let span = Span::new(token.start, token.end);
        if kind == Kind::Scalar {
            let quotes = usize::from(style == Style::DoubleQuoted);
            let written = source.slice(Span::new(token.start + quotes, token.end.saturating_sub(quotes)));
            composer.scalar(if token.escaped { scanner.decoded().0 } else { written }, style, span);
        } else {
            composer.enter(kind, style, span, 0);
        }
        if composer.is_full() {
            return Ok(Some(token.start));
        }
    }
}
