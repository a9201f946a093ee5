//! The grammar of JSON, in one pass over the bytes of a text, without recursion.

use super::MAX_LEVELS;
use super::escape::escape;
use super::message::{UNQUOTED, control_character, no_escape, no_key, no_separator, no_value};

/// Why a text is not read further, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) message: &'static str,
    /// It may be JSON, but it is nested deeper than [`MAX_LEVELS`].
    pub(crate) too_deep: bool,
}

/// Reading stopped; [`Scanner::fault`] says why. What was read and what went wrong is kept in the scanner, so that what is returned
/// fits into a register: these functions are called for every key and value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopped;

/// What was read last, as it is written: from its first byte to the one after its last. Of arrays and objects, their first byte.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Token {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Whether it is a string that has escapes; [`Scanner::decoded`] has its text until the next is read.
    pub(crate) escaped: bool,
}

/// What comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A value; [`Scanner::value`] reads it, or begins to.
    Value,
    /// A key, which is the token now, and behind it a value.
    Key,
    /// The innermost array or object ends; its last byte is the token now.
    Close,
    /// The text ends behind the one value that it holds.
    End,
}

/// A value, which is the token now. Arrays and objects only begin: [`Scanner::step`] goes on within.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    Object,
    Array,
    Text,
    /// A number, `true`, `false` or `null`.
    Plain,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
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
    text: &'t str,
    at: usize,
    state: State,
    open: Vec<Kind>,
    token: Token,
    fault: Fault,
    // The text of the last string with an escape, whose memory serves the next.
    decoded: String,
    // Whether half of a surrogate pair stands alone in it.
    halves: bool,
    // Strings are only gone past.
    quiet: bool,
}

impl<'t> Scanner<'t> {
    pub(crate) fn new(text: &'t str, at: usize) -> Self {
        let mut scanner = Self {
            text,
            at,
            state: State::Value,
            open: Vec::new(),
            token: Token::default(),
            fault: Fault { at, message: "", too_deep: false },
            decoded: String::new(),
            halves: false,
            quiet: false,
        };
        scanner.skip_blanks();
        scanner
    }

    /// What was read last.
    pub(crate) fn token(&self) -> Token {
        self.token
    }

    /// The text of the string with an escape that was read last, with U+FFFD for each half of a surrogate pair that stands alone;
    /// whether there is one.
    pub(crate) fn decoded(&self) -> (&str, bool) {
        (&self.decoded, self.halves)
    }

    /// Why reading stopped.
    pub(crate) fn fault(&self) -> Fault {
        self.fault
    }

    /// Where the next byte stands. Before a value, that is its first; behind one, the first that does not belong to it.
    pub(crate) fn place(&self) -> usize {
        self.at
    }

    /// The next byte.
    pub(crate) fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes on to the next value or key, or past the end of an array or object.
    pub(crate) fn step(&mut self) -> Result<Step, Stopped> {
        self.skip_blanks();
        match (self.state, self.open.last().copied(), self.byte()) {
            (State::Value, _, _) => Ok(Step::Value),
            (State::Ended, Some(kind), Some(b',')) => {
                let comma = self.at;
                self.at += 1;
                self.skip_blanks();
                if matches!(self.byte(), Some(b']' | b'}')) {
                    return self.stop(comma, "a comma that nothing comes after: JSON takes none behind the last value");
                }
                self.item(kind)
            }
            (_, Some(Kind::Object), Some(b'}')) | (_, Some(Kind::Array), Some(b']')) => {
                self.open.pop();
                self.state = State::Ended;
                self.at += 1;
                self.token = Token { start: self.at - 1, end: self.at, escaped: false };
                Ok(Step::Close)
            }
            (State::Begun, Some(kind), _) => self.item(kind),
            (State::Ended, Some(kind), found) => self.stop(self.at, no_separator(found, kind)),
            (_, None, None) => Ok(Step::End),
            (_, None, Some(_)) => self.stop(self.at, "the value ends before this: JSON holds one value"),
        }
    }

    fn item(&mut self, kind: Kind) -> Result<Step, Stopped> {
        self.state = State::Value;
        if kind == Kind::Array { Ok(Step::Value) } else { self.key().map(|()| Step::Key) }
    }

    /// A key and its colon, up to the value.
    fn key(&mut self) -> Result<(), Stopped> {
        if self.byte() != Some(b'"') {
            return self.stop(self.at, no_key(self.byte()));
        }
        self.string()?;
        self.skip_blanks();
        if !self.skip(|byte| byte == b':') {
            return self.stop(self.at, "a `:` has to stand between a key and its value");
        }
        self.skip_blanks();
        Ok(())
    }

    /// Reads a value, or the first byte of one that holds others. Blanks before it were passed by what led here.
    pub(crate) fn value(&mut self) -> Result<Value, Stopped> {
        self.state = State::Ended;
        match self.byte() {
            Some(b'"') => self.string().map(|()| Value::Text),
            Some(b'{') => self.enter(Kind::Object).map(|()| Value::Object),
            Some(b'[') => self.enter(Kind::Array).map(|()| Value::Array),
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| Value::Plain),
            Some(b't') => self.word("true").map(|()| Value::Plain),
            Some(b'f') => self.word("false").map(|()| Value::Plain),
            Some(b'n') => self.word("null").map(|()| Value::Plain),
            found => self.stop(self.at, no_value(found)),
        }
    }

    /// Goes past a whole value, which is the token then.
    pub(crate) fn whole(&mut self) -> Result<(), Stopped> {
        let (start, depth) = (self.at, self.open.len());
        self.quiet = true;
        self.value()?;
        while self.open.len() > depth {
            if self.step()? != Step::Close {
                self.value()?;
            }
        }
        self.quiet = false;
        self.token = Token { start, end: self.at, escaped: false };
        Ok(())
    }

    #[cold]
    fn stop<T>(&mut self, at: usize, message: &'static str) -> Result<T, Stopped> {
        self.fault = Fault { at, message, too_deep: false };
        Err(Stopped)
    }

    fn enter(&mut self, kind: Kind) -> Result<(), Stopped> {
        if self.open.len() >= MAX_LEVELS {
            self.fault = Fault { at: self.at, message: "nested deeper than the 255 levels that are read", too_deep: true };
            return Err(Stopped);
        }
        self.open.push(kind);
        self.state = State::Begun;
        self.at += 1;
        self.token = Token { start: self.at - 1, end: self.at, escaped: false };
        Ok(())
    }

    /// Most strings have no escape.
    fn string(&mut self) -> Result<(), Stopped> {
        let start = self.at;
        let rest = self.text.as_bytes().get(start + 1..).unwrap_or(&[]);
        let length = plain_length(rest);
        if rest.get(length) != Some(&b'"') {
            return self.string_with_escapes(start);
        }
        self.at = start + length + 2;
        self.token = Token { start, end: self.at, escaped: false };
        Ok(())
    }

    #[inline(never)]
    fn string_with_escapes(&mut self, start: usize) -> Result<(), Stopped> {
        self.decoded.clear();
        self.halves = false;
        let mut run = start + 1;
        loop {
            let rest = self.text.as_bytes().get(run..).unwrap_or(&[]);
            let length = plain_length(rest);
            let end = run + length;
            if !self.quiet {
                self.decoded.push_str(self.text.get(run..end).unwrap_or(""));
            }
            match rest.get(length) {
                Some(b'"') => {
                    self.at = end + 1;
                    self.token = Token { start, end: end + 1, escaped: true };
                    return Ok(());
                }
                Some(b'\\') => run = self.escape(end)?,
                Some(byte) => return self.stop(end, control_character(*byte)),
                None => return self.stop(start, "a quote that nothing closes: close it where the string ends"),
            }
        }
    }

    fn escape(&mut self, backslash: usize) -> Result<usize, Stopped> {
        let (character, after) = match escape(self.text.as_bytes(), backslash) {
            Ok(found) => found,
            Err(at) => return self.stop(at, no_escape(at == backslash + 1)),
        };
        if !self.quiet {
            self.decoded.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
            self.halves |= character.is_none();
        }
        Ok(after)
    }

    fn number(&mut self) -> Result<(), Stopped> {
        let start = self.at;
        self.skip(|byte| byte == b'-');
        if self.skip(|byte| byte == b'0') {
            if self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
                return self.stop(self.at - 1, "a number in JSON has no zeros in front");
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
        self.token = Token { start, end: self.at, escaped: false };
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Stopped> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or(&[]);
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { self.stop(self.at, "a digit has to stand here for this to be a number") } else { Ok(()) }
    }

    fn word(&mut self, word: &str) -> Result<(), Stopped> {
        let start = self.at;
        if !self.text.as_bytes().get(start..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            return self.stop(start, UNQUOTED);
        }
        self.at += word.len();
        self.token = Token { start, end: self.at, escaped: false };
        Ok(())
    }

    fn skip(&mut self, which: impl Fn(u8) -> bool) -> bool {
        let found = self.byte().is_some_and(which);
        self.at += usize::from(found);
        found
    }

    #[inline(always)]
    fn skip_blanks(&mut self) {
        // Most of what comes is no blank, which one comparison tells.
        while self.skip(|byte| byte <= b' ' && matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {}
    }
}

/// How many bytes of a string come before the first quote, backslash or control character. Eight at a time: it is where reading
/// spends its time.
#[inline(always)]
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
