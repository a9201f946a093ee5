//! Command line tools in scripts: which one a command runs, and what it is told.

use std::borrow::Cow;

use policy_core::shell::{Command, Word, Words};

/// A tool that a command runs, behind `sudo`, `npx`, `pnpm dlx`, `poetry run` and the like.
#[derive(Clone, Debug)]
pub(crate) struct Tool<'s> {
    name: Cow<'s, str>,
    /// The words behind its name.
    pub arguments: Words<'s>,
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

// `wrangler@3` is `wrangler`, `@scope/name@1` is `@scope/name`.
fn without_version(name: Cow<'_, str>) -> Cow<'_, str> {
    match name.rfind('@') {
        Some(at) if at > 0 => Cow::Owned(name.get(..at).unwrap_or("").to_owned()),
        _ => name,
    }
}

impl<'s> Tool<'s> {
    /// Whether it has one of these names.
    pub fn is_any(&self, names: &[&str]) -> bool {
        names.contains(&self.name.as_ref())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is told to do this: these words stand in its arguments in this order, before them only options with what these
    /// take, and `+toolchain`.
    pub fn does(&self, words: &[&str]) -> bool {
        self.behind(words).is_some()
    }

    /// The arguments behind these words, if it is told to do that.
    pub fn behind(&self, words: &[&str]) -> Option<Words<'s>> {
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
    pub fn has_option(&self, names: &[&str]) -> bool {
        self.option(names).is_some()
    }

    /// The word with the value of the first of these options that is given, and where in its plain text the value begins.
    pub fn option(&self, names: &[&str]) -> Option<(Word<'s>, usize)> {
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
