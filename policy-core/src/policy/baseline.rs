//! Baselines: the findings that were there when a team began. No value of a file stands in one.

use std::collections::BTreeMap;

use crate::json::reader::{Others, Reader, Slot, may, must};
use crate::report::BaselineReport;
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
    // Whether each was met, and whether it may do anything there.
    entries: BTreeMap<String, Option<bool>>,
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
                            let (mut print, mut others) = (String::new(), [String::new(), String::new()]);
                            let [rule, path] = &mut others;
                            reader.object(
                                Others::Refused,
                                &mut [
                                    must("fingerprint", Slot::Text(&mut print)),
                                    may("rule", Slot::Text(rule)),
                                    may("path", Slot::Text(path)),
                                ],
                            )?;
                            Ok(print)
                        })
                    }),
                ),
            ],
        );
        read.and_then(|()| reader.end()).map_err(|fault| said(&fault.message()))?;
        if version != BASELINE_VERSION {
            return Err(said("it is of another version: make it anew by `gatepost baseline create`"));
        }
        let mut entries = BTreeMap::new();
        entries.extend(prints.into_iter().map(|print| (print, None)));
        Ok(Self { path, origin: input.origin, entries })
    }

    /// Whether the baseline takes a finding out of the decision. `locked` is one that nothing may loosen.
    pub(crate) fn takes(&mut self, fingerprint: &str, locked: bool) -> bool {
        let takes = self.origin.may_loosen() && !locked;
        match self.entries.get_mut(fingerprint) {
            Some(met) => {
                *met = Some(takes);
                takes
            }
            None => false,
        }
    }

    /// What became of it.
    pub(crate) fn report(&self) -> BaselineReport {
        let count = |state| u32::try_from(self.entries.values().filter(|met| **met == state).count()).unwrap_or(u32::MAX);
        BaselineReport {
            path: self.path.clone(),
            origin: self.origin,
            entries: u32::try_from(self.entries.len()).unwrap_or(u32::MAX),
            used: count(Some(true)),
            gone: count(None),
            not_granted: count(Some(false)),
        }
    }
}
