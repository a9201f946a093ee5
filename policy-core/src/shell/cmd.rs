//! Commands and words of the command prompt of Windows.

use super::Script;
use super::build::{Builder, NONE, RawRedirect, Sequence};
use super::command::{Kind, Link, RedirectKind};
use super::word::{PartKind, Quote, Word};

struct Cmd<'t> {
    b: Builder<'t>,
    parens: u32,
}

pub(super) fn read(builder: Builder<'_>) -> Script<'_> {
    let mut cmd = Cmd { b: builder, parens: 0 };
    cmd.list(false);
    cmd.b.script
}

/// The longest name of a variable that is looked for.
const MAX_NAME: usize = 256;

#[inline]
fn ends_word(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'&' | b'|' | b'<' | b'>')
}

#[inline]
fn is_plain(byte: u8) -> bool {
    !ends_word(byte) && !matches!(byte, b'"' | b'%' | b'!' | b'^' | b'$' | b'(' | b')')
}

impl Cmd<'_> {
    fn list(&mut self, in_parens: bool) {
        let mut list = Sequence::new(false);
        while let Some(byte) = self.skip_blanks() {
            match byte {
                b'\n' => {
                    list.link = Link::Sequence;
                    self.b.skip(1);
                }
                b'@' => self.b.skip(1),
                b'&' | b'|' => self.connect(&mut list),
                b')' if in_parens => {
                    self.b.skip(1);
                    self.b.last = self.b.at;
                    return;
                }
                b')' => self.b.skip(1),
                b'(' => self.group(&mut list),
                b':' => self.b.comment(),
                _ if self.is_word("rem") => self.b.comment(),
                _ if self.is_word("if") => self.condition(&mut list),
                _ if self.is_word("for") => self.header(),
                _ if self.is_word("else") => self.b.skip(4),
                _ if self.is_word("do") => self.b.skip(2),
                _ => self.simple(&mut list),
            }
        }
    }

    fn connect(&mut self, list: &mut Sequence) {
        let doubled = self.b.byte(1) == self.b.byte(0);
        list.link = match (self.b.byte(0), doubled) {
            (Some(b'&'), true) => Link::And,
            (Some(b'&'), false) => Link::Sequence,
            (_, true) => Link::Or,
            (_, false) => Link::Pipe,
        };
        self.b.skip(1 + usize::from(doubled));
    }

    fn skip_blanks(&mut self) -> Option<u8> {
        loop {
            let byte = self.b.byte(0)?;
            match byte {
                b' ' | b'\t' | b'\r' => self.b.skip(1),
                b'^' if self.b.byte(1) == Some(b'\n') => self.b.skip(2),
                b'^' if self.b.byte(1) == Some(b'\r') && self.b.byte(2) == Some(b'\n') => self.b.skip(3),
                _ => return Some(byte),
            }
        }
    }

    fn is_word(&self, word: &str) -> bool {
        let rest = self.b.rest();
        let ends = rest.get(word.len()).is_none_or(|byte| ends_word(*byte) || matches!(byte, b'(' | b')'));
        ends && rest.get(..word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word.as_bytes()))
    }

    fn group(&mut self, list: &mut Sequence) {
        let open = self.b.open_command(Kind::Group, list);
        self.b.skip(1);
        self.b.last = self.b.at;
        if let Some(outer) = self.b.enter(open.id, NONE) {
            self.parens += 1;
            self.list(true);
            self.parens -= 1;
            self.b.leave(outer);
        }
        while self.skip_blanks().is_some() && self.redirect() {}
        self.b.close_command(open);
    }

    /// Reads `if` and its condition as a group of its own, since it may hold variables.
    fn condition(&mut self, list: &mut Sequence) {
        list.negated = true;
        let open = self.b.open_command(Kind::Group, list);
        self.b.skip(2);
        self.b.last = self.b.at;
        let mut operands = 0;
        while operands < 3 && self.skip_blanks().is_some_and(|byte| !ends_word(byte) && byte != b'(') {
            let word = self.word();
            self.b.add_word(word);
            let word = Word::new(&self.b.script, word);
            if word.is("not") || word.starts_with("/") {
                continue;
            }
            // `exist x` and the like are two words, `a==b` is one, `a EQU b` three.
            operands += if operands == 0 && ["exist", "defined", "errorlevel", "cmdextversion"].iter().any(|name| word.is(name)) {
                2
            } else if operands == 0 && word.text().contains("==") && !word.text().ends_with("==") {
                3
            } else {
                1
            };
        }
        self.b.close_command(open);
    }

    /// Skips `for … in ( … )`; what is behind `do` is read as a command.
    fn header(&mut self) {
        while let Some(byte) = self.skip_blanks() {
            match byte {
                b'\n' => return,
                _ if self.is_word("do") => return,
                _ if self.b.replaced_at(self.b.at).is_some() => {
                    self.b.at = self.b.replaced_at(self.b.at).unwrap_or(self.b.end);
                }
                _ if ends_word(byte) => self.b.skip(1),
                _ => {
                    self.b.skip(1);
                    self.b.skip_while(|byte| !ends_word(byte) && byte != b'$');
                }
            }
        }
    }

    fn simple(&mut self, list: &mut Sequence) {
        let open = self.b.open_command(Kind::Simple, list);
        while let Some(byte) = self.skip_blanks() {
            match byte {
                b'\n' | b'&' | b'|' => break,
                b')' if self.parens > 0 => break,
                _ if self.redirect() => {}
                _ => {
                    let word = self.word();
                    self.b.add_word(word);
                }
            }
        }
        self.b.close_command(open);
    }

    fn redirect(&mut self) -> bool {
        let numbered = self.b.byte(0).is_some_and(|byte| byte.is_ascii_digit()) && matches!(self.b.byte(1), Some(b'<' | b'>'));
        let at = usize::from(numbered);
        let (kind, length) = match (self.b.byte(at), self.b.byte(at + 1)) {
            (Some(b'>'), Some(b'>')) => (RedirectKind::Append, 2),
            (Some(b'>' | b'<'), Some(b'&')) => (RedirectKind::Duplicate, 2),
            (Some(b'>'), _) => (RedirectKind::Write, 1),
            (Some(b'<'), _) => (RedirectKind::Read, 1),
            _ => return false,
        };
        let default = u8::from(self.b.byte(at) == Some(b'>'));
        let descriptor = self.b.byte(0).filter(|_| numbered).map_or(default, |digit| digit - b'0');
        self.b.skip(at + length);
        self.b.last = self.b.at;
        self.b.skip_while(|byte| matches!(byte, b' ' | b'\t'));
        let target = if self.b.byte(0).is_some_and(|byte| !ends_word(byte)) {
            self.word()
        } else {
            let empty = self.b.open_word();
            self.b.close_word(empty)
        };
        self.b.add_redirect(RawRedirect { kind, descriptor, target, body: NONE });
        true
    }

    /// Reads the word that begins here; at least one byte.
    fn word(&mut self) -> u32 {
        let word = self.b.open_word();
        let start = self.b.at;
        let mut run = start;
        while let Some(byte) = self.b.byte(0) {
            match byte {
                b'^' if self.b.byte(1) == Some(b'\n') => break,
                b'^' => self.b.skip(2),
                b'"' => {
                    self.b.literal(run, Quote::None);
                    self.quoted();
                    run = self.b.at;
                }
                b'%' | b'!' | b'$' => run = self.expanded(byte, run, Quote::None),
                b')' if self.parens > 0 && self.b.at > start => break,
                b'(' | b')' => self.b.skip(1),
                _ if is_plain(byte) => self.b.skip_while(is_plain),
                _ if self.b.at == start => self.b.skip(1),
                _ => break,
            }
        }
        self.b.literal(run, Quote::None);
        self.b.close_word(word)
    }

    /// Text in quotes, which end with the line at the latest.
    fn quoted(&mut self) {
        self.b.skip(1);
        let start = self.b.at;
        let mut run = start;
        while let Some(byte) = self.b.byte(0) {
            match byte {
                b'"' | b'\n' => break,
                b'%' | b'!' | b'$' => run = self.expanded(byte, run, Quote::Double),
                _ => self.b.skip_while(|byte| !matches!(byte, b'"' | b'\n' | b'%' | b'!' | b'$')),
            }
        }
        self.b.literal(run, Quote::Double);
        if self.b.at == start {
            self.b.open_part(PartKind::Literal, Quote::Double, start, (0, 0));
        }
        if self.b.byte(0) == Some(b'"') {
            self.b.skip(1);
        }
    }

    /// Reads `%NAME%`, `%1`, `%%i`, `!NAME!` or replaced text, or one byte that stands for itself; answers where literal text begins.
    fn expanded(&mut self, byte: u8, run: usize, quote: Quote) -> usize {
        let start = self.b.at;
        if byte == b'$' {
            if self.b.replaced_at(start).is_none() {
                self.b.skip(1);
                return run;
            }
            self.b.literal(run, quote);
            self.b.expression(quote);
            return self.b.at;
        }
        let Some((name, length)) = variable(byte, self.b.rest()) else {
            self.b.skip(1);
            return run;
        };
        self.b.literal(run, quote);
        self.b.skip(length);
        self.b.variable(start, start + name.start..start + name.end, quote);
        self.b.at
    }
}

/// The variable that these bytes begin with: where its name stands, and its length.
fn variable(mark: u8, rest: &[u8]) -> Option<(std::ops::Range<usize>, usize)> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'(' | b')' | b'#' | b'@');
    let second = *rest.get(1)?;
    if mark == b'%' {
        match second {
            b'0'..=b'9' | b'*' => return Some((1..2, 2)),
            b'%' => {
                let letters = rest.iter().skip(2).take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'~').take(12).count();
                return (letters > 0).then_some((2..2 + letters, 2 + letters));
            }
            b'~' => {
                let letters = rest.iter().skip(2).take_while(|byte| byte.is_ascii_alphabetic()).take(12).count();
                return rest.get(2 + letters).is_some_and(u8::is_ascii_digit).then_some((2 + letters..3 + letters, 3 + letters));
            }
            _ => {}
        }
    }
    let name = rest.iter().skip(1).take(MAX_NAME).take_while(|byte| is_name(byte)).count();
    let behind = rest.get(1 + name..)?;
    let changes = match behind.first() {
        // `%NAME:a=b%`
        Some(b':') => behind.iter().take(MAX_NAME).take_while(|byte| **byte != mark && **byte != b'\n').count(),
        _ => 0,
    };
    (name > 0 && behind.get(changes) == Some(&mark)).then_some((1..1 + name, 2 + name + changes))
}
