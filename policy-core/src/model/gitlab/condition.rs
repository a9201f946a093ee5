//! `rules:if`: comparisons of variables, read into a small tree and worked out in three values. Source: "CI/CD job rules" of the
//! GitLab documentation.

use std::borrow::Cow;
use std::ops::Range;

pub use crate::read::Truth;

use super::pattern;

/// How deep parentheses are followed.
const MAX_DEPTH: usize = 50;

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term<'t> {
    /// `$NAME`; of `$[[ … ]]`, what stands between the brackets.
    Variable(&'t str),
    /// Text in quotes.
    Text(&'t str),
    /// `/pattern/flags`: the pattern and the flags.
    Pattern(&'t str, &'t str),
    /// `null`
    Null,
}

/// How two sides are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `=~`
    Match,
    /// `!~`
    NoMatch,
}

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition<'t> {
    /// A term alone: whether it is there and not empty.
    Term(Term<'t>, Range<usize>),
    /// A comparison, and where it stands in the text.
    Compare(Term<'t>, Operator, Term<'t>, Range<usize>),
    /// `&&`
    And(Vec<Self>),
    /// `||`
    Or(Vec<Self>),
}

/// What is known of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known<'t> {
    /// Nothing.
    Unknown,
    /// It is not set.
    Null,
    /// Its value.
    Text(Cow<'t, str>),
}

/// Reads a condition; none for what GitLab refuses.
#[must_use]
pub fn parse(text: &str) -> Option<Condition<'_>> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let condition = parser.either()?;
    parser.blanks();
    (parser.at == text.len()).then_some(condition)
}

impl<'t> Condition<'t> {
    /// What it comes to, where variables are what `lookup` says.
    #[must_use]
    pub fn evaluate(&self, lookup: &dyn Fn(&str) -> Known<'t>) -> Truth {
        match self {
            Self::Term(term, _) => match value(term, lookup) {
                Known::Unknown => Truth::Unknown,
                Known::Null => Truth::False,
                Known::Text(text) => Truth::of(!text.is_empty()),
            },
            Self::Compare(left, operator, right, _) => compare(left, *operator, right, lookup),
            Self::And(all) => all.iter().fold(Truth::True, |truth, one| truth.and(one.evaluate(lookup))),
            Self::Or(any) => any.iter().fold(Truth::False, |truth, one| truth.or(one.evaluate(lookup))),
        }
    }

    /// Its comparisons and lone terms, in the order of the text.
    #[must_use]
    pub fn leaves(&self) -> Vec<&Self> {
        match self {
            Self::Term(..) | Self::Compare(..) => vec![self],
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::leaves).collect(),
        }
    }
}

fn value<'t>(term: &Term<'t>, lookup: &dyn Fn(&str) -> Known<'t>) -> Known<'t> {
    match term {
        Term::Variable(name) => lookup(name),
        Term::Text(text) => Known::Text(Cow::Borrowed(text)),
        Term::Pattern(..) => Known::Unknown,
        Term::Null => Known::Null,
    }
}

fn compare<'t>(left: &Term<'t>, operator: Operator, right: &Term<'t>, lookup: &dyn Fn(&str) -> Known<'t>) -> Truth {
    let subject = value(left, lookup);
    let truth = match operator {
        Operator::Equal | Operator::Unequal => match (subject, value(right, lookup)) {
            (Known::Unknown, _) | (_, Known::Unknown) => Truth::Unknown,
            (a, b) => Truth::of(a == b),
        },
        Operator::Match | Operator::NoMatch => {
            let of_variable;
            let (pattern, flags) = match right {
                Term::Pattern(pattern, flags) => (*pattern, *flags),
                _ => match value(right, lookup) {
                    Known::Text(text) => {
                        of_variable = text;
                        match slashed(&of_variable) {
                            Some(found) => found,
                            None => return Truth::Unknown,
                        }
                    }
                    Known::Null | Known::Unknown => return Truth::Unknown,
                },
            };
            match subject {
                Known::Unknown => Truth::Unknown,
                Known::Null => Truth::False,
                Known::Text(text) => pattern::matches(pattern, flags, &text),
            }
        }
    };
    if matches!(operator, Operator::Unequal | Operator::NoMatch) { truth.not() } else { truth }
}

fn slashed(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('/')?.rsplit_once('/')
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn takes(&mut self, token: &str) -> bool {
        self.blanks();
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn either(&mut self) -> Option<Condition<'t>> {
        let mut parts = vec![self.both()?];
        while self.takes("||") {
            parts.push(self.both()?);
        }
        if parts.len() > 1 { Some(Condition::Or(parts)) } else { parts.pop() }
    }

    fn both(&mut self) -> Option<Condition<'t>> {
        let mut parts = vec![self.one()?];
        while self.takes("&&") {
            parts.push(self.one()?);
        }
        if parts.len() > 1 { Some(Condition::And(parts)) } else { parts.pop() }
    }

    fn one(&mut self) -> Option<Condition<'t>> {
        if self.takes("(") {
            self.depth += 1;
            let inner = if self.depth <= MAX_DEPTH { self.either() } else { None };
            self.depth -= 1;
            return inner.filter(|_| self.takes(")"));
        }
        self.blanks();
        let start = self.at;
        let left = self.term()?;
        let known = [("==", Operator::Equal), ("!=", Operator::Unequal), ("=~", Operator::Match), ("!~", Operator::NoMatch)];
        for (token, operator) in known {
            if self.takes(token) {
                let right = self.term()?;
                return Some(Condition::Compare(left, operator, right, start..self.at));
            }
        }
        Some(Condition::Term(left, start..self.at))
    }

    fn term(&mut self) -> Option<Term<'t>> {
        self.blanks();
        let rest = self.rest();
        let first = *rest.as_bytes().first()?;
        match first {
            b'$' => {
                let variable = super::variables::first(rest).filter(|variable| variable.range.start == 0)?;
                self.at += variable.range.end;
                Some(Term::Variable(variable.name))
            }
            b'"' | b'\'' => {
                let inner = rest.get(1..)?;
                let end = inner.find(char::from(first))?;
                self.at += end + 2;
                Some(Term::Text(inner.get(..end)?))
            }
            b'/' => {
                let inner = rest.get(1..)?;
                let end = unescaped_slash(inner)?;
                let flags = inner.get(end + 1..)?;
                let flags = flags.get(..flags.bytes().take_while(u8::is_ascii_lowercase).count())?;
                self.at += end + 2 + flags.len();
                Some(Term::Pattern(inner.get(..end)?, flags))
            }
            _ => {
                let word = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
                self.at += word;
                (rest.get(..word) == Some("null")).then_some(Term::Null)
            }
        }
    }
}

fn unescaped_slash(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'/' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

#[cfg(test)]
mod tests {
    use super::{Known, Truth, parse};

    #[test]
    fn conditions_come_to_three_values() {
        let lookup = |name: &str| match name {
            "A" => Known::Text("main".into()),
            "EMPTY" => Known::Text("".into()),
            "PATTERN" => Known::Text("/^ma/".into()),
            "NONE" => Known::Null,
            _ => Known::Unknown,
        };
        for (text, truth) in [
            ("$A", Truth::True),
            ("$EMPTY", Truth::False),
            ("$NONE", Truth::False),
            ("$X", Truth::Unknown),
            ("$A == \"main\"", Truth::True),
            ("$A != 'main'", Truth::False),
            ("\"main\" == $A", Truth::True),
            ("$NONE == null", Truth::True),
            ("$EMPTY == null", Truth::False),
            ("$EMPTY == \"\"", Truth::True),
            ("$NONE == \"\"", Truth::False),
            ("$A =~ /^main$/", Truth::True),
            ("$A =~ /^MAIN$/i", Truth::True),
            ("$A !~ /dev/", Truth::True),
            ("$A =~ $PATTERN", Truth::True),
            ("$NONE =~ /x/", Truth::False),
            ("$A =~ /[0-9]+(x|y){2}/", Truth::Unknown),
            ("$A && $X", Truth::Unknown),
            ("$NONE && $X", Truth::False),
            ("$A || $X", Truth::True),
            ("$A == \"x\" || $A == \"main\" && $EMPTY", Truth::False),
            ("($A == \"x\" || $A == \"main\") && $A", Truth::True),
            ("$A =~ /^feature\\/x/", Truth::False),
        ] {
            assert_eq!(parse(text).expect("a condition").evaluate(&lookup), truth, "{text}");
        }
        for wrong in ["", "$", "$A =", "$A == main", "($A", "$A)", "$A == \"x", "$A =~ /x", "&& $A"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!(parse(&"(".repeat(10_000)), None);
    }
}
