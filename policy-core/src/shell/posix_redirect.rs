//! Redirects of Posix shells, and the bodies of here-documents.

use memchr::memchr;

use super::build::{NONE, RawRedirect, index};
use super::command::RedirectKind;
use super::posix::{Posix, ends_word};
use super::word::Word;

/// A here-document whose body has not begun.
pub(super) struct Pending {
    body: u32,
    command: u32,
    delimiter: String,
    quoted: bool,
    indented: bool,
}

impl Posix<'_> {
    /// Reads a redirect, if one stands here.
    pub(super) fn redirect(&mut self) -> bool {
        let digits = self.b.rest().iter().take(2).take_while(|byte| byte.is_ascii_digit()).count();
        let rest = self.b.rest().get(digits..).unwrap_or(&[]);
        let Some((kind, length)) = operator(rest).filter(|_| digits == 0 || !rest.starts_with(b"&")) else { return false };
        let input = rest.starts_with(b"<");
        let number =
            self.b.rest().iter().take(digits).fold(0_u8, |number, digit| number.wrapping_mul(10).wrapping_add(digit - b'0'));
        let descriptor = if digits > 0 { number } else { u8::from(!input) };
        let indented = rest.starts_with(b"<<-");
        self.closer(digits + length);
        self.b.skip_while(|byte| matches!(byte, b' ' | b'\t'));
        let process = matches!((self.b.byte(0), self.b.byte(1)), (Some(b'<' | b'>'), Some(b'(')));
        let target = if process || self.b.byte(0).is_some_and(|byte| !ends_word(byte)) {
            self.word()
        } else {
            let empty = self.b.open_word();
            self.b.close_word(empty)
        };
        let mut redirect = RawRedirect { kind, descriptor, target, body: NONE };
        if kind == RedirectKind::Heredoc {
            redirect.body = index(self.b.script.bodies.len());
            self.b.script.bodies.push(NONE);
            let word = Word::new(&self.b.script, target);
            let quoted = word.text().contains(['\'', '"', '\\']);
            // Nothing is expanded in a delimiter.
            let delimiter = word.literal().map_or_else(|| word.text().replace(['\'', '"'], ""), |text| text.into_owned());
            self.pending.push(Pending { body: redirect.body, command: self.b.owner, delimiter, quoted, indented });
        }
        self.b.add_redirect(redirect);
        true
    }

    /// Reads a line break, and the bodies of here-documents that begin behind it.
    pub(super) fn end_line(&mut self) {
        self.b.skip(1);
        for pending in std::mem::take(&mut self.pending) {
            let (end, next) = self.body_end(&pending);
            let owner = std::mem::replace(&mut self.b.owner, pending.command);
            let last = self.b.last;
            let word = self.b.open_word();
            self.heredoc(end, pending.quoted);
            let word = self.b.close_word(word);
            (self.b.owner, self.b.last) = (owner, last);
            self.b.at = next;
            if let Some(body) = self.b.script.bodies.get_mut(pending.body as usize) {
                *body = word;
            }
        }
    }

    /// Where the body ends that begins here, and the line behind its delimiter begins.
    fn body_end(&self, pending: &Pending) -> (usize, usize) {
        let mut start = self.b.at;
        while start < self.b.end {
            let rest = self.b.script.text.as_bytes().get(start..self.b.end).unwrap_or(&[]);
            let length = memchr(b'\n', rest).unwrap_or(rest.len());
            let line = self.b.text(start, start + length);
            let line = if pending.indented { line.trim_start_matches('\t') } else { line };
            if line.strip_suffix('\r').unwrap_or(line) == pending.delimiter {
                return (start, (start + length + 1).min(self.b.end));
            }
            start = (start + length + 1).min(self.b.end);
        }
        (self.b.end, self.b.end)
    }
}

/// The redirect that begins with these bytes, and its length.
fn operator(rest: &[u8]) -> Option<(RedirectKind, usize)> {
    use RedirectKind::{Append, Duplicate, HereString, Heredoc, Read, Write};
    let number = |at: usize| rest.get(at).is_some_and(|byte| byte.is_ascii_digit() || *byte == b'-');
    let found = match rest {
        [b'<', b'<', b'<', ..] => (HereString, 3),
        [b'<', b'<', b'-', ..] => (Heredoc, 3),
        [b'<', b'<', ..] => (Heredoc, 2),
        [b'<', b'&', ..] => (Duplicate, 2),
        [b'<', b'>', ..] => (Read, 2),
        [b'<' | b'>', b'(', ..] => return None,
        [b'<', ..] => (Read, 1),
        [b'>', b'>', ..] => (Append, 2),
        [b'>', b'|', ..] => (Write, 2),
        [b'>', b'&', ..] => (if number(2) { Duplicate } else { Write }, 2),
        [b'>', ..] => (Write, 1),
        [b'&', b'>', b'>', ..] => (Append, 3),
        [b'&', b'>', ..] => (Write, 2),
        _ => return None,
    };
    Some(found)
}
