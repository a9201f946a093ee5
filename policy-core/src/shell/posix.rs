//! Lists, groups and commands of Posix shells: bash, as the others are nearly parts of it.

use super::Script;
use super::build::{Builder, NONE, OpenCommand, Sequence};
use super::command::{Command, Kind, Link};
use super::posix_redirect::Pending;
use super::word::{Quote, Word};

/// What ends a list of commands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    End,
    Paren,
    Brace,
    If,
    Loop,
    Item,
}

pub(super) struct Posix<'t> {
    pub(super) b: Builder<'t>,
    pub(super) pending: Vec<Pending>,
    // Lists that end at `)` and are open: only then does a stray one end a list.
    parens: u32,
}

const KEYWORDS: &[&str] = &[
    "if", "then", "elif", "else", "fi", "for", "select", "while", "until", "do", "done", "case", "esac", "function", "{", "}", "!",
    "time", "coproc",
];

pub(super) fn read(builder: Builder<'_>) -> Script<'_> {
    let mut posix = Posix { b: builder, pending: Vec::new(), parens: 0 };
    posix.list(Stop::End);
    posix.b.script
}

#[inline]
pub(super) fn ends_word(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>')
}

impl<'t> Posix<'t> {
    fn list(&mut self, stop: Stop) {
        let mut list = Sequence::new(matches!(stop, Stop::If | Stop::Loop));
        while let Some(byte) = self.skip_blanks() {
            match byte {
                b'\n' => self.end_line(),
                b';' => {
                    let item = matches!(self.b.byte(1), Some(b';' | b'&'));
                    self.b.skip_while(|byte| matches!(byte, b';' | b'&'));
                    list.link = Link::Sequence;
                    if item && stop == Stop::Item {
                        return;
                    }
                }
                b'&' if self.b.byte(1) == Some(b'>') => self.simple(&mut list),
                b'&' | b'|' => self.connect(&mut list),
                b')' if stop == Stop::Paren => return self.closer(1),
                b')' if self.parens > 0 => return,
                b')' => self.b.skip(1),
                b'(' => self.parenthesis(&mut list),
                _ => {
                    if self.statement(stop, &mut list) {
                        return;
                    }
                }
            }
        }
    }

    fn connect(&mut self, list: &mut Sequence) {
        let (link, length) = match (self.b.byte(0), self.b.byte(1)) {
            (Some(b'&'), Some(b'&')) => (Link::And, 2),
            (Some(b'&'), _) => (Link::Background, 1),
            (_, Some(b'|')) => (Link::Or, 2),
            (_, Some(b'&')) => (Link::Pipe, 2),
            _ => (Link::Pipe, 1),
        };
        list.link = link;
        self.b.skip(length);
    }

    pub(super) fn closer(&mut self, length: usize) {
        self.b.skip(length);
        self.b.last = self.b.at;
    }

    /// Skips blanks, comments and continued lines; answers the byte behind them.
    pub(super) fn skip_blanks(&mut self) -> Option<u8> {
        loop {
            let byte = self.b.byte(0)?;
            match byte {
                b' ' | b'\t' | b'\r' => self.b.skip(1),
                b'\\' if self.b.byte(1) == Some(b'\n') => self.b.skip(2),
                b'#' => self.b.comment(),
                _ => return Some(byte),
            }
        }
    }

    fn keyword(&self) -> Option<&'static str> {
        let rest = self.b.rest();
        let length = rest.iter().take(9).position(|byte| ends_word(*byte)).unwrap_or(rest.len());
        let word = rest.get(..length)?;
        KEYWORDS.iter().find(|keyword| keyword.as_bytes() == word).copied()
    }

    /// Reads a keyword or a command; answers whether it ends the list.
    fn statement(&mut self, stop: Stop, list: &mut Sequence) -> bool {
        let Some(keyword) = self.keyword() else {
            self.simple(list);
            return false;
        };
        let ends = match keyword {
            "fi" => stop == Stop::If,
            "done" => stop == Stop::Loop,
            "}" => stop == Stop::Brace,
            // It ends the whole `case`, which reads it.
            "esac" if stop == Stop::Item => return true,
            "esac" => false,
            "then" | "do" | "else" | "elif" => {
                list.tested = keyword == "elif";
                false
            }
            "!" => {
                list.negated = true;
                false
            }
            "time" | "coproc" => false,
            _ => {
                self.compound(keyword, list);
                return false;
            }
        };
        self.closer(keyword.len());
        ends
    }

    fn compound(&mut self, keyword: &'static str, list: &mut Sequence) {
        let kind = if keyword == "function" { Kind::Function } else { Kind::Group };
        let open = self.b.open_command(kind, list);
        self.closer(keyword.len());
        match keyword {
            "if" => self.body(Stop::If, open.id),
            "while" | "until" => self.body(Stop::Loop, open.id),
            "for" | "select" => {
                self.header();
                self.body(Stop::Loop, open.id);
            }
            "case" => self.case(open.id),
            "{" => self.body(Stop::Brace, open.id),
            _ => {
                if self.skip_blanks().is_some_and(|byte| !ends_word(byte)) {
                    let name = self.word();
                    self.b.add_word(name);
                }
                self.parameters();
                self.function_body(open.id);
            }
        }
        self.trailing();
        self.b.close_command(open);
    }

    /// Reads the list of a compound command; where that is too deep, it stays in the list that holds the command.
    fn body(&mut self, stop: Stop, command: u32) {
        if let Some(outer) = self.b.enter(command, NONE) {
            self.list(stop);
            self.b.leave(outer);
        }
    }

    /// `( … )` or `((…))`.
    fn parenthesis(&mut self, list: &mut Sequence) {
        if self.b.byte(1) == Some(b'(') && self.is_arithmetic(0) {
            let open = self.b.open_command(Kind::Value, list);
            self.arithmetic_word();
            self.trailing();
            return self.b.close_command(open);
        }
        let open = self.b.open_command(Kind::Subshell, list);
        self.closer(1);
        self.commands_in_parens(open.id, NONE);
        self.trailing();
        self.b.close_command(open);
    }

    /// Reads commands to the `)` that closes them; answers whether that is not too deep.
    pub(super) fn commands_in_parens(&mut self, parent: u32, within: u32) -> bool {
        let Some(outer) = self.b.enter(parent, within) else { return false };
        self.parens += 1;
        self.list(Stop::Paren);
        self.parens -= 1;
        self.b.leave(outer);
        true
    }

    /// Reads commands that end at a place that is known.
    pub(super) fn commands_to(&mut self, end: usize, parent: u32, within: u32) {
        let Some(outer) = self.b.enter(parent, within) else { return };
        let saved = (self.b.end, self.parens);
        (self.b.end, self.parens) = (end, 0);
        self.list(Stop::End);
        (self.b.end, self.parens) = saved;
        self.b.leave(outer);
    }

    fn arithmetic_word(&mut self) {
        let word = self.b.open_word();
        self.arithmetic(0, Quote::None);
        let word = self.b.close_word(word);
        self.b.add_word(word);
    }

    /// The words of `for` to its list: the variable, the values.
    fn header(&mut self) {
        for at in 0_usize.. {
            match self.skip_blanks() {
                Some(b'(') if self.b.byte(1) == Some(b'(') => self.arithmetic_word(),
                Some(byte) if !ends_word(byte) && self.keyword() != Some("do") => {
                    let word = self.word();
                    if at != 1 || !Word::new(&self.b.script, word).is("in") {
                        self.b.add_word(word);
                    }
                }
                _ => return,
            }
        }
    }

    fn case(&mut self, command: u32) {
        if self.skip_blanks().is_some_and(|byte| !ends_word(byte)) {
            let subject = self.word();
            self.b.add_word(subject);
        }
        self.skip_lines();
        if self.b.rest().starts_with(b"in") {
            self.b.skip(2);
        }
        loop {
            self.skip_lines();
            if self.keyword() == Some("esac") {
                return self.closer(4);
            }
            if self.b.byte(0) == Some(b'(') {
                self.b.skip(1);
            }
            loop {
                match self.skip_blanks() {
                    Some(b')') => break self.b.skip(1),
                    Some(b'|') => self.b.skip(1),
                    None | Some(b'\n' | b';' | b'&') => return,
                    Some(_) => {
                        let pattern = self.word();
                        self.b.add_word(pattern);
                    }
                }
            }
            self.body(Stop::Item, command);
        }
    }

    fn skip_lines(&mut self) {
        while self.skip_blanks() == Some(b'\n') {
            self.end_line();
        }
    }

    /// Reads `()` behind the name of a function, if it stands here.
    fn parameters(&mut self) -> bool {
        let blanks = self.b.rest().iter().skip(1).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let here = self.b.byte(0) == Some(b'(') && self.b.byte(blanks + 1) == Some(b')');
        if here {
            self.b.skip(blanks + 2);
        }
        here
    }

    fn function_body(&mut self, function: u32) {
        self.skip_lines();
        let Some(outer) = self.b.enter(function, NONE) else { return };
        let mut list = Sequence::new(false);
        match self.keyword() {
            Some(keyword @ ("{" | "if" | "for" | "select" | "while" | "until" | "case")) => self.compound(keyword, &mut list),
            _ if self.b.byte(0) == Some(b'(') => self.parenthesis(&mut list),
            _ => {}
        }
        self.b.leave(outer);
    }

    /// Redirects behind a compound command.
    fn trailing(&mut self) {
        while self.skip_blanks().is_some() && self.redirect() {}
    }

    fn simple(&mut self, list: &mut Sequence) {
        let open = self.b.open_command(Kind::Simple, list);
        let mut named = false;
        let mut test = false;
        while let Some(byte) = self.skip_blanks() {
            match byte {
                // Operators within `[[ ]]` belong to it.
                b'\n' | b'|' | b'&' | b'(' | b')' | b'<' | b'>' if test => self.b.skip(1),
                b'&' if self.b.byte(1) == Some(b'>') && self.redirect() => {}
                b'\n' | b';' | b'&' | b'|' | b')' => break,
                b'(' if self.b.word_count(open) == 1 && self.parameters() => {
                    self.b.change(open.id, |command| command.kind = Kind::Function);
                    self.b.last = self.b.at;
                    self.function_body(open.id);
                    break;
                }
                _ if self.redirect() => {}
                _ => {
                    let assigned = !named && self.is_assignment();
                    named |= !assigned;
                    let word = self.word();
                    self.b.add_word(word);
                    let text = Word::new(&self.b.script, word).text();
                    test = if test { text != "]]" } else { text == "[[" && self.b.word_count(open) == 1 };
                    if assigned {
                        self.b.change(open.id, |command| command.assignments += 1);
                    }
                }
            }
        }
        self.b.close_command(open);
        self.note_settings(open);
    }

    fn is_assignment(&self) -> bool {
        let rest = self.b.rest();
        let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        if name == 0 || rest.first().is_some_and(u8::is_ascii_digit) {
            return false;
        }
        // The index of an array element; a bound keeps hostile text cheap.
        let index = match rest.get(name) {
            Some(b'[') => rest.iter().skip(name).take(80).position(|byte| *byte == b']').map_or(0, |at| at + 1),
            _ => 0,
        };
        let behind = rest.get(name + index..).unwrap_or(&[]);
        behind.starts_with(b"=") || behind.starts_with(b"+=")
    }

    /// Follows `set -e`, `set +e`, `set -o pipefail`.
    fn note_settings(&mut self, open: OpenCommand) {
        let mut settings = self.b.settings;
        let command = Command::new(&self.b.script, open.id);
        if !command.is("set") {
            return;
        }
        let mut words = command.words().iter().skip(1);
        while let Some(word) = words.next() {
            let text = word.leading();
            let on = text.starts_with('-');
            let Some(letters) = text.strip_prefix(['-', '+']).filter(|letters| !letters.starts_with('-')) else { break };
            if letters.contains('e') {
                settings.errexit = Some(on);
            }
            if letters.contains('o') {
                match words.next().map(Word::leading).as_deref() {
                    Some("errexit") => settings.errexit = Some(on),
                    Some("pipefail") => settings.pipefail = Some(on),
                    _ => {}
                }
            }
        }
        self.b.settings = settings;
    }
}
