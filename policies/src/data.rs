//! The snapshots that are built in: one reviewed file each in `data/`, with its date and sources. A request may replace any. The
//! comments at the head of each file say what its fields are.

use policy_core::api::Options;
use policy_core::data::{BuiltIn, DataSet};
use policy_core::rule::Severity;

use crate::version::{Range, Version};

/// All of them, sorted by id.
pub static DATA: DataSet = &[&ARCHIVED_ACTIONS, &HOSTED_RUNNER_LABELS, &POPULAR_ACTIONS, &VULNERABLE_ACTIONS];

/// Repositories of actions that nobody maintains any more.
pub static ARCHIVED_ACTIONS: BuiltIn =
    BuiltIn::new("archived-actions", include_str!("../data/archived-actions.txt"), false, |key, fields| {
        repository(key).and(nothing(fields))
    });

/// Repositories of actions that many use, and whose names others imitate.
pub static POPULAR_ACTIONS: BuiltIn =
    BuiltIn::new("popular-actions", include_str!("../data/popular-actions.txt"), false, |key, fields| {
        repository(key).and(nothing(fields))
    });

/// Labels of the runners that GitHub hosts or hosted. [`runner`] reads the fields.
pub static HOSTED_RUNNER_LABELS: BuiltIn =
    BuiltIn::new("hosted-runner-labels", include_str!("../data/hosted-runner-labels.txt"), false, |_, fields| {
        HostedRunner::read(fields)
            .map(drop)
            .ok_or("write nothing behind a label, or `retired` or `retires`, a tab and a month: 2025-04")
    });

/// Advisories on actions. [`advisories`] reads them.
pub static VULNERABLE_ACTIONS: BuiltIn =
    BuiltIn::new("vulnerable-actions", include_str!("../data/vulnerable-actions.txt"), true, |key, fields| {
        let slug: Vec<&str> = key.splitn(3, '/').collect();
        let owner_and_name = slug.iter().take(2).copied().collect::<Vec<_>>().join("/");
        repository(&owner_and_name)?;
        Advisory::read(fields).map(drop).ok_or(
            "behind the action stand, apart by tabs, a range as `>=4.0.0,<4.1.3`, the release that mends it or `-`, the id of the \
             advisory and its severity: `low`, `medium`, `high` or `critical`",
        )
    });

/// How long there are runners of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostedRunner<'a> {
    /// No end is known.
    Current,
    /// Until this month: `2027-04`.
    Retires(&'a str),
    /// There are none any more, since this month if it is known.
    Retired(Option<&'a str>),
}

impl<'a> HostedRunner<'a> {
    fn read(fields: &'a str) -> Option<Self> {
        let (state, month) = fields.split_once('\t').map_or((fields, None), |(state, month)| (state, Some(month)));
        match (state, month) {
            ("", None) => Some(Self::Current),
            ("retires", Some(month)) if is_month(month) => Some(Self::Retires(month)),
            ("retired", None) => Some(Self::Retired(None)),
            ("retired", Some(month)) if is_month(month) => Some(Self::Retired(Some(month))),
            _ => None,
        }
    }
}

/// What is known of a label; `None` if it is none of GitHub's, so that it names runners of someone's own.
#[must_use]
pub fn runner<'o>(options: &'o Options, label: &str) -> Option<HostedRunner<'o>> {
    HOSTED_RUNNER_LABELS.of(options).get(label).and_then(HostedRunner::read)
}

/// A public advisory on an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advisory<'a> {
    /// What is affected.
    pub range: Range<'a>,
    /// The first release without the defect, as its version is written; not every defect was mended.
    pub fixed: Option<&'a str>,
    /// Its id: `GHSA-mrrh-fwg8-r2c3`.
    pub id: &'a str,
    /// How bad.
    pub severity: Severity,
}

impl<'a> Advisory<'a> {
    fn read(fields: &'a str) -> Option<Self> {
        let mut fields = fields.split('\t');
        let range = Range::parse(fields.next()?)?;
        let fixed = fields.next().filter(|fixed| *fixed == "-" || Version::parse(fixed).is_some())?;
        let id = fields.next().filter(|id| id.starts_with("GHSA-") || id.starts_with("CVE-"))?;
        let severity = match fields.next()? {
            "low" => Severity::Low,
            "medium" => Severity::Medium,
            "high" => Severity::High,
            "critical" => Severity::Critical,
            _ => return None,
        };
        let whole = fields.next().is_none() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        whole.then_some(Self { range, fixed: (fixed != "-").then_some(fixed), id, severity })
    }

    /// Whether it is about what a reference stands for: a version, or a commit. [`Range::affects`] says what a moving tag is.
    #[must_use]
    pub fn affects(&self, git_ref: &str) -> bool {
        self.range.affects(git_ref, self.fixed.and_then(Version::parse))
    }
}

/// The advisories on an action, `owner/name` or `owner/name/path`: those on its repository, and those on that path alone.
pub fn advisories<'o>(options: &'o Options, action: &str) -> Vec<Advisory<'o>> {
    let snapshot = VULNERABLE_ACTIONS.of(options);
    let end = action.match_indices('/').nth(1).map_or(action.len(), |(at, _)| at);
    let repository = action.get(..end).unwrap_or(action);
    let on_path = (end < action.len()).then_some(action);
    [Some(repository), on_path].into_iter().flatten().flat_map(|key| snapshot.all(key)).filter_map(Advisory::read).collect()
}

fn repository(key: &str) -> Result<(), &'static str> {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    match key.split_once('/') {
        Some((owner, name)) if is_name(owner) && is_name(name) => Ok(()),
        _ => Err("begin the line with the repository of the action: `owner/name`"),
    }
}

fn nothing(fields: &str) -> Result<(), &'static str> {
    if fields.is_empty() { Ok(()) } else { Err("nothing stands behind the repository here: remove the tab and what follows") }
}

fn is_month(text: &str) -> bool {
    let is_number = |part: &str, digits: usize| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('-').is_some_and(|(year, month)| is_number(year, 4) && is_number(month, 2) && ("01"..="12").contains(&month))
}

#[cfg(test)]
mod tests {
    use policy_core::api::Options;
    use policy_core::rule::Severity;

    use super::{ARCHIVED_ACTIONS, Advisory, DATA, HostedRunner, POPULAR_ACTIONS, VULNERABLE_ACTIONS, advisories, runner};

    #[test]
    fn what_is_built_in_is_of_the_form() {
        for known in DATA {
            assert_eq!(known.read(known.text).err(), None, "{}", known.id);
        }
        assert!(DATA.is_sorted_by(|a, b| a.id < b.id));
    }

    #[test]
    fn lists_of_actions_are_asked_in_any_case() {
        let options = Options::default();
        assert!(ARCHIVED_ACTIONS.of(&options).has("Actions-RS/Toolchain"));
        assert!(!ARCHIVED_ACTIONS.of(&options).has("actions/checkout"));
        assert!(POPULAR_ACTIONS.of(&options).has("actions/checkout"));
    }

    #[test]
    fn labels_of_runners_say_how_long_there_are_any() {
        let options = Options::default();
        assert_eq!(runner(&options, "ubuntu-latest"), Some(HostedRunner::Current));
        assert_eq!(runner(&options, "Ubuntu-22.04"), Some(HostedRunner::Retires("2027-04")));
        assert_eq!(runner(&options, "ubuntu-20.04"), Some(HostedRunner::Retired(Some("2025-04"))));
        assert_eq!(runner(&options, "windows-2016"), Some(HostedRunner::Retired(None)));
        assert_eq!(runner(&options, "self-hosted"), None);
        for wrong in
            ["gone", "retired\t2025", "retired\t25-04", "retired\tabcd-04", "retires", "retired\t2025-13", "retired\t2025-04\tx"]
        {
            assert_eq!(HostedRunner::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn advisories_are_found_for_repositories_and_paths() {
        let options = Options::default();
        let affecting = |action: &str, git_ref: &str| -> Vec<&str> {
            advisories(&options, action).into_iter().filter(|found| found.affects(git_ref)).map(|found| found.id).collect()
        };
        assert_eq!(affecting("TJ-actions/changed-files", "v45"), ["GHSA-mrrh-fwg8-r2c3"]);
        assert_eq!(affecting("tj-actions/changed-files", "v40"), ["GHSA-mcph-m25j-8j63", "GHSA-mrrh-fwg8-r2c3"]);
        assert_eq!(affecting("tj-actions/changed-files", "0e58ed8671d6b60d0890c21b07f8835ace038e67"), ["GHSA-mrrh-fwg8-r2c3"]);
        assert!(affecting("tj-actions/changed-files", "v46").is_empty());
        assert_eq!(affecting("actions/download-artifact", "v4.1.2"), ["GHSA-cxww-7g56-2vh6"]);
        assert!(affecting("actions/download-artifact", "v4").is_empty());
        assert_eq!(affecting("github/codeql-action/init", "v3.28.2"), ["GHSA-vqf5-2xx6-9wfm"]);
        assert_eq!(affecting("github/codeql-action/init", "v2"), ["GHSA-vqf5-2xx6-9wfm"]);
        assert!(affecting("github/codeql-action/init", "v3").is_empty());
        let workflow = "kartverket/github-workflows/.github/workflows/run-terraform.yml";
        assert_eq!(affecting(workflow, "v2.7.4"), ["GHSA-f9qj-7gh3-mhj4"]);
        assert!(affecting("kartverket/github-workflows/.github/workflows/other.yml", "v2.7.4").is_empty());
        assert!(affecting("nobody", "v1").is_empty());
    }

    #[test]
    fn entries_of_another_form_are_refused() {
        let good = "<2.0.2\t2.0.2\tGHSA-65rg-554r-9j5x\tmedium";
        assert_eq!(Advisory::read(good).map(|found| (found.fixed, found.severity)), Some((Some("2.0.2"), Severity::Medium)));
        for (was, is) in [("<2.0.2", "2.0.2"), ("\t2.0.2", "\tsoon"), ("GHSA", "x"), ("medium", "moderate"), ("medium", "low\t")] {
            assert_eq!(Advisory::read(&good.replacen(was, is, 1)), None, "{is}");
        }
        for (known, entry) in [
            (&ARCHIVED_ACTIONS, "a"),
            (&ARCHIVED_ACTIONS, "a/b/c"),
            (&ARCHIVED_ACTIONS, "a/b\tc"),
            (&POPULAR_ACTIONS, "/b"),
            (&VULNERABLE_ACTIONS, "a/b"),
        ] {
            let text = format!("# id: {}\n# date: 2026-11-23\n# source: x\n{entry}\n", known.id);
            assert_eq!(known.read(&text).err().map(|error| error.line), Some(4), "{entry}");
        }
    }
}
