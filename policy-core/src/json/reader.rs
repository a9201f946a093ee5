//! JSON to values of known types, as hosts send it: strict, in one pass, and what is wrong is said with its place and the path of its
//! key, never with a value.

use std::borrow::Cow;
use std::fmt::Write;

use super::scan::{Scanner, Step, Value};
use crate::secret::is_clean;
use crate::text::did_you_mean;

/// What a type reads, or why it cannot.
pub(crate) type Parsed<T> = Result<T, Box<Fault>>;

/// What is wrong with a text, and where.
#[derive(Debug)]
pub(crate) struct Fault {
    /// The byte.
    pub(crate) at: usize,
    /// What to do, where there is something to say.
    pub(crate) hint: Option<String>,
    what: What,
    // The keys and indices down to it, the innermost first.
    path: Vec<Part>,
}

#[derive(Debug)]
enum What {
    /// It is no JSON.
    Syntax(&'static str),
    /// What is said of the value at the path.
    Value(Cow<'static, str>),
    /// The key, if it may be shown, that the object at the path does not know.
    UnknownKey(Option<String>),
}

#[derive(Debug)]
enum Part {
    Key(&'static str),
    Index(usize),
    /// A key that the host chose.
    Any,
}

impl Fault {
    fn new(at: usize, what: What) -> Box<Self> {
        Box::new(Self { at, hint: None, what, path: Vec::new() })
    }

    fn below(mut self: Box<Self>, part: Part) -> Box<Self> {
        self.path.push(part);
        self
    }

    /// What is wrong, with the path of the key.
    pub(crate) fn message(&self) -> String {
        let mut path = String::new();
        for part in self.path.iter().rev() {
            // Writing to a String does not fail.
            let _ = match part {
                Part::Key(key) if path.is_empty() => write!(path, "{key}"),
                Part::Key(key) => write!(path, ".{key}"),
                Part::Index(at) => write!(path, "[{at}]"),
                Part::Any => write!(path, "[…]"),
            };
        }
        match &self.what {
            What::Syntax(message) => (*message).to_owned(),
            What::Value(said) if path.is_empty() => format!("this {said}"),
            What::Value(said) => format!("`{path}` {said}"),
            What::UnknownKey(key) => {
                let key = key.as_ref().map_or(String::new(), |key| format!(" `{key}`"));
                let place = if path.is_empty() { String::new() } else { format!(" in `{path}`") };
                format!("unknown key{key}{place}")
            }
        }
    }
}

/// Where the value of a key goes.
pub(crate) enum Slot<'s, 't> {
    Text(&'s mut String),
    /// A text, or null.
    MaybeText(&'s mut Option<String>),
    Texts(&'s mut Vec<String>),
    Number(&'s mut u32),
    /// A number, or null.
    MaybeNumber(&'s mut Option<u32>),
    /// A number of 64 bits, or null.
    MaybeSize(&'s mut Option<u64>),
    Flag(&'s mut bool),
    /// What this reads.
    With(&'s mut dyn FnMut(&mut Reader<'t>) -> Parsed<()>),
}

/// A key of an object.
pub(crate) struct Field<'s, 't> {
    name: &'static str,
    needed: bool,
    slot: Slot<'s, 't>,
}

/// A key that has to be there.
pub(crate) fn must<'s, 't>(name: &'static str, slot: Slot<'s, 't>) -> Field<'s, 't> {
    Field { name, needed: true, slot }
}

/// A key that may be left out; then its slot stays as it is.
pub(crate) fn may<'s, 't>(name: &'static str, slot: Slot<'s, 't>) -> Field<'s, 't> {
    Field { name, needed: false, slot }
}

/// What becomes of keys that an object does not know.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    /// They are errors.
    Refused,
    /// They are left aside: another version may have added them.
    Skipped,
}

/// A place in a text of JSON.
pub(crate) struct Reader<'t> {
    text: &'t str,
    scanner: Scanner<'t>,
}

impl<'t> Reader<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, scanner: Scanner::new(text, 0) }
    }

    /// An object of which the keys are known, each at most once.
    pub(crate) fn object(&mut self, others: Others, fields: &mut [Field<'_, 't>]) -> Parsed<()> {
        let start = self.begin(true)?;
        let (mut seen, mut expected) = (0_u64, 0);
        while self.step()? == Step::Key {
            let place = self.scanner.token().start;
            let key = self.decoded()?;
            // Most writers keep to one order, so that the next key is the first one that is looked at.
            let mut places = (expected..fields.len()).chain(0..expected);
            let is_it = |at: &usize| fields.get(*at).is_some_and(|field| field.name == key);
            let Some(at) = places.find(is_it) else {
                match others {
                    Others::Refused => return Err(unknown_key(place, &key, fields)),
                    Others::Skipped => self.whole()?,
                };
                continue;
            };
            let Some(field) = fields.get_mut(at) else { continue };
            if seen & (1 << at) != 0 {
                return Err(wrong(place, "stands here a second time").below(Part::Key(field.name)));
            }
            seen |= 1 << at;
            expected = at + 1;
            self.fill(&mut field.slot).map_err(|fault| fault.below(Part::Key(field.name)))?;
        }
        match fields.iter().enumerate().find(|(at, field)| field.needed && seen & (1 << at) == 0) {
            Some((_, field)) => Err(wrong(start, "is missing").below(Part::Key(field.name))),
            None => Ok(()),
        }
    }

    fn fill(&mut self, slot: &mut Slot<'_, 't>) -> Parsed<()> {
        match slot {
            Slot::Text(slot) => **slot = self.string()?,
            Slot::MaybeText(slot) => **slot = if self.null()? { None } else { Some(self.string()?) },
            Slot::Texts(slot) => self.list_into(slot, Self::string)?,
            Slot::Number(slot) => **slot = self.number()?,
            Slot::MaybeNumber(slot) => **slot = if self.null()? { None } else { Some(self.number()?) },
            Slot::MaybeSize(slot) => **slot = if self.null()? { None } else { Some(self.size()?) },
            Slot::Flag(slot) => **slot = self.flag()?,
            Slot::With(read) => read(self)?,
        }
        Ok(())
    }

    /// An object whose keys the host chose. `entry` reads the value of a key, and says whether the key is new.
    pub(crate) fn entries(&mut self, entry: &mut dyn FnMut(&mut Self, String) -> Parsed<bool>) -> Parsed<()> {
        self.begin(true)?;
        while self.step()? == Step::Key {
            let place = self.scanner.token().start;
            let key = self.decoded()?.into_owned();
            if !entry(self, key).map_err(|fault| fault.below(Part::Any))? {
                return Err(wrong(place, "has this key a second time"));
            }
        }
        Ok(())
    }

    /// An array, whose items `item` reads one by one.
    pub(crate) fn items(&mut self, item: &mut dyn FnMut(&mut Self) -> Parsed<()>) -> Parsed<()> {
        self.begin(false)?;
        let mut at = 0;
        while self.step()? == Step::Value {
            item(self).map_err(|fault| fault.below(Part::Index(at)))?;
            at += 1;
        }
        Ok(())
    }

    /// An array of what `item` reads.
    pub(crate) fn list<T>(&mut self, item: fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = Vec::new();
        self.list_into(&mut items, item).map(|()| items)
    }

    /// The same, put where it belongs.
    pub(crate) fn list_into<T>(&mut self, items: &mut Vec<T>, item: fn(&mut Self) -> Parsed<T>) -> Parsed<()> {
        self.items(&mut |reader| item(reader).map(|item| items.push(item)))
    }

    /// The beginning of an object, or else of an array, and where it stands.
    fn begin(&mut self, object: bool) -> Parsed<usize> {
        let at = self.place();
        match (self.value()?, object) {
            (Value::Object, true) | (Value::Array, false) => Ok(at),
            (_, true) => Err(wrong(at, "has to be an object")),
            (_, false) => Err(wrong(at, "has to be an array")),
        }
    }

    fn step(&mut self) -> Parsed<Step> {
        self.scanner.step().map_err(|_| self.syntax())
    }

    fn value(&mut self) -> Parsed<Value> {
        self.scanner.value().map_err(|_| self.syntax())
    }

    fn whole(&mut self) -> Parsed<()> {
        self.scanner.whole().map_err(|_| self.syntax())
    }

    #[cold]
    fn syntax(&self) -> Box<Fault> {
        let fault = self.scanner.fault();
        Fault::new(fault.at, What::Syntax(fault.message))
    }

    /// A text.
    pub(crate) fn string(&mut self) -> Parsed<String> {
        self.text().map(Cow::into_owned)
    }

    fn text(&mut self) -> Parsed<Cow<'t, str>> {
        match self.value()? {
            Value::Text => self.decoded(),
            _ => Err(wrong(self.scanner.token().start, "has to be a text")),
        }
    }

    /// A number of 32 bits.
    pub(crate) fn number(&mut self) -> Parsed<u32> {
        let (at, number) = self.whole_number()?;
        let number = number.and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| wrong(at, "has to be a whole number from 0 to 4294967295"))
    }

    fn size(&mut self) -> Parsed<u64> {
        let (at, number) = self.whole_number()?;
        number.ok_or_else(|| wrong(at, "has to be a whole number from 0 to 18446744073709551615"))
    }

    fn whole_number(&mut self) -> Parsed<(usize, Option<u64>)> {
        let plain = self.value()? == Value::Plain;
        Ok((self.scanner.token().start, if plain { self.written().parse().ok() } else { None }))
    }

    /// True or false.
    pub(crate) fn flag(&mut self) -> Parsed<bool> {
        let plain = self.value()? == Value::Plain;
        match self.written() {
            "true" if plain => Ok(true),
            "false" if plain => Ok(false),
            _ => Err(wrong(self.scanner.token().start, "has to be `true` or `false`")),
        }
    }

    /// What a table has for the name that stands here.
    pub(crate) fn name<T: Copy>(&mut self, names: &[(&'static str, T)]) -> Parsed<T> {
        let at = self.place();
        let found = self.choice(&|at| names.get(at).map(|(name, _)| *name))?;
        names.get(found).map(|(_, value)| *value).ok_or_else(|| wrong(at, "is not known"))
    }

    // The same code for every table.
    fn choice(&mut self, name: &dyn Fn(usize) -> Option<&'static str>) -> Parsed<usize> {
        let at = self.place();
        let text = self.text()?;
        let names = || (0..).map_while(name);
        names().position(|name| name == text).ok_or_else(|| unknown_name(at, &text, &names().collect::<Vec<_>>()))
    }

    /// Whether null stands here, which is then read.
    pub(crate) fn null(&mut self) -> Parsed<bool> {
        Ok(self.scanner.byte() == Some(b'n') && self.value()? == Value::Plain)
    }

    /// Where the next value begins.
    pub(crate) fn place(&self) -> usize {
        self.scanner.place()
    }

    /// A whole value as it is written.
    pub(crate) fn raw(&mut self) -> Parsed<&'t str> {
        self.whole()?;
        Ok(self.written())
    }

    /// Holds that nothing comes after the value.
    pub(crate) fn end(&mut self) -> Parsed<()> {
        self.step().map(|_| ())
    }

    /// What is written from a byte to the end of what was read last.
    pub(crate) fn since(&self, start: usize) -> &'t str {
        self.text.get(start..self.scanner.place()).unwrap_or("")
    }

    /// What was read last as it is written.
    fn written(&self) -> &'t str {
        let token = self.scanner.token();
        self.text.get(token.start..token.end).unwrap_or("")
    }

    /// The text of the string that was read last, of which most is a slice of what is written.
    fn decoded(&self) -> Parsed<Cow<'t, str>> {
        let token = self.scanner.token();
        if !token.escaped {
            return Ok(Cow::Borrowed(self.text.get(token.start + 1..token.end.saturating_sub(1)).unwrap_or("")));
        }
        match self.scanner.decoded() {
            (text, false) => Ok(Cow::Owned(text.to_owned())),
            (_, true) => Err(wrong(token.start, "has an escape of half a character (a surrogate without its pair)")),
        }
    }
}

/// Says something of the value at a place.
pub(crate) fn wrong(at: usize, said: &'static str) -> Box<Fault> {
    Fault::new(at, What::Value(Cow::Borrowed(said)))
}

// Only the shape of the host's own text is checked before it is shown.
fn unknown_key(at: usize, key: &str, fields: &[Field<'_, '_>]) -> Box<Fault> {
    let word = !key.is_empty() && key.len() <= 40 && key.chars().all(|c| c.is_ascii_alphabetic());
    let shown = (word && is_clean(key)).then(|| key.to_owned());
    let known: Vec<&str> = fields.iter().map(|field| field.name).collect();
    let hint = match did_you_mean(key, &known) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("known keys here are {}", known.join(", ")),
    };
    let mut fault = Fault::new(at, What::UnknownKey(shown));
    fault.hint = Some(hint);
    fault
}

fn unknown_name(at: usize, text: &str, names: &[&str]) -> Box<Fault> {
    let mut fault = Fault::new(at, What::Value(Cow::Owned(format!("has to be one of `{}`", names.join("`, `")))));
    fault.hint = did_you_mean(text, names).map(|meant| format!("did you mean `{meant}`?"));
    fault
}
