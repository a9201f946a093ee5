//! What rules ask of a script: which words are read again as code, what reaches the runner's command files, which downloads are
//! executed, whose failure is not noticed.
//!
//! None of these follows values through variables: `C="eval $X"; $C` and `F=$GITHUB_ENV; echo x >> "$F"` are not seen.

mod failures;
mod files;
mod interpreters;
mod remote;
mod rereads;

pub use failures::{Failure, ignores_failure};
pub use files::{FileWrite, RunnerFile, file_writes};
pub use remote::{RemoteCode, remote_code};
pub use rereads::{Reread, rereads};

use super::command::{Command, Kind, Link, RedirectKind};
use super::word::{PartKind, Word};
use super::{Language, Script};

/// How many commands of a pipeline are looked back at.
const MAX_PIPELINE: usize = 16;

/// What may be spent on looking at commands again, since many commands may read from one: a share of the size of the script, so that
/// all of it stays linear. Real scripts come nowhere near.
#[derive(Debug)]
struct Work(usize);

impl Work {
    fn of(script: &Script<'_>) -> Self {
        Self(8 * script.size() + 1024)
    }

    /// Whether a command may be looked at again.
    fn spend(&mut self, command: Command<'_>) -> bool {
        let left = self.0.checked_sub(command.size());
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}

/// The commands whose output reaches this one through pipes, the nearest first. They end at one for which `stop` holds, which is
/// given too.
fn upstream<'s>(command: Command<'s>, stop: fn(Command<'_>) -> bool) -> impl Iterator<Item = Command<'s>> {
    let mut next = command.piped_from();
    std::iter::from_fn(move || {
        let found = next?;
        let inner = if found.link() == Link::Pipe { found.previous() } else { None };
        next = inner.filter(|_| !stop(found));
        Some(found)
    })
    .take(MAX_PIPELINE)
}

/// What commands print, as far as the script says it.
#[derive(Debug)]
struct Printed<'s> {
    words: Vec<Word<'s>>,
    /// Whether all that is printed is made of these words.
    known: bool,
}

/// Commands that print nothing on standard output, or nothing that anyone could choose.
const SILENT: &[&str] = &[
    "true", ":", "false", "test", "[", "[[", "cd", "read", "shift", "sleep", "mkdir", "rm", "exit", "return", "break", "continue",
    "shopt", "unset", "trap", "umask", "touch",
];

/// Commands that print only without arguments, or when they are told to.
const SETTERS: &[&str] = &["set", "export", "local", "declare", "readonly", "typeset"];

/// Commands that print their arguments.
const PRINTERS: &[&str] = &["echo", "printf", "print", "Write-Output", "Write-Host"];

impl<'s> Printed<'s> {
    fn new() -> Self {
        Self { words: Vec::new(), known: true }
    }

    /// Adds what a command prints on its standard output.
    fn add(&mut self, command: Command<'s>, work: &mut Work) {
        if !work.spend(command) {
            self.known = false;
            return;
        }
        let powershell = command.language() == Language::PowerShell;
        match command.kind() {
            _ if powershell && (command.is_tested() || !command.assignments().is_empty()) => {}
            Kind::Value if powershell => self.words.extend(command.words().iter()),
            Kind::Value | Kind::Function => {}
            Kind::Group | Kind::Subshell => {
                command.children().filter(|child| !sends_elsewhere(*child)).for_each(|child| self.add(child, work));
            }
            Kind::Simple => self.add_simple(command),
        }
    }

    fn add_simple(&mut self, command: Command<'s>) {
        let Some(program) = command.program() else {
            self.known &= command.words().is_empty();
            self.words.extend(command.words().iter());
            return;
        };
        let lists = || program.arguments.is_empty() || program.arguments.iter().any(|word| word.is("-p"));
        if program.is_any(SILENT) || (program.is_any(SETTERS) && !lists()) {
            return;
        }
        let printer = program.is_any(PRINTERS);
        let input = input(command);
        let copies = program.is("cat") && program.arguments.is_empty() && input.is_some();
        self.known &= printer || copies;
        let words = if printer || copies { program.arguments } else { command.words() };
        self.words.extend(words.iter().chain(input.filter(|_| !printer)));
    }
}

fn sends_elsewhere(command: Command<'_>) -> bool {
    command
        .redirects()
        .any(|redirect| redirect.takes_output() || (redirect.kind() == RedirectKind::Duplicate && redirect.descriptor() == 1))
}

/// The text that a command is given as its input: a here-string or the body of a here-document.
fn input(command: Command<'_>) -> Option<Word<'_>> {
    command.redirects().rev().find_map(|redirect| match redirect.kind() {
        RedirectKind::HereString => Some(redirect.target()),
        RedirectKind::Heredoc => redirect.body(),
        _ => None,
    })
}

/// The file that stands in for a command's input: `< <(…)`.
fn input_process(command: Command<'_>) -> Option<Word<'_>> {
    let is_process = |word: &Word<'_>| word.parts().any(|part| part.kind() == PartKind::Process);
    command.redirects().filter(|redirect| redirect.kind() == RedirectKind::Read).map(|redirect| redirect.target()).find(is_process)
}
