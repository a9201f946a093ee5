//! What is written to the files through which a step tells the runner things.

use super::{Printed, Work, input, upstream};
use crate::shell::command::Command;
use crate::shell::program::Program;
use crate::shell::word::{Part, PartKind, Word};
use crate::shell::{Language, Script};

/// A command file of the runner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunnerFile {
    /// `GITHUB_ENV`: variables of the steps that follow.
    Env,
    /// `GITHUB_PATH`: folders in which programs are looked for.
    Path,
    /// `GITHUB_OUTPUT`: outputs of the step.
    Output,
    /// `GITHUB_STATE`: what an action keeps for its end.
    State,
    /// `GITHUB_STEP_SUMMARY`: text that is shown.
    StepSummary,
}

const FILES: &[(RunnerFile, &str, &str)] = &[
    (RunnerFile::Env, "GITHUB_ENV", "github.env"),
    (RunnerFile::Path, "GITHUB_PATH", "github.path"),
    (RunnerFile::Output, "GITHUB_OUTPUT", "github.output"),
    (RunnerFile::State, "GITHUB_STATE", "github.state"),
    (RunnerFile::StepSummary, "GITHUB_STEP_SUMMARY", "github.step_summary"),
];

/// A write to a command file of the runner.
#[derive(Clone, Debug)]
pub struct FileWrite<'s> {
    /// Which file.
    pub file: RunnerFile,
    /// The command, or the group of commands, that writes.
    pub command: Command<'s>,
    /// The word that names the file.
    pub target: Word<'s>,
    /// Words that say what is written: those that are printed, or all words of a program whose output is not told.
    pub written: Vec<Word<'s>>,
    /// Whether what is written is the same at every run: it is made of literal text alone.
    pub constant: bool,
}

/// The writes of a script to the runner's command files, which are named by their variable or, before the shell, by `github.env` and
/// the like:
///
/// - redirects of commands and of groups, subshells, loops and conditions: `{ …; } >> "$GITHUB_ENV"`,
/// - `tee`, with what is piped into it or given to it,
/// - `Out-File`, `Add-Content`, `Set-Content`, `Tee-Object` and `[IO.File]::Append…` of `PowerShell`.
///
/// Each command gives at most one write to each file. `exec >> "$GITHUB_ENV"` is one that is not constant.
#[must_use]
pub fn file_writes<'s>(script: &'s Script<'_>) -> Vec<FileWrite<'s>> {
    let mut found: Vec<FileWrite<'s>> = Vec::new();
    let mut work = Work::of(script);
    for command in script.commands() {
        let redirect = command.redirects().rev().find(|redirect| redirect.takes_output()).map(|redirect| redirect.target());
        let redirected = redirect.and_then(|target| Some((runner_file(target)?, target)));
        if let Some((file, target)) = redirected {
            found.push(write(file, command, target, printed_by(command, &mut work)));
        }
        for (file, target, printed) in program_writes(command, &mut work) {
            let known = found.iter().rev().take_while(|write| write.command == command).any(|write| write.file == file);
            if !known {
                found.push(write(file, command, target, printed));
            }
        }
    }
    found
}

fn write<'s>(file: RunnerFile, command: Command<'s>, target: Word<'s>, printed: Printed<'s>) -> FileWrite<'s> {
    let constant = printed.known && printed.words.iter().all(|word| word.is_constant());
    FileWrite { file, command, target, written: printed.words, constant }
}

/// The file that a word names, alone.
fn runner_file(word: Word<'_>) -> Option<RunnerFile> {
    let language = word.command()?.language();
    let mut parts = word.parts().filter(|part| part.kind() != PartKind::Literal || !part.span().is_empty());
    let part = parts.next()?;
    if parts.next().is_some() {
        return None;
    }
    let named = |name: &str, context: &str| match (part.kind(), language) {
        (PartKind::Variable, Language::Posix) => part.name() == name,
        (PartKind::Variable, Language::Cmd) => part.name().eq_ignore_ascii_case(name),
        (PartKind::Variable, Language::PowerShell) => part
            .name()
            .split_once(':')
            .is_some_and(|(scope, variable)| scope.eq_ignore_ascii_case("env") && variable.eq_ignore_ascii_case(name)),
        (PartKind::Expression, _) => {
            let inner = part.text().strip_prefix("${{").and_then(|text| text.strip_suffix("}}"));
            inner.is_some_and(|inner| inner.trim().eq_ignore_ascii_case(context))
        }
        _ => false,
    };
    FILES.iter().find(|(_, name, context)| named(name, context)).map(|(file, ..)| *file)
}

/// What a redirected command prints, with what is piped into it where its own output is not told.
fn printed_by<'s>(command: Command<'s>, work: &mut Work) -> Printed<'s> {
    let mut printed = Printed::new();
    printed.add(command, work);
    if command.program().is_some_and(|program| program.is("exec")) {
        printed.known = false;
    }
    if !printed.known {
        upstream(command, |_| false).for_each(|source| printed.add(source, work));
    }
    printed
}

/// What comes into a command through its input; not known where nothing is told.
fn given<'s>(command: Command<'s>, work: &mut Work) -> Printed<'s> {
    let mut printed = Printed::new();
    if let Some(word) = input(command) {
        printed.words.push(word);
        return printed;
    }
    let mut told = false;
    for source in upstream(command, |_| false) {
        // What comes before it goes through it, if its own output is not told.
        if !is_tee(source) {
            printed.add(source, work);
            told |= printed.known;
        }
        if told {
            break;
        }
    }
    printed.known &= told;
    printed
}

fn is_tee(command: Command<'_>) -> bool {
    command.program().is_some_and(|program| program.is_any(&["tee", "Tee-Object"]))
}

type Writes<'s> = Vec<(RunnerFile, Word<'s>, Printed<'s>)>;

fn program_writes<'s>(command: Command<'s>, work: &mut Work) -> Writes<'s> {
    let mut found = Vec::new();
    if command.language() == Language::PowerShell {
        methods(command, &mut found);
    }
    let Some(program) = command.program() else { return found };
    if program.is("tee") {
        for target in program.arguments.iter() {
            let Some(file) = runner_file(target).filter(|file| !found.iter().any(|(known, ..)| known == file)) else { continue };
            found.push((file, target, given(command, work)));
        }
    }
    let cmdlets = ["Out-File", "Add-Content", "ac", "Set-Content", "sc", "Tee-Object"];
    if command.language() == Language::PowerShell && program.is_any(&cmdlets) {
        found.extend(cmdlet(command, &program, work));
    }
    found
}

/// `Out-File` and its kin: the value is an argument, or comes through the pipeline.
fn cmdlet<'s>(command: Command<'s>, program: &Program<'s>, work: &mut Work) -> Option<(RunnerFile, Word<'s>, Printed<'s>)> {
    let (file, target) = program.arguments.iter().find_map(|word| Some((runner_file(word)?, word)))?;
    let mut values: Vec<Word<'s>> = Vec::new();
    let mut words = program.arguments.iter();
    while let Some(word) = words.next() {
        let option = word.leading();
        match option.to_ascii_lowercase().as_str() {
            "-path" | "-filepath" | "-literalpath" | "-encoding" | "-width" => {
                words.next();
            }
            "-value" | "-inputobject" => values.extend(words.next()),
            name if name.starts_with('-') => {}
            _ if word == target => {}
            _ => values.push(word),
        }
    }
    let printed = if values.is_empty() { given(command, work) } else { Printed { words: values, known: true } };
    Some((file, target, printed))
}

/// `[IO.File]::AppendAllText($env:GITHUB_ENV, …)`
fn methods<'s>(command: Command<'s>, found: &mut Writes<'s>) {
    for word in command.words().iter() {
        let appends = |part: Part<'_>| {
            part.kind() == PartKind::Literal && (part.text().contains("::Append") || part.text().contains("::Write"))
        };
        if !word.parts().any(appends) {
            continue;
        }
        let calls = word.parts().filter(|part| part.kind() == PartKind::Substitution).flat_map(Part::commands);
        for call in calls.filter(|call| call.within() == Some(word)) {
            let target = call.words().iter().find_map(|word| Some((runner_file_of_argument(word)?, word)));
            if let Some((file, target)) = target {
                let values = call.words().iter().filter(|word| *word != target && word.text() != ",").collect();
                found.push((file, target, Printed { words: values, known: true }));
            }
        }
    }
}

/// As [`runner_file`], for a word that may end in the comma before the next argument.
fn runner_file_of_argument(word: Word<'_>) -> Option<RunnerFile> {
    let variable = word.parts().find(|part| part.kind() == PartKind::Variable)?;
    let (_, name) = variable.name().split_once(':')?;
    FILES.iter().find(|(_, file, _)| file.eq_ignore_ascii_case(name)).map(|(file, ..)| *file)
}
