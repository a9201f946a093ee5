//! The YAML parser as we use it: its options, its positions in bytes, its errors as a person would say them.

use granit_parser::{ErrorKind, Event, Parser, Span as EventSpan, StrInput};

use super::{Comment, ProblemKind};
use crate::source::{Source, Span};

/// After so many broken documents in one stream the rest is left alone.
pub(super) const MAX_RECOVERIES: usize = 64;

pub(super) fn parser(text: &str, comments: bool) -> Parser<'_, StrInput<'_>> {
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        emit_comments: comments,
        // The default of 96 refuses real files that begin with a long licence or commented-out jobs.
        max_buffered_comment_events: 100_000,
    };
    Parser::new_from_str_with_options(text, options)
}

/// The comments of a file, in its order.
pub(super) fn comments(source: &Source<'_>) -> Vec<Comment> {
    let text = source.text();
    let mut found = Vec::new();
    let mut parser = parser(text, true);
    let mut recoveries = 0;
    while let Some(event) = parser.next_event() {
        match event {
            Ok((Event::Comment(..), span)) => {
                let span = byte_span(&span);
                let before = text.get(..span.start as usize).unwrap_or("").trim_end_matches([' ', '\t']);
                let own_line = before.is_empty() || before.ends_with(['\n', '\r', '\u{FEFF}']);
                found.push(Comment { span, own_line });
            }
            Ok(_) => {}
            Err(_) => {
                recoveries += 1;
                if recoveries >= MAX_RECOVERIES || !parser.proceed_next_document().unwrap_or(false) {
                    break;
                }
            }
        }
    }
    found
}

/// What an error means to who wrote the file; the parser's own words are those of a parser.
pub(super) fn explained(error: &ErrorKind) -> (ProblemKind, String) {
    let message = match error {
        ErrorKind::RecursionLimitExceeded => {
            return (ProblemKind::TooComplex, "nested deeper than the 255 levels that are read".to_owned());
        }
        ErrorKind::MappingValueNotAllowed => {
            "a mapping cannot begin here: put quotes around a value that holds `: `, or indent this line as its neighbours are"
        }
        ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation => {
            "a tab where YAML takes only spaces: indent with spaces"
        }
        ErrorKind::UnclosedQuotedScalar => "a quote that nothing closes: close it where the value ends",
        ErrorKind::InvalidIndentation => "this line is indented as none of the lines that it could belong to",
        other => return (ProblemKind::Syntax, other.to_string()),
    };
    (ProblemKind::Syntax, message.to_owned())
}

/// The bytes of an event.
pub(super) fn byte_span(span: &EventSpan) -> Span {
    let start = span.start.byte_offset().unwrap_or(0);
    Span::new(start, span.end.byte_offset().unwrap_or(start))
}
