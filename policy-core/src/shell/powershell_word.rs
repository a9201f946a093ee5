//! Words of `PowerShell`.

use memchr::{memchr, memmem};

use super::build::index;
use super::powershell::{PowerShell, Stop, ends_word};
use super::word::{PartKind, Quote};

#[inline]
fn is_plain(byte: u8) -> bool {
    !ends_word(byte) && !matches!(byte, b'`' | b'\'' | b'"' | b'$' | b'@' | b'=')
}

#[inline]
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

impl PowerShell<'_> {
    /// Reads the word that begins here; at least one byte. One that may be assigned to ends before `=`.
    pub(super) fn word(&mut self, assignable: bool) -> u32 {
        let word = self.b.open_word();
        let start = self.b.at;
        let mut run = start;
        while let Some(byte) = self.b.byte(0) {
            let commands = match (byte, self.b.byte(1)) {
                (b'(', _) => Some((PartKind::Substitution, Stop::Paren, 1)),
                (b'@', Some(b'(')) => Some((PartKind::Substitution, Stop::Paren, 2)),
                (b'@', Some(b'{')) => Some((PartKind::Block, Stop::Table, 2)),
                (b'{', _) if self.b.at == start => Some((PartKind::Block, Stop::Brace, 1)),
                _ => None,
            };
            if let Some((kind, stop, open)) = commands {
                self.b.literal(run, Quote::None);
                run = self.substitution(kind, stop, open, Quote::None);
                continue;
            }
            match byte {
                b'`' if self.b.byte(1) == Some(b'\n') => break,
                b'`' => self.b.skip(2),
                b'\'' | b'"' | b'$' => {
                    self.b.literal(run, Quote::None);
                    run = self.quoted_or_expanded(byte);
                }
                b'@' if self.b.at == start && self.begins_here_string() => {
                    self.here_string();
                    run = self.b.at;
                }
                b'=' if assignable && self.b.at > start => break,
                b'@' | b'=' => self.b.skip(1),
                _ if is_plain(byte) => self.b.skip_while(is_plain),
                _ if self.b.at == start => self.b.skip(1),
                _ => break,
            }
        }
        self.b.literal(run, Quote::None);
        self.b.close_word(word)
    }

    fn quoted_or_expanded(&mut self, byte: u8) -> usize {
        match byte {
            b'$' => return self.dollar(Quote::None),
            b'\'' => {
                self.b.skip(1);
                let start = self.b.at;
                let run = self.verbatim(Quote::Single);
                self.close_quote(start, run, Quote::Single);
            }
            _ => {
                self.b.skip(1);
                let start = self.b.at;
                let run = self.expanding(Quote::Double);
                self.close_quote(start, run, Quote::Double);
            }
        }
        self.b.at
    }

    fn close_quote(&mut self, start: usize, run: usize, quote: Quote) {
        self.b.literal(run, quote);
        if self.b.at == start {
            self.b.open_part(PartKind::Literal, quote, start, (0, 0));
        }
        self.b.skip(1);
    }

    /// Reads text in which only replaced text is no literal; answers where literal text last began.
    fn verbatim(&mut self, quote: Quote) -> usize {
        let mut run = self.b.at;
        while let Some(byte) = self.b.byte(0) {
            match byte {
                b'\'' if quote == Quote::Single => match self.b.byte(1) {
                    Some(b'\'') => self.b.skip(2),
                    _ => break,
                },
                b'$' if self.b.replaced_at(self.b.at).is_some() => {
                    self.b.literal(run, quote);
                    self.b.expression(quote);
                    run = self.b.at;
                }
                b'$' | b'\'' => self.b.skip(1),
                _ => self.b.skip_while(|byte| !matches!(byte, b'\'' | b'$')),
            }
        }
        run
    }

    /// Reads text in which variables are expanded; answers where literal text last began.
    fn expanding(&mut self, quote: Quote) -> usize {
        let mut run = self.b.at;
        while let Some(byte) = self.b.byte(0) {
            match byte {
                b'"' if quote == Quote::Double => match self.b.byte(1) {
                    Some(b'"') => self.b.skip(2),
                    _ => break,
                },
                b'`' => self.b.skip(2),
                b'$' => {
                    self.b.literal(run, quote);
                    run = self.dollar(quote);
                }
                b'"' => self.b.skip(1),
                _ => self.b.skip_while(|byte| !matches!(byte, b'"' | b'`' | b'$')),
            }
        }
        run
    }

    /// Reads what `$` begins; answers where literal text begins.
    fn dollar(&mut self, quote: Quote) -> usize {
        let start = self.b.at;
        if self.b.expression(quote) {
            return self.b.at;
        }
        match self.b.byte(1) {
            Some(b'(') => return self.substitution(PartKind::Substitution, Stop::Paren, 2, quote),
            Some(b'{') => {
                let rest = self.b.rest().get(2..).unwrap_or(&[]);
                // A bound keeps many that are not closed cheap.
                let Some(length) = memchr(b'}', rest.get(..rest.len().min(256)).unwrap_or(&[])) else {
                    self.b.skip(2);
                    return start;
                };
                self.b.skip(2 + length + 1);
                self.b.variable(start, start + 2..start + 2 + length, quote);
            }
            Some(byte) if is_name(byte) => {
                self.b.skip(1);
                self.b.skip_while(is_name);
                if self.b.byte(0) == Some(b':') && self.b.byte(1).is_some_and(is_name) {
                    self.b.skip(1);
                    self.b.skip_while(is_name);
                }
                self.b.variable(start, start + 1..self.b.at, quote);
            }
            Some(b'?' | b'$' | b'^') => {
                self.b.skip(2);
                self.b.variable(start, start + 1..self.b.at, quote);
            }
            _ => {
                self.b.skip(1);
                return start;
            }
        }
        self.b.at
    }

    fn substitution(&mut self, kind: PartKind, stop: Stop, open: usize, quote: Quote) -> usize {
        let start = self.b.at;
        let commands = index(self.b.script.commands.len());
        self.b.skip(open);
        let part = self.b.open_part(kind, quote, start, (commands, commands));
        if self.commands(stop, self.b.owner, self.b.word) {
            self.b.close_part(part);
            return self.b.at;
        }
        self.b.take_part(part);
        start
    }

    fn begins_here_string(&self) -> bool {
        let rest = self.b.rest();
        let mut blanks = rest.iter().skip(2).skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\r'));
        matches!(rest.get(1), Some(b'"' | b'\'')) && blanks.next() == Some(&b'\n')
    }

    /// Reads `@" … "@` or `@' … '@`, whose marks have lines of their own.
    fn here_string(&mut self) {
        let expands = self.b.byte(1) == Some(b'"');
        let first = self.b.line_end(self.b.at);
        let mark: &[u8] = if expands { b"\n\"@" } else { b"\n'@" };
        let rest = self.b.script.text.as_bytes().get(first..self.b.end).unwrap_or(&[]);
        let found = memmem::find(rest, mark).map(|at| first + at);
        let outer = self.b.end;
        let end = found.unwrap_or(outer);
        self.b.at = (first + 1).min(end);
        self.b.end = end;
        let quote = if expands { Quote::Body } else { Quote::Verbatim };
        let run = if expands { self.expanding(quote) } else { self.verbatim(quote) };
        self.b.literal(run, quote);
        self.b.end = outer;
        self.b.at = found.map_or(outer, |at| (at + mark.len()).min(outer));
    }
}
