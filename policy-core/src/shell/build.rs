//! What the readers of the languages share: a place in the text, and the lists that they fill.
//!
//! Commands and words get their number when they begin; the words of a command and the parts of a word are put side by side when it
//! ends, since others stand within them.

use memchr::memchr;

use super::command::{Kind, Link, RedirectKind};
use super::word::{PartKind, Quote};
use super::{Language, MAX_DEPTH, Script};
use crate::source::Span;

/// No command, no word.
pub(super) const NONE: u32 = u32::MAX;

/// A half-open range of numbers in one of the lists.
pub(super) type Ids = (u32, u32);

#[inline]
pub(super) fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(NONE)
}

#[inline]
pub(super) fn slice<T>(items: &[T], (start, end): Ids) -> &[T] {
    items.get(start as usize..end as usize).unwrap_or(&[])
}

#[derive(Clone, Copy, Debug)]
pub(super) struct RawCommand {
    pub(super) kind: Kind,
    pub(super) link: Link,
    pub(super) tested: bool,
    pub(super) settings: Settings,
    pub(super) span: Span,
    // In `Script::order`; the assignments come first.
    pub(super) words: Ids,
    pub(super) assignments: u32,
    pub(super) redirects: Ids,
    pub(super) parent: u32,
    // The word of the parent that it stands in.
    pub(super) within: u32,
    pub(super) previous: u32,
    // How many of its words stand before the one that names its program; NONE where none does.
    pub(super) program: u32,
    // Where its name stands, if it is written as it is meant.
    pub(super) name: Span,
    // The first command that is not within this one.
    pub(super) after: u32,
}

/// What the script has said of its own failures so far: `set -e`, `set -o pipefail`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Settings {
    pub(super) errexit: Option<bool>,
    pub(super) pipefail: Option<bool>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct RawWord {
    pub(super) span: Span,
    pub(super) parts: Ids,
    pub(super) command: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct RawPart {
    pub(super) kind: PartKind,
    pub(super) quote: Quote,
    pub(super) span: Span,
    // Bytes of the name of a variable, numbers of the commands of a substitution.
    pub(super) inner: Ids,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct RawRedirect {
    pub(super) kind: RedirectKind,
    pub(super) descriptor: u8,
    pub(super) target: u32,
    // In `Script::bodies`.
    pub(super) body: u32,
}

/// Where a list of commands stands: how the next one is connected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sequence {
    pub(super) link: Link,
    pub(super) previous: u32,
    /// All commands are conditions until told otherwise.
    pub(super) tested: bool,
    /// The next command alone is one.
    pub(super) negated: bool,
}

impl Sequence {
    pub(super) fn new(tested: bool) -> Self {
        Self { link: Link::First, previous: NONE, tested, negated: false }
    }
}

/// A command that is being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenCommand {
    pub(super) id: u32,
    words: usize,
    redirects: usize,
    owner: u32,
}

/// A word that is being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenWord {
    pub(super) id: u32,
    parts: usize,
}

/// What to come back to when a list within a command ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outer {
    parent: u32,
    within: u32,
}

#[derive(Debug)]
pub(super) struct Builder<'t> {
    pub(super) script: Script<'t>,
    /// The byte to read next.
    pub(super) at: usize,
    /// Where reading ends: of the text, or of the part of it that is being read.
    pub(super) end: usize,
    /// The end of what was last read that is no blank.
    pub(super) last: usize,
    /// The command whose words are being read.
    pub(super) owner: u32,
    /// The word that is being read.
    pub(super) word: u32,
    pub(super) settings: Settings,
    parent: u32,
    within: u32,
    depth: u32,
    open_words: Vec<u32>,
    open_parts: Vec<RawPart>,
    open_redirects: Vec<RawRedirect>,
}

impl<'t> Builder<'t> {
    pub(super) fn new(text: &'t str, language: Language, replaced: Vec<Span>) -> Self {
        // Real scripts have a word every seven bytes or so, and few of several parts.
        let words = text.len() / 8;
        let script = Script {
            text,
            language,
            commands: Vec::with_capacity(words / 4),
            words: Vec::with_capacity(words),
            order: Vec::with_capacity(words),
            parts: Vec::with_capacity(words),
            redirects: Vec::new(),
            bodies: Vec::new(),
            comments: Vec::new(),
            replaced,
            names: super::program::Names::default(),
        };
        Self {
            script,
            at: 0,
            end: text.len(),
            last: 0,
            owner: NONE,
            word: NONE,
            settings: Settings::default(),
            parent: NONE,
            within: NONE,
            depth: 0,
            open_words: Vec::new(),
            open_parts: Vec::new(),
            open_redirects: Vec::new(),
        }
    }

    /// The byte that stands `offset` bytes ahead.
    #[inline]
    pub(super) fn byte(&self, offset: usize) -> Option<u8> {
        self.rest().get(offset).copied()
    }

    /// The bytes that are still to be read.
    #[inline]
    pub(super) fn rest(&self) -> &'t [u8] {
        self.script.text.as_bytes().get(self.at..self.end).unwrap_or(&[])
    }

    /// Goes ahead, never beyond the end.
    #[inline]
    pub(super) fn skip(&mut self, count: usize) {
        self.at = (self.at + count).min(self.end);
    }

    /// Goes ahead over bytes of one kind.
    #[inline]
    pub(super) fn skip_while(&mut self, is: impl Fn(u8) -> bool) {
        let rest = self.rest();
        self.skip(rest.iter().position(|byte| !is(*byte)).unwrap_or(rest.len()));
    }

    /// The text between two places.
    pub(super) fn text(&self, start: usize, end: usize) -> &'t str {
        self.script.text.get(start..end).unwrap_or("")
    }

    pub(super) fn open_command(&mut self, kind: Kind, sequence: &mut Sequence) -> OpenCommand {
        let id = index(self.script.commands.len());
        self.script.commands.push(RawCommand {
            kind,
            link: if sequence.previous == NONE { Link::First } else { sequence.link },
            tested: sequence.tested || sequence.negated,
            settings: self.settings,
            span: Span::new(self.at, self.at),
            words: (0, 0),
            assignments: 0,
            redirects: (0, 0),
            parent: self.parent,
            within: self.within,
            previous: sequence.previous,
            program: NONE,
            name: Span::default(),
            after: id,
        });
        let open = OpenCommand { id, words: self.open_words.len(), redirects: self.open_redirects.len(), owner: self.owner };
        *sequence = Sequence { link: Link::Sequence, previous: id, tested: sequence.tested, negated: false };
        self.owner = id;
        open
    }

    pub(super) fn close_command(&mut self, open: OpenCommand) {
        let words = index(self.script.order.len());
        self.script.order.extend(self.open_words.drain(open.words.min(self.open_words.len())..));
        let redirects = index(self.script.redirects.len());
        self.script.redirects.extend(self.open_redirects.drain(open.redirects.min(self.open_redirects.len())..));
        let ids = (words, index(self.script.order.len()));
        let redirects = (redirects, index(self.script.redirects.len()));
        let after = index(self.script.commands.len());
        let last = self.last;
        self.change(open.id, |command| {
            command.words = ids;
            command.redirects = redirects;
            command.after = after;
            command.span = Span::new(command.span.start as usize, last);
        });
        self.owner = open.owner;
    }

    pub(super) fn change(&mut self, command: u32, change: impl FnOnce(&mut RawCommand)) {
        if let Some(command) = self.script.commands.get_mut(command as usize) {
            change(command);
        }
    }

    pub(super) fn open_word(&mut self) -> (OpenWord, u32) {
        let id = index(self.script.words.len());
        self.script.words.push(RawWord { span: Span::new(self.at, self.at), parts: (0, 0), command: self.owner });
        (OpenWord { id, parts: self.open_parts.len() }, std::mem::replace(&mut self.word, id))
    }

    /// Ends a word; it belongs to no command until it is added to one.
    pub(super) fn close_word(&mut self, (open, outer): (OpenWord, u32)) -> u32 {
        let start = index(self.script.parts.len());
        self.script.parts.extend(self.open_parts.drain(open.parts.min(self.open_parts.len())..));
        let parts = (start, index(self.script.parts.len()));
        if let Some(word) = self.script.words.get_mut(open.id as usize) {
            word.parts = parts;
            word.span = Span::new(word.span.start as usize, self.at);
        }
        self.last = self.at;
        self.word = outer;
        open.id
    }

    pub(super) fn add_word(&mut self, word: u32) {
        self.open_words.push(word);
    }

    pub(super) fn add_redirect(&mut self, redirect: RawRedirect) {
        self.open_redirects.push(redirect);
    }

    /// The number of words that the command has so far.
    pub(super) fn word_count(&self, open: OpenCommand) -> usize {
        self.open_words.len().saturating_sub(open.words)
    }

    /// Begins a part at `start`; [`Builder::close_part`] says where it ends.
    pub(super) fn open_part(&mut self, kind: PartKind, quote: Quote, start: usize, inner: Ids) -> usize {
        self.open_parts.push(RawPart { kind, quote, span: Span::new(start, self.at), inner });
        self.open_parts.len() - 1
    }

    pub(super) fn close_part(&mut self, part: usize) {
        let end = self.at;
        let commands = index(self.script.commands.len());
        if let Some(part) = self.open_parts.get_mut(part) {
            part.span = Span::new(part.span.start as usize, end);
            if part.kind.holds_commands() {
                part.inner.1 = commands;
            }
        }
    }

    /// Takes back the part that was opened last.
    pub(super) fn take_part(&mut self, part: usize) {
        self.open_parts.truncate(part);
    }

    /// The text from `start` as a literal part, if there is any.
    pub(super) fn literal(&mut self, start: usize, quote: Quote) {
        if start < self.at {
            self.open_part(PartKind::Literal, quote, start, (0, 0));
        }
    }

    /// A variable whose name stands in `name`.
    pub(super) fn variable(&mut self, start: usize, name: std::ops::Range<usize>, quote: Quote) -> usize {
        self.open_part(PartKind::Variable, quote, start, (index(name.start), index(name.end)))
    }

    /// Where the text that is replaced and begins at `at` ends.
    pub(super) fn replaced_at(&self, at: usize) -> Option<usize> {
        let spans = &self.script.replaced;
        let span = spans.get(spans.partition_point(|span| (span.start as usize) < at))?;
        (span.start as usize == at && span.end as usize <= self.end).then_some(span.end as usize)
    }

    /// Reads the replaced text that begins here, if there is one.
    pub(super) fn expression(&mut self, quote: Quote) -> bool {
        let start = self.at;
        let Some(end) = self.replaced_at(start) else { return false };
        self.at = end;
        self.open_part(PartKind::Expression, quote, start, (0, 0));
        true
    }

    /// The end of the line that begins at `from`; a break within replaced text does not end it.
    pub(super) fn line_end(&self, mut from: usize) -> usize {
        let bytes = self.script.text.as_bytes();
        let spans = &self.script.replaced;
        loop {
            let line = bytes.get(from..self.end).and_then(|rest| memchr(b'\n', rest)).map_or(self.end, |at| from + at);
            let across = spans.get(spans.partition_point(|span| span.end as usize <= line));
            match across.filter(|span| (from..line).contains(&(span.start as usize))) {
                Some(span) => from = (span.end as usize).min(self.end),
                None => return line,
            }
        }
    }

    /// Reads a comment to the end of its line.
    pub(super) fn comment(&mut self) {
        let start = self.at;
        self.at = self.line_end(start);
        self.script.comments.push(Span::new(start, self.at));
    }

    /// Goes into a list of commands that stands in a command, or in a word of it; none where it is too deep.
    pub(super) fn enter(&mut self, parent: u32, within: u32) -> Option<Outer> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let outer = Outer { parent: self.parent, within: self.within };
        (self.parent, self.within) = (parent, within);
        Some(outer)
    }

    pub(super) fn leave(&mut self, outer: Outer) {
        self.depth -= 1;
        (self.parent, self.within) = (outer.parent, outer.within);
    }
}
