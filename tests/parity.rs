//! The module answers what the native engine answers, byte for byte, however the work is cut up.

use policy_core::api::{Answer, Frame, InspectAnswer, Operation};
use policy_core::source::MAX_SOURCE_BYTES;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::corpora;
use crate::support::{
    Random, TestFile, example_of, examples, file, fixtures, module, native, report, repository, request, through, worker,
};

const KEY: &str = "000102030405060708090a0b0c0d0e0f";

/// Named sets of files, with the options to judge them by.
fn sets() -> Vec<(String, Vec<TestFile>, Value)> {
    let mut sets = Vec::new();
    for rule in policies::RULES {
        for (at, (_, text)) in examples(rule.docs).iter().enumerate() {
            let example = example_of(rule.id, text);
            sets.push((format!("{} example {at}", rule.id), example.files, json!({"options": example.options})));
        }
    }
    sets.extend(fixtures().into_iter().map(|(name, example)| (name, example.files, json!({"options": example.options}))));
    for name in ["github-attacked", "github-well-kept"] {
        sets.push((name.to_owned(), repository(name), json!({})));
    }
    sets
}

/// Real files as flat folders are judged: no repository around them.
fn real(name: &str) -> Option<Vec<TestFile>> {
    let folder = corpora::folder(name)?;
    let files = corpora::files(&folder, &[".yml", ".yaml"]);
    let path = |path: &std::path::Path| path.strip_prefix(&folder).expect("below it").to_string_lossy().into_owned();
    let all = files.iter().map(|found| file(&path(found), std::fs::read(found).expect("a file")));
    Some(all.filter(|file| file.bytes.len() < MAX_SOURCE_BYTES).collect())
}

#[test]
fn examples_and_fixtures_give_the_same_bytes() {
    let mut worker = worker();
    for (name, files, more) in sets() {
        let request = request(&files, &more);
        let (native, module) = (native(Operation::Evaluate, &request), through(&mut worker, Operation::Evaluate, &request));
        assert!(native == module, "{name}:\n{}\n{}", String::from_utf8_lossy(&native), String::from_utf8_lossy(&module));
        let report = json!({"report": serde_json::from_slice::<Value>(&native).expect("json")["ok"], "format": "text"});
        let render = serde_json::to_vec(&report).expect("json");
        assert_eq!(self::native(Operation::Render, &render), through(&mut worker, Operation::Render, &render), "{name}");
    }
    assert_eq!(native(Operation::Describe, b""), through(&mut worker, Operation::Describe, b""));
}

#[test]
fn real_files_give_the_same_bytes() {
    let mut worker = worker();
    for name in ["github-real", "gitlab-real"] {
        let Some(files) = real(name) else { continue };
        for batch in files.chunks(100) {
            let request = request(batch, &json!({"head": {"roots": []}}));
            assert!(native(Operation::Evaluate, &request) == through(&mut worker, Operation::Evaluate, &request), "{name}");
        }
    }
}

/// What decides a report: files in batches, each batch on the next of so many threads, on warm or fresh instances.
fn in_pieces(files: &[TestFile], batch: usize, threads: usize, warm: bool, more: &Value) -> Vec<u8> {
    let batches: Vec<&[TestFile]> = files.chunks(batch).collect();
    let inspect = |worker: &mut host_runner::engine::Worker<'_>, batch: &[TestFile]| {
        // Every batch may read all files, and judges its own.
        let mut header_and_tail = request(files, more);
        let frame = Frame::read(&header_and_tail).expect("a frame");
        let mut header: Value = serde_json::from_slice(frame.header).expect("json");
        header["options"]["printKey"] = json!(KEY);
        for file in header["head"]["files"].as_array_mut().expect("files") {
            file["judge"] = json!(batch.iter().any(|judged| file["path"] == json!(judged.path)));
        }
        header_and_tail = Frame::write(&serde_json::to_vec(&header).expect("json"), frame.tail);
        let answer = through(worker, Operation::Inspect, &header_and_tail);
        let answer: Answer<InspectAnswer<Box<RawValue>>> = serde_json::from_slice(&answer).expect("an answer");
        let answer = answer.ok.expect("partials");
        assert!(answer.needs.is_empty());
        answer.partials
    };
    let work = |first: usize| -> Vec<Box<RawValue>> {
        let mut kept = worker();
        let mut partials = Vec::new();
        for batch in batches.iter().skip(first).step_by(threads) {
            if !warm {
                kept = worker();
            }
            partials.extend(inspect(&mut kept, batch));
        }
        partials
    };
    let partials: Vec<Box<RawValue>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|first| scope.spawn(move || work(first))).collect();
        workers.into_iter().rev().flat_map(|worker| worker.join().expect("a worker")).collect()
    });
    // Hosts hand partials on as they got them.
    let partials = serde_json::to_string(&partials).expect("json");
    let decide = format!("{{\"api\": 1, \"head\": {{\"partials\": {partials}}}, \"options\": {{\"printKey\": \"{KEY}\"}}}}");
    through(&mut worker(), Operation::Decide, decide.as_bytes())
}

#[test]
fn order_batches_threads_and_instances_do_not_show() {
    let corpus = real("github-real").map(|files| ("github-real".to_owned(), files, json!({"head": {"roots": []}})));
    let mut random = Random(7);
    for (name, mut files, more) in sets().into_iter().filter(|(_, files, _)| files.len() > 1).chain(corpus) {
        let expected = native(Operation::Evaluate, &request(&files, &more));
        assert!(!report(&expected).coverage.files.is_empty());
        for batch in [1, 7, files.len()] {
            // One file a batch sends the corpus 254 times over: once is enough.
            let ways: &[(usize, bool)] =
                if batch == 1 && files.len() > 100 { &[(2, true)] } else { &[(1, true), (1, false), (2, true)] };
            for (threads, warm) in ways {
                random.shuffle(&mut files);
                let answer = in_pieces(&files, batch, *threads, *warm, &more);
                assert!(answer == expected, "{name}: batches of {batch}, {threads} threads, warm {warm}");
            }
        }
    }
}

#[test]
fn the_interface_is_what_hosts_rely_on() {
    let answer: Value = serde_json::from_slice(&native(Operation::Describe, b"")).expect("json");
    assert_eq!(answer["ok"]["abi"], json!(policy_core::api::ABI_VERSION));
    let ids: Vec<_> = answer["ok"]["rules"].as_array().expect("rules").iter().map(|rule| rule["id"].clone()).collect();
    assert_eq!(ids.len(), policies::RULES.len());
    assert!(module().instance().is_ok());
}
