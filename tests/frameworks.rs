//! Entries of frameworks that rules answer to: each is one that the framework has, and one of a standard is proved by a fixture.

use std::collections::BTreeSet;

use crate::support::fixtures;

/// The checks of the Pod Security Standards, as k8s.io/pod-security-admission calls them.
const PSS: [&str; 19] = [
    "allowPrivilegeEscalation",
    "appArmorProfile",
    "capabilities_baseline",
    "capabilities_restricted",
    "hostNamespaces",
    "hostPathVolumes",
    "hostPorts",
    "hostProbesAndHostLifecycle",
    "privileged",
    "procMount",
    "procMount_restricted",
    "restrictedVolumes",
    "runAsNonRoot",
    "runAsUser",
    "seLinuxOptions",
    "seccompProfile_baseline",
    "seccompProfile_restricted",
    "sysctls",
    "windowsHostProcess",
];

/// Sections of the CIS Kubernetes Benchmark 1.12, and how many items each has: 131 in all.
const CIS: [(&str, u8); 16] = [
    ("1.1", 21),
    ("1.2", 30),
    ("1.3", 7),
    ("1.4", 2),
    ("2", 7),
    ("3.1", 3),
    ("3.2", 2),
    ("4.1", 10),
    ("4.2", 14),
    ("4.3", 1),
    ("5.1", 13),
    ("5.2", 12),
    ("5.3", 2),
    ("5.4", 2),
    ("5.5", 1),
    ("5.6", 4),
];

/// Items of lists that are numbered from one.
const NUMBERED: [(&str, u8); 2] = [("CICD-SEC-", 10), ("NSA-", 5)];

fn number(text: &str, highest: u8) -> bool {
    (1..=highest).any(|number| number.to_string() == text)
}

/// Whether a framework has the entry.
fn is_known(entry: &str) -> bool {
    if let Some(check) = entry.strip_prefix("PSS/") {
        return PSS.contains(&check);
    }
    if let Some(item) = entry.strip_prefix("CIS-K8S-") {
        let of = |(section, count): &(&str, u8)| {
            item.strip_prefix(section).and_then(|rest| rest.strip_prefix('.')).is_some_and(|rest| number(rest, *count))
        };
        return CIS.iter().any(of);
    }
    NUMBERED.iter().any(|(prefix, count)| entry.strip_prefix(prefix).is_some_and(|rest| number(rest, *count)))
}

#[test]
fn entries_of_frameworks_are_told_from_others() {
    for entry in ["PSS/procMount", "CIS-K8S-1.1.21", "CIS-K8S-2.7", "CIS-K8S-5.2.12", "NSA-5", "CICD-SEC-10"] {
        assert!(is_known(entry), "{entry}");
    }
    let others = ["PSS/procmount", "PSS/", "CIS-K8S-5.2.13", "CIS-K8S-5.2.0", "CIS-K8S-5.2", "CIS-K8S-5.2.02", "CIS-K8S-7.1.1"];
    for entry in others.into_iter().chain(["NSA-0", "NSA-6", "CICD-SEC-11", "CICD-SEC-01", "SOC2-1", ""]) {
        assert!(!is_known(entry), "{entry}");
    }
    assert_eq!(CIS.iter().map(|(_, count)| u32::from(*count)).sum::<u32>(), 131);
}

#[test]
fn rules_name_entries_that_their_frameworks_have() {
    let mut wrong = Vec::new();
    for rule in policies::RULES {
        let unknown = rule.meta.maps.iter().filter(|entry| !is_known(entry));
        wrong.extend(unknown.map(|entry| format!("{}: no framework has `{entry}`", rule.id)));
        let different: BTreeSet<&str> = rule.meta.maps.iter().copied().collect();
        if rule.meta.maps.is_empty() || different.len() != rule.meta.maps.len() {
            wrong.push(format!("{}: `maps` names entries of frameworks, each once", rule.id));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_answers_to_a_standard_is_proved_by_a_fixture() {
    let all = fixtures();
    let mut wrong = Vec::new();
    for rule in policies::RULES {
        let of_standard = |entry: &&&str| ["PSS/", "CIS-K8S-", "NSA-"].iter().any(|prefix| entry.starts_with(prefix));
        let Some(entry) = rule.meta.maps.iter().find(of_standard) else { continue };
        let folder = format!("{}/", rule.id);
        let proves =
            |(name, example): &(String, crate::support::Example)| name.starts_with(&folder) && !example.expected.is_empty();
        if !all.iter().any(proves) {
            wrong.push(format!("{}: it answers to {entry}, and no line of tests/fixtures/{folder} says `# expect:`", rule.id));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_check_of_the_pod_security_standards_is_some_rules() {
    let named: BTreeSet<&str> =
        policies::RULES.iter().flat_map(|rule| rule.meta.maps).filter_map(|entry| entry.strip_prefix("PSS/")).collect();
    assert_eq!(named, PSS.into_iter().collect());
}

#[test]
fn the_pack_of_the_ci_cd_risks_has_what_answers_to_them() {
    let pack = policies::PACKS.iter().find(|pack| pack.id == "owasp-cicd").expect("the pack");
    let listed: BTreeSet<&str> = pack.rules(policies::RULES).into_iter().map(|rule| rule.id).collect();
    let answers = |rule: &&&policy_core::rule::Rule| rule.meta.maps.iter().any(|entry| entry.starts_with("CICD-SEC-"));
    let mapped: BTreeSet<&str> = policies::RULES.iter().filter(answers).map(|rule| rule.id).collect();
    assert_eq!(listed, mapped);
    // Every one of the ten risks has rules; those of CICD-SEC-8, services of third parties, are the fewest.
    let entries: BTreeSet<&str> =
        policies::RULES.iter().flat_map(|rule| rule.meta.maps).copied().filter(|entry| entry.starts_with("CICD-SEC-")).collect();
    let all: Vec<String> = (1..=10).map(|number| format!("CICD-SEC-{number}")).collect();
    assert_eq!(entries, all.iter().map(String::as_str).collect());
}
