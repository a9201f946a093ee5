//! The action of GitHub, by act on this machine itself: no container, no network.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::Context;
use serde_json::json;

use super::{Case, LOOSE, commit, executable, expect, git, ours, repository, write};
use crate::install::{by_go, path_with};
use crate::tools::target;

const ACT: &str = "github.com/nektos/act@v0.2.89";

/// What the pull request of the job `inputs` is to be merged into.
const BASE: &str = "0123456789012345678901234567890123456789";

const DENY: Case<'_> = Case { name: "deny", code: 1, says: &["decision deny: The change is denied", r#"| "outcome":"deny""#] };

const CASES: [Case<'_>; 6] = [
    Case {
        name: "allow",
        code: 0,
        says: &["The change is allowed", r#"decision allow, outcome "outcome":"allow""#, "schema 2.1.0"],
    },
    Case { name: "deny", code: 1, says: &["decision deny: The change is denied", r#"| "outcome":"deny""#] },
    Case { name: "never", code: 0, says: &["decision deny: The change is denied, which does not fail this step"] },
    Case { name: "failure", code: 1, says: &["decision error: Gatepost did not judge: it ended with exit code 2", "report <>"] },
    Case { name: "nothing", code: 1, says: &["decision nothing: Nothing was judged"] },
    Case { name: "misspelt", code: 1, says: &["decision error: The input fail-on is deny or never"] },
];

const INPUTS: Case<'_> = Case {
    name: "inputs",
    code: 0,
    says: &[
        "argument <--policy=$(touch owned).yaml>",
        r#"argument <--pack="; touch owned; ">"#,
        "argument <--diff-base=0123456789012345678901234567890123456789>",
        "argument <--format=sarif=$HOME/a b.sarif>",
        "argument <-->",
        "argument <a b>",
        r#"argument <$(touch owned) `touch owned`"; touch owned; '>"#,
        "no input was executed",
    ],
};

const BUILT: Case<'_> = Case {
    name: "built",
    code: 0,
    says: &["cargo build --release --locked --package host-runner --target-dir target", "/action", "The change is allowed"],
};

/// Runs the jobs of the workflow beside this file.
pub(super) fn run(command: &Path) -> anyhow::Result<()> {
    let added =
        [("action/action.yml", ours("action.yml")?), (".github/workflows/gatepost.yml", include_str!("github.yml.txt").to_owned())];
    let folder = repository("github", "github-attacked", &added)?;
    let act = |case: &Case<'_>, base: Option<&str>, path: &OsString| -> anyhow::Result<()> {
        let event = target().join("hosts/event.json");
        let pull = base.map(|base| json!({"pull_request": {"base": {"sha": base, "ref": "main"}, "head": {"ref": "topic"}}}));
        write(&event, &pull.unwrap_or(json!({})).to_string())?;
        let event_name = if base.is_some() { "pull_request" } else { "push" };
        let home = target().join("hosts/home");
        let mut act = Command::new(by_go("act", ACT)?);
        act.current_dir(&folder).args([event_name, "--platform", "ubuntu-latest=-self-hosted", "--job", case.name]);
        act.arg("--eventpath").arg(&event).args(["--workflows", ".github/workflows/gatepost.yml"]);
        // Nobody's settings, and no folder that stays.
        act.env("HOME", &home).env("XDG_CACHE_HOME", home.join("cache")).env("XDG_CONFIG_HOME", home.join("config"));
        expect(case, &act.env("PATH", path).output()?).context("act")
    };
    let path = path_with(command.parent().context("a command has a folder")?)?;
    CASES.iter().try_for_each(|case| act(case, None, &path))?;
    act(&INPUTS, Some(BASE), &path)?;
    act(&BUILT, None, &OsString::from(format!("{}:/usr/bin:/bin", builder(command)?)))?;
    // A pull request cannot bring a policy that lets it pass; once it is merged, the policy counts.
    let before = git(&folder, &["rev-parse", "HEAD"])?;
    write(&folder.join("gatepost.yaml"), LOOSE)?;
    commit(&folder)?;
    let merged = git(&folder, &["rev-parse", "HEAD"])?;
    act(&Case { says: &["decision deny: The change is denied", r#"| "notGranted":"#], ..DENY }, Some(&before), &path)?;
    act(&Case { code: 0, says: &["decision allow: The change is allowed"], ..DENY }, Some(&merged), &path)
}

/// A folder with a cargo that says what it is asked for, and builds in a moment.
fn builder(command: &Path) -> anyhow::Result<String> {
    let cargo = target().join("hosts/builder/cargo");
    let built = command.display();
    write(
        &cargo,
        &format!("#!/bin/sh\necho \"cargo $* in $PWD\"\nmkdir -p target/release\ncp '{built}' target/release/gatepost\n"),
    )?;
    executable(&cargo)?;
    Ok(cargo.parent().context("a file has a folder")?.display().to_string())
}
