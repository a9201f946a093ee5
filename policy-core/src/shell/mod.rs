//! Scripts of CI steps as commands, words and parts: what a shell would run, without running it.
//!
//! [`parse`] takes any text and never fails: what no shell would accept is read as far as it goes. The work is linear in the text,
//! and what is nested deeper than [`MAX_DEPTH`] is read as plain text. Spans are bytes of the script's text, on character
//! boundaries. [`sinks`] answers the questions that rules ask.

mod build;
mod cmd;
mod command;
mod posix;
mod posix_redirect;
mod posix_word;
mod powershell;
mod powershell_word;
mod program;
pub mod sinks;
#[cfg(test)]
mod tests;
mod word;

use memchr::{memchr2, memmem};

use crate::source::Span;
use build::{Builder, RawCommand, RawPart, RawRedirect, RawWord};

pub use command::{Command, Kind, Link, Redirect, RedirectKind};
pub use program::Program;
pub use word::{Part, PartKind, Quote, Word, Words};

/// How deep substitutions and groups are followed.
pub const MAX_DEPTH: u32 = 40;

/// The family of shells that reads a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// sh, bash, dash, zsh, ksh.
    Posix,
    /// `PowerShell`, of Windows and of all platforms.
    PowerShell,
    /// The command prompt of Windows.
    Cmd,
}

impl Language {
    /// The language of a `shell:` setting: a name such as `bash`, or a command line such as `bash -e {0}`. None for what is no
    /// shell that we read, such as `python`.
    #[must_use]
    pub fn of_shell(setting: &str) -> Option<Self> {
        let program = setting.split_ascii_whitespace().next()?;
        let name = program.rsplit(['/', '\\']).next()?;
        let name = name.strip_suffix(".exe").unwrap_or(name);
        let is = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        if is(&["sh", "bash", "dash", "zsh", "ksh", "ash"]) {
            return Some(Self::Posix);
        }
        if is(&["pwsh", "powershell"]) {
            return Some(Self::PowerShell);
        }
        is(&["cmd"]).then_some(Self::Cmd)
    }
}

/// A script as its shell reads it.
#[derive(Debug)]
pub struct Script<'t> {
    text: &'t str,
    language: Language,
    // In the order in which they begin, each before those within it.
    commands: Vec<RawCommand>,
    // In the order in which they begin.
    words: Vec<RawWord>,
    // Words of each command, side by side.
    order: Vec<u32>,
    parts: Vec<RawPart>,
    redirects: Vec<RawRedirect>,
    // Words that are bodies of here-documents, by the number that their redirect has.
    bodies: Vec<u32>,
    comments: Vec<Span>,
    replaced: Vec<Span>,
    names: program::Names,
}

/// Reads a script in which `${{ … }}` is replaced before the shell sees it.
#[must_use]
pub fn parse(text: &str, language: Language) -> Script<'_> {
    parse_replaced(text, language, expressions(text))
}

/// Reads a script in which the CI system replaces the given ranges before the shell sees it. Each of them begins with `$`; they are
/// sorted, and ranges that overlap one before them, or do not lie on character boundaries, are dropped.
#[must_use]
pub fn parse_replaced(text: &str, language: Language, mut replaced: Vec<Span>) -> Script<'_> {
    let mut free = 0;
    replaced.retain(|span| {
        let keep = span.start >= free && text.get(span.range()).is_some_and(|text| text.starts_with('$'));
        free = if keep { span.end } else { free };
        keep
    });
    let builder = Builder::new(text, language, replaced);
    let mut script = match language {
        Language::Posix => posix::read(builder),
        Language::PowerShell => powershell::read(builder),
        Language::Cmd => cmd::read(builder),
    };
    // Every rule that looks at commands asks for it.
    let programs: Vec<(u32, Span)> = script.commands().map(program::place).collect();
    for (command, program) in script.commands.iter_mut().zip(programs) {
        (command.program, command.name) = program;
    }
    script.names = program::Names::of(&script);
    script
}

/// Where `${{ … }}` stands; `}}` within `'…'` does not close. Ends at one that is never closed, as GitHub refuses such text.
fn expressions(text: &str) -> Vec<Span> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = bytes.get(from..).and_then(|rest| memmem::find(rest, b"${{")).map(|at| from + at) {
        let Some(end) = closing(bytes, start + 3) else { break };
        found.push(Span::new(start, end));
        from = end;
    }
    found
}

fn closing(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut quoted = false;
    loop {
        at += memchr2(b'\'', b'}', bytes.get(at..)?)? + 1;
        match bytes.get(at - 1) {
            Some(b'\'') => quoted = !quoted,
            _ if !quoted && bytes.get(at) == Some(&b'}') => return Some(at + 1),
            _ => {}
        }
    }
}

impl<'t> Script<'t> {
    /// The text that was read.
    #[must_use]
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// The language that it was read in.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// All commands, in the order in which they begin: a group or a command before the commands within it.
    pub fn commands(&self) -> impl DoubleEndedIterator<Item = Command<'_>> {
        (0..self.commands.len()).map(|id| Command::new(self, build::index(id)))
    }

    /// All words, in the order in which they begin: names, arguments, assignments, targets of redirects, bodies of here-documents.
    pub fn words(&self) -> impl DoubleEndedIterator<Item = Word<'_>> {
        (0..self.words.len()).map(|id| Word::new(self, build::index(id)))
    }

    /// The comments, from their mark to the end of the line. `${{ … }}` in them may hold line breaks.
    #[must_use]
    pub fn comments(&self) -> &[Span] {
        &self.comments
    }

    /// What is replaced before the shell sees the script, wherever it stands: in words, in comments.
    #[must_use]
    pub fn replaced(&self) -> &[Span] {
        &self.replaced
    }

    /// Whether a word may name this program or tool, alone, behind its folder, or with `.exe` or a version. A look at all commands that
    /// would find nothing can be left out; true says nothing. The name is a plain one: letters, digits, `-`, `_`.
    #[must_use]
    pub fn may_name(&self, tool: &str) -> bool {
        self.names.may_have(tool)
    }

    /// What looking at all of it costs.
    fn size(&self) -> usize {
        self.commands.len() + self.words.len() + self.redirects.len()
    }

    /// The text of a span; empty when it is not on character boundaries.
    #[inline]
    #[must_use]
    pub fn slice(&self, span: Span) -> &'t str {
        self.text.get(span.range()).unwrap_or("")
    }
}
