//! Which text of a script ends up in the log.

use policy_core::budget::Budget;
use policy_core::shell::{Command, Kind, Language, Link, Program, Redirect, RedirectKind, Word};

/// The most pipes and groups that are followed from one command.
const MAX_STEPS: usize = 32;

/// Where the output of a command ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End<'s> {
    /// In the log; the flag says whether a command on the way makes another text of it.
    Printed(bool),
    /// In a variable, by this word, with the same flag.
    Assigned(Word<'s>, bool),
    /// In a file, in a program, or in the text of another command.
    Elsewhere,
}

/// Commands that print their arguments.
const PRINTERS: &[&str] = &[
    "echo",
    "printf",
    "print",
    "Write-Output",
    "Write-Host",
    "Write-Information",
    "Write-Warning",
    "Write-Error",
    "Write-Verbose",
];

/// Commands that print what they read as it is, or whole lines of it.
const PASSING: &[&str] =
    &["cat", "tee", "head", "tail", "sort", "uniq", "nl", "grep", "egrep", "fgrep", "Out-Host", "Out-String", "Out-Default"];

/// Commands that print another text made of what they read, from which it can be told in whole or in part.
const DERIVING: &[&str] = &["base32", "base64", "cut", "fold", "hexdump", "jq", "od", "rev", "sed", "tr", "xxd", "yq"];

/// Commands that set variables by their arguments.
const SETTERS: &[&str] = &["export", "local", "declare", "readonly", "typeset"];

/// How a program treats what it reads: whether it prints another text of it. None if it keeps it.
pub(crate) fn passes(program: &Program<'_>) -> Option<bool> {
    let told = |words: &[&str]| program.arguments.iter().any(|word| words.iter().any(|known| word.is(known)));
    if program.is_any(PASSING) {
        let grep = program.is_any(&["grep", "egrep", "fgrep"]);
        let options = |letters: &[char]| {
            let short = |word: Word<'_>| word.starts_with("-") && !word.starts_with("--") && word.leading().contains(letters);
            program.arguments.iter().any(short)
        };
        let quiet = grep && (options(&['q', 'c', 'l']) || told(&["--quiet", "--silent", "--count"]));
        let part = (grep && options(&['o'])) || (program.is_any(&["head", "tail"]) && options(&['c']));
        return (!quiet).then_some(part);
    }
    let keeps = || program.is_any(&["jq", "yq"]) && told(&["empty", "-e", "--exit-status", "length"]);
    (program.is_any(DERIVING) && !keeps()).then_some(true)
}

/// Whether a command prints its arguments, and not as a command to the runner, which the log does not show as it is.
pub(crate) fn prints_arguments(command: Command<'_>) -> bool {
    let Some(program) = command.program().filter(|program| program.is_any(PRINTERS)) else { return false };
    let mut words = program.arguments.iter();
    let Some(first) = words.by_ref().find(|word| !word.starts_with("-")) else { return false };
    let stores = program.is("printf") && program.arguments.get(0).is_some_and(|word| word.starts_with("-v"));
    let text = first.leading();
    let shown = ["::debug", "::error", "::group", "::notice", "::warning"];
    !stores && (!text.starts_with("::") || shown.iter().any(|start| text.starts_with(start)))
}

/// The text that a command is given as its input: a here-string, or a here-document in which variables are expanded.
pub(crate) fn input(command: Command<'_>) -> Option<Word<'_>> {
    command.redirects().find_map(|redirect| match redirect.kind() {
        RedirectKind::HereString => Some(redirect.target()),
        RedirectKind::Heredoc => redirect.body(),
        _ => None,
    })
}

/// Where the output of a command ends, through pipes, groups and substitutions; elsewhere when the work is spent.
pub(crate) fn end<'s>(command: Command<'s>, budget: &Budget) -> End<'s> {
    let (mut at, mut derived) = (command, false);
    for _ in 0..MAX_STEPS {
        // Many commands may stand in one.
        if !budget.spend(at.redirects().count()) {
            return End::Elsewhere;
        }
        if at.redirects().any(leads_away) {
            return End::Elsewhere;
        }
        if let Some(reader) = at.next().filter(|next| next.link() == Link::Pipe) {
            let Some(derives) = reader.program().and_then(|program| passes(&program)) else { return End::Elsewhere };
            derived |= derives;
            at = reader;
            continue;
        }
        let Some(parent) = at.parent() else { return End::Printed(derived) };
        if let Some(word) = at.within() {
            if !budget.spend(parent.words().len() + parent.assignments().len()) {
                return End::Elsewhere;
            }
            let sets = parent.assignments().iter().any(|other| other == word)
                || parent.program().is_some_and(|program| program.is_any(SETTERS));
            if sets {
                return End::Assigned(word, derived);
            }
            if !prints_arguments(parent) || !parent.words().iter().any(|other| other == word) {
                return End::Elsewhere;
            }
        } else if parent.kind() == Kind::Function {
            // Where it is called, it prints.
            return End::Printed(derived);
        } else if !parent.kind().is_compound() {
            return End::Elsewhere;
        }
        at = parent;
    }
    End::Elsewhere
}

// Away from the log: standard output and standard error both end there.
fn leads_away(redirect: Redirect<'_>) -> bool {
    let target = redirect.target();
    match redirect.kind() {
        RedirectKind::Write | RedirectKind::Append if redirect.descriptor() == 1 => {
            !["/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/fd/1", "/dev/fd/2"].iter().any(|log| target.is(log))
        }
        RedirectKind::Duplicate if redirect.descriptor() == 1 => !(target.is("1") || target.is("2")),
        _ => false,
    }
}

/// The name of the variable that a word assigns: `A=b`.
pub(crate) fn assigned(word: Word<'_>) -> Option<&str> {
    let (name, _) = word.text().split_once('=')?;
    let name = name.strip_suffix('+').unwrap_or(name);
    let valid = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    valid.then_some(name)
}

/// The words by which a command sets variables.
pub(crate) fn assignments(command: Command<'_>) -> impl Iterator<Item = Word<'_>> {
    let sets = command.program().filter(|program| program.is_any(SETTERS)).map(|program| program.arguments);
    command.assignments().iter().chain(sets.into_iter().flat_map(|words| words.iter()))
}

/// What `$NAME` of a script makes of its variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expanded {
    /// The value.
    Same,
    /// A part of it, or another form.
    Derived,
    /// Its length, or a text that says whether it is set.
    Nothing,
}

/// What a variable as written, `$NAME` or `${NAME…}`, gives.
pub(crate) fn expanded(written: &str, name: &str, language: Language) -> Expanded {
    let Some(inner) = written.strip_prefix("${").filter(|_| language == Language::Posix) else { return Expanded::Same };
    let Some(operator) = inner.strip_prefix(name) else { return Expanded::Nothing };
    let mut operator = operator.bytes();
    match (operator.next(), operator.next()) {
        (Some(b'+'), _) | (Some(b':'), Some(b'+')) => Expanded::Nothing,
        (None | Some(b'}' | b'-' | b'=' | b'?'), _) | (Some(b':'), Some(b'-' | b'=' | b'?')) => Expanded::Same,
        _ => Expanded::Derived,
    }
}

#[cfg(test)]
mod tests {
    use policy_core::shell::Language;

    use super::{Expanded, expanded};

    #[test]
    fn what_an_expansion_gives() {
        for (written, gives) in [
            ("$A", Expanded::Same),
            ("${A}", Expanded::Same),
            ("${A:-none}", Expanded::Same),
            ("${A-none}", Expanded::Same),
            ("${A:?unset}", Expanded::Same),
            ("${A:=none}", Expanded::Same),
            ("${A:+set}", Expanded::Nothing),
            ("${A+set}", Expanded::Nothing),
            ("${#A}", Expanded::Nothing),
            ("${A:1}", Expanded::Derived),
            ("${A: -4}", Expanded::Derived),
            ("${A%x}", Expanded::Derived),
            ("${A/x/y}", Expanded::Derived),
        ] {
            assert_eq!(expanded(written, "A", Language::Posix), gives, "{written}");
        }
        assert_eq!(expanded("${env:A}", "env:A", Language::PowerShell), Expanded::Same);
    }
}
