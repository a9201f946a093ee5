//! The grammar of JSON, in one pass over the bytes of a text, without recursion.

use super::MAX_LEVELS;

/// Why a text is not read further, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) message: &'static str,
    /// It may be JSON, but it is nested deeper than [`MAX_LEVELS`].
    pub(crate) too_deep: bool,
}

/// A scalar as it is written: from its first byte to the one after its last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Whether it is a string that has escapes.
    pub(crate) escaped: bool,
}

/// What comes next.
pub(crate) enum Step {
    /// A value; [`Scanner::value`] reads it, or begins to.
    Value,
    /// A key, and behind it a value.
    Key(Token),
    /// The innermost array or object ends with this byte.
    Close(usize),
    /// The text ends behind the one value that it holds.
    End,
}

/// A value, of which arrays and objects only begin: [`Scanner::step`] goes on within.
pub(crate) enum Value {
    Object(usize),
    Array(usize),
    Text(Token),
    /// A number, `true`, `false` or `null`.
    Plain(Token),
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Object,
    Array,
}

#[derive(Clone, Copy)]
enum State {
    Value,
    /// An array or object has begun.
    Begun,
    /// A value has ended.
    Ended,
}

/// A place in a text of JSON.
pub(crate) struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
    state: State,
    open: Vec<Kind>,
}

impl<'t> Scanner<'t> {
    pub(crate) fn new(text: &'t str, at: usize) -> Self {
        Self { bytes: text.as_bytes(), at, state: State::Value, open: Vec::new() }
    }

    /// Goes on to the next value or key, or past the end of an array or object.
    pub(crate) fn step(&mut self) -> Result<Step, Fault> {
        self.skip_blanks();
        match (self.state, self.open.last().copied(), self.byte()) {
            (State::Value, _, _) => Ok(Step::Value),
            (_, None, None) => Ok(Step::End),
            (_, None, Some(_)) => self.fault("the value ends before this: JSON holds one value"),
            (_, Some(Kind::Object), Some(b'}')) | (_, Some(Kind::Array), Some(b']')) => {
                self.open.pop();
                self.state = State::Ended;
                self.at += 1;
                Ok(Step::Close(self.at - 1))
            }
            (State::Begun, Some(kind), _) => self.item(kind),
            (State::Ended, Some(kind), Some(b',')) => {
                let comma = self.at;
                self.at += 1;
                self.skip_blanks();
                if matches!(self.byte(), Some(b']' | b'}')) {
                    self.at = comma;
                    return self.fault("a comma that nothing comes after: JSON takes none behind the last value");
                }
                self.item(kind)
            }
            (State::Ended, Some(kind), found) => self.fault(no_separator(found, kind)),
        }
    }

    fn item(&mut self, kind: Kind) -> Result<Step, Fault> {
        self.state = State::Value;
        if kind == Kind::Array { Ok(Step::Value) } else { self.key().map(Step::Key) }
    }

    /// A key and its colon, up to the value.
    fn key(&mut self) -> Result<Token, Fault> {
        if self.byte() != Some(b'"') {
            return self.fault(no_key(self.byte()));
        }
        let key = self.string()?;
        self.skip_blanks();
        if !self.skip(|byte| byte == b':') {
            return self.fault("a `:` has to stand between a key and its value");
        }
        self.skip_blanks();
        Ok(key)
    }

    /// Reads a value, or the first byte of one that holds others.
    pub(crate) fn value(&mut self) -> Result<Value, Fault> {
        self.skip_blanks();
        self.state = State::Ended;
        match self.byte() {
            Some(b'{') => self.enter(Kind::Object).map(Value::Object),
            Some(b'[') => self.enter(Kind::Array).map(Value::Array),
            Some(b'"') => self.string().map(Value::Text),
            Some(b'-' | b'0'..=b'9') => self.number().map(Value::Plain),
            Some(b't') => self.word("true").map(Value::Plain),
            Some(b'f') => self.word("false").map(Value::Plain),
            Some(b'n') => self.word("null").map(Value::Plain),
            found => self.fault(no_value(found)),
        }
    }

    /// Goes past a whole value, and gives where it begins and ends.
    pub(crate) fn whole(&mut self) -> Result<(usize, usize), Fault> {
        self.skip_blanks();
        let (start, depth) = (self.at, self.open.len());
        self.value()?;
        while self.open.len() > depth {
            if let Step::Value = self.step()? {
                self.value()?;
            }
        }
        Ok((start, self.at))
    }

    /// Where the next byte stands that is not blank.
    pub(crate) fn place(&mut self) -> usize {
        self.skip_blanks();
        self.at
    }

    /// Where what was read last ends.
    pub(crate) fn end(&self) -> usize {
        self.at
    }

    /// The next byte.
    pub(crate) fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn fault<T>(&self, message: &'static str) -> Result<T, Fault> {
        Err(Fault { at: self.at, message, too_deep: false })
    }

    fn enter(&mut self, kind: Kind) -> Result<usize, Fault> {
        if self.open.len() >= MAX_LEVELS {
            return Err(Fault { at: self.at, message: "nested deeper than the 255 levels that are read", too_deep: true });
        }
        self.open.push(kind);
        self.state = State::Begun;
        self.at += 1;
        Ok(self.at - 1)
    }

    fn string(&mut self) -> Result<Token, Fault> {
        let (start, mut escaped) = (self.at, false);
        self.at += 1;
        loop {
            self.at += plain_length(self.bytes.get(self.at..).unwrap_or(&[]));
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Token { start, end: self.at, escaped });
                }
                Some(b'\\') => match escape(self.bytes, self.at) {
                    Ok((_, after)) => self.at = after,
                    Err(at) => return Err(Fault { at, message: no_escape(at == self.at + 1), too_deep: false }),
                },
                Some(byte) => return self.fault(control_character(byte)),
                None => {
                    self.at = start;
                    return self.fault("a quote that nothing closes: close it where the string ends");
                }
            }
            escaped = true;
        }
    }

    fn number(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        self.skip(|byte| byte == b'-');
        if self.skip(|byte| byte == b'0') {
            if self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
                self.at -= 1;
                return self.fault("a number in JSON has no zeros in front");
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
        Ok(Token { start, end: self.at, escaped: false })
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while self.skip(|byte| byte.is_ascii_digit()) {}
        if self.at == start { self.fault("a digit has to stand here for this to be a number") } else { Ok(()) }
    }

    fn word(&mut self, word: &str) -> Result<Token, Fault> {
        let start = self.at;
        if !self.bytes.get(start..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            return self.fault(UNQUOTED);
        }
        self.at += word.len();
        Ok(Token { start, end: self.at, escaped: false })
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

/// How many bytes of a string come before the first quote, backslash or control character. Eight at a time: it is where reading
/// spends its time.
fn plain_length(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    // The highest bit of each byte below `bound`, which is at most 128. What is borrowed goes to bytes above the first such byte.
    let below = |word: u64, bound: u64| word.wrapping_sub(ONES * bound) & !word & (ONES << 7);
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = below(word, 0x20) | below(word ^ (ONES * 0x22), 1) | below(word ^ (ONES * 0x5C), 1);
        if found != 0 {
            return at * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let special = |byte: &u8| *byte < 0x20 || matches!(byte, b'"' | b'\\');
    bytes.len() - rest.len() + rest.iter().position(special).unwrap_or(rest.len())
}

/// What is written between the quotes of a string, appended to `decoded`. Half of a surrogate pair that stands alone becomes U+FFFD;
/// says whether there was none.
pub(crate) fn decode(written: &str, decoded: &mut String) -> bool {
    let (mut run, mut whole) = (0, true);
    while let Some(length) = memchr::memchr(b'\\', written.as_bytes().get(run..).unwrap_or(&[])) {
        let Ok((character, after)) = escape(written.as_bytes(), run + length) else { break };
        decoded.push_str(written.get(run..run + length).unwrap_or(""));
        decoded.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
        whole &= character.is_some();
        run = after;
    }
    decoded.push_str(written.get(run..).unwrap_or(""));
    whole
}

/// What the escape at a backslash means, and where it ends; an error is the place where it is none. None for half of a surrogate
/// pair that stands alone.
pub(crate) fn escape(bytes: &[u8], backslash: usize) -> Result<(Option<char>, usize), usize> {
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
    Ok((Some(character), at + 1))
}

fn code_point(bytes: &[u8], at: usize) -> Result<(Option<char>, usize), usize> {
    let (first, after) = (four_digits(bytes, at)?, at + 4);
    let follows = bytes.get(after..after + 2) == Some(b"\\u");
    let (code, end) = match (first, four_digits(bytes, after + 2)) {
        (0xD800..=0xDBFF, Ok(second @ 0xDC00..=0xDFFF)) if follows => {
            (0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00), after + 6)
        }
        _ => (first, after),
    };
    Ok((char::from_u32(code), end))
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
const OPEN_OBJECT: &str = "the text ends within an object: close it with `}`";

fn no_value(found: Option<u8>) -> &'static str {
    match found {
        None => "the text ends where a value has to stand",
        Some(b'/' | b'#') => COMMENT,
        Some(b'\'') => SINGLE_QUOTE,
        Some(b',' | b':' | b']' | b'}') => "a value has to stand before this",
        Some(b'+' | b'.') => "a number begins with a digit, or with `-` and a digit",
        Some(_) => UNQUOTED,
    }
}

fn no_key(found: Option<u8>) -> &'static str {
    match found {
        None => OPEN_OBJECT,
        Some(b'/' | b'#') => COMMENT,
        Some(b'\'') => SINGLE_QUOTE,
        Some(_) => "a key has to stand here, in double quotes",
    }
}

fn no_separator(found: Option<u8>, kind: Kind) -> &'static str {
    match (found, kind) {
        (None, Kind::Object) => OPEN_OBJECT,
        (None, Kind::Array) => "the text ends within an array: close it with `]`",
        (Some(b'/' | b'#'), _) => COMMENT,
        (Some(_), Kind::Object) => "a `,` before the next key or the `}` of this object has to stand here",
        (Some(_), Kind::Array) => "a `,` before the next value or the `]` of this array has to stand here",
    }
}

fn control_character(found: u8) -> &'static str {
    match found {
        b'\n' | b'\r' => "a line ends within a string: close its quote, or write the break as `\\n`",
        _ => "a control character in a string: write it as an escape, such as `\\t` or `\\u001b`",
    }
}

fn no_escape(unknown: bool) -> &'static str {
    if unknown { "no escape of JSON: write a backslash as `\\\\`" } else { "four hexadecimal digits have to stand behind `\\u`" }
}
