//! The module against the native engine, on the same request: `cargo xtask bench` prints the ratio.

#[path = "../corpora.rs"]
mod corpora;

use std::path::{Path, PathBuf};

use criterion::{Criterion, criterion_group, criterion_main};
use host_runner::engine::Judge;
use policy_core::api::{self, Frame, Operation, Setup};
use policy_core::text::hex;
use serde_json::json;
use sha2::{Digest, Sha256};

/// The corpora that `cargo xtask bench` tells the ratio for.
const CORPORA: [&str; 3] = ["github-real", "gitlab-real", "k8s-real"];

/// Requests by their names: each corpus in one, or the example where there is none.
fn requests() -> Vec<(String, Vec<u8>)> {
    // `cargo xtask bench hosts` gives the one that it gives to hosts.
    if let Some(given) = std::env::var_os("GATEPOST_BENCH_REQUEST") {
        return vec![("given".to_owned(), std::fs::read(given).unwrap_or_default())];
    }
    let here = CORPORA.into_iter().filter_map(|name| Some((name, corpora::folder(name)?)));
    let mut requests: Vec<_> = here.map(|(name, folder)| (name.to_owned(), request(&folder))).collect();
    if requests.is_empty() {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/github-attacked/.github/workflows");
        requests.push(("example".to_owned(), request(&example)));
    }
    requests
}

fn request(folder: &Path) -> Vec<u8> {
    let mut tail = Vec::new();
    let mut entries = Vec::new();
    for path in corpora::files(folder, &[".yml", ".yaml"]) {
        let bytes = std::fs::read(&path).unwrap_or_default();
        // As the command does: hosts digest faster than a module.
        let digest = format!("sha256:{}", hex(&Sha256::digest(&bytes)));
        entries.push(json!({"path": path.to_string_lossy(), "offset": tail.len(), "length": bytes.len(), "digest": digest}));
        tail.extend(bytes);
    }
    let header = json!({"api": 1, "head": {"files": entries, "complete": true}});
    Frame::write(header.to_string().as_bytes(), &tail)
}

fn evaluate(criterion: &mut Criterion) {
    let setup = Setup { rules: policies::RULES, data: policies::DATA, packs: policies::PACKS, breadcrumb: |_| {} };
    let Ok(judge) = Judge::new() else { return };
    let Ok(mut worker) = judge.instance() else { return };
    for (name, request) in requests() {
        let mut group = criterion.benchmark_group(name);
        group.bench_function("native", |bencher| bencher.iter(|| api::call(setup, Operation::Evaluate as u32, &request)));
        group.bench_function("module", |bencher| {
            bencher.iter(|| worker.call(Operation::Evaluate, &[&request]).map_err(|crash| crash.message))
        });
        group.finish();
    }
}

/// A made pipeline: 50 included files with 40 jobs each, which extend, refer and need.
fn made() -> Vec<(String, Vec<u8>)> {
    let includes: String = (0..50).map(|at| format!("  - ci/{at}.yml\n")).collect();
    let root = format!(
        "include:\n{includes}stages: [build, test, deploy]\ndefault: {{ image: 'ruby:3.3', retry: 1 }}\nvariables: {{ A: a, B: b }}\n"
    );
    let mut files = vec![(".gitlab-ci.yml".to_owned(), root.into_bytes())];
    for at in 0..50 {
        let mut text = format!(
            ".base{at}:\n  before_script: [make setup, echo $A]\n  variables: {{ C: c, D: d }}\n  rules:\n    - if: $CI_COMMIT_BRANCH == \"main\"\n"
        );
        for job in 0..40 {
            let stage = ["build", "test", "deploy"][job * 3 / 40];
            let needs = if job == 0 { String::new() } else { format!("job {at} {}", job - 1) };
            text += &format!(
                "job {at} {job}:\n  extends: .base{at}\n  stage: {stage}\n  needs: [{needs}]\n  variables: {{ E: e{job} }}\n  script:\n    - !reference [.base{at}, before_script]\n    - make target-{job}\n    - curl -sSf https://example.com/$A | tar x\n"
            );
        }
        files.push((format!("ci/{at}.yml"), text.into_bytes()));
    }
    files
}

/// The repositories of the ten largest files of the corpus gitlab-real.
fn largest() -> Vec<(String, Vec<u8>)> {
    let Some(folder) = corpora::folder("gitlab-real") else { return Vec::new() };
    let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |found| found.len());
    let mut files = corpora::files(&folder, &[".yml", ".yaml"]);
    files.sort_by_key(|path| std::cmp::Reverse(size(path)));
    files.truncate(10);
    files.iter().map(|path| (path.to_string_lossy().into_owned(), std::fs::read(path).unwrap_or_default())).collect()
}

fn judged(files: &[(String, Vec<u8>)], roots: &[&str]) -> Vec<u8> {
    let (mut tail, mut entries) = (Vec::new(), Vec::new());
    for (path, bytes) in files {
        let judge = roots.is_empty() || path == ".gitlab-ci.yml";
        entries.push(json!({"path": path, "offset": tail.len(), "length": bytes.len(), "judge": judge}));
        tail.extend_from_slice(bytes);
    }
    let header = json!({"api": 1, "head": {"files": entries, "complete": true, "roots": roots}});
    Frame::write(header.to_string().as_bytes(), &tail)
}

fn pipelines(criterion: &mut Criterion) {
    let Ok(judge) = Judge::new() else { return };
    let Ok(mut worker) = judge.instance() else { return };
    let mut group = criterion.benchmark_group("pipelines");
    for (name, request) in [("made", judged(&made(), &[""])), ("largest", judged(&largest(), &[]))] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| worker.call(Operation::Evaluate, &[request.as_slice()]).map_err(|crash| crash.message))
        });
    }
    group.finish();
}

criterion_group! { name = benches; config = Criterion::default().sample_size(30); targets = evaluate, pipelines }
criterion_main!(benches);
