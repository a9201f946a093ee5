//! Spans of a file as places that a person can be shown.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use super::{Location, Snippet};
use crate::map::Map;
use crate::secret::clean;
use crate::source::{Source, Span};

/// Characters that are shown beside a place in a line too long to show.
const MARGIN: usize = 120;

/// Bytes beyond them that are looked at, so that a secret is not cut out of what recognises it.
const REDACTION_MARGIN: usize = 1200;

/// The most lines that a snippet shows.
const MAX_LINES: u32 = 6;

/// Lines of a file that were cleaned, by number.
pub(crate) type Lines = RefCell<Map<u32, Rc<str>>>;

/// Makes the places of one file.
#[derive(Clone, Copy)]
pub(crate) struct Locator<'s> {
    source: &'s Source<'s>,
    kept: Option<&'s Lines>,
    masked: &'s [Span],
}

impl<'s> Locator<'s> {
    pub(crate) fn new(source: &'s Source<'s>) -> Self {
        Self { source, kept: None, masked: &[] }
    }

    /// The same, keeping lines of this file that it has cleaned.
    pub(crate) fn keeping(self, lines: &'s Lines) -> Self {
        Self { kept: Some(lines), ..self }
    }

    /// The same, with the bytes of these spans, sorted and apart, hidden in what is shown of lines.
    pub(crate) fn masking(self, masked: &'s [Span]) -> Self {
        Self { masked, ..self }
    }

    pub(crate) fn location(self, span: Span) -> Location {
        let text = self.source.text();
        let lines = self.source.lines();
        let start = lines.position(text, span.start);
        let end = lines.position(text, span.end);
        Location {
            path: self.source.shown_path().to_owned(),
            span,
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            snippet: self.snippet(span),
        }
    }

    fn snippet(self, span: Span) -> Snippet {
        let lines = self.source.lines();
        let first = lines.line(span.start);
        // A span that ends with a break ends on the line before the one where its end stands.
        let last_byte = span.end.saturating_sub(1).max(span.start);
        let last = lines.line(last_byte).min(first + MAX_LINES - 1);
        let (column, text) = self.line(first, span);
        let mut snippet = Snippet { line: first, column, text };
        for line in first + 1..=last {
            snippet.text.push('\n');
            snippet.text.push_str(&self.line(line, span).1);
        }
        snippet
    }

    fn cleaned(self, line: u32, written: &str) -> String {
        let Some(lines) = self.kept else { return clean(written) };
        let mut lines = lines.borrow_mut();
        lines.get_or_insert_with(line, || clean(written).into()).as_ref().to_owned()
    }

    // A line without its masked characters, each by one of as many bytes.
    fn hidden<'w>(self, written: &'w str, start: usize) -> Cow<'w, str> {
        let end = start + written.len();
        let first = self.masked.partition_point(|span| span.range().end <= start);
        let masked = self.masked.get(first..).unwrap_or(&[]);
        if masked.first().is_none_or(|span| span.range().start >= end) {
            return Cow::Borrowed(written);
        }
        let mut next = masked.iter().peekable();
        let mut text = String::with_capacity(written.len());
        for (at, character) in written.char_indices() {
            let at = start + at;
            while next.next_if(|span| span.range().end <= at).is_some() {}
            let hide = next.peek().is_some_and(|span| span.range().contains(&at));
            text.push(match character.len_utf8() {
                _ if !hide => character,
                1 => '*',
                2 => '\u{B7}',
                3 => '\u{FF0A}',
                _ => '\u{1F7B6}',
            });
        }
        Cow::Owned(text)
    }

    // The column where the shown text begins, and the text.
    fn line(self, line: u32, span: Span) -> (u32, String) {
        let whole = self.source.lines().span(line).range();
        let written = self.source.text().get(whole.clone()).unwrap_or("").trim_end_matches(['\n', '\r']);
        let written = if line == 1 { written.trim_start_matches('\u{FEFF}') } else { written };
        let start = whole.start + if line == 1 { bom(self.source) } else { 0 };
        let hidden = self.hidden(written, start);
        let written = hidden.as_ref();
        if written.len() <= 4 * MARGIN {
            return (1, self.cleaned(line, written));
        }
        let centre = (span.start as usize).clamp(start, start + written.len()) - start;
        let mark_end = (span.end as usize).clamp(start + centre, start + written.len()) - start;
        let from = floor(written, centre.saturating_sub(MARGIN));
        let to = floor(written, (mark_end.min(centre + MARGIN) + MARGIN).min(written.len()));
        let wide_from = floor(written, from.saturating_sub(REDACTION_MARGIN));
        let wide_to = floor(written, (to + REDACTION_MARGIN).min(written.len()));
        let wide = clean(written.get(wide_from..wide_to).unwrap_or(""));
        // Cleaning keeps the number of characters, so the window is cut by counting them.
        let skipped = written.get(wide_from..from).map_or(0, |text| text.chars().count());
        let shown = written.get(from..to).map_or(0, |text| text.chars().count());
        let position = self.source.lines().position(self.source.text(), u32::try_from(start + from).unwrap_or(u32::MAX));
        (position.column, wide.chars().skip(skipped).take(shown).collect())
    }
}

fn bom(source: &Source<'_>) -> usize {
    if source.text().starts_with('\u{FEFF}') { 3 } else { 0 }
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::{Locator, Span};
    use crate::source::{Origin, Source};

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let text = format!("{}é{}", "a b ".repeat(1000), " c".repeat(1000));
        let source = Source::new("f", text.as_bytes(), Origin::Unknown);
        let location = Locator::new(&source).location(Span::new(4000, 4002));
        assert_eq!((location.column, location.end_column, location.snippet.column), (4001, 4002, 3881));
        let shown: Vec<char> = location.snippet.text.chars().collect();
        assert_eq!(shown[(location.column - location.snippet.column) as usize], 'é');
        assert!(shown.len() < 300);
    }

    #[test]
    fn a_secret_at_the_edge_of_the_window_is_still_masked() {
        let token = ["gh", "p_", &"a1B2".repeat(9)].concat();
        let text = format!("{token}{}x{}", " y".repeat(50), " z".repeat(1000));
        let source = Source::new("f", text.as_bytes(), Origin::Unknown);
        let at = token.len() + 100;
        let snippet = Locator::new(&source).location(Span::new(at, at + 1)).snippet;
        assert!(!snippet.text.contains("a1B2"), "{}", snippet.text);
    }
}
