//! What `actions/checkout` leaves behind for later steps, and which uploads take it along.

use policy_core::document::Ref;
use policy_core::flow::Spot;
use policy_core::model::github::{ActionReference, Remote, Step};
use policy_core::reach::Token;
use policy_core::read::Read;
use policy_core::rule::Cx;

use crate::credential::{Given, given};
use crate::uses::commented_version;
use crate::version::Range;

/// Where a checkout leaves its credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// In `.git/config` of the folder that it fills: before version 6.
    InFolder,
    /// In a file below `RUNNER_TEMP`: from version 6 on.
    InTemporary,
    /// In one of the two: a commit whose version is not told.
    Unknown,
}

/// A checkout that leaves a credential behind.
#[derive(Clone, Debug)]
pub(crate) struct Kept<'u> {
    /// Its `uses`.
    pub(crate) uses: Ref<'u>,
    /// Where it leaves the credential.
    pub(crate) left: Left,
    /// `persist-credentials` as it is set, which is `Absent`, `Is(true)`, or `Dynamic`.
    pub(crate) told: Read<bool>,
}

/// Which credential a checkout leaves behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    /// The token of the job.
    JobToken,
    /// A token that it was given, by the name of the secret if it is one.
    Own(Option<String>),
    /// The key that it was given.
    SshKey,
}

/// What a checkout leaves behind; none for other steps, and for one that is told to leave nothing.
pub(crate) fn kept<'u>(step: &Step<'u>) -> Option<Kept<'u>> {
    let (uses, remote, told) = keeping(step)?;
    let left = match release(uses, remote) {
        Some(tag) if is_in("<6.0.0", tag) => Left::InFolder,
        Some(_) => Left::InTemporary,
        None => Left::Unknown,
    };
    Some(Kept { uses, left, told })
}

/// Whether a step is a checkout that leaves a credential behind.
pub(crate) fn keeps(step: &Step<'_>) -> bool {
    keeping(step).is_some()
}

fn keeping<'u>(step: &Step<'u>) -> Option<(Ref<'u>, Remote<'u>, Read<bool>)> {
    let (uses, remote) = step.remote().filter(|(_, remote)| remote.is("actions/checkout"))?;
    // The action takes every text but `true` for no.
    let told = match step.input_text("persist-credentials") {
        Read::Is(text) if text.trim().eq_ignore_ascii_case("true") => Read::Is(true),
        Read::Is(_) => return None,
        Read::Dynamic => Read::Dynamic,
        Read::Absent | Read::Wrong => Read::Absent,
    };
    Some((uses, remote, told))
}

/// The credential that a checkout works with.
pub(crate) fn credential<'u>(cx: &Cx<'u>, step: &'u Step<'u>) -> Credential {
    if step.input("ssh-key").and_then(Ref::value).is_some_and(|key| !key.is_empty()) {
        return Credential::SshKey;
    }
    let Some(token) = step.input("token").filter(|token| token.value().is_some_and(|text| !text.is_empty())) else {
        return Credential::JobToken;
    };
    match given(cx, Spot::of_step(cx.unit, step), token) {
        Given::JobToken => Credential::JobToken,
        Given::Secret(name) => Credential::Own(Some(name)),
        Given::Otherwise => Credential::Own(None),
    }
}

impl Credential {
    /// What it is, in words.
    pub(crate) fn named(&self) -> String {
        match self {
            Self::JobToken => "the token of the job".to_owned(),
            Self::Own(Some(name)) => format!("the token in the secret `{name}`"),
            Self::Own(None) => "the token that it is given".to_owned(),
            Self::SshKey => "the SSH key that it is given".to_owned(),
        }
    }

    /// Whether it is worth nothing more than what the job may read anyway.
    pub(crate) fn only_reads<'u>(&self, cx: &Cx<'u>, step: &Step<'u>) -> bool {
        *self == Self::JobToken && cx.reach_of(step).power.is_some_and(|power| power.token == Token::Reads)
    }
}

/// The release of an action, as its tag or, for a commit, the comment behind it gives it. A branch is taken as it stands; none for
/// a commit without such a comment.
pub(crate) fn release<'u>(uses: Ref<'u>, remote: Remote<'u>) -> Option<&'u str> {
    let git_ref = remote.git_ref();
    if ActionReference::is_commit(git_ref) { commented_version(uses) } else { Some(git_ref) }
}

/// Whether a tag is in a range of releases. A tag that moves stands for the newest release that begins so, a branch for the newest.
pub(crate) fn is_in(range: &str, tag: &str) -> bool {
    Range::parse(range).is_some_and(|range| range.affects(tag, None))
}

/// How an upload treats files whose names begin with a dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hidden {
    /// It takes them.
    Taken,
    /// It leaves out each whose own name begins with a dot, and what is below such a folder.
    Left,
    /// An expression, or a commit whose version is not told, decides.
    Unknown,
}

/// What `actions/upload-artifact` does with hidden files.
pub(crate) fn hidden_files(step: &Step<'_>) -> Hidden {
    let Some((uses, remote)) = step.remote() else { return Hidden::Left };
    let old = |tag| is_in("<3.2.0", tag) || is_in(">=4.0.0,<4.4.0", tag);
    let release = release(uses, remote).map(old);
    match (release, step.input_text("include-hidden-files")) {
        (Some(true), _) => Hidden::Taken,
        (_, Read::Is(told)) if told.trim().eq_ignore_ascii_case("true") => Hidden::Taken,
        (_, Read::Dynamic) | (None, _) => Hidden::Unknown,
        (Some(false), _) => Hidden::Left,
    }
}

/// A folder or pattern that an upload names, without what makes it a pattern for all that it holds: `dist` of `./dist/**`.
pub(crate) fn folder(pattern: &str) -> &str {
    let mut rest = pattern.trim();
    rest = rest.strip_prefix("./").unwrap_or(rest);
    loop {
        let shorter = ["/**", "/*", "/.", "/"].iter().find_map(|end| rest.strip_suffix(end));
        match shorter {
            Some(shorter) if !shorter.is_empty() => rest = shorter,
            _ => return if matches!(rest, "" | "*" | "**") { "." } else { rest },
        }
    }
}

/// Whether a pattern takes the whole workspace, or a folder that it lies in.
pub(crate) fn is_workspace(pattern: &str) -> bool {
    matches!(folder(pattern), "." | ".." | "../..") || is_path(pattern, "github.workspace")
}

/// Whether a pattern takes the folder of temporary files.
pub(crate) fn is_temporary(pattern: &str) -> bool {
    is_path(pattern, "runner.temp")
}

fn is_path(pattern: &str, path: &str) -> bool {
    let inner = folder(pattern).strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}"));
    inner.is_some_and(|inner| inner.trim().eq_ignore_ascii_case(path))
}

/// Whether an upload of a pattern takes along what a checkout before it left behind: `Is` for yes or no, `Dynamic` where a version
/// or an expression decides.
pub(crate) fn carries(kept: &Kept<'_>, checkout: &Step<'_>, pattern: &str, hidden: Hidden) -> Read<bool> {
    // The folder of temporary files stands beside that of the repository: `../..` holds both.
    match kept.left {
        Left::InTemporary => return Read::Is(is_temporary(pattern) || folder(pattern) == "../.."),
        Left::Unknown if is_temporary(pattern) => return Read::Dynamic,
        Left::Unknown | Left::InFolder => {}
    }
    let named = |path: &str| folder(pattern) == folder(path);
    let folder_of = matches!(checkout.input_text("path"), Read::Is(path) if !path.is_empty() && named(path));
    // A file that is named itself counts by its own name.
    let config = folder(pattern) == ".git/config" || folder(pattern).ends_with("/.git/config");
    let hidden = if config { Hidden::Taken } else { hidden };
    let git = config || folder(pattern) == ".git" || folder(pattern).ends_with("/.git");
    if !(is_workspace(pattern) || folder_of || git) || hidden == Hidden::Left {
        return Read::Is(false);
    }
    if hidden == Hidden::Taken && kept.left == Left::InFolder && kept.told != Read::Dynamic {
        Read::Is(true)
    } else {
        Read::Dynamic
    }
}

// `.git` itself, not `.github`; and the file that newer checkouts write outside of it.
fn leaves_out(pattern: &str) -> bool {
    pattern.split('/').any(|part| matches!(part.trim_end(), ".git" | ".git*") || part.starts_with("git-credentials"))
}

/// The patterns of an input with one in each line, and where they begin in its text. Comments and what is left out are not among
/// them; none if `.git` is left out.
pub(crate) fn patterns(input: Ref<'_>) -> impl Iterator<Item = (usize, &str)> {
    let text = input.text().unwrap_or("");
    let spared = text.lines().any(|line| line.trim_start().strip_prefix('!').is_some_and(leaves_out));
    let mut at = 0;
    let lines = text.split_inclusive('\n').map(move |line| {
        let start = at + line.len() - line.trim_start().len();
        at += line.len();
        (start, line.trim())
    });
    lines.filter(move |(_, line)| !spared && !line.is_empty() && !line.starts_with(['#', '!']))
}

#[cfg(test)]
mod tests {
    use super::{folder, is_in, is_temporary, is_workspace};

    #[test]
    fn patterns_of_the_whole_workspace() {
        for pattern in [
            ".",
            "./",
            "./**",
            "*",
            "**",
            "**/*",
            "..",
            "../",
            "../**",
            "./.",
            "${{ github.workspace }}/**",
            "${{GITHUB.WORKSPACE}}",
        ] {
            assert!(is_workspace(pattern), "{pattern}");
        }
        for pattern in ["dist", "./dist/**", "*.zip", "../dist", "${{ github.workspace }}/dist", "${{ runner.temp }}", "../.."] {
            assert_eq!(is_workspace(pattern), pattern == "../..", "{pattern}");
        }
        assert!(is_temporary("${{ runner.temp }}/") && !is_temporary("${{ runner.temp }}/a"));
        assert_eq!([folder("./a/**"), folder(" a/b/ "), folder("/"), folder("a/*")], ["a", "a/b", "/", "a"]);
    }

    #[test]
    fn releases_that_take_hidden_files() {
        for (tag, old) in [("v2", true), ("v3", false), ("v3.1", true), ("v3.2.0", false), ("main", false)] {
            assert_eq!(is_in("<3.2.0", tag), old, "{tag}");
        }
        for (tag, old) in [("v4", false), ("v4.3", true), ("v4.4.0", false), ("4.3.6", true), ("v5", false)] {
            assert_eq!(is_in(">=4.0.0,<4.4.0", tag), old, "{tag}");
        }
    }
}
