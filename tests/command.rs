//! The command as people run it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The command, built by `cargo xtask test` or beside this test.
pub(crate) fn gatepost() -> PathBuf {
    if let Some(built) = std::env::var_os("GATEPOST_BIN") {
        return PathBuf::from(built);
    }
    let beside = std::env::current_exe().ok().and_then(|test| Some(test.parent()?.parent()?.to_owned())).unwrap_or_default();
    let command = beside.join(format!("gatepost{}", std::env::consts::EXE_SUFFIX));
    assert!(command.is_file(), "build the command first: `cargo build -p host-runner`, or run `cargo xtask test`");
    command
}

/// An empty folder below cargo's own for tests.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace")
}

/// `program` in `folder`, told nothing of the CI job that runs the test: it would change who could have written the files of it.
pub(crate) fn quiet(program: impl AsRef<OsStr>, folder: &Path) -> Command {
    let told = ["CI", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM"];
    let of_ci = |name: &str| {
        told.contains(&name) || ["CI_", "GITHUB_", "GITLAB_", "GATEPOST_"].iter().any(|prefix| name.starts_with(prefix))
    };
    let mut command = Command::new(program);
    command.current_dir(folder);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(of_ci) {
            command.env_remove(name);
        }
    }
    command
}

/// The command in `folder`, see [`quiet`].
pub(crate) fn command(folder: &Path) -> Command {
    quiet(gatepost(), folder)
}

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder).args(arguments).output().expect("the command")
}

pub(crate) fn write(folder: &Path, path: &str, text: &str) {
    let file = folder.join(path);
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    std::fs::write(file, text).expect("a file");
}

#[test]
fn sessions_are_as_documented() {
    // Paths in sessions are those of the repository.
    std::env::set_current_dir(root()).expect("the workspace");
    trycmd::TestCases::new()
        .register_bin("gatepost", gatepost())
        .env("GITHUB_REPOSITORY", "")
        .env("CI_PROJECT_PATH", "")
        .env("GITHUB_ACTIONS", "")
        .env("GITLAB_CI", "")
        .env("CI", "")
        .env("GATEPOST_POLICY", "")
        .env("GITHUB_STEP_SUMMARY", "")
        .case(Path::new(env!("CARGO_MANIFEST_DIR")).join("cli/*.trycmd"))
        .case(root().join("docs/start/*.md"));
}

#[test]
fn a_rule_is_explained_also_by_the_name_that_others_have_for_it() {
    let explained = |name: &str| String::from_utf8(run(&root(), &["explain", name]).stdout).expect("text");
    assert_eq!(explained("unpinned-uses"), explained("unpinned-action"));
    insta::assert_snapshot!("explain", explained("unpinned-action"));
    let output = run(&root(), &["explain", "zizmor/unpinned-uses"]);
    assert_eq!(output.stderr, b"`zizmor/unpinned-uses` is also what other tools call unpinned-image\n");
}

const INJECTED: &str = "on: issues\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo ${{ github.event.issue.title }}\n";

#[test]
fn what_is_said_of_several_files_as_a_whole_is_said_once() {
    let folder = scratch("parts");
    for name in ["a", "b", "c"] {
        write(&folder, &format!("ci/{name}.gitlab-ci.yml"), ".base:\n  image: alpine\n  script: make\n");
    }
    // From within the repository, paths are those from its root, of every file.
    std::fs::create_dir_all(folder.join(".git")).expect("a folder");
    write(&folder, "docs/d.md", "");
    let output = run(&folder.join("docs"), &["check", "../ci"]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert_eq!(text.matches("a part of a pipeline").count(), 1, "{text}");
    assert!(text.contains("--> ci/a.gitlab-ci.yml\n::: ci/b.gitlab-ci.yml\n::: ci/c.gitlab-ci.yml\n"), "{text}");
}

#[test]
fn discovery_takes_what_github_reads() {
    let folder = scratch("discovery");
    write(&folder, ".github/workflows/a.yml", INJECTED);
    write(&folder, ".github/workflows/b.yaml", INJECTED);
    write(&folder, ".github/workflows/nested/c.yml", INJECTED);
    write(&folder, ".github/workflows/notes.md", INJECTED);
    write(&folder, "docs/d.yml", INJECTED);
    write(&folder, "tools/act/action.yml", "runs:\n  using: composite\n  steps:\n    - uses: a/b@v1\n");
    write(&folder, "node_modules/x/action.yml", "runs:\n  using: composite\n  steps:\n    - uses: a/b@v1\n");
    let shown = |arguments: &[&str]| -> Vec<String> {
        let output = run(&folder, &[&["check", "--format", "json"], arguments].concat());
        let report: serde_json::Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        let files = report["coverage"]["files"].as_array().expect("files").clone();
        files.iter().map(|file| file["path"].as_str().expect("a path").to_owned()).collect()
    };
    let repository = [".github/workflows/a.yml", ".github/workflows/b.yaml", "tools/act/action.yml"];
    assert_eq!(shown(&[]), repository);
    assert_eq!(shown(&["."]), repository);
    // What is named is judged, wherever it lies; a folder that is no repository is searched.
    assert_eq!(shown(&["docs/d.yml"]), ["docs/d.yml"]);
    assert_eq!(shown(&["docs"]), ["docs/d.yml"]);
    assert_eq!(shown(&[".github/workflows/nested/c.yml", "docs"]), [".github/workflows/nested/c.yml", "docs/d.yml"]);
}

#[test]
fn discovery_follows_the_index_and_not_ignore_files() {
    let folder = scratch("index");
    let git = |arguments: &[&str]| {
        let done = Command::new("git").current_dir(&folder).args(arguments).output();
        done.is_ok_and(|output| output.status.success())
    };
    write(&folder, ".github/workflows/tracked.yml", INJECTED);
    write(&folder, "vendor/act/action.yml", "runs:\n  using: composite\n  steps:\n    - uses: a/b@v1\n");
    write(&folder, ".github/workflows/deleted.yml", INJECTED);
    if !git(&["init", "--quiet"]) || !git(&["add", "."]) {
        eprintln!("skipped: git is not here");
        return;
    }
    // Ignoring a tracked file does not hide it, and GitHub does not ask ignore files; what is deleted is gone.
    write(&folder, ".gitignore", "*.yml\n");
    write(&folder, ".github/workflows/untracked.yaml", INJECTED);
    write(&folder, "other/action.yml", "runs: {using: composite, steps: []}\n");
    std::fs::remove_file(folder.join(".github/workflows/deleted.yml")).expect("removed");
    let output = run(&folder, &["check", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("json");
    let files: Vec<&str> =
        report["coverage"]["files"].as_array().expect("files").iter().filter_map(|file| file["path"].as_str()).collect();
    assert_eq!(files, [".github/workflows/tracked.yml", ".github/workflows/untracked.yaml", "vendor/act/action.yml"]);
}

#[test]
fn a_folder_that_is_named_is_searched_though_git_ignores_it() {
    let folder = scratch("ignored");
    write(&folder, ".git/HEAD", "ref: refs/heads/main\n");
    write(&folder, ".gitignore", "out/\n");
    write(&folder, "out/a.yml", INJECTED);
    let output = run(&folder, &["check", "out"]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
}

/// How the command ends on standard input, and the path and state of each file that it judged.
fn judged(arguments: &[&str], text: &str) -> (Option<i32>, Vec<(String, String)>) {
    use std::io::Write;
    let mut command = command(&root());
    let mut child = command.args(["check", "-", "--format", "json"]).args(arguments);
    child = child.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = child.spawn().expect("the command");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("an end");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("json");
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let files = report["coverage"]["files"].as_array().expect("files").iter();
    (output.status.code(), files.map(|file| (text(&file["path"]), text(&file["state"]))).collect())
}

#[test]
fn standard_input_is_recognised_by_content_or_by_name() {
    let one = |code: i32, path: &str, state: &str| (Some(code), vec![(path.to_owned(), state.to_owned())]);
    assert_eq!(judged(&[], INJECTED), one(1, "stdin.yml", "judged"));
    assert_eq!(judged(&[], "a: 1\n"), one(3, "stdin.yml", "opaque"));
    let named = ["--stdin-name", ".github/workflows/x.yml"];
    assert_eq!(judged(&named, "on: [\n"), one(1, ".github/workflows/x.yml", "refused"));
    assert_eq!(judged(&[], ""), one(3, "stdin.yml", "opaque"));
    let json = r#"{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Namespace"}]}"#;
    assert_eq!(judged(&["--only", "privileged-container"], json), one(0, "stdin.json", "judged"));
    let named = ["--only", "privileged-container", "--stdin-name", "dump.json"];
    assert_eq!(judged(&named, json), one(0, "dump.json", "judged"));
}

#[test]
fn what_helm_renders_becomes_the_files_that_it_names() {
    let only = ["--only", "privileged-container"];
    let files = |files: &[&str]| (Some(0), files.iter().map(|file| ((*file).to_owned(), "judged".to_owned())).collect());
    let section = |source: &str| format!("---\n# Source: {source}\n{POD}");
    let stream = [section("shop/templates/b.yaml"), section("shop/templates/a.yaml"), section("shop/templates/b.yaml")].concat();
    assert_eq!(judged(&only, &stream), files(&["shop/templates/a.yaml", "shop/templates/b.yaml"]));
    // A chart cannot put its own in the place of a file that is judged.
    let well_kept = "examples/github-well-kept/.github/workflows/ci.yml";
    let stream = section(well_kept);
    assert_eq!(judged(&[only.as_slice(), &[well_kept]].concat(), &stream), files(&[well_kept, &format!("stdin/{well_kept}")]));
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n";

#[test]
fn manifests_are_found_by_their_text() {
    let folder = scratch("manifests");
    let git = |arguments: &[&str]| {
        let done = Command::new("git").current_dir(&folder).args(arguments).output();
        done.is_ok_and(|output| output.status.success())
    };
    write(&folder, "deploy/a.yml", POD);
    write(&folder, "deploy/b.json", r#"{"apiVersion": "v1", "kind": "Pod"}"#);
    write(&folder, "deploy/c.yaml", "apiVersion: example.com/v1\nkind: Other\n");
    write(&folder, "deploy/kustomization.yaml", "resources: [a.yml]\n");
    write(&folder, "chart/Chart.yaml", "apiVersion: v2\nname: a\n");
    write(&folder, "chart/values.yaml", "extra:\n  - apiVersion: v1\n    kind: Pod\n");
    write(&folder, "chart/templates/c.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  {{- include \"labels\" . | nindent 2 }}\n");
    write(&folder, "docs/d.md", POD);
    write(&folder, "package.json", r#"{"name": "a"}"#);
    let shown = |arguments: &[&str]| -> Vec<String> {
        let output = run(&folder, &[&["check", "--format", "json"], arguments].concat());
        let report: serde_json::Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        let files = report["coverage"]["files"].as_array().expect("files").clone();
        let below = |path: &str| path.strip_prefix("target/tmp/manifests/").unwrap_or(path).to_owned();
        let shown = |file: &serde_json::Value| Some(format!("{} {}", below(file["path"].as_str()?), file["state"].as_str()?));
        files.iter().filter_map(shown).collect()
    };
    let deployed = ["deploy/a.yml judged", "deploy/b.json judged", "deploy/c.yaml opaque", "deploy/kustomization.yaml opaque"];
    let found = [&["chart/templates/c.yaml opaque"], deployed.as_slice()].concat();
    // Of a folder that is no repository all YAML, and what looks like a manifest.
    let yaml = [&["chart/Chart.yaml opaque", "chart/templates/c.yaml opaque", "chart/values.yaml opaque"], deployed.as_slice()];
    assert_eq!(shown(&["."]), yaml.concat());
    if !git(&["init", "--quiet"]) || !git(&["add", "."]) {
        eprintln!("skipped: git is not here");
        return;
    }
    // What git does not track is nobody's manifest yet, and a link shows what is found elsewhere.
    write(&folder, "deploy/untracked.yml", POD);
    assert_eq!(shown(&[]), found);
    assert_eq!(shown(&["deploy"]).len(), deployed.len() + 1);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("a.yml", folder.join("deploy/link.yml")).expect("a link");
        assert!(git(&["add", "deploy/link.yml"]));
        assert_eq!(shown(&[]), found);
    }
}

#[cfg(unix)]
#[test]
fn links_out_of_a_repository_are_not_read() {
    let folder = scratch("links");
    let outside = scratch("links-outside");
    write(&outside, "secret.yml", INJECTED);
    write(&folder, ".github/workflows/a.yml", "on: push\njobs: {}\n");
    std::os::unix::fs::symlink(outside.join("secret.yml"), folder.join(".github/workflows/b.yml")).expect("a link");
    let output = run(&folder, &["check", "--color", "never"]);
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(out.contains("it is a link to something outside of its repository"), "{out}");
    assert!(!out.contains("issue.title"), "{out}");
    assert_eq!(output.status.code(), Some(1), "a file that CI executes and that is not read denies");
}

#[test]
fn several_outputs_are_written_in_one_run() {
    let folder = scratch("outputs");
    write(&folder, ".github/workflows/a.yml", INJECTED);
    let output = run(&folder, &["check", "--format", "json=report.json", "--format", "terminal=report.txt", "--format", "json"]);
    let file = std::fs::read(folder.join("report.json")).expect("the report");
    assert_eq!(file, output.stdout);
    let text = std::fs::read_to_string(folder.join("report.txt")).expect("the report");
    assert!(text.contains("error[template-injection]") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn snapshots_are_taken_from_files() {
    let folder = scratch("snapshots");
    write(&folder, ".github/workflows/a.yml", INJECTED);
    let judged = |id: &str| {
        write(&folder, "newer.txt", &format!("# id: {id}\n# date: 2026-12-24\n# source: a test\na/b\n"));
        let output = run(&folder, &["check", "--data", "newer.txt"]);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(judged("archived-actions"), (Some(1), String::new()));
    let (code, said) = judged("archived-action");
    assert_eq!(code, Some(2));
    assert!(said.contains("a snapshot that there is not; did you mean `archived-actions`?"), "{said}");
}

#[test]
fn more_threads_and_other_batches_give_the_same_report() {
    let report = |more: &[&str]| run(&root(), &[&["check", "examples/github-attacked", "--format", "json"], more].concat()).stdout;
    let one = report(&["--threads", "1"]);
    assert_eq!(one, report(&["--threads", "2", "--batch-bytes", "1"]));
    assert_eq!(one, report(&["--threads", "8", "--batch-bytes", "1000"]));
}
