//! Tokens of an expression.

use std::ops::Range;

use super::ExpressionError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Literal,
    Text,
    /// A name; what it names depends on what stands around it.
    Name,
    Wildcard,
    Dot,
    Comma,
    OpenIndex,
    CloseIndex,
    OpenGroup,
    CloseGroup,
    Not,
    And,
    Or,
    Equality,
    Order,
}

/// The token that begins at or after `from`, and its bytes. `operand` says that an operand may stand here: only then is `.5` a
/// number and not a property.
pub(super) fn next(text: &str, from: usize, operand: bool) -> Option<Result<(Token, Range<usize>), ExpressionError>> {
    let rest = text.get(from..)?;
    let start = from + (rest.len() - rest.trim_start().len());
    let rest = text.get(start..)?;
    let first = rest.chars().next()?;
    let second = rest.chars().nth(1);
    let token = |token, length| Some(Ok((token, start..start + length)));
    match (first, second) {
        ('(', _) => token(Token::OpenGroup, 1),
        (')', _) => token(Token::CloseGroup, 1),
        ('[', _) => token(Token::OpenIndex, 1),
        (']', _) => token(Token::CloseIndex, 1),
        (',', _) => token(Token::Comma, 1),
        ('*', _) => token(Token::Wildcard, 1),
        ('!' | '=', Some('=')) => token(Token::Equality, 2),
        ('!', _) => token(Token::Not, 1),
        ('&', Some('&')) => token(Token::And, 2),
        ('|', Some('|')) => token(Token::Or, 2),
        ('<' | '>', Some('=')) => token(Token::Order, 2),
        ('<' | '>', _) => token(Token::Order, 1),
        ('.', _) if !operand => token(Token::Dot, 1),
        ('\'', _) => Some(quoted(rest, start)),
        ('.' | '-' | '+' | '0'..='9', _) => Some(number(rest, start)),
        _ => Some(word(rest, start)),
    }
}

fn quoted(rest: &str, start: usize) -> Result<(Token, Range<usize>), ExpressionError> {
    let bytes = rest.as_bytes();
    let mut at = 1;
    loop {
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b'\''), Some(b'\'')) => at += 2,
            (Some(b'\''), _) => return Ok((Token::Text, start..start + at + 1)),
            (Some(_), _) => at += 1,
            (None, _) => return Err(ExpressionError { at: start, message: "this text is not closed by `'`" }),
        }
    }
}

fn ends_word(character: char) -> bool {
    character.is_whitespace() || matches!(character, '(' | ')' | '[' | ']' | ',' | '.' | '!' | '>' | '<' | '=' | '&' | '|')
}

fn number(rest: &str, start: usize) -> Result<(Token, Range<usize>), ExpressionError> {
    let length = rest.find(|c: char| ends_word(c) && c != '.').unwrap_or(rest.len());
    let written = rest.get(..length).unwrap_or("");
    let digits = |prefix: &str, radix| {
        let digits = written.strip_prefix(prefix);
        digits.is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix)))
    };
    if digits("0x", 16) || digits("0o", 8) || is_decimal(written) || matches!(written, "-Infinity" | "+Infinity") {
        return Ok((Token::Literal, start..start + length.max(1)));
    }
    Err(ExpressionError { at: start, message: "this is not a number" })
}

// Digits with at most one dot among them, then perhaps an exponent. By hand, since reading a float takes tables of 10 KB.
fn is_decimal(written: &str) -> bool {
    let unsigned = |text: &str| text.strip_prefix(['-', '+']).unwrap_or(text).to_owned();
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match written.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(unsigned(exponent))),
        None => (written, None),
    };
    let mantissa = unsigned(mantissa);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((&mantissa, ""));
    let some = !(whole.is_empty() && fraction.is_empty());
    some && digits(whole) && digits(fraction) && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(&exponent))
}

fn word(rest: &str, start: usize) -> Result<(Token, Range<usize>), ExpressionError> {
    let length = rest.find(ends_word).unwrap_or(rest.len());
    let written = rest.get(..length).unwrap_or("");
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    let other = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if written.starts_with(first) && written.chars().all(other) {
        return Ok((Token::Name, start..start + length));
    }
    Err(ExpressionError { at: start, message: "this is not a part of any expression" })
}
