//! Baselines: the findings that were there when a team began. No value of a file stands in one.

use crate::api::{CONFIDENCES, SEVERITIES};
use crate::inspect::FindingRow;
use crate::json::reader::{Others, Reader, Slot, may, must};
use crate::map::Map;
use crate::report::BaselineReport;
use crate::rule::{Confidence, Severity};
use crate::secret::clean;
use crate::source::Origin;

/// The version of a baseline's form.
pub const BASELINE_VERSION: u32 = 1;

/// A baseline that the host gave.
#[derive(Clone, Copy, Debug)]
pub struct BaselineInput<'a> {
    /// Its path.
    pub path: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Who could have written it.
    pub origin: Origin,
}

/// A baseline that was read.
#[derive(Debug)]
pub struct Baseline {
    path: String,
    origin: Origin,
    // By fingerprint.
    entries: Map<String, Entry>,
}

#[derive(Debug)]
struct Entry {
    path: String,
    rule: String,
    // How bad it was.
    severity: Severity,
    confidence: Confidence,
    // Whether it was met, and whether it may do anything there.
    met: Option<bool>,
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(input: BaselineInput<'_>) -> Result<Self, String> {
        let path = clean(input.path);
        let said = |what: &str| format!("the baseline {path} cannot be read: {what}");
        let text = std::str::from_utf8(input.bytes).map_err(|_| said("it is not UTF-8"))?;
        let (mut version, mut prints) = (0, Vec::new());
        let mut reader = Reader::new(text);
        let read = reader.object(
            Others::Refused,
            &mut [
                must("baseline", Slot::Number(&mut version)),
                must(
                    "findings",
                    Slot::With(&mut |reader| {
                        reader.list_into(&mut prints, |reader| {
                            let (mut print, mut rule, mut path) = (String::new(), String::new(), String::new());
                            let (mut severity, mut confidence) = (Severity::Critical, Confidence::High);
                            reader.object(
                                Others::Refused,
                                &mut [
                                    must("fingerprint", Slot::Text(&mut print)),
                                    may("rule", Slot::Text(&mut rule)),
                                    may("path", Slot::Text(&mut path)),
                                    may("severity", Slot::With(&mut |reader| reader.name(&SEVERITIES).map(|read| severity = read))),
                                    may(
                                        "confidence",
                                        Slot::With(&mut |reader| reader.name(&CONFIDENCES).map(|read| confidence = read)),
                                    ),
                                ],
                            )?;
                            Ok((print, Entry { path, rule, severity, confidence, met: None }))
                        })
                    }),
                ),
            ],
        );
        read.and_then(|()| reader.end()).map_err(|fault| said(&fault.message()))?;
        if version != BASELINE_VERSION {
            return Err(said("it is of another version: make it anew by `gatepost baseline create`"));
        }
        let mut entries = Map::new();
        entries.extend(prints);
        Ok(Self { path, origin: input.origin, entries })
    }

    /// Whether the baseline takes a finding out of the decision. `locked` is one that nothing may loosen, `taken` one that another
    /// baseline has taken out already.
    /// What has become worse since is not what it lists.
    pub(crate) fn takes(&mut self, row: &FindingRow, locked: bool, taken: bool) -> bool {
        match self.entries.get_mut(&row.fingerprint) {
            Some(entry) => {
                let as_bad = entry.severity >= row.severity && entry.confidence >= row.confidence;
                let takes = self.origin.may_loosen() && !locked && as_bad;
                entry.met = Some(takes || taken);
                takes
            }
            None => false,
        }
    }

    /// What became of it. Of a finding that was not met it can only be told that it is gone where its rule, named second, looked at its
    /// file.
    pub(crate) fn report(&self, looked_at: &dyn Fn(&str, &str) -> bool) -> BaselineReport {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let count = |state| number(self.entries.values().filter(|entry| entry.met == state).count());
        let gone = self.entries.values().filter(|entry| entry.met.is_none() && looked_at(&entry.path, &entry.rule)).count();
        BaselineReport {
            path: self.path.clone(),
            origin: self.origin,
            entries: u32::try_from(self.entries.len()).unwrap_or(u32::MAX),
            used: count(Some(true)),
            gone: number(gone),
            not_granted: count(Some(false)),
        }
    }
}
