//! A text of lines, each of words: a sequence of sequences. `#` begins a comment; a line that holds nothing else is no item.

use super::Comment;
use super::compose::Composer;
use super::node::{Kind, Style};
use crate::source::{Source, Span};

/// Reads the whole source.
pub(super) fn read(composer: &mut Composer<'_>) {
    let source = composer.document.source;
    let text = source.text();
    composer.begin(Span::new(0, 0));
    composer.enter(Kind::Sequence, Style::Flow, Span::new(0, 0), 0);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        line_of_words(composer, start, line);
        start += line.len();
        if composer.is_full() {
            return composer.too_complex(Span::new(start, start));
        }
    }
    composer.leave(Span::new(text.len(), text.len()));
    composer.finish();
}

fn line_of_words(composer: &mut Composer<'_>, start: usize, line: &str) {
    let mut words = words(line).peekable();
    let Some(first) = words.peek().cloned() else { return };
    let mut end = first.end;
    composer.enter(Kind::Sequence, Style::Flow, Span::new(start + first.start, start + first.end), 0);
    for word in words {
        end = word.end;
        let span = Span::new(start + word.start, start + word.end);
        composer.scalar(line.get(word).unwrap_or(""), Style::Plain, span);
    }
    composer.leave(Span::new(start + end, start + end));
}

/// The comments: from a word that begins with `#` to the end of its line.
pub(super) fn comments(source: &Source<'_>) -> Vec<Comment> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in source.text().split_inclusive('\n') {
        let written = words(line).last().map_or(0, |word| word.end);
        let rest = line.get(written..).unwrap_or("");
        let blanks = rest.len() - rest.trim_start().len();
        if rest.trim_start().starts_with('#') {
            let span = Span::new(start + written + blanks, start + line.trim_end_matches(['\n', '\r']).len());
            found.push(Comment { span, own_line: written == 0 });
        }
        start += line.len();
    }
    found
}

// A `\` keeps the blank behind it in the word.
fn words(line: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
    let bytes = line.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        let start = at;
        if matches!(bytes.get(at), None | Some(b'#')) {
            return None;
        }
        while bytes.get(at).is_some_and(|byte| !byte.is_ascii_whitespace()) {
            let escapes = bytes.get(at) == Some(&b'\\') && bytes.get(at + 1).is_some_and(|next| !matches!(next, b'\n' | b'\r'));
            at += if escapes { 2 } else { 1 };
        }
        Some(start..at)
    })
}
