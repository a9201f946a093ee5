//! Words, and the parts that they are made of.

use std::borrow::Cow;

use super::build::{Ids, RawPart, RawWord, slice};
use super::command::Command;
use super::{Language, Script};
use crate::source::Span;

/// What a part of a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// Text that stands for itself.
    Literal,
    /// `$NAME`, `${NAME:-…}`, `$env:NAME`, `%NAME%`. What stands in its braces follows as parts within its span.
    Variable,
    /// `${{ … }}`, or other text that is replaced before the shell sees the script.
    Expression,
    /// `$(…)`, backticks, and `(…)` or `@(…)` of `PowerShell`: what the commands print.
    Substitution,
    /// `<(…)` and `>(…)`: the name of a file that the commands write or read.
    Process,
    /// `{ … }` of `PowerShell`: commands as a value.
    Block,
    /// `$((…))`. Its variables follow as parts within its span.
    Arithmetic,
}

impl PartKind {
    pub(super) fn holds_commands(self) -> bool {
        matches!(self, Self::Substitution | Self::Process | Self::Block)
    }
}

/// How a part is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// Not at all: what is expanded is split into words.
    None,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `$'…'`
    Ansi,
    /// In the body of a here-document or here-string in which variables are expanded.
    Body,
    /// In one in which they are not.
    Verbatim,
}

/// A word of a script: a name, an argument, an assignment, the target of a redirect, the body of a here-document.
#[derive(Clone, Copy, Debug)]
pub struct Word<'s> {
    script: &'s Script<'s>,
    id: u32,
}

impl PartialEq for Word<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && std::ptr::eq(self.script, other.script)
    }
}

impl<'s> Word<'s> {
    #[inline]
    pub(super) fn new(script: &'s Script<'_>, id: u32) -> Self {
        Self { script, id }
    }

    #[inline]
    fn raw(self) -> Option<&'s RawWord> {
        self.script.words.get(self.id as usize)
    }

    #[inline]
    fn raw_parts(self) -> &'s [RawPart] {
        self.raw().map_or(&[], |word| slice(&self.script.parts, word.parts))
    }

    /// Its bytes, quotes included.
    #[must_use]
    pub fn span(self) -> Span {
        self.raw().map_or_else(Span::default, |word| word.span)
    }

    /// Its text as written.
    #[must_use]
    pub fn text(self) -> &'s str {
        self.script.slice(self.span())
    }

    /// The command that it belongs to.
    #[must_use]
    pub fn command(self) -> Option<Command<'s>> {
        self.raw().and_then(|word| Command::get(self.script, word.command))
    }

    /// Its parts, in the order in which they begin.
    pub fn parts(self) -> impl DoubleEndedIterator<Item = Part<'s>> + Clone {
        self.raw_parts().iter().map(move |raw| Part { script: self.script, raw })
    }

    /// Whether it is the same at every run: all of it stands for itself.
    #[must_use]
    pub fn is_constant(self) -> bool {
        self.raw_parts().iter().all(|part| part.kind == PartKind::Literal)
    }

    /// The text of a word of one part, if it may stand for itself: escapes are still in it.
    pub(super) fn plain(self) -> Option<&'s str> {
        match self.raw_parts() {
            [raw] if raw.kind == PartKind::Literal => Some(self.script.slice(raw.span)),
            _ => None,
        }
    }

    /// What the command gets, without quotes and escapes, if all of it stands for itself. `*` and `~` are not expanded.
    #[must_use]
    pub fn literal(self) -> Option<Cow<'s, str>> {
        self.is_constant().then(|| self.leading())
    }

    /// The text before the first part that does not stand for itself, without quotes and escapes.
    #[must_use]
    pub fn leading(self) -> Cow<'s, str> {
        // Nearly all words.
        if let [raw] = self.raw_parts() {
            let part = Part { script: self.script, raw };
            return if raw.kind == PartKind::Literal { part.decoded() } else { Cow::Borrowed("") };
        }
        let mut literals = self.parts().take_while(|part| part.kind() == PartKind::Literal).map(Part::decoded);
        let Some(first) = literals.next() else { return Cow::Borrowed("") };
        literals.fold(first, |text, more| text + more)
    }

    #[inline]
    pub(super) fn same(self, one: &str, other: &str) -> bool {
        self.script.same(one, other)
    }

    /// Whether it is this text, in all of it. Case counts in Posix shells only.
    #[must_use]
    pub fn is(self, text: &str) -> bool {
        // Nothing is written in fewer bytes than it has.
        let length = self.raw().map_or(0, |word| word.span.end - word.span.start) as usize;
        length >= text.len() && self.literal().is_some_and(|literal| self.same(&literal, text))
    }

    /// Whether it begins with this text, which stands for itself. Case counts in Posix shells only.
    #[must_use]
    pub fn starts_with(self, prefix: &str) -> bool {
        self.leading().get(..prefix.len()).is_some_and(|text| self.same(text, prefix))
    }

    /// Whether a part of it is the variable of this name. Case counts in Posix shells only.
    #[must_use]
    pub fn has_variable(self, name: &str) -> bool {
        self.variables().any(|known| self.same(known, name))
    }

    /// The names of its variables, not those of commands within it.
    pub fn variables(self) -> impl Iterator<Item = &'s str> {
        self.parts().filter(|part| part.kind() == PartKind::Variable).map(Part::name)
    }
}

impl Script<'_> {
    #[inline]
    pub(super) fn same(&self, one: &str, other: &str) -> bool {
        one == other || (self.language != Language::Posix && one.eq_ignore_ascii_case(other))
    }
}

/// A part of a word.
#[derive(Clone, Copy, Debug)]
pub struct Part<'s> {
    script: &'s Script<'s>,
    raw: &'s RawPart,
}

impl<'s> Part<'s> {
    /// What it is.
    #[must_use]
    pub fn kind(self) -> PartKind {
        self.raw.kind
    }

    /// How it is quoted.
    #[must_use]
    pub fn quote(self) -> Quote {
        self.raw.quote
    }

    /// Its bytes, without the quotes around it.
    #[must_use]
    pub fn span(self) -> Span {
        self.raw.span
    }

    /// Its text as written.
    #[must_use]
    pub fn text(self) -> &'s str {
        self.script.slice(self.raw.span)
    }

    /// The name of a variable, as written: `HOME`, `env:HOME`, `1`; empty for other parts.
    #[must_use]
    pub fn name(self) -> &'s str {
        let (start, end) = self.raw.inner;
        let named = self.raw.kind == PartKind::Variable;
        if named { self.script.slice(Span { start, end }) } else { "" }
    }

    /// The commands within a substitution, at any depth, in the order in which they begin; none for other parts.
    pub fn commands(self) -> impl Iterator<Item = Command<'s>> {
        let none: Ids = (0, 0);
        let (start, end) = if self.raw.kind.holds_commands() { self.raw.inner } else { none };
        (start..end).map(move |id| Command::new(self.script, id))
    }

    /// The text of a literal without escapes.
    pub(super) fn decoded(self) -> Cow<'s, str> {
        decode(self.text(), self.raw.quote, self.script.language)
    }
}

fn decode(text: &str, quote: Quote, language: Language) -> Cow<'_, str> {
    let escape = match (language, quote) {
        (_, Quote::Verbatim) | (Language::Posix, Quote::Single) | (Language::Cmd, Quote::Double) => return Cow::Borrowed(text),
        (Language::PowerShell, Quote::Single) => b'\'',
        (Language::Posix, _) => b'\\',
        (Language::PowerShell, _) => b'`',
        (Language::Cmd, _) => b'^',
    };
    let doubled = language == Language::PowerShell && quote == Quote::Double && text.contains("\"\"");
    if memchr::memchr(escape, text.as_bytes()).is_none() && !doubled {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if doubled && character == '"' {
            decoded.push('"');
            let mut ahead = rest.clone();
            rest = if ahead.next() == Some('"') { ahead } else { rest };
        } else if character == char::from(escape) {
            unescape(&mut rest, quote, language, &mut decoded);
        } else {
            decoded.push(character);
        }
    }
    Cow::Owned(decoded)
}

fn unescape(rest: &mut std::str::Chars<'_>, quote: Quote, language: Language, decoded: &mut String) {
    let Some(next) = rest.next() else { return };
    match (language, quote) {
        (Language::Posix, Quote::Ansi) => ansi(next, rest, decoded),
        (Language::Posix, Quote::Double) if !matches!(next, '$' | '`' | '"' | '\\' | '\n') => decoded.extend(['\\', next]),
        (Language::Posix, Quote::Body) if !matches!(next, '$' | '`' | '\\' | '\n') => decoded.extend(['\\', next]),
        (Language::PowerShell, Quote::Single) => decoded.push('\''),
        (Language::PowerShell, _) if next != '\n' => decoded.push(match next {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            '0' => '\0',
            'e' => '\u{1b}',
            other => other,
        }),
        (_, _) if next == '\n' => {}
        _ => decoded.push(next),
    }
}

fn ansi(next: char, rest: &mut std::str::Chars<'_>, decoded: &mut String) {
    let mut number = |radix: u32, most: usize, first: u32| {
        let mut value = first;
        for _ in 0..most {
            let mut ahead = rest.clone();
            let Some(digit) = ahead.next().and_then(|digit| digit.to_digit(radix)) else { break };
            value = value.saturating_mul(radix).saturating_add(digit);
            *rest = ahead;
        }
        char::from_u32(value).unwrap_or('?')
    };
    decoded.push(match next {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'e' | 'E' => '\u{1b}',
        'x' => number(16, 2, 0),
        'u' => number(16, 4, 0),
        'U' => number(16, 8, 0),
        digit @ '0'..='7' => number(8, 2, digit.to_digit(8).unwrap_or(0)),
        other => other,
    });
}

/// Words side by side.
#[derive(Clone, Copy, Debug)]
pub struct Words<'s> {
    script: &'s Script<'s>,
    ids: &'s [u32],
}

impl<'s> Words<'s> {
    pub(super) fn new(script: &'s Script<'_>, ids: &'s [u32]) -> Self {
        Self { script, ids }
    }

    /// One by one.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Word<'s>> + ExactSizeIterator + Clone {
        self.ids.iter().map(move |id| Word::new(self.script, *id))
    }

    /// How many.
    #[must_use]
    pub fn len(self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.ids.is_empty()
    }

    /// The one at a place.
    #[inline]
    #[must_use]
    pub fn get(self, at: usize) -> Option<Word<'s>> {
        self.ids.get(at).map(|id| Word::new(self.script, *id))
    }

    /// The first of them, at most so many.
    #[must_use]
    pub fn first(self, most: usize) -> Self {
        Self { ids: self.ids.get(..most.min(self.ids.len())).unwrap_or(&[]), ..self }
    }

    /// Those from a place on; none beyond the end.
    #[inline]
    #[must_use]
    pub fn from(self, at: usize) -> Self {
        Self { ids: self.ids.get(at..).unwrap_or(&[]), ..self }
    }
}
