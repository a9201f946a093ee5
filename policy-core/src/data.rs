//! Snapshots of facts that change outside of a repository: archived actions, labels of runners, advisories. Each has an id and a
//! date, is one text file that a person can review, and can be replaced by a request, so that a gate changes when its owner wants.
//!
//! The file begins with comments, among them `# id: archived-actions`, `# date: 2026-11-23` and at least one `# source: …`. Then
//! each line is an entry: a key in lower case and, each behind a tab, its fields. Lines are sorted by their bytes, so that a key is
//! found without building an index.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::api::Options;

/// A snapshot that the rules know: the one that is built in, and what its entries must hold.
pub struct BuiltIn {
    /// Its id, in kebab case.
    pub id: &'static str,
    /// Its text.
    pub text: &'static str,
    /// Whether a key may have several entries.
    pub repeats: bool,
    /// Whether an entry, a key and its fields, has the form that the rules read. If not: what to do.
    pub check: fn(&str, &str) -> Result<(), &'static str>,
    // Made when they are first asked for: every step of every file asks.
    view: OnceLock<Snapshot<'static>>,
    filter: OnceLock<Filter>,
    keys: OnceLock<Vec<&'static str>>,
}

/// The snapshots that a call has.
pub type DataSet = &'static [&'static BuiltIn];

/// Why a text is no snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct SnapshotError {
    /// The line, from one.
    pub line: usize,
    /// What is wrong and what to do. It never quotes the text.
    pub what: &'static str,
}

/// A view of a snapshot's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot<'a> {
    /// Names what it lists.
    pub id: &'a str,
    /// The day that it was made, `2026-11-23`.
    pub date: &'a str,
    entries: &'a str,
    // Of what is built in: which keys are certainly not there. Most of what is asked for is not.
    filter: Option<&'a Filter>,
}

/// A bit for each of two hashes of each key.
type Filter = [u64; 32];

fn filter(snapshot: Snapshot<'_>) -> Filter {
    let mut filter = [0; 32];
    for (at, bit) in snapshot.entries().flat_map(|(key, _)| bits(key)) {
        filter.get_mut(at).into_iter().for_each(|word| *word |= bit);
    }
    filter
}

fn bits(key: &str) -> [(usize, u64); 2] {
    let hash = key
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3));
    [hash >> 17, hash >> 41].map(|hash| ((hash >> 6) as usize & 31, 1 << (hash & 63)))
}

impl std::fmt::Debug for BuiltIn {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.id)
    }
}

impl BuiltIn {
    /// A snapshot that is built in.
    #[must_use]
    pub const fn new(
        id: &'static str,
        text: &'static str,
        repeats: bool,
        check: fn(&str, &str) -> Result<(), &'static str>,
    ) -> Self {
        Self { id, text, repeats, check, view: OnceLock::new(), filter: OnceLock::new(), keys: OnceLock::new() }
    }

    /// The day that it was made.
    #[must_use]
    pub fn date(&self) -> &'static str {
        Snapshot::view(self.text).0.date
    }

    /// The snapshot that a run goes by: that of the request, older or newer, or the one that is built in.
    #[must_use]
    pub fn of<'o>(&'static self, options: &'o Options) -> Snapshot<'o> {
        let built_in = || {
            let snapshot = Snapshot::view(self.text).0;
            Snapshot { filter: Some(self.filter.get_or_init(|| filter(snapshot))), ..snapshot }
        };
        match options.data.get(self.id) {
            Some(text) => Snapshot::view(text).0,
            None => *self.view.get_or_init(built_in),
        }
    }

    /// The keys of the snapshot that a run goes by, for rules that look at all of them.
    #[must_use]
    pub fn keys<'o>(&'static self, options: &'o Options) -> Cow<'o, [&'o str]> {
        match options.data.get(self.id) {
            Some(text) => Cow::Owned(keys(text)),
            None => Cow::Borrowed(self.keys.get_or_init(|| keys(self.text))),
        }
    }

    /// Reads a text that is to stand in for the one that is built in.
    ///
    /// # Errors
    /// When it is no snapshot, one of something else, or an entry does not have the form that the rules read.
    pub fn read<'t>(&self, text: &'t str) -> Result<Snapshot<'t>, SnapshotError> {
        let snapshot = Snapshot::read(text)?;
        if snapshot.id != self.id {
            return Err(SnapshotError { line: 1, what: "`# id:` names another snapshot: give each under its own id" });
        }
        let mut before = "";
        let lines = Snapshot::view(text).1..;
        for (line, (key, fields)) in lines.zip(snapshot.entries()) {
            (self.check)(key, fields).map_err(|what| SnapshotError { line, what })?;
            if key == before && !self.repeats {
                return Err(SnapshotError { line, what: "the key stands there already: leave one of the two out" });
            }
            before = key;
        }
        Ok(snapshot)
    }
}

impl<'a> Snapshot<'a> {
    /// Reads a text whole and holds it against the form.
    ///
    /// # Errors
    /// At the first line that is not of the form.
    pub fn read(text: &'a str) -> Result<Self, SnapshotError> {
        let (snapshot, first) = Self::view(text);
        let header = |what| Err(SnapshotError { line: 1, what });
        if !is_id(snapshot.id) {
            return header("begin the file with `# id: …`, the name of the snapshot in kebab case");
        }
        if !is_date(snapshot.date) {
            return header("add a line `# date: …` with the day of the snapshot, as in 2026-11-23");
        }
        if !header_lines(text).any(|line| value(line, "source").is_some_and(|source| !source.is_empty())) {
            return header("add a line `# source: …` that says where the entries come from");
        }
        let mut before = "";
        for (line, entry) in (first..).zip(lines(snapshot.entries)) {
            check_entry(before, entry).map_err(|what| SnapshotError { line, what })?;
            before = entry;
        }
        Ok(snapshot)
    }

    // Without a look at the entries, since texts are checked once and used often. With the number of the first entry's line.
    fn view(text: &'a str) -> (Self, usize) {
        let mut snapshot = Self { id: "", date: "", entries: "", filter: None };
        let (mut length, mut first) = (0, 1);
        for line in header_lines(text) {
            snapshot.id = value(line, "id").filter(|_| snapshot.id.is_empty()).unwrap_or(snapshot.id);
            snapshot.date = value(line, "date").filter(|_| snapshot.date.is_empty()).unwrap_or(snapshot.date);
            length += line.len() + 1;
            first += 1;
        }
        snapshot.entries = text.get(length..).unwrap_or("");
        (snapshot, first)
    }

    fn may_have(&self, key: &str) -> bool {
        let Some(filter) = self.filter else { return true };
        bits(key).into_iter().all(|(at, bit)| filter.get(at).is_some_and(|word| word & bit != 0))
    }

    /// Whether a key is listed. Letters of ASCII match in upper and lower case.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The fields of a key's first entry, apart by tabs; empty where it has none.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.all(key).next()
    }

    /// The fields of each of a key's entries. Letters of ASCII match in upper and lower case.
    pub fn all<'k>(&self, key: &'k str) -> impl Iterator<Item = &'a str> + use<'a, 'k> {
        let start = if self.may_have(key) { self.first_at_or_after(key) } else { self.entries.len() };
        let from = self.entries.get(start..).unwrap_or("");
        let same = move |(found, fields): (&'a str, &'a str)| found.eq_ignore_ascii_case(key).then_some(fields);
        lines(from).map(split).map_while(same)
    }

    /// Every entry: its key and its fields.
    pub fn entries(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        lines(self.entries).map(split)
    }

    /// How a finding says what it rests on: an attribute with the id and the date.
    #[must_use]
    pub fn attribute(&self) -> (&'static str, String) {
        ("snapshot", format!("{} {}", self.id, self.date))
    }

    // Where the first line begins whose key is not before the one sought.
    fn first_at_or_after(&self, key: &str) -> usize {
        let bytes = self.entries.as_bytes();
        let (mut low, mut high) = (0, bytes.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let start = memchr::memrchr(b'\n', bytes.get(low..middle).unwrap_or(&[])).map_or(low, |at| low + at + 1);
            let rest = bytes.get(start..).unwrap_or(&[]);
            let line = rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len())).unwrap_or(&[]);
            let found = line.get(..memchr::memchr(b'\t', line).unwrap_or(line.len())).unwrap_or(&[]);
            if found.iter().copied().lt(key.bytes().map(|byte| byte.to_ascii_lowercase())) {
                low = (start + line.len() + 1).min(high);
            } else {
                high = start;
            }
        }
        low
    }
}

fn keys(text: &str) -> Vec<&str> {
    Snapshot::view(text).0.entries().map(|(key, _)| key).collect()
}

fn header_lines(text: &str) -> impl Iterator<Item = &str> {
    lines(text).take_while(|line| line.starts_with('#'))
}

// `str::lines` takes `\r` away, and an entry must not end in one.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        let line = rest.get(..end)?;
        rest = rest.get(end + 1..).unwrap_or("");
        Some(line)
    })
}

fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.strip_prefix("# ")?.strip_prefix(name)?.strip_prefix(':').map(str::trim)
}

fn split(entry: &str) -> (&str, &str) {
    let at = memchr::memchr(b'\t', entry.as_bytes()).unwrap_or(entry.len());
    (entry.get(..at).unwrap_or(""), entry.get(at + 1..).unwrap_or(""))
}

fn check_entry(before: &str, entry: &str) -> Result<(), &'static str> {
    let (key, fields) = split(entry);
    if entry.starts_with('#') {
        return Err("comments stand before the first entry: move it there");
    }
    if key.is_empty() {
        return Err("the line has no key: remove the line or begin it with one");
    }
    if entry.ends_with('\r') {
        return Err("the line ends in a carriage return: write the file with line feeds alone");
    }
    if !key.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase()) {
        return Err("a key is one word of ASCII in lower case: mend it, and put a tab between key and fields");
    }
    if fields.contains(|c: char| c.is_control() && c != '\t') || entry.ends_with('\t') {
        return Err("fields are apart by one tab and hold text: remove control characters and a tab at the end");
    }
    match before.cmp(entry) {
        std::cmp::Ordering::Less => Ok(()),
        std::cmp::Ordering::Equal => Err("the line stands there already: remove one of the two"),
        std::cmp::Ordering::Greater => Err("the line belongs above the one before it: sort the lines with `LC_ALL=C sort`"),
    }
}

fn is_id(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_date(date: &str) -> bool {
    let mut parts = date.split('-');
    let mut number = |digits: usize, most: u32| {
        let part = parts.next().filter(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()));
        part.and_then(|part| part.parse::<u32>().ok()).is_some_and(|number| (1..=most).contains(&number))
    };
    number(4, 9999) && number(2, 12) && number(2, 31) && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::{BuiltIn, Snapshot, SnapshotError};

    use crate::api::Options;

    const HEADER: &str = "# Some list.\n# id: some-list\n# date: 2026-11-23\n# source: somewhere\n";

    fn text(entries: &str) -> String {
        format!("{HEADER}{entries}")
    }

    #[test]
    fn entries_are_found_by_key_in_any_case() {
        let text = text("a\na-b\tone\ttwo\na-b\tthree\na/b\nb\tfour\nzz\tfive");
        let snapshot = Snapshot::read(&text).ok();
        let all = |key| snapshot.map(|found| found.all(key).collect::<Vec<_>>()).unwrap_or_default();
        assert_eq!(snapshot.map(|found| (found.id, found.date)), Some(("some-list", "2026-11-23")));
        assert_eq!(all("a"), [""]);
        assert_eq!(all("A-B"), ["one\ttwo", "three"]);
        assert_eq!(all("a/b"), [""]);
        assert_eq!(all("B"), ["four"]);
        assert_eq!(all("zz"), ["five"]);
        for lacking in ["", "0", "a-", "a-bc", "a0", "c", "zzz", "a-b\tone"] {
            assert!(all(lacking).is_empty(), "{lacking}");
        }
        assert_eq!(snapshot.map(|found| found.entries().count()), Some(6));
        assert_eq!(snapshot.map(|found| found.attribute().1), Some("some-list 2026-11-23".to_owned()));
    }

    #[test]
    fn every_key_of_a_long_list_is_found() {
        let keys: Vec<String> = (0..500).map(|number| format!("key-{number:04}{}", "x".repeat(number % 7))).collect();
        let text = text(&keys.join("\n"));
        let snapshot = Snapshot::read(&text);
        for key in &keys {
            assert!(snapshot.is_ok_and(|found| found.has(key) && !found.has(&format!("{key}y"))), "{key}");
        }
    }

    #[test]
    fn a_list_may_be_empty() {
        assert!(Snapshot::read(HEADER).is_ok_and(|found| !found.has("a") && found.entries().next().is_none()));
        assert!(Snapshot::read(HEADER.trim_end()).is_ok());
    }

    #[test]
    fn what_is_not_of_the_form_is_refused_at_its_line() {
        let refused = |text: &str| Snapshot::read(text).err().map(|error| error.line);
        for (text, line) in [
            ("", 1),
            ("a\nb\n", 1),
            ("# id: Some List\n# date: 2026-11-23\n# source: x\n", 1),
            ("# id: a\n# source: x\n", 1),
            ("# id: a\n# date: 2026-13-01\n# source: x\n", 1),
            ("# id: a\n# date: 2026-1-01\n# source: x\n", 1),
            ("# id: a\n# date: 2026-11-23\n", 1),
            (&text("a\n# more\nb\n"), 6),
            (&text("a\n\nb\n"), 6),
            (&text("a\r\nb\r\n"), 5),
            (&text("b\na\n"), 6),
            (&text("a\na\n"), 6),
            (&text("A\n"), 5),
            (&text("a b\n"), 5),
            (&text("\u{e4}\n"), 5),
            (&text("a\tx\u{7}\n"), 5),
            (&text("a\t\n"), 5),
        ] {
            assert_eq!(refused(text), Some(line), "{text}");
        }
    }

    static KNOWN: BuiltIn = BuiltIn::new("some-list", "", false, |_, fields| if fields == "bad" { Err("no") } else { Ok(()) });

    #[test]
    fn a_known_snapshot_is_held_against_its_own_form() {
        assert!(KNOWN.read(&text("a\nb\tx\n")).is_ok());
        assert_eq!(KNOWN.read(&text("a\nb\tbad\n")).err(), Some(SnapshotError { line: 6, what: "no" }));
        assert_eq!(KNOWN.read(&text("a\ta\na\tb\n")).err().map(|error| error.line), Some(6));
        assert!(KNOWN.read(&HEADER.replace("some-list", "other-list")).is_err());
    }

    #[test]
    fn a_request_has_the_last_word() {
        let mut options = Options::default();
        assert_eq!(KNOWN.of(&options).id, "");
        options.data.insert("some-list".to_owned(), text("a\n"));
        assert!(KNOWN.of(&options).has("a"));
    }
}
