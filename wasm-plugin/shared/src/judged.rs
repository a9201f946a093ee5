//! What became of files, as far as a flavour tells it in the form of its host. Reports are read as JSON without a form: types of their own
//! would weigh a tenth of the module.

use policy_core::api::{Frame, Operation};
use serde_json::{Value, json};

use crate::answer;

/// A report.
#[derive(Debug)]
pub struct Judged(Value);

/// A finding.
#[derive(Clone, Copy, Debug)]
pub struct Found<'r> {
    /// The rule's id.
    pub rule: &'r str,
    /// How bad it is.
    pub severity: &'r str,
    /// How sure it is.
    pub confidence: &'r str,
    /// The same for the same defect in another version of the file.
    pub fingerprint: &'r str,
    /// The fact.
    pub message: &'r str,
    /// What to do.
    pub help: &'r str,
    /// The file.
    pub path: &'r str,
    /// The line, from one.
    pub line: u64,
    /// The column, from one.
    pub column: u64,
}

/// Why something must not pass.
#[derive(Debug)]
pub enum Refusal<'r> {
    /// A finding that denies.
    Found(Found<'r>),
    /// What else denies, in a sentence.
    Said(String),
}

/// Judges files. `header` is that of a request, and what its offsets point at is in `tail`.
///
/// # Errors
/// Why nothing was judged, in a sentence.
pub fn judge(header: &Value, tail: &[u8]) -> Result<Judged, String> {
    ask(Operation::Evaluate, &Frame::write(header.to_string().as_bytes(), tail)).map(Judged)
}

/// Whether a policy can be used that stands above all others. One that asks for plugins cannot: modules of third parties are run by the
/// command, and never by another module.
///
/// # Errors
/// What is wrong, each with its place.
pub fn check_policy(layer: &Value) -> Result<(), String> {
    let request = json!({ "api": 1, "layers": [layer] });
    let policy = ask(Operation::Policy, request.to_string().as_bytes())?;
    let problems: Vec<String> = items(&policy, "problems").map(told).collect();
    if !problems.is_empty() {
        return Err(problems.join("; "));
    }
    match items(&policy, "plugins").next().map(|plugin| text(plugin, "name")) {
        Some(name) => {
            Err(format!("only the command `gatepost` runs plugins, and this asks for `{name}`: take `plugins` out of it"))
        }
        None => Ok(()),
    }
}

fn ask(operation: Operation, request: &[u8]) -> Result<Value, String> {
    let mut answer: Value = serde_json::from_slice(&answer(operation as u32, request))
        .map_err(|error| format!("the answer of Gatepost cannot be read ({error}): this is an error of Gatepost"))?;
    if let Some(ok) = answer.get_mut("ok") {
        return Ok(ok.take());
    }
    let Some(error) = answer.get("error") else {
        return Err("Gatepost cannot judge this: files that it refers to are lacking".to_owned());
    };
    let problems: Vec<String> = items(error, "problems").map(told).collect();
    let said = if problems.is_empty() { told(error) } else { problems.join("; ") };
    Err(format!("Gatepost cannot judge this: {said}"))
}

impl Judged {
    /// The findings that do this to the decision: `deny` or `warn`.
    pub fn found(&self, action: &str) -> impl Iterator<Item = Found<'_>> {
        let these = items(&self.0, "verdicts").filter(move |verdict| text(verdict, "action") == action);
        these.filter_map(|verdict| self.0.get("findings")?.get(usize::try_from(number(verdict, "finding")).ok()?)).map(found)
    }

    /// Whether nothing was judged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.get("coverage").is_some_and(|coverage| number(coverage, "judged") + number(coverage, "partly") == 0)
    }

    /// Why what was judged must not pass: the findings that deny, and what else denies. Empty if it may pass, or if there was nothing to
    /// judge, which is for each host to take in its own way.
    #[must_use]
    pub fn refusals(&self) -> Vec<Refusal<'_>> {
        let mut refusals: Vec<Refusal<'_>> = self.found("deny").map(Refusal::Found).collect();
        let gates = items(&self.0, "subjects").flat_map(|subject| items(subject, "gates"));
        let denies = |gate: &&Value| text(gate, "gate") != "findings" && matches!(text(gate, "outcome"), "hold" | "deny");
        let other: Vec<String> = gates.filter(denies).flat_map(|gate| items(gate, "trace")).filter_map(string).collect();
        if !other.is_empty() {
            refusals.extend(other.into_iter().chain(self.not_judged()).map(Refusal::Said));
        }
        // A decision that no gate explains still holds.
        let decision = self.0.get("decision").unwrap_or(&Value::Null);
        if refusals.is_empty() && !self.is_empty() && !matches!(text(decision, "outcome"), "allow" | "warn") {
            let reasons: Vec<String> = items(decision, "reasons").filter_map(string).collect();
            refusals.push(Refusal::Said(format!("Gatepost does not let it pass: {}", reasons.join("; "))));
        }
        refusals
    }

    /// Whether the policy has exceptions, whatever became of them.
    #[must_use]
    pub fn has_exceptions(&self) -> bool {
        self.0.get("policy").is_some_and(|policy| items(policy, "exceptions").next().is_some())
    }

    /// Why files were not judged, or not in full.
    pub fn not_judged(&self) -> impl Iterator<Item = String> {
        let files = self.0.get("coverage").into_iter().flat_map(|coverage| items(coverage, "files"));
        let others = files.filter(|file| text(file, "state") != "judged");
        others.flat_map(|file| {
            items(file, "why").map(move |why| {
                // A reason with a place names the file by itself.
                let path = if why.get("location").is_some() { "" } else { text(file, "path") };
                if path.is_empty() { told(why) } else { format!("{path}: {}", told(why)) }
            })
        })
    }
}

fn found(value: &Value) -> Found<'_> {
    let location = value.get("location").unwrap_or(&Value::Null);
    Found {
        rule: text(value, "rule"),
        severity: text(value, "severity"),
        confidence: text(value, "confidence"),
        fingerprint: text(value, "fingerprint"),
        message: text(value, "message"),
        help: text(value, "help"),
        path: text(location, "path"),
        line: number(location, "line"),
        column: number(location, "column"),
    }
}

// What is wrong, its place before it and what to do behind it, where they are known.
fn told(problem: &Value) -> String {
    let mut said = String::new();
    if let Some(at) = problem.get("location") {
        let path = text(at, "path");
        let colon = if path.is_empty() { "" } else { ":" };
        said = format!("{path}{colon}{}:{}: ", number(at, "line"), number(at, "column"));
    }
    said.push_str(text(problem, "message"));
    match text(problem, "hint") {
        "" => said,
        hint => format!("{said} ({hint})"),
    }
}

fn text<'r>(value: &'r Value, key: &str) -> &'r str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, key: &str) -> u64 {
    value.get(key).and_then(Value::as_u64).unwrap_or_default()
}

fn items<'r>(value: &'r Value, key: &str) -> impl Iterator<Item = &'r Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn string(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
