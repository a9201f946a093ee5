//! Input that is made to break a reader: each ends soon, in bounded memory, with a report, and the other files are still judged.

use std::time::{Duration, Instant};

use policy_core::api::Operation;
use policy_core::report::{Action, FileState, Report};
use serde_json::json;

use crate::support::{TestFile, file, report, request, through, worker};

/// How long one of them may take. The memory limit of 512 MiB is that of the instance.
const LIMIT: Duration = Duration::from_secs(10);

const BYSTANDER: &str = "on: issues\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo ${{ github.event.issue.title }}\n";

fn steps(steps: &str) -> String {
    format!("on: issues\njobs:\n  a:\n    runs-on: x\n    steps:\n{steps}")
}

fn bomb(width: usize, levels: usize) -> String {
    let mut text = format!("a0: &a0 [{}]\n", vec!["x"; width].join(", "));
    for level in 1..levels {
        text += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); width].join(", "));
    }
    text + "on: push\njobs: {}\n"
}

fn jobs(count: usize, job: impl Fn(usize) -> String) -> String {
    let jobs: String = (0..count).map(|at| format!("  j{at}: {}\n", job(at))).collect();
    format!("on: push\njobs:\n{jobs}")
}

fn utf16(text: &str) -> Vec<u8> {
    [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

fn workflow(name: &str, bytes: impl Into<Vec<u8>>) -> TestFile {
    file(&format!(".github/workflows/{name}.yml"), bytes)
}

/// What is wrong with reading at all.
fn unreadable() -> Vec<TestFile> {
    let nested: String = (0..3000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    vec![
        workflow("alias-bomb", bomb(9, 40)),
        workflow("alias-bomb-wide", bomb(400, 4)),
        workflow("alias-loop", "on: push\njobs: &x\n  a: *x\n"),
        workflow("brackets", "[".repeat(100_000)),
        workflow("braces", "{a: ".repeat(100_000)),
        workflow("levels", nested),
        workflow("sequence-levels", "- ".repeat(3000)),
        workflow("nul", b"on: push\njobs: {}\n\0evil: 1\n".to_vec()),
        workflow("invalid-utf8", b"on: push\njobs:\n  a:\n    runs-on: \xFF\xFE\xC3\n".to_vec()),
        workflow("utf16", utf16("on: push\njobs: {}\n")),
        workflow("template", "on: push\njobs:\n{{- range .Values.jobs }}\n  {{ .name }}: {}\n{{- end }}\n"),
        workflow("empty", ""),
        workflow("only-bom", "\u{FEFF}"),
        workflow("tags", format!("on: push\njobs: {}{{}}\n", "!".repeat(10_000))),
        workflow("anchors", (0..20_000).map(|at| format!("a{at}: &a{at} x\n")).collect::<String>() + "on: push\njobs: {}\n"),
        workflow("aliases-of-anchors", {
            let anchors: String = (0..200_000).map(|at| format!("- &a{at} x\n")).collect();
            format!("f: &f 1\nb:\n{anchors}c: [{}]\non: push\njobs: {{}}\n", "*f,".repeat(200_000))
        }),
        workflow("large-node-shown-last", {
            let list = "y, ".repeat(400_000);
            format!("x: &x [{list}]\non: push\njobs: {{}}\nz:\n{}", "  - k: *x\n".repeat(2_000))
        }),
        workflow("many-entries", "b:\n".to_owned() + &"- a: b\n".repeat(300_000)),
        workflow("flow-over-lines", format!("b: [{}]\non: push\njobs: {{}}\n", "x,\n ".repeat(4_000_000))),
        workflow("documents", "---\n[\n".repeat(20_000)),
        workflow("comments", "# x\n".repeat(200_000) + "on: push\njobs: {}\n"),
        workflow("hashes", "#".repeat(8 << 20) + "\non: push\njobs: {}\n"),
        workflow("carriage-returns", "on: push\rjobs:\r  a:\r    runs-on: x\r"),
        workflow("long-key", format!("{}: 1\non: push\njobs: {{}}\n", "k".repeat(5000))),
    ]
}

/// What costs work once it is read.
fn costly() -> Vec<TestFile> {
    let deep = format!("{}github.event.issue.title{}", "(".repeat(20_000), ")".repeat(20_000));
    let not = format!("{}true", "!".repeat(20_000));
    let tokens = ["xo", "xb-"].concat().repeat(3 << 20);
    let keys: String = (0..40_000).map(|at| format!("? [k{at}]\n: ${{{{ github.event.issue.title }}}}\n")).collect();
    vec![
        workflow("one-line", steps(&format!("      - run: {} ${{{{ github.event.issue.title }}}}\n", "x ".repeat(8 << 20)))),
        workflow("one-line-of-tokens", steps(&format!("      - run: {tokens} ${{{{ github.event.issue.title }}}}\n"))),
        workflow("sixty-thousand-jobs", jobs(60_000, |_| "{runs-on: x}".to_owned())),
        workflow("deep-expression", steps(&format!("      - run: echo ${{{{ {deep} }}}}\n"))),
        workflow("deep-negation", steps(&format!("      - run: echo ${{{{ {not} }}}}\n"))),
        workflow("long-expression", steps(&format!("      - run: echo ${{{{ github{} }}}}\n", ".event".repeat(3_000)))),
        workflow("many-expressions", steps(&format!("      - run: echo {}\n", "${{ github.event.issue.title }}".repeat(100_000)))),
        workflow("open-expressions", steps(&format!("      - run: echo {}\n", "${{ ".repeat(1_000_000)))),
        workflow("quotes", steps(&format!("      - run: echo {}\n", "${{ '".repeat(200_000)))),
        workflow("collection-keys", format!("{keys}on: push\njobs: {{}}\n")),
        workflow("same-keys", "a: 1\n".repeat(100_000) + "on: push\njobs: {}\n"),
        workflow("jobs-with-secrets", {
            let env: String = (0..5_000).map(|at| format!("  V{at}: ${{{{ secrets.S{at} }}}}\n")).collect();
            format!("env:\n{env}{}", jobs(5_000, |at| format!("{{environment: e{at}, runs-on: x}}")))
        }),
        workflow("environments", jobs(4_000, |at| format!("{{environment: e{at}, env: {{A: '${{{{ secrets.A }}}}'}}}}"))),
        workflow("callers", jobs(9_500, |_| "{uses: ./.github/workflows/callers-b.yml}".to_owned())),
        workflow("calls-itself", jobs(9_500, |_| "{uses: ./.github/workflows/calls-itself.yml}".to_owned())),
        workflow("shared-steps", {
            let list: String = (0..400).map(|_| "    - uses: a/b@v1\n".to_owned()).collect();
            format!("x: &x\n{list}{}", jobs(20, |_| "{steps: *x}".to_owned()))
        }),
        workflow("long-names", steps(&format!("      - uses: {}/x@v1\n", "token:".repeat(200_000)))),
        file("action.yml", format!("runs:\n  using: composite\n  steps:\n{}", "  - run: a\n    shell: b\n".repeat(60_000))),
        file(
            "many/action.yml",
            format!(
                "runs:\n  using: composite\n  steps:\n{}",
                (0..20_000).map(|at| format!("  - uses: ./a{at}\n")).collect::<String>()
            ),
        ),
    ]
}

/// Objects of Kubernetes that many others could be looked at for.
fn manifests() -> Vec<TestFile> {
    let manifest = |name: &str, text: String| file(&format!("manifests/{name}.yaml"), text);
    let objects = |count: usize, object: &dyn Fn(usize) -> String| -> String {
        (0..count).map(|at| format!("---\n{}\n", object(at))).collect()
    };
    let head = "apiVersion: rbac.authorization.k8s.io/v1, kind";
    let pod = "apiVersion: v1, kind: Pod, metadata: {name: p, labels: {a: b}}, spec";
    let containers = "{name: c, image: x, securityContext: {privileged: true}}, ".repeat(60_000);
    vec![
        manifest("many-objects", objects(52_000, &|at| format!("{{apiVersion: v1, kind: Service, metadata: {{name: s{at}}}}}"))),
        manifest("lists", format!("{}{{}}{}", "{apiVersion: v1, kind: List, items: [".repeat(100), "]}".repeat(100))),
        manifest("many-containers", format!("{{{pod}: {{containers: [{containers}]}}}}")),
        manifest("services-and-pods", {
            let service = "apiVersion: v1, kind: Service, metadata: {name: s}, spec: {selector: {a: b}}";
            let policy = "apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: n}, spec: {podSelector: {}}";
            objects(2_500, &|_| format!("{{{service}}}\n---\n{{{policy}}}\n---\n{{{pod}: {{containers: []}}}}"))
        }),
        manifest("aggregation", {
            let rule = "rules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]";
            let chain = |at: usize| {
                let selector = format!("aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{l: r{}}}}}]}}", at + 1);
                let own = if at == 2_000 { rule.to_owned() } else { selector };
                format!("{{{head}: ClusterRole, metadata: {{name: r{at}, labels: {{l: r{at}}}}}, {own}}}")
            };
            objects(2_001, &chain)
        }),
        manifest("bindings", {
            let rule = "{apiGroups: [''], resources: [pods], verbs: [create, impersonate, escalate]}, ".repeat(200);
            let subjects: String = (0..200).map(|at| format!("{{kind: ServiceAccount, name: s{at}, namespace: n}}, ")).collect();
            let role = format!("{{{head}: ClusterRole, metadata: {{name: r}}, rules: [{rule}]}}");
            let reference = "roleRef: {kind: ClusterRole, name: r}";
            let binding =
                |at| format!("{{{head}: ClusterRoleBinding, metadata: {{name: b{at}}}, {reference}, subjects: [{subjects}]}}");
            role + "\n" + &objects(200, &binding)
        }),
    ]
}

fn judged(worker: &mut host_runner::engine::Worker<'_>, hostile: TestFile) -> Report {
    let name = hostile.path.clone();
    let mut files = vec![hostile, workflow("bystander", BYSTANDER)];
    if name.contains("callers") {
        // What `callers` calls, so that there is as much to look at on both sides.
        let called =
            jobs(4_500, |_| "{permissions: write-all, runs-on: x}".to_owned()).replacen("on: push", "on: workflow_call", 1);
        files.push(workflow("callers-b", called));
    }
    let request = request(&files, &json!({}));
    // A machine that is busy may need a second try.
    let mut fastest = Duration::MAX;
    let mut answer = Vec::new();
    for _ in 0..3 {
        let begun = Instant::now();
        answer = through(worker, Operation::Evaluate, &request);
        fastest = fastest.min(begun.elapsed());
        if fastest < LIMIT {
            break;
        }
    }
    eprintln!("{name}: {} ms, {} bytes of answer", fastest.as_millis(), answer.len());
    assert!(fastest < LIMIT, "{name} takes {fastest:?}");
    assert!(answer.len() < 64 << 20, "{name}: an answer of {} bytes", answer.len());
    report(&answer)
}

fn summary(report: &Report, path: &str) -> String {
    let file = report.coverage.files.iter().find(|file| file.path == path).expect("every file is in the report");
    let mut out = format!("{path}: {:?}", file.state);
    for why in &file.why {
        let place = why.location.as_ref().map_or(String::new(), |at| format!(" at {}:{}", at.line, at.column));
        out += &format!("\n  {}{place}", why.message);
        if file.why.len() > 3 {
            out += &format!("\n  and {} more", file.why.len() - 1);
            break;
        }
    }
    let findings = report.findings.iter().filter(|finding| finding.location.path == path).count();
    if findings > 0 { format!("{out}\n  {findings} findings\n") } else { out + "\n" }
}

fn of_bystander(report: &Report) -> usize {
    let findings = report.findings.iter().filter(|finding| finding.location.path.ends_with("bystander.yml"));
    findings.filter(|finding| finding.rule == "template-injection").count()
}

#[test]
fn every_hostile_file_ends_soon_and_hides_no_other() {
    let mut worker = worker();
    let mut summaries = String::new();
    for hostile in unreadable().into_iter().chain(costly()).chain(manifests()) {
        let path = hostile.path.clone();
        let report = judged(&mut worker, hostile);
        summaries += &summary(&report, &path);
        assert_eq!(of_bystander(&report), 1, "{path} hides the bystander's finding");
        let state = report.coverage.files.iter().find(|file| file.path.ends_with("bystander.yml")).map(|file| file.state);
        assert_eq!(state, Some(FileState::Judged));
        assert!(report.verdicts.iter().any(|verdict| verdict.action == Action::Deny));
    }
    insta::assert_snapshot!("hostile", summaries);
}

#[test]
fn all_hostile_files_in_one_run_are_reported() {
    let files: Vec<TestFile> = unreadable().into_iter().chain(costly()).chain(manifests()).collect();
    let together = request(&files, &json!({}));
    let mut worker = worker();
    match worker.call(Operation::Evaluate, &[&together]) {
        Ok(answer) => assert_eq!(report(&answer).coverage.files.len(), files.len()),
        // Together they may need more than one instance may have; then the host is told, and goes on.
        Err(crash) => assert!(!crash.message.is_empty()),
    }
    let after = through(&mut worker, Operation::Evaluate, &request(&[workflow("bystander", BYSTANDER)], &json!({})));
    assert_eq!(of_bystander(&report(&after)), 1);
}
