//! Words that are read again as code.

use super::interpreters::{self, Interpreter};
use super::{Printed, Work, input, input_process, upstream};
use crate::shell::command::{Command, Kind};
use crate::shell::program::Program;
use crate::shell::word::{PartKind, Word, Words};
use crate::shell::{Language, Script};

/// A word whose text is read again as code, after its variables are expanded.
#[derive(Clone, Copy, Debug)]
pub struct Reread<'s> {
    /// The command that reads it.
    pub command: Command<'s>,
    /// What reads it: `eval`, `bash`, `python`, `Invoke-Expression`; `ssh` for the shell of another machine.
    pub by: &'static str,
    /// The word. It may be wholly literal, which [`Word::is_constant`] says.
    pub code: Word<'s>,
}

/// The words of a script that a shell or an interpreter reads again as code:
///
/// - the arguments of `eval`, `Invoke-Expression` and `iex`, and of `[scriptblock]::Create` (the whole word),
/// - the word behind `-c` of a shell (also `-lc`, `-euo pipefail -c`) or of Python, `-e` of Node.js, Perl and Ruby, `-r` of PHP, and
///   all words behind `-Command` of `PowerShell` or `/c` of `cmd`; also where the interpreter is an argument, as behind `xargs`,
///   `docker run image`, `find -exec`, `su -c`; not where it is an argument of `echo` and other printers,
/// - all words behind the host of `ssh`,
/// - a here-string, a here-document or `<(…)` that a shell or interpreter takes as its script, also by `source`,
/// - what `echo`, `printf` or `cat <<` prints into a shell, `ssh` or an interpreter through a pipeline, with what stands between
///   them; for `envsubst`, the file that it fills in, or its name.
#[must_use]
pub fn rereads<'s>(script: &'s Script<'_>) -> Vec<Reread<'s>> {
    let mut found = Vec::new();
    let mut work = Work::of(script);
    for command in script.commands() {
        match (command.kind(), command.program()) {
            (Kind::Simple, Some(program)) => in_program(command, &program, &mut work, &mut found),
            (Kind::Simple | Kind::Value, _) => blocks(command, &mut found),
            _ => {}
        }
    }
    found
}

fn add<'s>(command: Command<'s>, by: &'static str, code: impl IntoIterator<Item = Word<'s>>, found: &mut Vec<Reread<'s>>) {
    found.extend(code.into_iter().map(|code| Reread { command, by, code }));
}

fn in_program<'s>(command: Command<'s>, program: &Program<'s>, work: &mut Work, found: &mut Vec<Reread<'s>>) {
    if command.language() == Language::PowerShell {
        blocks(command, found);
        if program.is_any(&["iex", "Invoke-Expression"]) {
            let code = program.arguments.iter().filter(|word| !word.is("-Command"));
            add(command, "Invoke-Expression", code, found);
            return add(command, "Invoke-Expression", piped(command, work), found);
        }
    } else if program.is("eval") {
        return add(command, "eval", behind_dashes(program.arguments).iter(), found);
    } else if program.is_any(&["source", "."]) {
        return sourced(command, program.arguments, work, found);
    }
    if program.is("ssh") {
        let words = interpreters::of_ssh(program);
        add(command, "ssh", words.iter(), found);
        if words.is_empty() {
            add(command, "ssh", given(command, work), found);
        }
        return;
    }
    let carried = if program.is("xargs") { interpreters::of_xargs(program, command.language()) } else { None };
    let runs = carried.as_ref().unwrap_or(program);
    if let Some(interpreter) = interpreters::of_program(runs) {
        return interpreted(command, interpreter, runs.arguments, work, found);
    }
    if !program.is_any(super::PRINTERS) && !program.is_any(&["grep", "git", "which", "type", "command"]) {
        argument(command, program.arguments, found);
    }
}

fn behind_dashes(words: Words<'_>) -> Words<'_> {
    if words.get(0).is_some_and(|word| word.is("--")) { words.from(1) } else { words }
}

fn interpreted<'s>(
    command: Command<'s>,
    interpreter: &'static Interpreter,
    arguments: Words<'s>,
    work: &mut Work,
    found: &mut Vec<Reread<'s>>,
) {
    // `pwsh -Command -` reads its input.
    let code = interpreters::code(interpreter, arguments).filter(|code| !code.get(0).is_some_and(|word| word.is("-")));
    if let Some(code) = code {
        return add(command, interpreter.name, code.iter(), found);
    }
    let is_file = |word: &Word<'_>| !word.starts_with("-") && !word.starts_with("+");
    let script = arguments.iter().find(is_file).filter(|word| holds(*word, PartKind::Process));
    if script.is_some() {
        return add(command, interpreter.name, script, found);
    }
    if interpreters::reads_input(interpreter, arguments) {
        add(command, interpreter.name, given(command, work), found);
    }
}

fn holds(word: Word<'_>, kind: PartKind) -> bool {
    word.parts().any(|part| part.kind() == kind)
}

/// An interpreter among the arguments of another program: the first that is given code.
fn argument<'s>(command: Command<'s>, arguments: Words<'s>, found: &mut Vec<Reread<'s>>) {
    for at in 0..arguments.len() {
        let rest = arguments.from(at + 1);
        // `su -c`, whose code may come before or behind the user.
        let interpreter = arguments.get(at).and_then(interpreters::of_word);
        let code = interpreter.and_then(|interpreter| Some((interpreter.name, interpreters::code(interpreter, rest)?)));
        if let Some((name, code)) = code {
            return add(command, name, code.iter(), found);
        }
    }
    if command.program().is_some_and(|program| program.is_any(&["su", "runuser", "sg"])) {
        let mut words = arguments.iter();
        let code = words.find(|word| word.is("-c") || word.is("--command") || word.is("-lc")).and_then(|_| words.next());
        add(command, "sh", code, found);
    }
}

/// What an interpreter without a script gets on its input.
fn given<'s>(command: Command<'s>, work: &mut Work) -> Vec<Word<'s>> {
    match input(command).or_else(|| input_process(command)) {
        Some(word) => vec![word],
        None => piped(command, work),
    }
}

fn piped<'s>(command: Command<'s>, work: &mut Work) -> Vec<Word<'s>> {
    let mut printed = Printed::new();
    let runs_code = |command: Command<'_>| command.program().is_some_and(|program| interpreters::of_program(&program).is_some());
    for source in upstream(command, runs_code) {
        if !work.spend(source) {
            break;
        }
        let program = source.program();
        if program.as_ref().is_some_and(|program| program.is("envsubst")) {
            let file = source.redirects().find(|redirect| redirect.descriptor() == 0).map(|redirect| redirect.target());
            printed.words.extend(input(source).or(file).or(program.map(|program| program.word)));
            continue;
        }
        let prints = program.as_ref().is_none_or(|program| program.is_any(super::PRINTERS) || input(source).is_some());
        if prints {
            printed.add(source, work);
        }
    }
    printed.words
}

fn sourced<'s>(command: Command<'s>, arguments: Words<'s>, work: &mut Work, found: &mut Vec<Reread<'s>>) {
    let Some(file) = arguments.get(0) else { return };
    if holds(file, PartKind::Process) {
        add(command, "source", [file], found);
    } else if file.is("/dev/stdin") {
        add(command, "source", given(command, work), found);
    }
}

/// `[scriptblock]::Create(…)` in any word.
fn blocks<'s>(command: Command<'s>, found: &mut Vec<Reread<'s>>) {
    if command.language() != Language::PowerShell {
        return;
    }
    let creates = |word: &Word<'_>| {
        word.parts().any(|part| part.kind() == PartKind::Literal && ends_in(part.text(), "[scriptblock]::Create"))
    };
    add(command, "scriptblock", command.words().iter().filter(creates), found);
}

fn ends_in(text: &str, end: &str) -> bool {
    let at = text.len().checked_sub(end.len());
    at.and_then(|at| text.get(at..)).is_some_and(|text| text.eq_ignore_ascii_case(end))
}
