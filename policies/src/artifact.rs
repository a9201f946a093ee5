//! Artifacts of other runs: which steps fetch them, and where they put them.

use policy_core::document::Ref;
use policy_core::model::github::Step;
use policy_core::read::Read;
use policy_core::rule::Place;
use policy_core::shell::{Command, Program};
use policy_core::text::contains;
use policy_core::unit::Unit;

use crate::version::Range;

/// The most artifacts that are looked for in one script.
const MAX_DOWNLOADS: usize = 8;

/// Where an artifact lands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Folder<'u> {
    /// In the workspace itself, over the files that are there.
    Workspace,
    /// In a folder of the workspace.
    Below(&'u str),
    /// Elsewhere, as written.
    Apart(&'u str),
}

/// An artifact that is fetched from another run.
#[derive(Debug)]
pub(crate) struct Download<'u> {
    /// Where.
    pub(crate) at: Place<'u>,
    /// What fetches it: an action or a command.
    pub(crate) by: &'u str,
    /// Where it lands.
    pub(crate) folder: Folder<'u>,
    /// The end of the command in its script; zero for an action, behind which only other steps come.
    pub(crate) end: u32,
}

/// The artifacts of other runs that a step fetches. An archive that code of `actions/github-script` saves counts where it is unpacked.
pub(crate) fn downloads<'u>(unit: &'u Unit<'u>, step: &'u Step<'u>) -> Vec<Download<'u>> {
    if let Some((node, remote)) = step.remote() {
        let old = || Range::parse("<6.0.0").is_some_and(|old| old.affects(remote.git_ref(), None));
        let of_another = match remote.name() {
            name if name.eq_ignore_ascii_case("actions/download-artifact") => is_of_another(unit, step.input("run-id")),
            name if name.eq_ignore_ascii_case("dawidd6/action-download-artifact") => {
                let by_id = step.input("run_id").or_else(|| step.input("run-id"));
                is_of_another(unit, by_id) || old() || matches!(step.input_text("allow_forks"), Read::Is("true") | Read::Dynamic)
            }
            _ => false,
        };
        let folder = step.input("path").and_then(Ref::value).map_or(Folder::Workspace, Folder::of);
        let download = Download { at: Place::node(node, "fetched here"), by: remote.name(), folder, end: 0 };
        return if of_another { vec![download] } else { Vec::new() };
    }
    let Some((run, script)) = step.run().zip(unit.script(step)) else { return Vec::new() };
    let saved = || contains(script.text(), "archive_download_url") || unit.steps_before(step).iter().any(saves_archive);
    let fetches = script.commands().filter_map(|command| {
        let program = command.program()?;
        let by_cli = program.is("gh") && says(&program, &["run", "download"]);
        let (by, flags): (_, &[&str]) = match by_cli {
            true => ("gh run download", &["--dir", "-D"]),
            false if program.is("unzip") && saved() => ("unzip", &["-d"]),
            false => return None,
        };
        let folder = flag(&program, flags).map_or_else(|| default_folder(step, command), Folder::of);
        let at = Place::text(run, command.span().range(), "fetched here");
        Some(Download { at, by, folder, end: command.span().end })
    });
    fetches.take(MAX_DOWNLOADS).collect()
}

// Whether an id names a run other than this one. What it is written as in the end does not matter: nobody writes down the own one.
fn is_of_another<'u>(unit: &'u Unit<'u>, id: Option<Ref<'u>>) -> bool {
    let own = |id: Ref<'u>| {
        let mut expressions = unit.sites_of(id).iter().filter_map(|site| site.expression.as_ref().ok());
        expressions.any(|found| found.path(found.root()).is_some_and(|path| path.matches("github.run_id")))
    };
    id.is_some_and(|id| id.value().is_some_and(|text| !text.is_empty()) && !own(id))
}

fn saves_archive(step: &Step<'_>) -> bool {
    step.runs_action("actions/github-script")
        && step.input("script").and_then(Ref::text).is_some_and(|script| script.contains("downloadArtifact"))
}

fn says(program: &Program<'_>, words: &[&str]) -> bool {
    words.iter().enumerate().all(|(at, word)| program.arguments.get(at).is_some_and(|given| given.is(word)))
}

// The value of a flag, as written.
fn flag<'s>(program: &Program<'s>, flags: &[&str]) -> Option<&'s str> {
    let mut words = program.arguments.iter();
    words.find_map(|word| {
        let joined = word.text().split_once('=').filter(|(name, _)| flags.contains(name)).map(|(_, value)| value);
        joined.or_else(|| flags.contains(&word.text()).then(|| words_behind(program, word.span().end))?)
    })
}

fn words_behind<'s>(program: &Program<'s>, end: u32) -> Option<&'s str> {
    program.arguments.iter().find(|word| word.span().start >= end).map(|word| word.text())
}

// Without a flag, it is the folder that the script is in.
fn default_folder<'u>(step: &Step<'u>, command: Command<'u>) -> Folder<'u> {
    let mut before = std::iter::successors(command.previous(), |before| before.previous()).take(64);
    let moved = before.find(|before| before.is("cd")).and_then(|cd| cd.words().get(1));
    match (moved, step.working_directory()) {
        (Some(folder), _) => Folder::of(folder.text()),
        (None, Read::Is(folder)) => Folder::of(folder),
        (None, Read::Dynamic) => step.node().get("working-directory").and_then(Ref::text).map_or(Folder::Workspace, Folder::Apart),
        (None, Read::Absent | Read::Wrong) => Folder::Workspace,
    }
}

impl<'u> Folder<'u> {
    fn of(written: &'u str) -> Self {
        let bare = written.trim_matches(['"', '\'']);
        let roots = ["${{ github.workspace }}", "${{github.workspace}}", "$GITHUB_WORKSPACE", "${GITHUB_WORKSPACE}"];
        let below = roots.iter().find_map(|root| bare.strip_prefix(root)).map(|rest| rest.trim_start_matches('/'));
        let inner = below.unwrap_or(bare);
        // `.pr` is a folder of the workspace, `..` is not.
        if below.is_none() && (inner.starts_with(['/', '~', '$']) || inner.starts_with("..")) {
            return Self::Apart(inner);
        }
        match inner.trim_start_matches("./").trim_end_matches('/') {
            "" | "." => Self::Workspace,
            folder => Self::Below(folder),
        }
    }

    /// Whether a text names something in the folder.
    pub(crate) fn is_named_by(self, text: &str) -> bool {
        match self {
            Self::Workspace => {
                let bare = text.trim_matches(['"', '\'']);
                !bare.is_empty() && !bare.starts_with(['/', '~', '$', '-'])
            }
            Self::Below(folder) | Self::Apart(folder) => names(text, folder),
        }
    }
}

// Whether a folder stands in a text as a part of a path, and not within another name.
fn names(text: &str, folder: &str) -> bool {
    let of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    text.match_indices(folder).any(|(at, _)| {
        let before = at.checked_sub(1).and_then(|before| text.as_bytes().get(before));
        let after = text.as_bytes().get(at + folder.len());
        !before.is_some_and(of_name) && !after.is_some_and(of_name)
    })
}

#[cfg(test)]
mod tests {
    use super::Folder::{self, Apart, Below, Workspace};

    #[test]
    fn folders_as_they_are_written() {
        for (written, folder) in [
            ("", Workspace),
            (".", Workspace),
            ("./", Workspace),
            ("${{ github.workspace }}", Workspace),
            ("\"$GITHUB_WORKSPACE/\"", Workspace),
            ("dist", Below("dist")),
            ("./dist/", Below("dist")),
            (".pr", Below(".pr")),
            ("${{ github.workspace }}/dist", Below("dist")),
            ("'a/b'", Below("a/b")),
            ("/tmp/x", Apart("/tmp/x")),
            ("/", Apart("/")),
            ("~/x", Apart("~/x")),
            ("..", Apart("..")),
            ("../x", Apart("../x")),
            ("$RUNNER_TEMP/x", Apart("$RUNNER_TEMP/x")),
            ("${{ runner.temp }}/x", Apart("${{ runner.temp }}/x")),
        ] {
            assert_eq!(Folder::of(written), folder, "{written}");
        }
    }
}
