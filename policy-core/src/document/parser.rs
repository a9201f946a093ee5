//! Reads YAML with the parser. The only file that knows it: its options, its events, its positions, its errors.

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, Span as EventSpan, StrInput, StructureStyle};

use super::compose::Composer;
use super::node::{Kind, Style};
use super::{Comment, Problem, ProblemKind};
use crate::source::{Source, Span};

/// After so many broken documents in one stream the rest is left alone.
const MAX_RECOVERIES: usize = 64;

/// Reads the whole stream into the arena.
pub(super) fn read(composer: &mut Composer<'_>) {
    let mut parser = parser(composer.document.source.text(), false);
    let mut recoveries = 0;
    while let Some(event) = parser.next_event() {
        let broken = match event {
            Ok((event, span)) => {
                take(composer, &event, &span);
                if composer.is_full() {
                    return composer.too_complex(byte_span(&span));
                }
                continue;
            }
            Err(error) => error,
        };
        composer.drop_current();
        let at = broken.marker().byte_offset().unwrap_or(0);
        let (kind, message) = explained(broken.kind());
        composer.document.problems.push(Problem { kind, span: Span::new(at, at + 1), message });
        recoveries += 1;
        if recoveries >= MAX_RECOVERIES || !parser.proceed_next_document().unwrap_or(false) {
            return;
        }
    }
}

fn take(composer: &mut Composer<'_>, event: &Event<'_>, span: &EventSpan) {
    let bytes = byte_span(span);
    let tag = span.tag_span().map(|tag| byte_span(&tag));
    match event {
        Event::DocumentStart(..) => composer.begin(bytes),
        Event::DocumentEnd => composer.finish(),
        Event::Alias(anchor) => composer.alias(*anchor, bytes),
        Event::UnresolvedAlias(_) => composer.lost_alias(bytes, "this alias names an anchor that does not stand before it"),
        Event::Scalar(text, style, anchor, _) => {
            let indent = span.indent.unwrap_or(0);
            let id = match style {
                // An empty value is written as `~` without width.
                ScalarStyle::Plain if bytes.is_empty() => composer.empty(),
                ScalarStyle::Plain => composer.scalar(text, Style::Plain, bytes),
                ScalarStyle::SingleQuoted => composer.scalar(text, Style::SingleQuoted, bytes),
                ScalarStyle::DoubleQuoted => composer.scalar(text, Style::DoubleQuoted, bytes),
                ScalarStyle::Literal => composer.block_scalar(text, Style::Literal, bytes, indent),
                ScalarStyle::Folded => composer.block_scalar(text, Style::Folded, bytes, indent),
            };
            composer.anchored(id, *anchor, Some(1));
            composer.tagged(id, tag);
        }
        Event::SequenceStart(style, anchor, _) => {
            let id = composer.enter(Kind::Sequence, structure(*style), bytes, *anchor);
            composer.tagged(id, tag);
        }
        Event::MappingStart(style, anchor, _) => {
            let id = composer.enter(Kind::Mapping, structure(*style), bytes, *anchor);
            composer.tagged(id, tag);
        }
        Event::SequenceEnd | Event::MappingEnd => composer.leave(bytes),
        _ => {}
    }
}

fn structure(style: StructureStyle) -> Style {
    match style {
        StructureStyle::Block => Style::Block,
        StructureStyle::Flow => Style::Flow,
    }
}

fn parser(text: &str, comments: bool) -> Parser<'_, StrInput<'_>> {
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
fn explained(error: &ErrorKind) -> (ProblemKind, String) {
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
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            "a line that is no key with its value: write `key: value`, or indent it as deep as the text above that it goes on with"
        }
        ErrorKind::UnclosedQuotedScalar => "a quote that nothing closes: close it where the value ends",
        ErrorKind::ExpectedBlockMappingKey => "a line at this column has to be a key of the mapping above it: `key: value`",
        ErrorKind::InvalidIndentation => "this line is indented as none of the lines that it could belong to",
        other => return (ProblemKind::Syntax, other.to_string()),
    };
    (ProblemKind::Syntax, message.to_owned())
}

/// The bytes of an event.
fn byte_span(span: &EventSpan) -> Span {
    let start = span.start.byte_offset().unwrap_or(0);
    Span::new(start, span.end.byte_offset().unwrap_or(start))
}
