//! Reads JSON (RFC 8259) in one pass over its bytes, and strictly: where readers differ in what they let pass, a file means one
//! thing to one of them and another to the next. Only a byte order mark in front is let pass.

use super::compose::Composer;
use super::node::{Kind, Style};
use super::{Problem, ProblemKind};
use crate::source::{Source, Span};

/// As deep as YAML is read: what walks a document by recursion counts on it.
const MAX_LEVELS: usize = 255;

/// Why reading ended before the file did, and where.
enum Fault {
    Syntax(usize, &'static str),
    TooDeep(usize),
    TooMany(usize),
}

/// Reads the whole file into the arena, as one document.
pub(super) fn read(composer: &mut Composer<'_>) {
    let source = composer.document.source;
    let text = source.text();
    let start = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    composer.begin(Span::new(start, start));
    let mut reader = Reader { composer, source, bytes: text.as_bytes(), at: start, open: Vec::new(), decoded: String::new() };
    // The whole character, or nothing where the file ends.
    let span = |at: usize| {
        let character = text.get(at..).and_then(|rest| rest.chars().next());
        Span::new(at, at + character.map_or(0, char::len_utf8))
    };
    let (kind, span, message) = match reader.document() {
        Ok(()) => return composer.finish(),
        Err(Fault::TooMany(at)) => return composer.too_complex(span(at)),
        Err(Fault::Syntax(at, message)) => (ProblemKind::Syntax, span(at), message.to_owned()),
        Err(Fault::TooDeep(at)) => {
            (ProblemKind::TooComplex, span(at), format!("nested deeper than the {MAX_LEVELS} levels that are read"))
        }
    };
    composer.drop_current();
    composer.document.problems.push(Problem { kind, span, message });
}

struct Reader<'c, 'a> {
    composer: &'c mut Composer<'a>,
    source: &'a Source<'a>,
    bytes: &'a [u8],
    at: usize,
    open: Vec<Kind>,
    // The text of the last string with an escape, whose memory serves the next.
    decoded: String,
}

impl Reader<'_, '_> {
    fn document(&mut self) -> Result<(), Fault> {
        self.skip_blanks();
        loop {
            if self.value()? && !self.next()? {
                return Ok(());
            }
        }
    }

    /// Reads up to the first value that holds no other. False if that is yet to come: an array or object began.
    fn value(&mut self) -> Result<bool, Fault> {
        match self.byte() {
            Some(b'{') => {
                self.enter(Kind::Mapping)?;
                if self.byte() == Some(b'}') {
                    self.leave();
                    return Ok(true);
                }
                self.key()?;
                return Ok(false);
            }
            Some(b'[') => {
                self.enter(Kind::Sequence)?;
                if self.byte() == Some(b']') {
                    self.leave();
                    return Ok(true);
                }
                return Ok(false);
            }
            Some(b'"') => self.string()?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true")?,
            Some(b'f') => self.word("false")?,
            Some(b'n') => self.word("null")?,
            found => return Err(Fault::Syntax(self.at, no_value(found))),
        }
        Ok(true)
    }

    /// Goes from the end of a value to the next one, past all that ends in between. False at the end of the file.
    fn next(&mut self) -> Result<bool, Fault> {
        loop {
            self.skip_blanks();
            let Some(&kind) = self.open.last() else {
                return match self.byte() {
                    None => Ok(false),
                    Some(_) => Err(Fault::Syntax(self.at, "the value ends before this: a JSON file holds one value")),
                };
            };
            match (self.byte(), kind) {
                (Some(b','), _) => {
                    self.comma(kind)?;
                    return Ok(true);
                }
                (Some(b'}'), Kind::Mapping) | (Some(b']'), Kind::Sequence) => self.leave(),
                (found, _) => return Err(Fault::Syntax(self.at, no_separator(found, kind))),
            }
        }
    }

    fn comma(&mut self, kind: Kind) -> Result<(), Fault> {
        let comma = self.at;
        self.at += 1;
        self.skip_blanks();
        match self.byte() {
            Some(b']' | b'}') => {
                Err(Fault::Syntax(comma, "a comma that nothing comes after: JSON takes none behind the last value"))
            }
            _ if kind == Kind::Mapping => self.key(),
            _ => Ok(()),
        }
    }

    /// A key and its colon, up to the value.
    fn key(&mut self) -> Result<(), Fault> {
        match self.byte() {
            Some(b'"') => self.string()?,
            found => return Err(Fault::Syntax(self.at, no_key(found))),
        }
        self.skip_blanks();
        if self.byte() != Some(b':') {
            return Err(Fault::Syntax(self.at, "a `:` has to stand between a key and its value"));
        }
        self.at += 1;
        self.skip_blanks();
        Ok(())
    }

    fn enter(&mut self, kind: Kind) -> Result<(), Fault> {
        if self.open.len() >= MAX_LEVELS {
            return Err(Fault::TooDeep(self.at));
        }
        self.open.push(kind);
        self.composer.enter(kind, Style::Flow, Span::new(self.at, self.at + 1), 0);
        self.added(self.at)?;
        self.at += 1;
        self.skip_blanks();
        Ok(())
    }

    fn leave(&mut self) {
        self.open.pop();
        self.composer.leave(Span::new(self.at, self.at + 1));
        self.at += 1;
    }

    fn string(&mut self) -> Result<(), Fault> {
        let (opening, mut run) = (self.at, self.at + 1);
        self.decoded.clear();
        loop {
            let rest = self.bytes.get(run..).unwrap_or(&[]);
            let special = memchr::memchr2(b'"', b'\\', rest);
            let text = rest.get(..special.unwrap_or(rest.len())).unwrap_or(rest);
            if let Some(control) = text.iter().position(|byte| *byte < 0x20) {
                return Err(Fault::Syntax(run + control, control_character(text.get(control))));
            }
            let Some(length) = special else {
                return Err(Fault::Syntax(opening, "a quote that nothing closes: close it where the string ends"));
            };
            let (end, span) = (run + length, Span::new(run, run + length));
            if rest.get(length) == Some(&b'"') {
                self.at = end + 1;
                let text = self.source.slice(span);
                let text = if run == opening + 1 {
                    text
                } else {
                    self.decoded.push_str(text);
                    &self.decoded
                };
                self.composer.scalar(text, Style::DoubleQuoted, Span::new(opening, self.at));
                return self.added(opening);
            }
            let (character, after) = escape(self.bytes, end).map_err(|at| Fault::Syntax(at, no_escape(at == end + 1)))?;
            self.decoded.push_str(self.source.slice(span));
            self.decoded.push(character);
            run = after;
        }
    }

    fn number(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.skip(|byte| byte == b'-');
        if self.skip(|byte| byte == b'0') {
            if self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
                return Err(Fault::Syntax(self.at - 1, "a number in JSON has no zeros in front"));
            }
        } else {
            self.digits()?;
        }
        if self.skip(|byte| byte == b'.') {
            self.digits()?;
        }
        if self.skip(|byte| matches!(byte, b'e' | b'E')) {
            self.skip(|byte| matches!(byte, b'+' | b'-'));
            self.digits()?;
        }
        self.plain(start)
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { Err(Fault::Syntax(self.at, "a digit has to stand here for this to be a number")) } else { Ok(()) }
    }

    fn word(&mut self, word: &str) -> Result<(), Fault> {
        let start = self.at;
        if !self.bytes.get(start..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            return Err(Fault::Syntax(start, UNQUOTED));
        }
        self.at += word.len();
        self.plain(start)
    }

    fn plain(&mut self, start: usize) -> Result<(), Fault> {
        let span = Span::new(start, self.at);
        self.composer.scalar(self.source.slice(span), Style::Plain, span);
        self.added(start)
    }

    fn added(&self, at: usize) -> Result<(), Fault> {
        if self.composer.is_full() { Err(Fault::TooMany(at)) } else { Ok(()) }
    }

    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip(&mut self, which: impl Fn(u8) -> bool) -> bool {
        let found = self.byte().is_some_and(which);
        self.at += usize::from(found);
        found
    }

    fn skip_blanks(&mut self) {
        while self.skip(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {}
    }
}

/// What the escape at a backslash means, and where it ends; an error is the place where it is none. A half of a surrogate pair that
/// stands alone means U+FFFD.
pub(super) fn escape(bytes: &[u8], backslash: usize) -> Result<(char, usize), usize> {
    let at = backslash + 1;
    let character = match bytes.get(at) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{C}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return code_point(bytes, at + 1),
        _ => return Err(at),
    };
    Ok((character, at + 1))
}

fn code_point(bytes: &[u8], at: usize) -> Result<(char, usize), usize> {
    let (first, after) = (four_digits(bytes, at)?, at + 4);
    let follows = bytes.get(after..after + 2) == Some(b"\\u");
    let (code, end) = match (first, four_digits(bytes, after + 2)) {
        (0xD800..=0xDBFF, Ok(second @ 0xDC00..=0xDFFF)) if follows => {
            (0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00), after + 6)
        }
        _ => (first, after),
    };
    Ok((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), end))
}

fn four_digits(bytes: &[u8], start: usize) -> Result<u32, usize> {
    (start..start + 4).try_fold(0, |value, at| {
        let digit = bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        digit.map(|digit| (value << 4) | digit).ok_or(at)
    })
}

const UNQUOTED: &str = "no value of JSON: put text in double quotes; of other words there are only `true`, `false` and `null`";
const COMMENT: &str = "JSON has no comments";
const SINGLE_QUOTE: &str = "JSON takes double quotes only";

fn no_value(found: Option<u8>) -> &'static str {
    match found {
        None => "the file ends where a value has to stand",
        Some(b'/' | b'#') => COMMENT,
        Some(b'\'') => SINGLE_QUOTE,
        Some(b',' | b':' | b']' | b'}') => "a value has to stand before this",
        Some(b'+' | b'.') => "a number begins with a digit, or with `-` and a digit",
        Some(_) => UNQUOTED,
    }
}

fn no_key(found: Option<u8>) -> &'static str {
    match found {
        None => "the file ends within an object: close it with `}`",
        Some(b'/' | b'#') => COMMENT,
        Some(b'\'') => SINGLE_QUOTE,
        Some(_) => "a key has to stand here, in double quotes",
    }
}

fn no_separator(found: Option<u8>, kind: Kind) -> &'static str {
    match (found, kind) {
        (None, Kind::Mapping) => "the file ends within an object: close it with `}`",
        (None, _) => "the file ends within an array: close it with `]`",
        (Some(b'/' | b'#'), _) => COMMENT,
        (Some(_), Kind::Mapping) => "a `,` before the next key or the `}` of this object has to stand here",
        (Some(_), _) => "a `,` before the next value or the `]` of this array has to stand here",
    }
}

fn control_character(found: Option<&u8>) -> &'static str {
    match found {
        Some(b'\n' | b'\r') => "a line ends within a string: close its quote, or write the break as `\\n`",
        _ => "a control character in a string: write it as an escape, such as `\\t` or `\\u001b`",
    }
}

fn no_escape(unknown: bool) -> &'static str {
    if unknown { "no escape of JSON: write a backslash as `\\\\`" } else { "four hexadecimal digits have to stand behind `\\u`" }
}
