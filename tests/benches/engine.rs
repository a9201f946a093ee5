//! The module against the native engine, on the same request: `cargo xtask bench` prints the ratio.

#[path = "../corpora.rs"]
mod corpora;

use std::path::{Path, PathBuf};

use criterion::{Criterion, criterion_group, criterion_main};
use host_runner::engine::Judge;
use policy_core::api::{self, Frame, Operation, Setup};
use serde_json::json;
use sha2::{Digest, Sha256};

/// The workflows of the corpus github-real or, where it is not, of the example.
fn files() -> Vec<PathBuf> {
    let example = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/github-attacked/.github/workflows");
    let folder = corpora::folder("github-real").unwrap_or_else(example);
    corpora::files(&folder, &[".yml", ".yaml"])
}

fn request() -> Vec<u8> {
    let mut tail = Vec::new();
    let mut entries = Vec::new();
    for path in files() {
        let bytes = std::fs::read(&path).unwrap_or_default();
        // As the command does: hosts digest faster than a module.
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let digest = format!("sha256:{digest}");
        entries.push(json!({"path": path.to_string_lossy(), "offset": tail.len(), "length": bytes.len(), "digest": digest}));
        tail.extend(bytes);
    }
    let header = json!({"api": 1, "head": {"files": entries, "complete": true}});
    Frame::write(header.to_string().as_bytes(), &tail)
}

fn evaluate(criterion: &mut Criterion) {
    let request = request();
    let setup = Setup { rules: policies::RULES, data: policies::DATA, breadcrumb: |_, _| {} };
    let Ok(judge) = Judge::new() else { return };
    let Ok(mut worker) = judge.instance() else { return };
    let mut group = criterion.benchmark_group("evaluate");
    group.bench_function("native", |bencher| bencher.iter(|| api::call(setup, Operation::Evaluate as u32, &request)));
    group.bench_function("module", |bencher| {
        bencher.iter(|| worker.call(Operation::Evaluate, &[&request]).map_err(|crash| crash.message))
    });
    group.finish();
}

criterion_group! { name = benches; config = Criterion::default().sample_size(30); targets = evaluate }
criterion_main!(benches);
