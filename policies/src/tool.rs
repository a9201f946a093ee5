//! Command line tools in scripts: which one a command runs, and what it is told.

use std::borrow::Cow;

use policy_core::shell::{Command, Kind, Language, Word, Words};

/// A tool that a command runs, behind `sudo`, `npx`, `pnpm dlx`, `poetry run` and the like.
#[derive(Clone, Debug)]
pub(crate) struct Tool<'s> {
    name: Cow<'s, str>,
    /// The words behind its name.
    pub(crate) arguments: Words<'s>,
}

/// Programs that run another one that their arguments name, and the subcommands by which they do; empty for those that always do.
const RUNNERS: &[(&str, &[&str])] = &[
    ("bun", &["x"]),
    ("bunx", &[]),
    ("npm", &["exec", "x"]),
    ("npx", &[]),
    ("pipx", &["run"]),
    ("pnpm", &["dlx", "exec"]),
    ("pnpx", &[]),
    ("poetry", &["run"]),
    ("uvx", &[]),
    ("yarn", &["dlx", "exec"]),
];

/// Commands that the shell runs itself, so that no other process sees their arguments.
const BUILTINS: &[&str] = &[
    "echo", "printf", "print", "export", "local", "declare", "readonly", "typeset", "read", "set", "eval", "return", ":", "true",
    "cd",
];

/// Commands that ask something of their arguments.
pub(crate) const TESTS: &[&str] = &["[", "[[", "test"];

/// Whether the shell runs this command itself: `Verb-Noun` too, in `PowerShell`.
pub(crate) fn is_builtin(command: Command<'_>, name: &str) -> bool {
    let cmdlet = || command.script().language() == Language::PowerShell && name.contains('-');
    BUILTINS.contains(&name) || TESTS.contains(&name) || cmdlet()
}

/// The tool of a command; none where that is not told before it runs.
pub(crate) fn tool(command: Command<'_>) -> Option<Tool<'_>> {
    let program = command.program()?;
    let Some((_, by)) = RUNNERS.iter().find(|(name, _)| program.is(name)) else {
        return Some(Tool { name: program.name, arguments: program.arguments });
    };
    let own = Tool { name: program.name, arguments: program.arguments };
    let mut words = program.arguments;
    if !by.is_empty() {
        if !by.iter().any(|by| words.get(0).is_some_and(|word| word.is(by))) {
            return Some(own);
        }
        words = words.from(1);
    }
    while let Some(option) = words.get(0).filter(|word| word.starts_with("-")) {
        let takes = option.is("-p") || option.is("--package");
        words = words.from(1 + usize::from(takes));
    }
    let name = words.get(0)?.literal()?;
    Some(Tool { name: without_version(name), arguments: words.from(1) })
}

/// Whether a command is run at all: it stands in no function, or in one that the script calls by its name.
pub(crate) fn is_run(command: Command<'_>) -> bool {
    let function = std::iter::successors(command.parent(), |outer| outer.parent()).find(|outer| outer.kind() == Kind::Function);
    let Some(name) = function.and_then(|function| function.words().get(0)).and_then(|word| word.literal()) else { return true };
    command.script().commands().any(|other| other.kind() == Kind::Simple && other.is(&name))
}

// `wrangler@3` is `wrangler`, `@scope/name@1` is `@scope/name`.
fn without_version(name: Cow<'_, str>) -> Cow<'_, str> {
    match name.rfind('@') {
        Some(at) if at > 0 => Cow::Owned(name.get(..at).unwrap_or("").to_owned()),
        _ => name,
    }
}

impl<'s> Tool<'s> {
    /// Whether it has one of these names.
    pub(crate) fn is_any(&self, names: &[&str]) -> bool {
        names.contains(&self.name.as_ref())
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is told to do this: these words stand in its arguments in this order, before them only options with what these
    /// take, and `+toolchain`.
    pub(crate) fn does(&self, words: &[&str]) -> bool {
        self.behind(words).is_some()
    }

    /// The arguments behind these words, if it is told to do that.
    pub(crate) fn behind(&self, words: &[&str]) -> Option<Words<'s>> {
        let mut at = 0;
        for wanted in words {
            let mut behind_option = false;
            loop {
                let word = self.arguments.get(at)?;
                at += 1;
                if word.is(wanted) {
                    break;
                }
                let option = word.starts_with("-") || word.starts_with("+");
                if !option && !behind_option {
                    return None;
                }
                behind_option = word.starts_with("-") && !word.text().contains('=');
            }
        }
        Some(self.arguments.from(at))
    }

    /// Whether one of these options is given, alone or with `=`.
    pub(crate) fn has_option(&self, names: &[&str]) -> bool {
        self.option(names).is_some()
    }

    /// The word with the value of the first of these options that is given, and where in its plain text the value begins.
    pub(crate) fn option(&self, names: &[&str]) -> Option<(Word<'s>, usize)> {
        for (at, word) in self.arguments.iter().enumerate() {
            let text = word.leading();
            let Some(name) = names.iter().find(|name| text.starts_with(**name)) else { continue };
            match text.as_bytes().get(name.len()) {
                Some(b'=') => return Some((word, name.len() + 1)),
                Some(_) => {}
                None => return Some((self.arguments.get(at + 1).unwrap_or(word), 0)),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use policy_core::shell::{Language, parse};

    use super::tool;

    fn named(text: &str) -> Option<String> {
        let script = parse(text, Language::Posix);
        script.commands().next().and_then(tool).map(|tool| tool.name().to_owned())
    }

    #[test]
    fn tools_are_found_behind_what_runs_them() {
        for text in [
            "wrangler deploy",
            "sudo ./node_modules/.bin/wrangler deploy",
            "npx wrangler@3 deploy",
            "npx --yes wrangler deploy",
            "npx -p wrangler --package cli wrangler deploy",
            "pnpm dlx wrangler deploy",
            "npm exec -- wrangler deploy",
            "bun x wrangler deploy",
        ] {
            assert_eq!(named(text).as_deref(), Some("wrangler"), "{text}");
        }
        for (text, name) in [("npm publish", "npm"), ("npx @scope/a@1 x", "@scope/a"), ("npx @scope/a", "@scope/a")] {
            assert_eq!(named(text).as_deref(), Some(name));
        }
        for text in ["npx", "npx $TOOL", "$TOOL deploy", "A=b"] {
            assert_eq!(named(text), None, "{text}");
        }
    }

    #[test]
    fn functions_are_run_where_they_are_called() {
        let runs = |text: &str| {
            let script = parse(text, Language::Posix);
            let found = script.commands().find(|command| command.is("helm"));
            found.is_some_and(super::is_run)
        };
        for text in ["helm x", "f() { helm x; }\nif a; then f b; fi", "{ helm x; }", "function f { { helm x; }; }; f"] {
            assert!(runs(text), "{text}");
        }
        for text in ["f() { helm x; }", "f() { { helm x; }; }\ng f"] {
            assert!(!runs(text), "{text}");
        }
    }

    fn does(text: &str, words: &[&str]) -> bool {
        let script = parse(text, Language::Posix);
        script.commands().next().and_then(tool).is_some_and(|tool| tool.does(words))
    }

    #[test]
    fn subcommands_stand_behind_options_and_their_values() {
        for text in ["a x y", "a -n b x --all y z", "a +nightly x y", "a --n=b x y"] {
            assert!(does(text, &["x", "y"]), "{text}");
        }
        for text in ["a y x", "a b x y", "a --n=b c x y", "a x", "a -n b c x y", "a"] {
            assert!(!does(text, &["x", "y"]), "{text}");
        }
    }

    #[test]
    fn options_have_values_behind_a_space_or_a_sign() {
        let value = |text: &str| {
            let script = parse(text, Language::Posix);
            let tool = script.commands().next().and_then(tool)?;
            let (word, start) = tool.option(&["--to", "-t"])?;
            word.leading().get(start..).map(str::to_owned)
        };
        for text in ["a --to b", "a x -t b c", "a --to=b", "a --token y --to b"] {
            assert_eq!(value(text).as_deref(), Some("b"), "{text}");
        }
        assert_eq!(value("a --token=b x"), None);
        assert_eq!(value("a x --to").as_deref(), Some("--to"));
    }
}
