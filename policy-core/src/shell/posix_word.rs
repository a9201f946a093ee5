//! Words of Posix shells.

use super::build::index;
use super::posix::{Posix, ends_word};
use super::word::{PartKind, Quote};

#[inline]
fn is_plain(byte: u8) -> bool {
    !ends_word(byte) && !matches!(byte, b'\\' | b'\'' | b'"' | b'$' | b'`' | b'#')
}

#[inline]
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

impl Posix<'_> {
    /// Reads the word that begins here; at least one byte.
    pub(super) fn word(&mut self) -> u32 {
        let word = self.b.open_word();
        let start = self.b.at;
        let mut run = start;
        // `name=( … )` and `@( … )` hold blanks and operators.
        let mut parens = 0_u32;
        while let Some(byte) = self.b.byte(0) {
            match byte {
                b'(' if parens > 0 || self.opens_pattern(start) => {
                    parens += 1;
                    self.b.skip(1);
                }
                b')' if parens > 0 => {
                    parens -= 1;
                    self.b.skip(1);
                }
                b'#' if parens > 0 && self.before().is_some_and(|byte| byte.is_ascii_whitespace()) => {
                    self.b.literal(run, Quote::None);
                    self.b.comment();
                    run = self.b.at;
                }
                b'\\' => self.b.skip(2),
                b'\'' | b'"' | b'$' | b'`' => {
                    self.b.literal(run, Quote::None);
                    run = self.quoted_or_expanded(byte);
                }
                b'<' | b'>' if self.b.byte(1) == Some(b'(') => {
                    self.b.literal(run, Quote::None);
                    run = self.substitution(PartKind::Process, 2, Quote::None);
                }
                _ if parens > 0 => self.b.skip(1),
                _ if is_plain(byte) => self.b.skip_while(is_plain),
                b'#' => self.b.skip(1),
                _ if self.b.at == start => self.b.skip(1),
                _ => break,
            }
        }
        self.b.literal(run, Quote::None);
        self.b.close_word(word)
    }

    fn before(&self) -> Option<u8> {
        self.b.script.text.as_bytes().get(self.b.at.checked_sub(1)?).copied()
    }

    /// Whether the `(` here opens an array or a pattern.
    fn opens_pattern(&self, start: usize) -> bool {
        self.b.at > start && matches!(self.before(), Some(b'=' | b'?' | b'*' | b'+' | b'@' | b'!'))
    }

    /// Reads what begins with a quote, `$` or a backtick; answers where literal text begins again.
    fn quoted_or_expanded(&mut self, byte: u8) -> usize {
        match byte {
            b'\'' => self.single(Quote::Single),
            b'"' => self.double(),
            b'`' => return self.backtick(Quote::None),
            _ => match self.b.byte(1) {
                Some(b'\'') => {
                    self.b.skip(1);
                    self.single(Quote::Ansi);
                }
                Some(b'"') => {
                    self.b.skip(1);
                    self.double();
                }
                _ => return self.dollar(Quote::None),
            },
        }
        self.b.at
    }

    fn single(&mut self, quote: Quote) {
        self.b.skip(1);
        let start = self.b.at;
        let mut run = start;
        while let Some(byte) = self.b.byte(0) {
            match byte {
                b'\'' => break,
                b'\\' if quote == Quote::Ansi => self.b.skip(2),
                b'$' => run = self.replaced(run, quote),
                _ => self.b.skip_while(|byte| !matches!(byte, b'\'' | b'$' | b'\\') || (byte == b'\\' && quote != Quote::Ansi)),
            }
        }
        self.close_quote(start, run, quote);
    }

    /// Reads `$` as replaced text or as itself; answers where literal text begins.
    fn replaced(&mut self, run: usize, quote: Quote) -> usize {
        if self.b.replaced_at(self.b.at).is_none() {
            self.b.skip(1);
            return run;
        }
        self.b.literal(run, quote);
        self.b.expression(quote);
        self.b.at
    }

    // An empty quote is a part too, so that `""` is a word with nothing in it.
    fn close_quote(&mut self, start: usize, run: usize, quote: Quote) {
        self.b.literal(run, quote);
        if self.b.at == start {
            self.b.open_part(PartKind::Literal, quote, start, (0, 0));
        }
        self.b.skip(1);
    }

    fn double(&mut self) {
        self.b.skip(1);
        let start = self.b.at;
        let run = self.expanding(Quote::Double);
        self.close_quote(start, run, Quote::Double);
    }

    /// Reads text in which variables are expanded, to its end or the quote that closes it; answers where literal text last began.
    fn expanding(&mut self, quote: Quote) -> usize {
        let mut run = self.b.at;
        while let Some(byte) = self.b.byte(0) {
            match byte {
                b'"' if quote == Quote::Double => break,
                b'\\' => self.b.skip(2),
                b'$' => {
                    self.b.literal(run, quote);
                    run = self.dollar(quote);
                }
                b'`' => {
                    self.b.literal(run, quote);
                    run = self.backtick(quote);
                }
                b'"' => self.b.skip(1),
                _ => self.b.skip_while(|byte| !matches!(byte, b'"' | b'\\' | b'$' | b'`')),
            }
        }
        run
    }

    /// Reads the body of a here-document, which ends at a place that is known.
    pub(super) fn heredoc(&mut self, end: usize, quoted: bool) {
        let outer = std::mem::replace(&mut self.b.end, end);
        if quoted {
            let mut run = self.b.at;
            while let Some(byte) = self.b.byte(0) {
                match byte {
                    b'$' => run = self.replaced(run, Quote::Verbatim),
                    _ => self.b.skip_while(|byte| byte != b'$'),
                }
            }
            self.b.literal(run, Quote::Verbatim);
        } else {
            let run = self.expanding(Quote::Body);
            self.b.literal(run, Quote::Body);
        }
        self.b.end = outer;
    }

    /// Reads what `$` begins; answers where literal text begins: behind it, or at the `$` if it stands for itself.
    fn dollar(&mut self, quote: Quote) -> usize {
        let start = self.b.at;
        if self.b.expression(quote) {
            return self.b.at;
        }
        match (self.b.byte(1), self.b.byte(2)) {
            (Some(b'('), Some(b'(')) if self.is_arithmetic(1) => self.arithmetic(1, quote),
            (Some(b'('), _) => return self.substitution(PartKind::Substitution, 2, quote),
            (Some(b'{'), _) => return self.braced(quote),
            (Some(byte), _) if byte.is_ascii_alphabetic() || byte == b'_' => {
                self.b.skip(1);
                self.b.skip_while(is_name);
                self.b.variable(start, start + 1..self.b.at, quote);
            }
            (Some(b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'!' | b'-' | b'$'), _) => {
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

    /// `${NAME…}`; the text in the braces follows as parts.
    fn braced(&mut self, quote: Quote) -> usize {
        let start = self.b.at;
        self.b.skip(2);
        let Some(outer) = self.b.enter(self.b.owner, self.b.word) else { return start };
        if matches!(self.b.byte(0), Some(b'!' | b'#')) && self.b.byte(1).is_some_and(is_name) {
            self.b.skip(1);
        }
        let name = self.b.at;
        self.b.skip_while(is_name);
        if name == self.b.at && matches!(self.b.byte(0), Some(b'@' | b'*' | b'#' | b'?' | b'!' | b'-' | b'$')) {
            self.b.skip(1);
        }
        let part = self.b.variable(start, name..self.b.at, quote);
        self.until_brace(quote);
        self.b.close_part(part);
        self.b.leave(outer);
        self.b.at
    }

    fn until_brace(&mut self, quote: Quote) {
        let mut run = self.b.at;
        while let Some(byte) = self.b.byte(0) {
            match byte {
                b'}' => break,
                b'\\' => self.b.skip(2),
                b'$' => {
                    self.b.literal(run, quote);
                    run = self.dollar(quote);
                }
                // Quotes begin anew in the braces, but single ones are text where the whole is quoted.
                b'"' | b'`' => {
                    self.b.literal(run, quote);
                    run = self.quoted_or_expanded(byte);
                }
                b'\'' if quote == Quote::None => {
                    self.b.literal(run, quote);
                    run = self.quoted_or_expanded(byte);
                }
                b'\'' => self.b.skip(1),
                _ => self.b.skip_while(|byte| !matches!(byte, b'}' | b'\\' | b'$' | b'"' | b'`' | b'\'')),
            }
        }
        self.b.literal(run, quote);
        self.b.skip(1);
    }

    /// Reads commands that begin behind `open` bytes and end at `)`; answers where literal text begins.
    fn substitution(&mut self, kind: PartKind, open: usize, quote: Quote) -> usize {
        let start = self.b.at;
        let commands = index(self.b.script.commands.len());
        self.b.skip(open);
        let part = self.b.open_part(kind, quote, start, (commands, commands));
        if self.commands_in_parens(self.b.owner, self.b.word) {
            self.b.close_part(part);
            return self.b.at;
        }
        self.b.take_part(part);
        start
    }

    /// Reads commands between backticks; answers where literal text begins.
    fn backtick(&mut self, quote: Quote) -> usize {
        let start = self.b.at;
        self.b.skip(1);
        let mut escaped = false;
        let closed = self.b.rest().iter().position(|byte| {
            let found = *byte == b'`' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            found
        });
        let Some(length) = closed else { return start };
        let end = self.b.at + length;
        let commands = index(self.b.script.commands.len());
        let part = self.b.open_part(PartKind::Substitution, quote, start, (commands, commands));
        self.commands_to(end, self.b.owner, self.b.word);
        self.b.at = end + 1;
        self.b.close_part(part);
        self.b.at
    }

    /// Whether `((` behind `offset` bytes begins arithmetic: it ends in `))`. One that is not closed soon is taken as such.
    pub(super) fn is_arithmetic(&self, offset: usize) -> bool {
        let mut depth = 0_u32;
        let mut rest = self.b.rest().iter().skip(offset).take(256).peekable();
        while let Some(byte) = rest.next() {
            match byte {
                b'(' => depth += 1,
                b')' if depth == 2 => return rest.peek() == Some(&&b')'),
                b')' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        true
    }

    /// Reads `((…))` behind `offset` bytes.
    pub(super) fn arithmetic(&mut self, offset: usize, quote: Quote) {
        let start = self.b.at;
        self.b.skip(offset + 2);
        let part = self.b.open_part(PartKind::Arithmetic, quote, start, (0, 0));
        let Some(outer) = self.b.enter(self.b.owner, self.b.word) else { return };
        let mut depth = 2_u32;
        while let Some(byte) = self.b.byte(0) {
            match byte {
                b'(' | b')' => {
                    self.b.skip(1);
                    depth = if byte == b'(' { depth + 1 } else { depth - 1 };
                    if depth == 0 {
                        break;
                    }
                }
                b'\\' => self.b.skip(2),
                b'$' => {
                    self.dollar(quote);
                }
                b'`' => {
                    self.backtick(quote);
                }
                _ => self.b.skip_while(|byte| !matches!(byte, b'(' | b')' | b'\\' | b'$' | b'`')),
            }
        }
        self.b.close_part(part);
        self.b.leave(outer);
    }
}
