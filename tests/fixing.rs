//! The command's fixes: what is shown is what is written, and nothing is written but what was asked for.

use std::path::Path;
use std::process::{Command, Stdio};

use host_runner::load;

use crate::command::{command, run, scratch, write};

const COMMIT: &str = "8f152de45cc393bb48ce5d89d36b731f54556e65";
const PATH: &str = ".github/workflows/a.yml";
const CALLED: &str = "on: workflow_call\npermissions:\n  contents: read\n  packages: write\njobs: {}\n";

/// A workflow with these steps.
fn workflow(steps: &[&str]) -> String {
    let steps: String = steps.iter().map(|step| format!("      - uses: {step}\n")).collect();
    format!("on: push\npermissions: {{}}\njobs:\n  a:\n    runs-on: x\n    steps:\n{steps}")
}

/// A repository with a pin for `a/b@v1` and a workflow.
fn repository(name: &str, text: &str) -> std::path::PathBuf {
    let folder = scratch(name);
    write(&folder, "pins.json", &format!("{{\"a/b@v1\": {{\"commit\": \"{COMMIT}\", \"version\": \"v1.2.3\"}}}}"));
    write(&folder, PATH, text);
    folder
}

/// What a check with pins ends with and writes to standard output and standard error.
fn check(folder: &Path, more: &[&str]) -> (i32, String, String) {
    let output = run(folder, &[&["check", "--pins", "pins.json"], more].concat());
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code().expect("a code"), text(output.stdout), text(output.stderr))
}

fn read(folder: &Path, path: &str) -> String {
    std::fs::read_to_string(folder.join(path)).expect("a file")
}

#[test]
fn breaks_and_ends_of_files_stay_as_they_are() {
    let pinned = format!("a/b@{COMMIT} # v1.2.3");
    for (name, form) in [
        ("fixing-crlf", (|text: &str| text.replace('\n', "\r\n")) as fn(&str) -> String),
        ("fixing-no-end", |text| text.trim_end().to_owned()),
        ("fixing-bom", |text| format!("\u{FEFF}{text}")),
    ] {
        let folder = repository(name, &form(&workflow(&["a/b@v1", "'a/b@v1'"])));
        let (code, out, err) = check(&folder, &["--fix"]);
        assert_eq!((code, err.as_str()), (0, "fixed 2 findings in .github/workflows/a.yml\n"), "{out}");
        assert_eq!(read(&folder, PATH), form(&workflow(&[&pinned, &format!("'a/b@{COMMIT}' # v1.2.3")])));
        // The second run finds nothing to do, and leaves the file alone.
        let written = || std::fs::metadata(folder.join(PATH)).and_then(|found| found.modified()).expect("a time");
        let before = written();
        assert_eq!(check(&folder, &["--fix"]).2, "");
        assert_eq!(check(&folder, &["--diff"]), (0, String::new(), String::new()));
        assert_eq!(written(), before);
        let names = std::fs::read_dir(folder.join(".github/workflows")).expect("a folder").count();
        assert_eq!(names, 1, "nothing is left beside the file");
    }
}

/// Whether git applies `fix.diff`; none without git.
fn git_apply(folder: &Path) -> Option<bool> {
    let ceiling = folder.parent().expect("a folder");
    let mut git = Command::new("git");
    // As outside of any repository, whose settings would otherwise count.
    git.current_dir(folder).env("GIT_CEILING_DIRECTORIES", ceiling).args(["apply", "fix.diff"]);
    let done = git.status().inspect_err(|_| eprintln!("skipped: git is not here")).ok()?;
    Some(done.success())
}

#[test]
fn the_diff_is_what_is_written() {
    for (name, text) in [
        ("fixing-diff", workflow(&["a/b@v1", "c/d@v1", "a/b@v1"])),
        ("fixing-diff-crlf", workflow(&["a/b@v1", "c/d@v1"]).replace('\n', "\r\n")),
        ("fixing-diff-no-end", workflow(&["a/b@v1"]).trim_end().to_owned()),
    ] {
        let folder = repository(name, &text);
        let (code, diff, err) = check(&folder, &["--diff"]);
        assert_eq!((code, err.as_str()), (1, ""));
        assert_eq!(read(&folder, PATH), text);
        std::fs::write(folder.join("fix.diff"), &diff).expect("a file");
        let Some(taken) = git_apply(&folder) else { return };
        assert!(taken, "git does not take this:\n{diff}");
        let by_diff = read(&folder, PATH);
        write(&folder, PATH, &text);
        check(&folder, &["--fix"]);
        assert_eq!(read(&folder, PATH), by_diff);
        assert_ne!(by_diff, text);
    }
}

#[test]
fn unsafe_fixes_are_made_only_when_asked_for() {
    let caller = "on: push\njobs:\n  a:\n    permissions:\n      contents: read\n    uses: $/.github/workflows/called.yml\n";
    let folder = repository("fixing-unsafe", caller);
    write(&folder, ".github/workflows/called.yml", CALLED);
    assert_eq!(check(&folder, &["--diff"]), (0, String::new(), String::new()));
    let (_, out, err) = check(&folder, &["--fix"]);
    assert!(err.is_empty() && out.ends_with("1 finding can be fixed with --fix --unsafe-fixes\n"), "{out}");
    assert_eq!(read(&folder, PATH), caller);
    assert_eq!(check(&folder, &["--diff", "--unsafe-fixes"]).0, 1);
    let (code, _, err) = check(&folder, &["--fix", "--unsafe-fixes"]);
    assert_eq!((code, err.as_str()), (0, "fixed 1 finding in .github/workflows/a.yml\n"));
    assert_eq!(read(&folder, PATH), caller.replace("contents: read\n", "contents: read\n      packages: write\n"));
}

#[test]
fn the_report_is_of_what_the_files_are_then() {
    let folder = repository("fixing-report", &workflow(&["a/b@v1", "c/d@v1"]));
    let findings = |text: &str| {
        let report: serde_json::Value = serde_json::from_str(text).expect("json");
        report["findings"].as_array().expect("findings").len()
    };
    let (code, out, _) = check(&folder, &["--diff", "--format", "json=report.json"]);
    assert!(code == 1 && out.starts_with("--- a/.github/workflows/a.yml\n"));
    assert_eq!(findings(&read(&folder, "report.json")), 2);
    let (code, out, _) = check(&folder, &["--fix", "--format", "json"]);
    assert_eq!((code, findings(&out)), (1, 1));
}

#[test]
fn what_can_be_fixed_is_counted() {
    let last = |name: &str, text: &str| {
        let folder = repository(name, text);
        write(&folder, ".github/workflows/called.yml", CALLED);
        let (_, out, _) = check(&folder, &[]);
        out.lines().last().unwrap_or_default().to_owned()
    };
    let caller = "  c:\n    permissions: {contents: read}\n    uses: $/.github/workflows/called.yml\n";
    assert_eq!(last("fixing-count", &workflow(&["a/b@v1", "a/b@v1", "c/d@v1"])), "2 findings can be fixed with --fix");
    let both = workflow(&["a/b@v1", "a/b@v1"]) + caller;
    assert_eq!(last("fixing-count-both", &both), "3 findings can be fixed: 2 with --fix, 1 more with --unsafe-fixes");
    let none = workflow(&["c/d@v1"]);
    assert_eq!(last("fixing-count-none", &none), "`gatepost explain unpinned-action` says more of that rule");
}

#[test]
fn what_may_be_ignored_is_not_fixed() {
    let folder = repository("fixing-ignored", &workflow(&["a/b@v1 # gatepost: ignore[unpinned-action] we know them"]));
    assert_eq!(check(&folder, &["--diff", "--origin", "protected"]), (0, String::new(), String::new()));
    assert_eq!(check(&folder, &["--diff", "--origin", "change"]).0, 1);
}

#[test]
fn standard_input_is_shown_and_not_fixed() {
    let folder = repository("fixing-stdin", "");
    let checked = |how: &str| {
        use std::io::Write;
        let mut command = command(&folder);
        command.args(["check", "-", "--pins", "pins.json", how]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command");
        child.stdin.take().expect("a pipe").write_all(workflow(&["a/b@v1"]).as_bytes()).expect("written");
        child.wait_with_output().expect("an end")
    };
    let shown = checked("--diff");
    assert_eq!(shown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&shown.stdout).starts_with("--- a/stdin.yml\n+++ b/stdin.yml\n@@ -4,4 +4,4 @@\n"));
    let refused = checked("--fix");
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("standard input cannot be fixed"));
}

#[test]
fn a_read_only_file_stays_and_the_others_are_fixed() {
    let text = workflow(&["a/b@v1"]);
    let folder = repository("fixing-read-only", &text);
    write(&folder, ".github/workflows/b.yml", &text);
    let file = folder.join(PATH);
    let mut permissions = std::fs::metadata(&file).expect("a file").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&file, permissions).expect("permissions");
    let (code, out, err) = check(&folder, &["--fix"]);
    assert_eq!(err, "fixed 1 finding in .github/workflows/b.yml\nerror: .github/workflows/a.yml is not fixed: it is read-only\n");
    assert!(code == 2 && out.contains("unpinned-action"), "{out}");
    assert_eq!(read(&folder, PATH), text);
    assert!(read(&folder, ".github/workflows/b.yml").contains(COMMIT));
}

#[test]
fn a_file_that_has_changed_is_not_written() {
    let folder = repository("fixing-changed", "a\n");
    let selection = load::select(&[folder.join(PATH)], None).expect("a selection");
    let path = selection.files.keys().next().expect("a file");
    let refused = selection.write(path, b"b\n", b"c\n");
    assert_eq!(refused, Err("it has changed since it was read".to_owned()));
    assert_eq!(read(&folder, PATH), "a\n");
    assert_eq!(selection.write(path, b"a\n", b"c\n"), Ok(()));
    assert_eq!(read(&folder, PATH), "c\n");
}

#[cfg(unix)]
#[test]
fn links_and_permissions_are_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let text = workflow(&["a/b@v1"]);
    let folder = repository("fixing-links", "on: push\njobs: {}\n");
    write(&folder, "shared/ci.yml", &text);
    symlink("../../shared/ci.yml", folder.join(".github/workflows/link.yml")).expect("a link");
    std::fs::set_permissions(folder.join("shared/ci.yml"), std::fs::Permissions::from_mode(0o750)).expect("permissions");
    assert_eq!(check(&folder, &["--fix"]).2, "fixed 1 finding in .github/workflows/link.yml\n");
    assert!(read(&folder, "shared/ci.yml").contains(COMMIT));
    let found = |path: &str| std::fs::symlink_metadata(folder.join(path)).expect("a file");
    assert!(found(".github/workflows/link.yml").is_symlink());
    assert_eq!(found("shared/ci.yml").permissions().mode() & 0o777, 0o750);

    // Out of a repository, and where there is none, a link could lead anywhere.
    let outside = scratch("fixing-links-outside");
    write(&outside, "ci.yml", &text);
    symlink(outside.join("ci.yml"), folder.join(".github/workflows/out.yml")).expect("a link");
    assert_eq!(check(&folder, &["--fix"]).2, "");
    let plain = scratch("fixing-links-plain");
    symlink(outside.join("ci.yml"), plain.join("out.yml")).expect("a link");
    let selection = load::select(&[plain.join("out.yml")], None).expect("a selection");
    if selection.roots.is_empty() {
        let path = selection.files.keys().next().expect("a file");
        assert!(selection.write(path, text.as_bytes(), b"x").is_err());
    }
    assert_eq!(read(&outside, "ci.yml"), text);
}

#[test]
fn a_diff_shows_no_secret_and_nothing_that_is_obeyed() {
    let token = ["gh", "p_", &"a1B2".repeat(9)].concat();
    let text = workflow(&["a/b@v1"]) + &format!("      - run: deploy {token}\n      # \u{202E} ##[group]\n");
    let folder = repository("fixing-secret", &text);
    let (code, out, err) = check(&folder, &["--diff"]);
    assert!(code == 1 && err.contains("cannot be applied"), "{err}");
    assert!(!out.contains("a1B2") && !out.contains('\u{202E}') && !out.contains("##["), "{out}");
    // What is written is the file's own.
    check(&folder, &["--fix"]);
    let pinned = format!("a/b@{COMMIT} # v1.2.3");
    assert_eq!(read(&folder, PATH), text.replace("a/b@v1", &pinned));
}
