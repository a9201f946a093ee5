//! Which program a command runs in the end: `sudo -E env A=b bash` is `bash`.

use std::borrow::Cow;

use super::build::{NONE, index};
use super::command::{Command, Kind};
use super::word::{Word, Words};
use super::{Language, Script};
use crate::source::Span;

/// A program that a command runs, and what it is given.
#[derive(Clone, Debug)]
pub struct Program<'s> {
    /// Its name, without folders and `.exe`; as written, not folded.
    pub name: Cow<'s, str>,
    /// The word that names it.
    pub word: Word<'s>,
    /// The words behind it.
    pub arguments: Words<'s>,
}

/// Programs that run what their arguments say: the name, the letters of options that take the next word, the number of words
/// that they take before the program.
const PREFIXES: &[(&str, &str, usize)] = &[
    ("sudo", "CDghpRrTtUu", 0),
    ("doas", "Cu", 0),
    ("env", "Cu", 0),
    ("command", "", 0),
    ("builtin", "", 0),
    ("exec", "a", 0),
    ("nohup", "", 0),
    ("time", "fo", 0),
    ("nice", "n", 0),
    ("ionice", "cnp", 0),
    ("stdbuf", "eio", 0),
    ("setsid", "", 0),
    ("timeout", "ks", 1),
];

/// Long options of these programs that take the next word.
const LONG: &[&str] =
    &["--user", "--group", "--chdir", "--unset", "--signal", "--kill-after", "--adjustment", "--host", "--prompt"];

impl<'s> Command<'s> {
    /// The program that it runs, behind `sudo`, `env`, `command`, `exec`, `nohup`, `time`, `nice`, `timeout` and the like, with
    /// their options and assignments. None where that is not told before it runs, and for what is no simple command. A query such
    /// as `command -v x` runs `command`.
    #[must_use]
    pub fn program(self) -> Option<Program<'s>> {
        let (before, name) = self.program_place()?;
        let words = self.words().from(before as usize);
        if name.start == name.end {
            return named(words, self.language());
        }
        Some(Program { name: Cow::Borrowed(self.script().slice(name)), word: words.get(0)?, arguments: words.from(1) })
    }
}

/// How many words of a command stand before the one that names its program, and where the name stands if it is written as it is meant;
/// [`NONE`] where none does.
pub(super) fn place(command: Command<'_>) -> (u32, Span) {
    let words = command.words();
    let found = if command.kind() == Kind::Simple { program(words, command.language()) } else { None };
    let Some(found) = found else { return (NONE, Span::default()) };
    let name = match found.name {
        // An empty text may be none of the script's.
        Cow::Borrowed(name) if !name.is_empty() => {
            let start = name.as_ptr() as usize - command.script().text().as_ptr() as usize;
            Span::new(start, start + name.len())
        }
        Cow::Borrowed(_) | Cow::Owned(_) => Span::default(),
    };
    (index(words.len() - found.arguments.len() - 1), name)
}

// The program that the first of these words names.
fn named(words: Words<'_>, language: Language) -> Option<Program<'_>> {
    let word = words.get(0)?;
    Some(Program { name: base(word.literal()?, language), word, arguments: words.from(1) })
}

/// The program that these words run.
pub(super) fn program(mut words: Words<'_>, language: Language) -> Option<Program<'_>> {
    loop {
        let found = named(words, language)?;
        let Some((_, letters, operands)) = PREFIXES.iter().find(|(prefix, ..)| found.is(prefix)) else { return Some(found) };
        let query =
            found.is("command") && found.arguments.get(0).is_some_and(|word| word.starts_with("-v") || word.starts_with("-V"));
        if query || found.arguments.is_empty() {
            return Some(found);
        }
        words = behind_options(found.arguments, letters);
        while words.get(0).is_some_and(|word| is_assignment(&word.leading())) {
            words = words.from(1);
        }
        words = words.from(*operands);
        if words.is_empty() {
            return Some(found);
        }
    }
}

/// The words behind options, of which those of these letters take the next word.
pub(super) fn behind_options<'s>(mut words: Words<'s>, letters: &str) -> Words<'s> {
    while let Some(option) = words.get(0).map(Word::leading).filter(|text| text.len() > 1 && text.starts_with('-')) {
        let takes = match option.strip_prefix("--") {
            Some("") => return words.from(1),
            Some(_) => LONG.contains(&option.as_ref()),
            None => option.ends_with(|letter| letters.contains(letter)),
        };
        words = words.from(1 + usize::from(takes));
    }
    words
}

fn is_assignment(text: &str) -> bool {
    let name = text.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn base(name: Cow<'_, str>, language: Language) -> Cow<'_, str> {
    match name {
        Cow::Borrowed(name) => Cow::Borrowed(base_of(name, language)),
        Cow::Owned(name) => Cow::Owned(base_of(&name, language).to_owned()),
    }
}

fn base_of(name: &str, language: Language) -> &str {
    let folder = |byte: &u8| *byte == b'/' || (*byte == b'\\' && language != Language::Posix);
    let name = match name.as_bytes().iter().rposition(folder) {
        Some(at) => name.get(at + 1..).unwrap_or(""),
        None => name,
    };
    // `echo.` and `echo:` print as `echo` does.
    let name = if language == Language::Cmd { name.trim_end_matches(['.', ':']) } else { name };
    let stem = if name.ends_with(['e', 'E']) { name.len().checked_sub(4).and_then(|at| name.split_at_checked(at)) } else { None };
    stem.filter(|(stem, end)| !stem.is_empty() && end.eq_ignore_ascii_case(".exe")).map_or(name, |(stem, _)| stem)
}

/// Which names the constant words of a script may have: a bit for a hash of each.
#[derive(Debug, Default)]
pub(super) struct Names([u64; 8]);

impl Names {
    pub(super) fn of(script: &Script<'_>) -> Self {
        let mut names = Self::default();
        // Options name nothing.
        for word in script.words().filter(|word| !word.text().starts_with('-')) {
            let plain = word.plain().map(str::as_bytes).and_then(plain_base);
            let place = plain.map(hashed).or_else(|| word.literal().map(|name| place_of(&name)));
            let (at, bit) = place.unwrap_or_default();
            names.0.get_mut(at).into_iter().for_each(|word| *word |= bit);
        }
        names
    }

    /// Rules ask for a hundred names of every script, so the name is taken as it is: without folders, endings and versions.
    #[inline]
    pub(super) fn may_have(&self, name: &str) -> bool {
        let (at, bit) = hashed(name.as_bytes());
        self.0.get(at).is_some_and(|word| word & bit != 0)
    }
}

// Without folders, `.exe` and the version behind `@`: whatever a rule takes for the name of a tool, in any case.
fn place_of(name: &str) -> (usize, u64) {
    let name = base_of(name, Language::Cmd).as_bytes();
    let end = name.iter().skip(1).position(|byte| *byte == b'@').map_or(name.len(), |at| at + 1);
    hashed(name.get(..end).unwrap_or(&[]))
}

// The same for nearly all words, in one look from their end; none for those that need a second look.
fn plain_base(word: &[u8]) -> Option<&[u8]> {
    let odd = |byte: u8| matches!(byte, b'@' | b'\\' | b'^' | b'`' | b'\'' | b'"');
    if matches!(word.last()?, b'.' | b':') || word.len() > 4 && word.get(word.len() - 4) == Some(&b'.') {
        return None;
    }
    let start = word.iter().rposition(|byte| *byte == b'/' || odd(*byte)).map_or(0, |at| at + 1);
    if start > 0 && word.get(start - 1).is_some_and(|byte| odd(*byte)) { None } else { word.get(start..) }
}

fn hashed(name: &[u8]) -> (usize, u64) {
    let byte = |at: usize| name.get(at).map_or(0, |byte| u32::from(byte.to_ascii_lowercase()));
    let end = name.len();
    let hash = [byte(0), byte(1), byte(end / 2), byte(end.saturating_sub(1)), u32::try_from(end).unwrap_or(0)];
    let hash = hash.into_iter().fold(0_u32, |hash, part| (hash ^ part).wrapping_mul(0x9E37_79B1));
    ((hash >> 13) as usize & 7, 1 << (hash >> 26))
}

impl Program<'_> {
    /// Whether it has this name. Case counts in Posix shells only.
    #[inline]
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.len() == name.len() && self.word.same(&self.name, name)
    }

    /// Whether it has one of these names.
    #[must_use]
    pub fn is_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.is(name))
    }
}
