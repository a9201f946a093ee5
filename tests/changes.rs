//! What a pull request can do to its own gate: nothing that loosens it. Real repositories, and the command as CI runs it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use policy_core::report::{Action, Age, Outcome, Report};

use crate::command::{command, gatepost, quiet, scratch, write};

const WORKFLOW: &str = "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 5\n    steps:\n";
const BAD: &str = "      - uses: some-org/some-action@v1\n";
const PATH: &str = ".github/workflows/ci.yml";

pub(crate) fn git(folder: &Path, arguments: &[&str]) {
    let settings =
        ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false", "-c", "core.autocrlf=false"];
    let output = Command::new("git").current_dir(folder).args(settings).args(arguments).output().expect("git");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A repository on `main` with these files, and a branch `change` that is checked out.
pub(crate) fn repository(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = scratch(name);
    git(&folder, &["init", "-q", "-b", "main"]);
    for (path, text) in files {
        write(&folder, path, text);
    }
    git(&folder, &["add", "-A", "-f"]);
    git(&folder, &["commit", "-q", "-m", "base"]);
    git(&folder, &["checkout", "-q", "-b", "change"]);
    folder
}

pub(crate) fn commit(folder: &Path) {
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "change", "--allow-empty"]);
}

pub(crate) fn output(folder: &Path, arguments: &[&str], told: &[(&str, String)]) -> Output {
    let mut command = command(folder);
    command.args(arguments).envs(told.iter().map(|(name, value)| (name, value))).output().expect("the command")
}

pub(crate) fn judged(folder: &Path, more: &[&str], told: &[(&str, String)]) -> Report {
    let arguments: Vec<&str> = ["check", "--format", "json"].iter().chain(more).copied().collect();
    let output = output(folder, &arguments, told);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn head(folder: &Path, name: &str) -> String {
    let output = Command::new("git").current_dir(folder).args(["rev-parse", name]).output().expect("git");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

/// What GitHub tells the job of a pull request.
pub(crate) fn pull_request(folder: &Path) -> Vec<(&'static str, String)> {
    let event = folder.join(".git/event.json");
    let text = format!("{{\"pull_request\": {{\"base\": {{\"sha\": \"{}\"}}}}}}", head(folder, "main"));
    std::fs::write(&event, text).expect("an event");
    vec![
        ("GITHUB_ACTIONS", "true".to_owned()),
        ("GITHUB_EVENT_NAME", "pull_request".to_owned()),
        ("GITHUB_REF", "refs/pull/1/merge".to_owned()),
        ("GITHUB_SHA", head(folder, "HEAD")),
        ("GITHUB_EVENT_PATH", event.display().to_string()),
    ]
}

/// The same of GitLab.
fn merge_request(folder: &Path) -> Vec<(&'static str, String)> {
    vec![
        ("GITLAB_CI", "true".to_owned()),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", head(folder, "main")),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main".to_owned()),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_PROTECTED", "true".to_owned()),
        ("CI_COMMIT_SHA", head(folder, "HEAD")),
    ]
}

type Attack = (&'static str, fn(&Path));

const ATTACKS: &[Attack] = &[
    ("turns the rule off", |folder| write(folder, "gatepost.yaml", "version: 1\nrules: {unpinned-action: off}\n")),
    ("raises the threshold", |folder| write(folder, "gatepost.yaml", "version: 1\ndeny: {severity: critical}\n")),
    ("adds an exception", |folder| {
        let exception = "{id: E, rules: unpinned-action, path: '**', reason: r, owner: o, expires: 2999-01-01}";
        write(folder, "gatepost.yaml", &format!("version: 1\nexceptions: [{exception}]\n"));
    }),
    ("extends a looser pack", |folder| write(folder, "gatepost.yaml", "version: 1\nextends: [pss-baseline]\n")),
    ("freezes the rules", |folder| write(folder, "gatepost.yaml", "version: 1\nrulesAsOf: 2020-01\n")),
    ("takes the policy away", |folder| drop(std::fs::remove_file(folder.join("gatepost.yaml")))),
    ("puts a policy at another place", |folder| {
        drop(std::fs::remove_file(folder.join("gatepost.yaml")));
        write(folder, ".github/gatepost.yaml", "version: 1\nrules: {unpinned-action: off}\n");
    }),
    ("writes a baseline", |folder| {
        let created = output(folder, &["baseline", "create", "--force"], &[]);
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
    }),
    ("ignores in place", |folder| {
        let ignored = BAD.replace('\n', " # gatepost: ignore[unpinned-action] trust me\n");
        write(folder, PATH, &(WORKFLOW.to_owned() + &ignored));
    }),
    ("has git ignore it", |folder| write(folder, ".gitignore", ".github/\n*.yml\n")),
    ("hides it behind 5 MB of comments", |folder| {
        let comments = "# nothing to see here, move along, move along, move along, move along\n".repeat(75_000);
        write(folder, PATH, &(comments + WORKFLOW + BAD));
    }),
];

#[test]
fn a_pull_request_cannot_loosen_its_own_gate() {
    for (number, (name, attack)) in ATTACKS.iter().enumerate() {
        let folder = repository(&format!("attack-{number}"), &[("gatepost.yaml", "version: 1\n"), (PATH, WORKFLOW)]);
        write(&folder, PATH, &(WORKFLOW.to_owned() + BAD));
        attack(&folder);
        commit(&folder);
        for told in [pull_request(&folder), merge_request(&folder), Vec::new()] {
            let report = judged(&folder, &[], &told);
            assert_eq!(report.decision.outcome, Outcome::Deny, "{name}: {:?}", report.decision.reasons);
            let asks = !matches!(number, 5 | 9 | 10);
            let refused = report.decision.reasons.iter().any(|reason| reason.contains("not granted"));
            assert_eq!(refused, asks, "{name}: {:?}", report.decision.reasons);
        }
    }
}

#[test]
fn what_stands_on_the_protected_ref_is_granted() {
    let ignored = BAD.replace('\n', " # gatepost: ignore[unpinned-action] our own\n");
    let folder = repository("granted-ignore", &[(PATH, &(WORKFLOW.to_owned() + &ignored))]);
    write(&folder, "README.md", "a change\n");
    commit(&folder);
    for told in [pull_request(&folder), merge_request(&folder), Vec::new()] {
        let report = judged(&folder, &[], &told);
        assert_eq!(report.verdicts[0].action, Action::Ignored);
    }
    let off = "version: 1\nrules: {unpinned-action: off}\n";
    let folder = repository("granted-off", &[("gatepost.yaml", off), (PATH, &(WORKFLOW.to_owned() + BAD))]);
    commit(&folder);
    assert_eq!(judged(&folder, &[], &pull_request(&folder)).findings.len(), 0);
    // The organisation's word stands above.
    let above = scratch("granted-above").join("policy.yaml");
    std::fs::write(&above, "version: 1\ndeny: {severity: high}\n").expect("a policy");
    let report = judged(&folder, &["--policy", above.to_str().expect("a path")], &pull_request(&folder));
    assert_eq!(report.decision.outcome, Outcome::Deny);
    let told: Vec<_> = pull_request(&folder).into_iter().chain([("GATEPOST_POLICY", above.display().to_string())]).collect();
    assert_eq!(judged(&folder, &[], &told).decision.outcome, Outcome::Deny);
    // A policy in the repository that is given by name is still the repository's.
    write(&folder, "own.yaml", "version: 1\nrules: {unpinned-action: off}\n");
    let own = repository("granted-own", &[(PATH, &(WORKFLOW.to_owned() + BAD))]);
    write(&own, "own.yaml", "version: 1\nrules: {unpinned-action: off}\n");
    commit(&own);
    assert_eq!(judged(&own, &["--policy", "own.yaml"], &pull_request(&own)).decision.outcome, Outcome::Deny);
}

#[test]
fn without_the_base_nothing_is_granted() {
    let folder = repository(
        "no-base",
        &[("gatepost.yaml", "version: 1\nrules: {unpinned-action: off}\n"), (PATH, &(WORKFLOW.to_owned() + BAD))],
    );
    commit(&folder);
    let told: Vec<_> =
        pull_request(&folder)
            .into_iter()
            .map(|(name, value)| {
                if name == "GITHUB_EVENT_PATH" {
                    (name, folder.join(".git/none.json").display().to_string())
                } else {
                    (name, value)
                }
            })
            .collect();
    let report = judged(&folder, &[], &told);
    assert_eq!(report.decision.outcome, Outcome::Deny);
    let layer = &report.policy.expect("a policy").layers[0];
    assert!(layer.because.as_ref().expect("a reason").contains("default branch"), "{:?}", layer.because);
}

#[test]
fn a_push_to_a_protected_ref_grants_what_it_brought() {
    let folder = repository(
        "push",
        &[("gatepost.yaml", "version: 1\nrules: {unpinned-action: off}\n"), (PATH, &(WORKFLOW.to_owned() + BAD))],
    );
    let told = |protected: &str| {
        vec![
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_EVENT_NAME", "push".to_owned()),
            ("GITHUB_REF", "refs/heads/release".to_owned()),
            ("GITHUB_REF_PROTECTED", protected.to_owned()),
            ("GITHUB_SHA", head(&folder, "HEAD")),
        ]
    };
    assert_eq!(judged(&folder, &[], &told("true")).findings.len(), 0);
    assert_eq!(judged(&folder, &[], &told("false")).decision.outcome, Outcome::Deny);
}

#[test]
fn a_change_is_compared_with_its_base() {
    let old = WORKFLOW.to_owned() + BAD;
    let folder = repository("compared", &[(PATH, &old), (".github/workflows/old.yml", &old), (".github/workflows/gone.yml", &old)]);
    write(&folder, PATH, &(old.clone() + "      - uses: other/action@v2\n"));
    write(&folder, ".github/workflows/new.yml", &old);
    std::fs::remove_file(folder.join(".github/workflows/gone.yml")).expect("a file");
    for threads in ["1", "2"] {
        let report = judged(&folder, &["--diff-base", "main", "--threads", threads, "--only", "unpinned-action"], &[]);
        let mut ages: Vec<(String, Option<Age>)> = report
            .verdicts
            .iter()
            .map(|verdict| (report.findings[verdict.finding as usize].location.path.clone(), verdict.age))
            .collect();
        ages.sort_by_key(|(path, age)| (path.clone(), *age == Some(Age::New)));
        let workflow = |name: &str| format!(".github/workflows/{name}.yml");
        let (new, existing) = (Some(Age::New), Some(Age::Existing));
        assert_eq!(ages, [(workflow("ci"), existing), (workflow("ci"), new), (workflow("new"), new), (workflow("old"), existing)]);
        assert_eq!(report.fixed.iter().map(|finding| finding.location.path.clone()).collect::<Vec<_>>(), [workflow("gone")]);
        assert_eq!(report.decision.outcome, Outcome::Deny);
    }
    commit(&folder);
    git(&folder, &["checkout", "-q", "main"]);
    assert_eq!(judged(&folder, &["--diff-base", "main"], &[]).decision.outcome, Outcome::Allow, "nothing changed");
    let wrong = output(&folder, &["check", "--diff-base", "nowhere"], &[]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("`nowhere` is no commit in this clone"));
}

#[test]
fn a_baseline_is_created_pruned_and_shown() {
    let folder = repository("baseline", &[(PATH, &(WORKFLOW.to_owned() + BAD))]);
    git(&folder, &["checkout", "-q", "main"]);
    let said = |arguments: &[&str]| {
        let output = output(&folder, arguments, &[]);
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
    };
    assert_eq!(said(&["check"]).0, Some(1));
    assert_eq!(said(&["baseline", "create"]).0, Some(0));
    assert_eq!(said(&["baseline", "create"]).0, Some(2), "an older one is kept");
    let text = std::fs::read_to_string(folder.join("gatepost-baseline.json")).expect("a baseline");
    assert!(!text.contains("some-org"), "{text}");
    // Not before it stands on the protected ref.
    assert_eq!(said(&["check"]).0, Some(1));
    assert_eq!(said(&["check", "--origin", "protected"]).0, Some(0));
    commit(&folder);
    assert_eq!(said(&["check"]).0, Some(0));
    assert_eq!(said(&["check", "--no-baseline"]).0, Some(1));
    assert!(said(&["baseline", "show"]).1.contains("still there"));
    assert_eq!(said(&["check", "--diff-base", "HEAD"]).0, Some(0));
    write(&folder, PATH, WORKFLOW);
    assert!(said(&["baseline", "prune"]).1.contains("taken out"));
    assert!(!std::fs::read_to_string(folder.join("gatepost-baseline.json")).expect("a baseline").contains("gp1:"));
}

#[test]
fn a_policy_that_cannot_be_used_is_shown_with_its_lines() {
    let folder = repository("lint", &[("gatepost.yaml", "version: 1\nrules:\n  unpined-action: warn\n"), (PATH, WORKFLOW)]);
    for arguments in [&["check"][..], &["policy", "lint"], &["policy", "show"]] {
        let output = output(&folder, arguments, &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("gatepost.yaml:3:3") && said.contains("did you mean `unpinned-action`?"), "{said}");
    }
    write(&folder, "gatepost.yaml", "version: 1\nrules: {unpinned-action: warn}\n");
    commit(&folder);
    let shown = output(&folder, &["policy", "show", "--origin", "protected"], &[]);
    let shown = String::from_utf8_lossy(&shown.stdout);
    assert!(
        shown.lines().any(|line| line.starts_with("unpinned-action ") && line.contains("warn") && line.ends_with("gatepost.yaml")),
        "{shown}"
    );
}

#[test]
fn what_was_not_looked_at_is_neither_fixed_nor_pruned() {
    let (other, bad) = (".github/workflows/other.yml", WORKFLOW.to_owned() + BAD);
    let folder = repository("unread", &[(PATH, &bad), (other, &bad)]);
    git(&folder, &["checkout", "-q", "main"]);
    assert!(output(&folder, &["baseline", "create"], &[]).status.success());
    let entries = || std::fs::read_to_string(folder.join("gatepost-baseline.json")).expect("a baseline").matches("gp1:").count();
    let all = entries();
    write(&folder, other, "x: [\n");
    let report = judged(&folder, &["--diff-base", "main"], &[]);
    assert_eq!((report.decision.outcome, report.fixed.len()), (Outcome::Deny, 0));
    assert_eq!(report.policy.expect("a policy").baselines[0].gone, 0);
    assert!(output(&folder, &["baseline", "prune"], &[]).status.success());
    assert!(output(&folder, &["baseline", "create", "--force"], &[]).status.success());
    assert_eq!(entries(), all);
    assert_eq!(output(&folder, &["baseline", "prune", "--only", "unpinned-action"], &[]).status.code(), Some(2));
    std::fs::remove_file(folder.join(other)).expect("a file");
    assert!(output(&folder, &["baseline", "prune"], &[]).status.success());
    assert_eq!(entries(), all / 2);
}

#[test]
fn standard_input_is_held_against_the_policy_of_where_it_is_piped_in() {
    let folder = repository(
        "piped",
        &[("gatepost.yaml", "version: 1\nrules: {unpinned-action: off}\n"), (PATH, &(WORKFLOW.to_owned() + BAD))],
    );
    let piped = quiet("sh", &folder)
        .args(["-c", "\"$0\" check --format json - < .github/workflows/ci.yml", &gatepost().display().to_string()])
        .output()
        .expect("a shell");
    let report: Report = serde_json::from_slice(&piped.stdout).expect("a report");
    assert_eq!((report.findings.len(), report.policy.expect("a policy").layers.len()), (0, 1));
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec: {containers: [{name: a, image: x, securityContext: {privileged: true}}]}\n";

#[test]
fn a_folder_that_looks_like_a_repository_takes_no_policy_away() {
    let folder = repository(
        "nested",
        &[("own.yaml", "version: 1\n"), ("gatepost.yaml", "version: 1\nextends: [strict]\n"), ("deploy/a.yaml", "a: 1\n")],
    );
    write(&folder, "deploy/a.yaml", POD);
    write(&folder, "own.yaml", "version: 1\nrules: {privileged-container: off}\n");
    write(&folder, "deploy/sub/.gitlab-ci.yml", "a: {script: [make]}\n");
    commit(&folder);
    for arguments in [&["--policy", "own.yaml", "deploy"][..], &["deploy"], &["--policy", "own.yaml", "."]] {
        let report = judged(&folder, arguments, &pull_request(&folder));
        assert_eq!(report.decision.outcome, Outcome::Deny, "{arguments:?}");
        assert!(report.policy.expect("a policy").layers.iter().any(|layer| layer.path == "gatepost.yaml"), "{arguments:?}");
    }
    // One policy cannot hold for two repositories.
    let other = repository("nested-other", &[(PATH, WORKFLOW)]);
    let both = output(&folder, &["check", ".", other.to_str().expect("a path")], &pull_request(&folder));
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn ignore_files_hide_nothing_that_git_tracks() {
    for name in [".gitignore", ".ignore"] {
        let folder = repository(&format!("hidden{name}"), &[("deploy/a.yaml", "a: 1\n")]);
        write(&folder, "deploy/bad.yaml", POD);
        write(&folder, "deploy/node_modules/bad.yaml", POD);
        commit(&folder);
        write(&folder, &format!("deploy/{name}"), "bad.yaml\n");
        git(&folder, &["add", "-A", "-f"]);
        commit(&folder);
        let report = judged(&folder, &["deploy"], &[]);
        let denied = report.findings.iter().filter(|finding| finding.rule == "privileged-container").count();
        assert_eq!((report.decision.outcome, denied), (Outcome::Deny, 2), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_policy_that_became_a_link_is_not_what_it_leads_to() {
    let loose = "version: 1\nrules: {unpinned-action: off}\n";
    let folder = repository("link", &[("own.yaml", "version: 1\n"), ("tests/loose.yaml", loose), (PATH, WORKFLOW)]);
    write(&folder, PATH, &(WORKFLOW.to_owned() + BAD));
    std::fs::remove_file(folder.join("own.yaml")).expect("a file");
    std::os::unix::fs::symlink("tests/loose.yaml", folder.join("own.yaml")).expect("a link");
    commit(&folder);
    let output = output(&folder, &["check", "--policy", "own.yaml"], &pull_request(&folder));
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_first_commit_of_a_change_is_not_its_base() {
    let folder = repository("first-parent", &[(PATH, WORKFLOW)]);
    write(&folder, PATH, &(WORKFLOW.to_owned() + BAD));
    write(&folder, "gatepost.yaml", "version: 1\nrules: {unpinned-action: off}\n");
    commit(&folder);
    commit(&folder);
    let event = folder.join(".git/event.json");
    let missing = "f".repeat(40);

    let mut told = pull_request(&folder);
    std::fs::write(&event, format!("{{\"pull_request\": {{\"base\": {{\"sha\": \"{missing}\"}}}}}}")).expect("an event");
    told.retain(|(name, _)| *name != "GITHUB_EVENT_PATH");
    told.push(("GITHUB_EVENT_PATH", event.display().to_string()));
    // A tag of that name is no commit of that id.
    git(&folder, &["tag", &missing]);
    assert_eq!(judged(&folder, &[], &told).decision.outcome, Outcome::Deny);
}

#[test]
fn what_a_change_makes_worse_is_its_own() {
    let before = "on: pull_request\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo \"${{ github.event.pull_request.title }}\"\n";
    let folder = repository("worse", &[(PATH, before)]);
    git(&folder, &["checkout", "-q", "main"]);
    assert!(output(&folder, &["baseline", "create"], &[]).status.success());
    commit(&folder);
    git(&folder, &["checkout", "-q", "-B", "change"]);
    let after = before
        .replace("on: pull_request\n", "on: [pull_request, pull_request_target]\n")
        .replace("permissions: {}", "permissions: write-all");
    write(&folder, PATH, &after);
    commit(&folder);
    for more in [&["--no-baseline", "--diff-base", "main"][..], &[]] {
        let report = judged(&folder, &[&["--only", "template-injection"], more].concat(), &pull_request(&folder));
        assert_eq!(report.decision.outcome, Outcome::Deny, "{more:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_workflow_whose_name_is_no_text_is_not_missed() {
    use std::os::unix::ffi::OsStrExt;
    let folder = repository("no-text", &[(PATH, WORKFLOW)]);
    let name = std::ffi::OsStr::from_bytes(b"b\xff.yml");
    std::fs::write(folder.join(".github/workflows").join(name), WORKFLOW.to_owned() + BAD).expect("a file");
    commit(&folder);
    assert_eq!(judged(&folder, &[], &pull_request(&folder)).decision.outcome, Outcome::Deny);
}
