//! The rules: one file each, in folders by pillar and platform. CONTRIBUTING.md says how to add one.

mod access;
mod artifact;
mod bundle;
mod checkout;
mod cidr;
mod credential;
pub mod data;
mod deploy;
mod environment;
mod grant;
mod held_secret;
mod images;
mod ingress;
mod injection;
mod job_artifact;
mod kube_images;
mod leaves;
mod literal;
pub mod living_off;
mod made;
mod node_path;
pub mod outsider;
pub mod packs;
mod pipeline;
mod pod_security;
mod printed;
mod printing;
mod publisher;
mod publishing;
mod rbac_binding;
mod rbac_resource;
mod rbac_rule;
mod ref_name;
mod remote;
mod runner_label;
mod runs;
mod scan_jobs;
mod scanners;
mod scanning;
mod secret_text;
mod secrets;
mod tool;
mod uses;
pub mod version;
mod visibility;
mod workload;

pub use data::DATA;
pub use packs::PACKS;
use policy_core::rule::{Rule, RuleSet};

/// Every rule, sorted by id.
pub static RULES: RuleSet = &merged();

const PLATFORMS: usize = 3;

const GROUPS: [[&[&Rule]; PLATFORMS]; 4] = [access::GROUPS, scanning::GROUPS, secrets::GROUPS, visibility::GROUPS];

const COUNT: usize = counted();

#[expect(clippy::indexing_slicing, reason = "a constant of the compiler: an index out of range does not build")]
const fn counted() -> usize {
    let (mut count, mut group) = (0, 0);
    while group < GROUPS.len() {
        let mut platform = 0;
        while platform < PLATFORMS {
            count += GROUPS[group][platform].len();
            platform += 1;
        }
        group += 1;
    }
    count
}

// The slices of the pillars and platforms in one, sorted: what is built from them, the digest of the rule set too, does not depend on
// folders.
#[expect(clippy::indexing_slicing, reason = "a constant of the compiler: an index out of range does not build")]
const fn merged() -> [&'static Rule; COUNT] {
    let mut all = [GROUPS[0][0][0]; COUNT];
    let (mut group, mut filled) = (0, 0);
    while group < PLATFORMS * GROUPS.len() {
        let rules = GROUPS[group / PLATFORMS][group % PLATFORMS];
        let mut at = 0;
        while at < rules.len() {
            let rule = rules[at];
            let mut place = filled;
            while place > 0 && comes_before(rule.id, all[place - 1].id) {
                all[place] = all[place - 1];
                place -= 1;
            }
            all[place] = rule;
            filled += 1;
            at += 1;
        }
        group += 1;
    }
    all
}

#[expect(clippy::indexing_slicing, reason = "a constant of the compiler: an index out of range does not build")]
const fn comes_before(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() {
        if a[at] != b[at] {
            return a[at] < b[at];
        }
        at += 1;
    }
    a.len() < b.len()
}

/// A rule's documentation, where it is built in.
const fn docs(text: &'static str) -> &'static str {
    if cfg!(feature = "docs") { text } else { "" }
}
