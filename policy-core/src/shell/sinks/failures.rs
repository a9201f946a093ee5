//! Whose failure is not noticed.

use super::MAX_PIPELINE;
use crate::shell::Language;
use crate::shell::command::{Command, Kind, Link};

/// What becomes of a command's failure. What `shell:` and the runner set is not known here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// It is thrown away: `|| true` and the like behind the command, or behind a group that it is in.
    pub swallowed: bool,
    /// It only chooses what is run next: a condition, or `!`.
    pub tested: bool,
    /// The command is not the last of its pipeline, which fails as its last one does unless `pipefail` is set.
    pub piped: bool,
    /// What the script has set for `-e` before the command; none if it has not.
    pub errexit: Option<bool>,
    /// What it has set for `-o pipefail`.
    pub pipefail: Option<bool>,
}

/// What becomes of a command's failure.
///
/// It is swallowed where the list that the command is in goes on with `||` and a command that succeeds whatever happens: `true`, `:`,
/// `exit 0`, `return 0`, `echo`, `printf`, or a group that ends in one and holds no other `exit`; and in `PowerShell` by
/// `-ErrorAction` with `SilentlyContinue`, `Ignore` or `Continue`. `cmd; true` swallows nothing under `-e`.
#[must_use]
pub fn ignores_failure(command: Command<'_>) -> Failure {
    let settings = command.settings();
    let mut failure = Failure { errexit: settings.errexit, pipefail: settings.pipefail, ..Failure::default() };
    failure.swallowed = command.language() == Language::PowerShell && continues(command);
    let mut reader = Some(command);
    while let Some(command) = reader {
        failure.tested |= command.is_tested();
        failure.piped |= command.next().is_some_and(|next| next.link() == Link::Pipe);
        failure.swallowed |= alternative(command).is_some_and(succeeds);
        reader = command.parent().filter(|parent| command.within().is_none() && parent.kind() != Kind::Function);
    }
    failure
}

/// The command that runs if this one, or the list that it begins, fails.
fn alternative(command: Command<'_>) -> Option<Command<'_>> {
    let behind = std::iter::successors(command.next(), |next| next.next()).take(MAX_PIPELINE);
    behind.take_while(|next| matches!(next.link(), Link::Pipe | Link::And | Link::Or)).find(|next| next.link() == Link::Or)
}

fn succeeds(command: Command<'_>) -> bool {
    if command.kind().is_compound() {
        let leaves = |child: Command<'_>| (child.is("exit") || child.is("return") || child.is("false")) && !succeeds(child);
        let many = command.children().nth(MAX_PIPELINE).is_some();
        let last = if many { None } else { command.children().last() };
        return !command.children().take(MAX_PIPELINE).any(leaves)
            && last.is_some_and(|last| last.kind() == Kind::Simple && succeeds(last));
    }
    let Some(program) = command.program() else { return false };
    let zero = program.arguments.get(0).is_some_and(|code| code.is("0"));
    program.is_any(&["true", ":", "echo", "printf", "Write-Host", "Write-Output"]) || (program.is_any(&["exit", "return"]) && zero)
}

fn continues(command: Command<'_>) -> bool {
    let mut words = command.words().iter();
    let action = words.find(|word| word.is("-ErrorAction") || word.is("-ea")).and_then(|_| words.next());
    action.is_some_and(|action| ["SilentlyContinue", "Ignore", "Continue", "0"].iter().any(|name| action.is(name)))
}
