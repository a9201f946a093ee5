//! Commands: what they are, how they are connected, where their output goes.

use std::borrow::Cow;

use super::build::{NONE, RawCommand, RawRedirect, Settings, slice};
use super::word::{Word, Words};
use super::{Language, Script};
use crate::source::Span;

/// What a command is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A program, builtin or function with its arguments; or assignments or redirects alone.
    Simple,
    /// `PowerShell`: an expression as a statement, whose value is printed. Posix: `((…))`.
    Value,
    /// `{ …; }`, `if`, `while`, `for`, `case`. Its words are those between keywords: the list of `for`, the subject and the
    /// patterns of `case`.
    Group,
    /// `( … )`
    Subshell,
    /// The definition of a function; its word is the name.
    Function,
}

impl Kind {
    /// Whether it is made of other commands, which stand within it.
    #[must_use]
    pub fn is_compound(self) -> bool {
        matches!(self, Self::Group | Self::Subshell | Self::Function)
    }
}

/// How a command is connected to the one before it in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It is the first.
    First,
    /// `;` or a line break.
    Sequence,
    /// `&`: the one before runs in the background.
    Background,
    /// `|`: it reads what the one before prints.
    Pipe,
    /// `&&`: it runs if the one before succeeds.
    And,
    /// `||`: it runs if the one before fails.
    Or,
}

/// Where a redirect leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectKind {
    /// `> file`, `>| file`, `&> file`
    Write,
    /// `>> file`, `&>> file`
    Append,
    /// `< file`
    Read,
    /// `2>&1`, `<&3`: the target is a number.
    Duplicate,
    /// `<< word`: the target is the word that ends the body.
    Heredoc,
    /// `<<< text`: the target is the text.
    HereString,
}

/// A redirect of a command.
#[derive(Clone, Copy, Debug)]
pub struct Redirect<'s> {
    script: &'s Script<'s>,
    raw: RawRedirect,
}

impl<'s> Redirect<'s> {
    /// Where it leads.
    #[must_use]
    pub fn kind(self) -> RedirectKind {
        self.raw.kind
    }

    /// The number of what is redirected: 0 for input, 1 for output.
    #[must_use]
    pub fn descriptor(self) -> u8 {
        self.raw.descriptor
    }

    /// The word behind the operator.
    #[must_use]
    pub fn target(self) -> Word<'s> {
        Word::new(self.script, self.raw.target)
    }

    /// The body of a here-document; none where the script ends before it.
    #[must_use]
    pub fn body(self) -> Option<Word<'s>> {
        let id = *self.script.bodies.get(self.raw.body as usize)?;
        (id != NONE).then(|| Word::new(self.script, id))
    }

    /// Whether standard output goes to its target.
    #[must_use]
    pub fn takes_output(self) -> bool {
        self.raw.descriptor == 1 && matches!(self.raw.kind, RedirectKind::Write | RedirectKind::Append)
    }
}

/// A command of a script.
#[derive(Clone, Copy, Debug)]
pub struct Command<'s> {
    script: &'s Script<'s>,
    id: u32,
}

impl PartialEq for Command<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && std::ptr::eq(self.script, other.script)
    }
}

impl<'s> Command<'s> {
    #[inline]
    pub(super) fn new(script: &'s Script<'_>, id: u32) -> Self {
        Self { script, id }
    }

    #[inline]
    pub(super) fn get(script: &'s Script<'_>, id: u32) -> Option<Self> {
        script.commands.get(id as usize).map(|_| Self::new(script, id))
    }

    #[inline]
    fn raw(self) -> Option<&'s RawCommand> {
        self.script.commands.get(self.id as usize)
    }

    /// The script that it is a command of.
    #[must_use]
    pub fn script(self) -> &'s Script<'s> {
        self.script
    }

    /// What it is.
    #[inline]
    #[must_use]
    pub fn kind(self) -> Kind {
        self.raw().map_or(Kind::Simple, |command| command.kind)
    }

    /// Its bytes, from its first word, assignment or keyword to the last of its words and redirects.
    #[must_use]
    pub fn span(self) -> Span {
        self.raw().map_or_else(Span::default, |command| command.span)
    }

    /// Its text as written.
    #[must_use]
    pub fn text(self) -> &'s str {
        self.script.slice(self.span())
    }

    /// How it is connected to [`Command::previous`].
    #[must_use]
    pub fn link(self) -> Link {
        self.raw().map_or(Link::First, |command| command.link)
    }

    /// Whether its failure only chooses what is run next: it stands in the condition of `if`, `while` or `until`, or behind `!`.
    #[must_use]
    pub fn is_tested(self) -> bool {
        self.raw().is_some_and(|command| command.tested)
    }

    /// The command before it in its list.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        Self::get(self.script, self.raw()?.previous)
    }

    /// The command behind it in its list.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        let next = Self::get(self.script, self.raw()?.after)?;
        (next.raw()?.previous == self.id).then_some(next)
    }

    /// The group, function, or command with a substitution that it stands in.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        Self::get(self.script, self.raw()?.parent)
    }

    /// The word of its parent whose substitution it stands in; none in a group.
    #[must_use]
    pub fn within(self) -> Option<Word<'s>> {
        let within = self.raw()?.within;
        (within != NONE).then(|| Word::new(self.script, within))
    }

    /// The commands of which a compound command is made, in order; not those within them.
    pub fn children(self) -> impl Iterator<Item = Self> {
        let inner = move |command: &Self| command.parent() == Some(self) && command.within().is_none();
        let end = self.raw().map_or(0, |command| command.after);
        let mut next = self.id.saturating_add(1);
        std::iter::from_fn(move || {
            let child = Self::get(self.script, next).filter(|_| next < end)?;
            next = child.raw()?.after.max(next + 1);
            Some(child)
        })
        .filter(inner)
    }

    /// All commands within it, at any depth, in the order in which they begin.
    pub fn descendants(self) -> impl Iterator<Item = Self> {
        let end = self.raw().map_or(0, |command| command.after);
        (self.id.saturating_add(1)..end).map(move |id| Self::new(self.script, id))
    }

    #[inline]
    fn ids(self) -> (&'s [u32], &'s [u32]) {
        let Some(raw) = self.raw() else { return (&[], &[]) };
        let all = slice(&self.script.order, raw.words);
        all.split_at_checked(raw.assignments as usize).unwrap_or((&[], all))
    }

    /// Its words without assignments: the name comes first in a simple command.
    #[must_use]
    pub fn words(self) -> Words<'s> {
        Words::new(self.script, self.ids().1)
    }

    /// Assignments before its name, or alone: `A=b` in Posix shells, the assigned variable in `PowerShell`.
    #[must_use]
    pub fn assignments(self) -> Words<'s> {
        Words::new(self.script, self.ids().0)
    }

    /// Its redirects.
    pub fn redirects(self) -> impl DoubleEndedIterator<Item = Redirect<'s>> {
        let redirects = self.raw().map_or(&[][..], |command| slice(&self.script.redirects, command.redirects));
        redirects.iter().map(move |raw| Redirect { script: self.script, raw: *raw })
    }

    /// The name of a simple command as written, without quotes; none where it is not told before it runs.
    #[must_use]
    pub fn name(self) -> Option<Cow<'s, str>> {
        if self.kind() != Kind::Simple {
            return None;
        }
        self.words().get(0)?.literal()
    }

    /// Whether a simple command has this name. Case counts in Posix shells only.
    #[must_use]
    pub fn is(self, name: &str) -> bool {
        self.kind() == Kind::Simple && self.words().get(0).is_some_and(|word| word.is(name))
    }

    /// The command whose output it reads through `|`: the one before it, or before the innermost group that is piped into.
    #[must_use]
    pub fn piped_from(self) -> Option<Self> {
        let mut reader = self;
        loop {
            if reader.link() == Link::Pipe {
                return reader.previous();
            }
            let parent = reader.parent().filter(|parent| matches!(parent.kind(), Kind::Group | Kind::Subshell))?;
            reader = parent;
        }
    }

    /// How many words stand before the one that names its program, and where the name stands, as [`super::program::place`] tells it.
    pub(super) fn program_place(self) -> Option<(u32, Span)> {
        self.raw().filter(|command| command.program != NONE).map(|command| (command.program, command.name))
    }

    pub(super) fn settings(self) -> Settings {
        self.raw().map_or_else(Settings::default, |command| command.settings)
    }

    /// What looking at it costs: its words and redirects.
    pub(super) fn size(self) -> usize {
        self.raw().map_or(1, |command| {
            let redirects = command.redirects.1 - command.redirects.0;
            1 + (command.words.1 - command.words.0 + redirects) as usize
        })
    }

    pub(super) fn language(self) -> Language {
        self.script.language
    }
}
