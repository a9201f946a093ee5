//! What stands on one line, and where it ends.

use crate::document::node::Style;
use crate::source::{Source, Span};

/// The parser takes no keys that are longer, up to their colon.
pub(super) const MAX_KEY: usize = 1000;

/// Whether there is nothing that a parser treats on its own: tabs, carriage returns, characters that do not print.
pub(super) fn is_common_text(bytes: &[u8]) -> bool {
    let odd = |byte: u8| (byte < 0x20 && byte != b'\n') || matches!(byte, 0x7F | 0xC2 | 0xEF | 0xE2);
    // Of the characters that begin with these bytes, only some are odd; those are looked at one by one.
    let common = |at: usize| match bytes.get(at..at + 3) {
        Some([0xE2, 0x80, third]) => !matches!(third, 0xA8 | 0xA9),
        Some([0xE2, ..]) => true,
        Some([0xC2, second, _]) => *second >= 0xA0,
        Some([0xEF, second, _]) => !matches!(second, 0xBB | 0xBF),
        _ => false,
    };
    let mut eights = bytes.chunks_exact(8);
    let rest = bytes.len() - eights.remainder().len()..bytes.len();
    let seen = |range: std::ops::Range<usize>| {
        let odd_at = |at: &usize| bytes.get(*at).is_some_and(|byte| odd(*byte));
        range.filter(odd_at).all(common)
    };
    let eight = |(at, eight): (usize, &[u8])| eight.try_into().is_ok_and(is_printable) || seen(at * 8..at * 8 + 8);
    eights.by_ref().enumerate().all(eight) && seen(rest)
}

// Whether eight bytes are all printable ASCII or line breaks, told at once: seven bits of each are compared, so nothing carries over.
fn is_printable(eight: [u8; 8]) -> bool {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let word = u64::from_le_bytes(eight);
    let low = word & (0x7F * EACH);
    let control = !(low + 0x60 * EACH);
    let line_break = !((low ^ (0x0A * EACH)) + 0x7F * EACH);
    let delete = low + EACH;
    ((control & !line_break) | delete | word) & (0x80 * EACH) == 0
}

/// A scalar on one line: its span, with quotes, and its text if that is not what is written.
pub(super) struct Line {
    pub(super) span: Span,
    pub(super) style: Style,
    pub(super) decoded: Option<String>,
}

/// The text of a file, by bytes. Every function answers `None` for "not of the common form".
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) bytes: &'a [u8],
}

impl Text<'_> {
    /// A scalar that `:` stands behind, and the place behind that.
    pub(super) fn key(&self, at: usize, end: usize) -> Option<(Line, usize)> {
        let line = match self.byte(at) {
            b'"' | b'\'' => self.quoted(at, end)?,
            _ => self.plain(at, end, |reader, at| reader.is_colon(at, end))?,
        };
        let colon = self.skip_spaces(line.span.end as usize, end);
        (colon < end && self.is_colon(colon, end) && colon - at <= MAX_KEY).then_some((line, colon + 1))
    }

    /// A plain scalar up to a comment, the end of the line, or where `stops` says.
    pub(super) fn plain(&self, start: usize, end: usize, stops: impl Fn(&Self, usize) -> bool) -> Option<Line> {
        let first = self.byte(start);
        let second = if start + 1 < end { self.byte(start + 1) } else { b' ' };
        let begins = first.is_ascii_alphanumeric()
            || first >= 0x80
            || matches!(first, b'_' | b'/' | b'.' | b'$' | b'(' | b'<' | b'=' | b'+' | b'~' | b'^');
        if !begins && !(first == b'-' && (second.is_ascii_alphanumeric() || second == b'-')) {
            return None;
        }
        Some(self.plain_from(start, start + 1, end, stops))
    }

    /// The rest of a plain scalar on this line, from `at`, which begins at `start`.
    pub(super) fn plain_from(&self, start: usize, mut at: usize, end: usize, stops: impl Fn(&Self, usize) -> bool) -> Line {
        while at < end && !(self.byte(at) == b'#' && self.byte(at - 1) == b' ') && !stops(self, at) {
            at += 1;
        }
        let written = self.source.slice(Span::new(start, at)).trim_end_matches(' ');
        Line { span: Span::new(start, start + written.len()), style: Style::Plain, decoded: None }
    }

    /// A quoted scalar that ends on its line.
    pub(super) fn quoted(&self, start: usize, end: usize) -> Option<Line> {
        let quote = self.byte(start);
        let mut decoded: Option<String> = None;
        let (mut at, mut from) = (start + 1, start + 1);
        while at < end {
            let next = if at + 1 < end { self.byte(at + 1) } else { 0 };
            let replaced = match (self.byte(at), next) {
                (b'\'', b'\'') if quote == b'\'' => '\'',
                (b'\\', _) if quote == b'"' => match next {
                    b'n' => '\n',
                    b't' => '\t',
                    b'"' | b'\\' | b'/' => char::from(next),
                    _ => return None,
                },
                (byte, _) if byte == quote => {
                    let rest = self.source.slice(Span::new(from, at));
                    let decoded = decoded.map(|text| text + rest);
                    let style = if quote == b'"' { Style::DoubleQuoted } else { Style::SingleQuoted };
                    return Some(Line { span: Span::new(start, at + 1), style, decoded });
                }
                _ => {
                    at += 1;
                    continue;
                }
            };
            let text = decoded.get_or_insert_default();
            text.push_str(self.source.slice(Span::new(from, at)));
            text.push(replaced);
            at += 2;
            from = at;
        }
        None
    }

    pub(super) fn flow_scalar(&self, at: usize, end: usize) -> Option<Line> {
        let line = match (at < end).then(|| self.byte(at))? {
            b'"' | b'\'' => return self.quoted(at, end),
            _ => self.plain(at, end, |reader, at| matches!(reader.byte(at), b',' | b'[' | b']' | b'{' | b'}' | b':' | b'?'))?,
        };
        // What else stops a scalar here is not told apart.
        let last = line.span.end as usize;
        let stop = self.skip_spaces(last, end);
        let ends = stop == end || matches!(self.byte(stop), b',' | b']' | b'}') || (self.byte(stop) == b'#' && stop > last);
        (ends || self.is_colon(stop, end)).then_some(line)
    }

    /// Where the name of an anchor, an alias or a tag of this file's own ends: a blank, or what ends a value in flow style.
    pub(super) fn name_end(&self, at: usize, end: usize) -> Option<usize> {
        let mut after = at + 1;
        while after < end && (self.byte(after).is_ascii_alphanumeric() || matches!(self.byte(after), b'_' | b'-')) {
            after += 1;
        }
        let ends = after == end || matches!(self.byte(after), b' ' | b',' | b']' | b'}');
        (ends && after > at + 1).then_some(after)
    }

    /// Whether a colon that ends a key stands on these lines.
    pub(super) fn has_colon(&self, start: usize, end: usize) -> bool {
        (start..end).any(|at| self.byte(at) == b':' && matches!(self.byte(at + 1), b' ' | b'\n'))
    }

    // From here on the line holds blanks, or a comment behind one.
    pub(super) fn nothing_more(&self, at: usize, end: usize) -> Option<usize> {
        let rest = self.skip_spaces(at, end);
        (rest == end || (rest > at && self.byte(rest) == b'#')).then_some(end + 1)
    }

    pub(super) fn is_dash(&self, at: usize, end: usize) -> bool {
        self.byte(at) == b'-' && (at + 1 >= end || self.byte(at + 1) == b' ')
    }

    pub(super) fn is_colon(&self, at: usize, end: usize) -> bool {
        self.byte(at) == b':' && (at + 1 >= end || self.byte(at + 1) == b' ')
    }

    pub(super) fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b'\n')
    }

    pub(super) fn line_end(&self, at: usize) -> usize {
        let rest = self.bytes.get(at..).unwrap_or(&[]);
        memchr::memchr(b'\n', rest).map_or(self.bytes.len(), |length| at + length)
    }

    pub(super) fn skip_spaces(&self, mut at: usize, end: usize) -> usize {
        while at < end && self.byte(at) == b' ' {
            at += 1;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::is_printable;

    #[test]
    fn eight_bytes_are_told_at_once() {
        for byte in 0..=u8::MAX {
            let printable = matches!(byte, b'\n' | b' '..=b'~');
            for at in 0..8 {
                for other in [b'\n', b'~', b' '] {
                    let mut eight = [other; 8];
                    eight[at] = byte;
                    assert_eq!(is_printable(eight), printable, "{byte} at {at}");
                }
            }
        }
    }
}
