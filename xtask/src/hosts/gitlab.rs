//! The component of GitLab, by gitlab-ci-local on this machine itself: no container, no network.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use super::{Case, LOOSE, commit, executable, expect, git, ours, repository, write};
use crate::install::{is_here, path_with};
use crate::tools::{npm_tool, target};

const DENY: Case<'_> = Case { name: "deny", code: 1, says: &["Gatepost: the change is denied", "FAIL"] };

const CASES: [Case<'_>; 6] = [
    Case { name: "allow", code: 0, says: &["Gatepost: the change is allowed", "PASS"] },
    DENY,
    Case { name: "failure", code: 1, says: &["Gatepost did not judge: it ended with exit code 2", "FAIL"] },
    Case { name: "nothing", code: 1, says: &["Gatepost: nothing was judged", "FAIL"] },
    Case { name: "lenient", code: 0, says: &["Gatepost: the change is denied", "WARN"] },
    Case {
        name: "inputs",
        code: 0,
        says: &[
            "argument <--policy=$(touch owned).yaml>",
            r#"argument <--pack="; touch owned; ">"#,
            "argument <-->",
            "argument <a b>",
            r#"argument <$(touch owned) `touch owned`"; touch owned; '>"#,
        ],
    },
];

/// Runs the jobs of the pipeline beside this file.
pub(super) fn run(command: &Path) -> anyhow::Result<()> {
    let added = [
        ("templates/gatepost.yml", ours("templates/gatepost.yml")?),
        (".gitlab-ci.yml", include_str!("gitlab.yml.txt").to_owned()),
        // The names of what it keeps for itself.
        (".gitignore", ".gitlab-ci-local\n".to_owned()),
    ];
    let folder = repository("gitlab", "github-attacked", &added)?;
    git(&folder, &["remote", "add", "origin", "https://gitlab.example.com/group/project.git"])?;
    let runner = npm_tool("gitlab-ci-local")?.join("node_modules/gitlab-ci-local/src/index.js");
    let commands = target().join("hosts/commands");
    write(&commands.join("gatepost"), &format!("#!/bin/sh\nexec '{}' \"$@\"\n", command.display()))?;
    executable(&commands.join("gatepost"))?;
    if !is_here("rsync", "--version") {
        // It copies the repository for containers, of which there are none here.
        write(&commands.join("rsync"), "#!/bin/sh\n")?;
        executable(&commands.join("rsync"))?;
    }
    let run = |case: &Case<'_>, base: Option<&str>| -> anyhow::Result<()> {
        let mut node = Command::new("node");
        node.current_dir(&folder).arg(&runner).args(["--force-shell-executor", "--no-color", case.name]);
        // By itself it says that it is not GitLab.
        let variables = base.map(|base| ["GITLAB_CI=true".to_owned(), format!("CI_MERGE_REQUEST_DIFF_BASE_SHA={base}")]);
        node.args(variables.into_iter().flatten().flat_map(|variable| ["--variable".to_owned(), variable]));
        node.env("HOME", target().join("hosts/home")).env("PATH", path_with(&commands)?);
        expect(case, &node.output()?).context("gitlab-ci-local")
    };
    CASES.iter().try_for_each(|case| run(case, None))?;
    ensure!(!folder.join("owned").exists(), "an input was executed");
    for (report, begins) in [("gl-code-quality-report.json", "["), ("gatepost-junit.xml", "<?xml"), ("gatepost-report.json", "{")] {
        let text = std::fs::read_to_string(folder.join(report)).with_context(|| format!("the job left no {report}"))?;
        ensure!(text.starts_with(begins), "{report} is no such report:\n{text}");
    }
    // A merge request cannot bring a policy that lets it pass; once it is merged, the policy counts.
    let before = git(&folder, &["rev-parse", "HEAD"])?;
    write(&folder.join("gatepost.yaml"), LOOSE)?;
    commit(&folder)?;
    let merged = git(&folder, &["rev-parse", "HEAD"])?;
    run(&Case { says: &["Gatepost: the change is denied", "not granted"], ..DENY }, Some(&before))?;
    run(&Case { code: 0, says: &["Gatepost: the change is allowed"], ..DENY }, Some(&merged))
}
