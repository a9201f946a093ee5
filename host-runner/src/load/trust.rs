//! Who could have written the files of a repository: what stands just so at a ref that is protected comes from there, and the rest
//! with the change. CI systems tell their jobs which ref that is.

use std::path::Path;

use super::base::{Base, Objects};

/// How it is told what comes with a change.
#[derive(Debug)]
pub(crate) enum Trust {
    /// What stands just so in these files does not.
    Against(Box<Base>, String),
    /// Nobody can tell, and why.
    Unknown(String),
}

/// What is known of the event that started this run: environment variables, by name.
pub(crate) type Told<'t> = &'t dyn Fn(&str) -> Option<String>;

/// How it is told what a change brings to the repository at a root.
pub(crate) fn trust(root: &Path, told: Told<'_>) -> Trust {
    let git = match Objects::open(root) {
        Ok(git) => git,
        Err(error) => return Trust::Unknown(error.to_string()),
    };
    let (named, because) = match () {
        () if told("GITHUB_ACTIONS").as_deref() == Some("true") => github(&git, told),
        () if told("GITLAB_CI").as_deref() == Some("true") => gitlab(&git, told),
        () => elsewhere(&git, told),
    };
    let Some(name) = named else { return Trust::Unknown(because) };
    match git.base(&name) {
        Ok(base) => Trust::Against(Box::new(base), because),
        Err(error) => Trust::Unknown(error.to_string()),
    }
}

type Named = (Option<String>, String);

// Source: "Variables reference" and "Webhook events and payloads" in the documentation of GitHub.
fn github(git: &Objects, told: Told<'_>) -> Named {
    let event = told("GITHUB_EVENT_PATH").and_then(|path| std::fs::read_to_string(path).ok());
    let event: serde_json::Value = event.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let text = |pointer: &str| event.pointer(pointer).and_then(serde_json::Value::as_str).map(str::to_owned);
    let (name, sha) = (told("GITHUB_EVENT_NAME").unwrap_or_default(), told("GITHUB_SHA"));
    let git_ref = told("GITHUB_REF").unwrap_or_default();
    if let Some(base) = text("/pull_request/base/sha").or_else(|| text("/merge_group/base_sha")) {
        let because = format!("as at the base of the {}", if name == "merge_group" { "merge group" } else { "pull request" });
        if !git.has(&base) {
            // A shallow clone of the merge that GitHub made has the base as its first parent, if it has two commits of depth.
            let head = text("/pull_request/head/sha");
            let merge = sha.is_some() && git.commit("HEAD") == sha && head.is_some() && git.commit("HEAD^2") == head;
            if merge && git.commit("HEAD^3").is_none() {
                return (git.commit("HEAD^1"), because);
            }
        }
        let default = text("/repository/default_branch");
        let other = text("/pull_request/base/ref").filter(|target| default.is_some() && Some(target) != default.as_ref());
        let because = other.map_or(because.clone(), |target| format!("assumed: {because}, on {target}, not the default branch"));
        return (Some(base), because);
    }
    let default = text("/repository/default_branch");
    if told("GITHUB_REF_PROTECTED").as_deref() == Some("true") {
        return (sha, format!("as at the protected ref {git_ref}"));
    }
    if default.as_ref().is_some_and(|default| git_ref == format!("refs/heads/{default}")) {
        return (sha, format!("assumed: as at the default branch {git_ref}, which is not protected"));
    }
    of_default_branch(git, default)
}

// Source: "Predefined CI/CD variables reference" in the documentation of GitLab.
fn gitlab(git: &Objects, told: Told<'_>) -> Named {
    if let Some(base) = told("CI_MERGE_REQUEST_DIFF_BASE_SHA").filter(|base| !base.is_empty()) {
        let target = told("CI_MERGE_REQUEST_TARGET_BRANCH_NAME").unwrap_or_default();
        // Where the branch began is for its author to choose; what stands at the target now is not.
        let tip = told("CI_MERGE_REQUEST_TARGET_BRANCH_SHA").filter(|tip| !tip.is_empty() && git.has(tip));
        let remote = Some(format!("refs/remotes/origin/{target}")).filter(|name| !target.is_empty() && git.has(name));
        let base = tip.or(remote).unwrap_or(base);
        let protected = told("CI_MERGE_REQUEST_TARGET_BRANCH_PROTECTED").as_deref() == Some("true");
        let because = format!("as at the base of the merge request, on {target}");
        return (Some(base), if protected { because } else { format!("assumed: {because}, which is not protected") });
    }
    let (sha, branch) = (told("CI_COMMIT_SHA"), told("CI_COMMIT_BRANCH").unwrap_or_default());
    if told("CI_COMMIT_REF_PROTECTED").as_deref() == Some("true") {
        return (sha, format!("as at the protected ref {}", told("CI_COMMIT_REF_NAME").unwrap_or_default()));
    }
    let default = told("CI_DEFAULT_BRANCH");
    if default.as_ref() == Some(&branch) {
        return (sha, format!("assumed: as at the default branch {branch}, which is not protected"));
    }
    of_default_branch(git, default)
}

fn elsewhere(git: &Objects, told: Told<'_>) -> Named {
    // What such a system clones, and from whom, is not known.
    if told("CI").is_some_and(|ci| !ci.is_empty() && ci != "false") {
        let because = "this CI system does not say which ref is protected: say `--origin`, or compare with `--diff-base`";
        return (None, because.to_owned());
    }
    // What was pushed, not cloned, has no HEAD of its remote.
    let remote = ["HEAD", "main", "master"].into_iter().find(|name| git.has(&format!("refs/remotes/origin/{name}")));
    if let Some(name) = remote {
        return (Some(format!("refs/remotes/origin/{name}")), format!("assumed: as at origin/{name}"));
    }
    let own = ["refs/heads/main", "refs/heads/master"].into_iter().find(|name| git.has(name));
    match own.filter(|_| !git.has_remotes()) {
        Some(own) => (Some(own.to_owned()), format!("assumed: as at {own}, since the repository has no remote")),
        None => (
            None,
            "nobody said which ref is protected, and there is no origin/HEAD; `--origin protected` takes all as granted".to_owned(),
        ),
    }
}

fn of_default_branch(git: &Objects, default: Option<String>) -> Named {
    let name = default.map(|default| format!("refs/remotes/origin/{default}")).filter(|name| git.has(name));
    match name {
        Some(name) => (Some(name.clone()), format!("assumed: as at {name}")),
        None => (None, "this ref is not protected, and the default branch is not in this clone".to_owned()),
    }
}
