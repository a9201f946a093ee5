//! A policy of its own for Gatepost: containers run images of one registry.

use gatepost_abi::Setup;
use policy_core::model::kubernetes::Container;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, RuleSet};
use policy_core::rule::{Severity, Status};

const REGISTRY: &str = "registry.example.org/";

/// The rules of this policy, sorted by id.
pub static RULES: RuleSet = &[&Rule {
    id: "foreign-image",
    meta: Meta {
        title: "an image from elsewhere",
        pillar: Pillar::Scanning,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &[],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Container(check)],
    docs: "Images come from registry.example.org, where they are scanned.",
}];

fn check<'u>(_: &Cx<'u>, container: &Container<'u>, out: &mut Out<'u>) {
    let Some(node) = container.get("image") else { return };
    match container.image() {
        Read::Is(image) if !image.starts_with(REGISTRY) => {
            let message = format!("the image `{image}` is not of {REGISTRY}");
            let found = RuleFinding::new(Place::node(node, "from here"), message, "push it there, and name it so", container.name());
            out.found(found.rated(Severity::High, Confidence::High));
        }
        // A template fills it in: nobody knows.
        Read::Dynamic => out.unknown(node, "the name of the image"),
        _ => {}
    }
}

/// What Gatepost calls.
///
/// # Safety
/// `pointer` points at `length` bytes that nothing writes to during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gp_call(operation: u32, pointer: *const u8, length: usize) -> u64 {
    // SAFETY: the host's promise.
    unsafe { gatepost_abi::call(Setup { rules: RULES, ..Setup::default() }, operation, pointer, length) }
}
