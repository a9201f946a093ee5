//! Files as bytes: where they come from, whether they can be read as text, and how offsets become lines and columns.

use std::borrow::Cow;
use std::cell::OnceCell;

use serde::{Deserialize, Serialize};

use crate::secret::redact_path;

/// The largest file that is read, in bytes. GitHub reads workflows up to 1 MiB; bundles of manifests reach a few more.
pub const MAX_SOURCE_BYTES: usize = 32 << 20;

/// A half-open range of bytes in a file as it was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// The range from `start` to `end`; an `end` before `start` gives an empty range.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        let start = clamp(start);
        Self { start, end: clamp(end).max(start) }
    }

    /// The range as indices.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether the range holds no byte.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

// Files are at most MAX_SOURCE_BYTES long, so an offset always fits; the clamp is for arithmetic on hostile numbers.
fn clamp(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// Who could have written a file. What a change brings may tighten a decision, never loosen it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Given by the organisation, outside the repository.
    Organisation,
    /// From a protected ref of the repository.
    Protected,
    /// From the change that is being judged.
    Change,
    /// Nobody said; treated as the change.
    #[default]
    Unknown,
}

impl Origin {
    /// Whether this origin may grant an ignore or any other loosening.
    #[must_use]
    pub fn may_loosen(self) -> bool {
        matches!(self, Self::Organisation | Self::Protected)
    }

    /// Why what comes from this origin, which is called `what`, may not loosen anything.
    #[must_use]
    pub(crate) fn refusal(self, what: &str) -> String {
        match self {
            Self::Change => format!("{what} comes with the change, and what a change brings may only tighten"),
            _ => format!("nobody said where {what} comes from, so it counts as part of the change, which may only tighten"),
        }
    }
}

/// Why bytes are not the UTF-8 text that every platform we judge expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodingFault {
    /// More than [`MAX_SOURCE_BYTES`].
    TooLarge,
    /// A byte order mark of UTF-16 or UTF-32.
    WideBom,
    /// A NUL byte, with its offset. YAML readers end there, so what follows would be hidden.
    Nul(usize),
    /// The first byte that is not UTF-8. The text is read with `?` in the place of each such byte.
    InvalidUtf8(usize),
}

impl EncodingFault {
    /// Whether the file cannot be read at all.
    #[must_use]
    pub fn is_fatal(self) -> bool {
        !matches!(self, Self::InvalidUtf8(_))
    }
}

/// One file: its path, its bytes as text, and who could have written it.
#[derive(Debug)]
pub struct Source<'a> {
    path: &'a str,
    text: Cow<'a, str>,
    bytes: &'a [u8],
    origin: Origin,
    fault: Option<EncodingFault>,
    lines: OnceCell<LineIndex>,
    shown: OnceCell<String>,
}

impl<'a> Source<'a> {
    /// Takes any bytes. Offsets in [`Source::text`] are offsets in `bytes`, also when the bytes are not UTF-8.
    #[must_use]
    pub fn new(path: &'a str, bytes: &'a [u8], origin: Origin) -> Self {
        let (text, fault) = decode(bytes);
        Self { path, text, bytes, origin, fault, lines: OnceCell::new(), shown: OnceCell::new() }
    }

    /// The path that the host gave, with `/` between its parts.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path
    }

    /// The path as it may be shown: characters of secrets in it are masked.
    #[must_use]
    pub fn shown_path(&self) -> &str {
        self.shown.get_or_init(|| redact_path(self.path).into_owned())
    }

    /// The text; empty when the bytes are too many, or of another encoding.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes as given.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Who could have written this file.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// What is wrong with the encoding, if anything.
    #[must_use]
    pub fn fault(&self) -> Option<EncodingFault> {
        self.fault
    }

    /// The text of a span; empty when the span is not on character boundaries.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// The line index, made on first use.
    #[must_use]
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }
}

fn decode(bytes: &[u8]) -> (Cow<'_, str>, Option<EncodingFault>) {
    const WIDE_BOMS: [&[u8]; 3] = [&[0xFF, 0xFE], &[0xFE, 0xFF], &[0, 0, 0xFE, 0xFF]];
    if bytes.len() > MAX_SOURCE_BYTES {
        return (Cow::Borrowed(""), Some(EncodingFault::TooLarge));
    }
    if WIDE_BOMS.iter().any(|bom| bytes.starts_with(bom)) {
        return (Cow::Borrowed(""), Some(EncodingFault::WideBom));
    }
    let nul = memchr::memchr(0, bytes).map(EncodingFault::Nul);
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), nul),
        Err(error) => {
            let patched = patch(bytes);
            (Cow::Owned(patched), nul.or(Some(EncodingFault::InvalidUtf8(error.valid_up_to()))))
        }
    }
}

// One `?` for each invalid byte, so that every offset stays what it is in the file.
fn patch(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}

/// A place for a person: both numbers count from one, columns count code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column, in code points.
    pub column: u32,
}

/// Where lines begin, and how many characters come before an offset. Breaks are those of YAML: LF, CR, CR LF.
#[derive(Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    // Characters before each block of BLOCK bytes; empty when the text is ASCII. Keeps columns cheap on lines of megabytes.
    characters: Vec<u32>,
    content_start: u32,
    length: u32,
}

const BLOCK: usize = 1024;

impl LineIndex {
    fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            let crlf = bytes.get(at) == Some(&b'\r') && bytes.get(at + 1) == Some(&b'\n');
            if !crlf {
                starts.push(clamp(at + 1));
            }
        }
        let characters = if text.is_ascii() { Vec::new() } else { block_counts(bytes) };
        let content_start = if text.starts_with('\u{FEFF}') { 3 } else { 0 };
        Self { starts, characters, content_start, length: clamp(bytes.len()) }
    }

    /// The number of lines; a file that ends with a break has an empty last line.
    #[must_use]
    pub fn count(&self) -> u32 {
        clamp(self.starts.len())
    }

    /// The line that holds a byte, counted from one.
    #[must_use]
    pub fn line(&self, offset: u32) -> u32 {
        clamp(self.starts.partition_point(|start| *start <= offset))
    }

    /// The bytes of a line, counted from one, with its break; empty past the end.
    #[must_use]
    pub fn span(&self, line: u32) -> Span {
        let at = |line: u32| self.starts.get(line as usize).copied().unwrap_or(self.length);
        let start = at(line.saturating_sub(1));
        Span { start, end: at(line).max(start) }
    }

    /// Line and column of an offset in `text`, which must be the text that this index was made from.
    #[must_use]
    pub fn position(&self, text: &str, offset: u32) -> Position {
        let offset = offset.min(self.length);
        let line = self.line(offset);
        let start = self.span(line).start.max(if line == 1 { self.content_start } else { 0 });
        let before = |at: u32| self.characters_before(text.as_bytes(), at);
        Position { line, column: before(offset).saturating_sub(before(start)) + 1 }
    }

    fn characters_before(&self, bytes: &[u8], offset: u32) -> u32 {
        let block = offset as usize / BLOCK;
        match self.characters.get(block) {
            None => offset,
            Some(count) => count + count_characters(bytes.get(block * BLOCK..offset as usize).unwrap_or(&[])),
        }
    }
}

fn block_counts(bytes: &[u8]) -> Vec<u32> {
    let mut before = 0;
    let mut counts = vec![0];
    for block in bytes.chunks(BLOCK) {
        before += count_characters(block);
        counts.push(before);
    }
    counts
}

fn count_characters(bytes: &[u8]) -> u32 {
    // A UTF-8 continuation byte is 10xxxxxx; every other byte begins a character.
    clamp(bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(text: &str, offset: u32) -> (u32, u32) {
        let source = Source::new("f", text.as_bytes(), Origin::Unknown);
        let position = source.lines().position(source.text(), offset);
        (position.line, position.column)
    }

    #[test]
    fn lines_end_at_lf_cr_and_crlf() {
        let text = "a\nb\r\nc\rd";
        assert_eq!(position(text, 0), (1, 1));
        assert_eq!(position(text, 2), (2, 1));
        assert_eq!(position(text, 3), (2, 2));
        assert_eq!(position(text, 5), (3, 1));
        assert_eq!(position(text, 7), (4, 1));
        assert_eq!(position(text, 99), (4, 2));
    }

    #[test]
    fn columns_count_code_points_also_far_into_a_line() {
        let text = "é".repeat(3000) + "x";
        assert_eq!(position(&text, 6000), (1, 3001));
        assert_eq!(position("\u{FEFF}on: x", 3), (1, 1));
    }

    #[test]
    fn invalid_bytes_keep_every_offset() {
        let source = Source::new("f", b"a\xFF\xC3b", Origin::Unknown);
        assert_eq!(source.text(), "a??b");
        assert_eq!(source.fault(), Some(EncodingFault::InvalidUtf8(1)));
    }

    #[test]
    fn nul_and_wide_encodings_are_not_read() {
        assert_eq!(Source::new("f", b"a\0b", Origin::Unknown).fault(), Some(EncodingFault::Nul(1)));
        assert_eq!(Source::new("f", b"\xFF\xFEo\0", Origin::Unknown).fault(), Some(EncodingFault::WideBom));
    }
}
