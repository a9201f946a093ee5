//! Statements of `PowerShell`.
//!
//! A statement that begins as an expression (a variable, text, a bracket) is a value, which is printed; what begins with a name is a
//! command. Keywords are skipped: the condition of an `if` is a value, its block a group.

use memchr::memmem;

use super::Script;
use super::build::{Builder, NONE, OpenCommand, RawRedirect, Sequence};
use super::command::{Kind, Link, RedirectKind};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    End,
    Paren,
    Brace,
    // Of `@{ name = value }`.
    Table,
}

pub(super) struct PowerShell<'t> {
    pub(super) b: Builder<'t>,
    // Lists that are open, by what ends them: only then does a stray end of that kind end a list.
    parens: u32,
    braces: u32,
}

const KEYWORDS: &[&str] = &[
    "if", "elseif", "else", "while", "do", "until", "for", "foreach", "switch", "try", "catch", "finally", "function", "filter",
    "param", "return", "throw", "begin", "process", "end", "trap",
];

pub(super) fn read(builder: Builder<'_>) -> Script<'_> {
    let mut shell = PowerShell { b: builder, parens: 0, braces: 0 };
    shell.list(Stop::End);
    shell.b.script
}

#[inline]
pub(super) fn ends_word(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'{' | b'}' | b'<' | b'>')
}

impl PowerShell<'_> {
    fn list(&mut self, stop: Stop) {
        let mut list = Sequence::new(false);
        let mut called = false;
        while let Some(byte) = self.skip_blanks() {
            let call = std::mem::take(&mut called);
            match byte {
                b'\n' => self.b.skip(1),
                b';' => {
                    list.link = Link::Sequence;
                    self.b.skip(1);
                }
                b'|' | b'&' => called = self.connect(&mut list),
                b')' if stop == Stop::Paren => return self.closer(),
                b'}' if matches!(stop, Stop::Brace | Stop::Table) => return self.closer(),
                b')' if self.parens > 0 => return,
                b'}' if self.braces > 0 => return,
                b')' | b'}' => self.b.skip(1),
                b'{' if !call => self.group(&mut list),
                _ if !call && self.keyword(&mut list) => {}
                _ => self.command(&mut list, call, stop == Stop::Table),
            }
        }
    }

    fn closer(&mut self) {
        self.b.skip(1);
        self.b.last = self.b.at;
    }

    /// Reads an operator between commands; answers whether it calls what follows.
    fn connect(&mut self, list: &mut Sequence) -> bool {
        let (link, length) = match (self.b.byte(0), self.b.byte(1)) {
            (Some(b'&'), Some(b'&')) => (Link::And, 2),
            (Some(b'|'), Some(b'|')) => (Link::Or, 2),
            (Some(b'|'), _) => (Link::Pipe, 1),
            _ => {
                self.b.skip(1);
                return true;
            }
        };
        list.link = link;
        self.b.skip(length);
        false
    }

    /// Skips blanks, comments and continued lines; answers the byte behind them.
    pub(super) fn skip_blanks(&mut self) -> Option<u8> {
        loop {
            let byte = self.b.byte(0)?;
            match byte {
                b' ' | b'\t' | b'\r' => self.b.skip(1),
                b'`' if self.b.byte(1) == Some(b'\n') => self.b.skip(2),
                b'`' if self.b.byte(1) == Some(b'\r') && self.b.byte(2) == Some(b'\n') => self.b.skip(3),
                b'#' => self.b.comment(),
                b'<' if self.b.byte(1) == Some(b'#') => self.block_comment(),
                _ => return Some(byte),
            }
        }
    }

    fn block_comment(&mut self) {
        let start = self.b.at;
        let rest = self.b.rest();
        self.b.skip(memmem::find(rest, b"#>").map_or(rest.len(), |at| at + 2));
        self.b.script.comments.push(crate::source::Span::new(start, self.b.at));
    }

    /// Skips a keyword, if one stands here.
    fn keyword(&mut self, list: &mut Sequence) -> bool {
        let rest = self.b.rest();
        let length = rest.iter().take(9).position(|byte| ends_word(*byte)).unwrap_or(rest.len());
        let Some(word) = rest.get(..length).filter(|word| word.len() < 9) else { return false };
        let Some(keyword) = KEYWORDS.iter().find(|keyword| keyword.as_bytes().eq_ignore_ascii_case(word)) else { return false };
        self.b.skip(length);
        list.negated = matches!(*keyword, "if" | "elseif" | "while" | "until");
        if matches!(*keyword, "function" | "filter") {
            self.b.skip_while(|byte| matches!(byte, b' ' | b'\t'));
            self.b.skip_while(|byte| !ends_word(byte));
        }
        true
    }

    fn group(&mut self, list: &mut Sequence) {
        let open = self.b.open_command(Kind::Group, list);
        self.closer();
        self.commands(Stop::Brace, open.id, NONE);
        while self.skip_blanks().is_some() && self.redirect() {}
        self.b.close_command(open);
    }

    /// Reads commands to what closes them; answers whether that is not too deep.
    pub(super) fn commands(&mut self, stop: Stop, parent: u32, within: u32) -> bool {
        let Some(outer) = self.b.enter(parent, within) else { return false };
        let open = if stop == Stop::Paren { &mut self.parens } else { &mut self.braces };
        *open += 1;
        self.list(stop);
        let open = if stop == Stop::Paren { &mut self.parens } else { &mut self.braces };
        *open -= 1;
        self.b.leave(outer);
        true
    }

    fn command(&mut self, list: &mut Sequence, call: bool, table: bool) {
        let mut value = !call && self.begins_value();
        let open = self.b.open_command(if value { Kind::Value } else { Kind::Simple }, list);
        let mut assigned = 0;
        while let Some(byte) = self.skip_blanks() {
            let words = self.b.word_count(open) - assigned;
            match byte {
                // Behind `=`, a block is a value; behind a condition, it is what follows.
                b'{' if value && words > 0 => break,
                b'\n' if table && assigned > 0 && words == 0 => self.b.skip(1),
                b'\n' | b';' | b'|' | b'&' | b')' | b'}' => break,
                _ if self.redirect() => {}
                b'=' | b'+' | b'-' | b'*' | b'/' | b'?' if words == 1 && assigned == 0 && self.assigns(value || table) => {
                    assigned = 1;
                    value = self.assigned_value(open);
                }
                _ => {
                    let word = self.word(words == 0 && assigned == 0 && (value || table));
                    self.b.add_word(word);
                }
            }
        }
        self.b.close_command(open);
    }

    /// Reads an assignment operator, if one stands here.
    fn assigns(&mut self, may: bool) -> bool {
        let length = match (self.b.byte(0), self.b.byte(1), self.b.byte(2)) {
            (Some(b'='), _, _) => 1,
            (Some(b'+' | b'-' | b'*' | b'/'), Some(b'='), _) => 2,
            (Some(b'?'), Some(b'?'), Some(b'=')) => 3,
            _ => return false,
        };
        if may {
            self.b.skip(length);
        }
        may
    }

    /// Turns the word before `=` into an assignment; answers whether what is behind it is a value.
    fn assigned_value(&mut self, open: OpenCommand) -> bool {
        let called = self.skip_blanks() == Some(b'&');
        if called {
            self.b.skip(1);
        }
        let value = !called && (self.begins_value() || matches!(self.b.byte(0), Some(b'{') | None));
        self.b.change(open.id, |command| {
            command.assignments = 1;
            command.kind = if value { Kind::Value } else { Kind::Simple };
        });
        value
    }

    fn begins_value(&self) -> bool {
        let next = self.b.byte(1);
        match self.b.byte(0) {
            Some(b'"' | b'\'' | b'$' | b'(' | b'[' | b'@' | b'!' | b'+' | b'0'..=b'9' | b',') => true,
            Some(b'-') => next.is_some_and(|byte| !ends_word(byte)),
            _ => false,
        }
    }

    /// Reads a redirect, if one stands here.
    fn redirect(&mut self) -> bool {
        let stream = matches!(self.b.byte(0), Some(b'1'..=b'6' | b'*')) && self.b.byte(1) == Some(b'>');
        let at = usize::from(stream);
        let descriptor = match self.b.byte(0) {
            Some(byte @ b'2'..=b'6') => byte - b'0',
            _ => 1,
        };
        let (kind, length) = match (self.b.byte(at), self.b.byte(at + 1)) {
            (Some(b'>'), Some(b'>')) => (RedirectKind::Append, 2),
            (Some(b'>'), Some(b'&')) => (RedirectKind::Duplicate, 2),
            (Some(b'>'), _) => (RedirectKind::Write, 1),
            (Some(b'<'), _) => (RedirectKind::Read, 1),
            _ => return false,
        };
        self.b.skip(at + length);
        self.b.last = self.b.at;
        self.b.skip_while(|byte| matches!(byte, b' ' | b'\t'));
        let target = if self.b.byte(0).is_some_and(|byte| !ends_word(byte) || matches!(byte, b'(' | b'{')) {
            self.word(false)
        } else {
            let empty = self.b.open_word();
            self.b.close_word(empty)
        };
        self.b.add_redirect(RawRedirect { kind, descriptor, target, body: NONE });
        true
    }
}
