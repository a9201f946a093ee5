//! Draws findings for a person to judge by reading.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use policy_core::report::Finding;
use policy_core::rule::Severity;

use crate::tools::{self, corpora};

/// Lines of the file that are shown before and behind the finding.
const CONTEXT: u32 = 6;

/// Prints the drawn findings as Markdown, with the lines around them.
pub(crate) fn run(seed: u64, count: usize, folder: Option<PathBuf>, least: Severity) -> anyhow::Result<()> {
    let folder = match folder {
        Some(folder) => folder,
        None => corpora(None).context("the corpora are not here: name a folder, or set GATEPOST_CORPORA")?.join("github-real"),
    };
    let report = tools::report(&folder, &[])?;
    let mut by_rule: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.severity >= least) {
        by_rule.entry(&finding.rule).or_default().push(finding);
    }
    let all: usize = by_rule.values().map(Vec::len).sum();
    let counts: Vec<String> = by_rule.iter().map(|(rule, findings)| format!("{rule} {}", findings.len())).collect();
    println!("seed {seed}, {count} of {all} findings of {} severity or higher: {}\n", least.name(), counts.join(", "));
    for (at, finding) in draw(by_rule, count, seed).into_iter().enumerate() {
        show(at + 1, finding, &folder);
    }
    Ok(())
}

/// From each rule in turn one finding, until there are enough: a rule that finds much does not crowd out the others.
fn draw<'f>(by_rule: BTreeMap<&str, Vec<&'f Finding>>, count: usize, seed: u64) -> Vec<&'f Finding> {
    let mut random = Random(seed);
    let mut left: Vec<Vec<&'f Finding>> = by_rule.into_values().collect();
    let mut drawn: Vec<&'f Finding> = Vec::new();
    while drawn.len() < count && left.iter().any(|findings| !findings.is_empty()) {
        for findings in left.iter_mut().filter(|findings| !findings.is_empty()) {
            if drawn.len() < count {
                drawn.push(findings.swap_remove(random.below(findings.len())));
            }
        }
    }
    drawn.sort_by(|a, b| (&a.rule, &a.location.path, a.location.span).cmp(&(&b.rule, &b.location.path, b.location.span)));
    drawn
}

fn show(number: usize, finding: &Finding, folder: &Path) {
    let at = &finding.location;
    let path = Path::new(&at.path);
    let name = path.strip_prefix(folder).unwrap_or(path).display();
    println!("## {number}. {} in {name}:{}:{}", finding.rule, at.line, at.column);
    println!("{:?} severity, {:?} confidence: {}", finding.severity, finding.confidence, finding.message);
    if let Some(reason) = &finding.reason {
        println!("reason: {reason}");
    }
    println!("help: {}", finding.help);
    for related in &finding.related {
        println!("also {}:{}: {}", related.location.path, related.location.line, related.label);
    }
    let text = std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    println!("```yaml");
    for (line, written) in (1_u32..).zip(text.lines()) {
        if line + CONTEXT >= at.line && line <= at.end_line + CONTEXT {
            let mark = if (at.line..=at.end_line).contains(&line) { '>' } else { ' ' };
            // What is shown of real files goes through the same cleaning as what Gatepost itself shows.
            println!("{mark}{line:5} {}", policy_core::secret::clean(written));
        }
    }
    println!("```\n");
}

// SplitMix64: small, and the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bound = u64::try_from(bound).unwrap_or(1).max(1);
        usize::try_from((mixed ^ (mixed >> 31)) % bound).unwrap_or(0)
    }
}
