//! The packs that are built in.

use policy_core::pack::{DEFAULT_PACK, Members, Pack, PackSet};

/// Rules that are a matter of taste or of a standard that was chosen: they run where a pack names them.
const OPTIONAL: &[&str] = &[
    "cluster-role-binding-for-one-namespace",
    "default-service-account",
    "image-without-digest",
    "ingress-any-host",
    "ingress-without-tls",
    "moving-image-kept",
    "namespace-privileged",
    "namespace-without-pod-security",
    "needless-token",
    "network-policy-selects-nothing",
    "no-memory-limit",
    "no-probe",
    "no-resource-requests",
    "node-port",
    "open-ended-grant",
    "open-load-balancer",
    "privilege-escalation",
    "role-deletes-events",
    "root-allowed",
    "root-user",
    "seccomp-unset",
    "secret-in-environment",
    "service-selects-nothing",
    "shared-process-namespace",
    "undropped-capabilities",
    "unlisted-volume",
    "webhook-fails-open",
    "workload-without-network-policy",
    "writable-root-filesystem",
];

/// Controls of the level Baseline of the Pod Security Standards.
const PSS_BASELINE: &[&str] = &[
    "added-capability",
    "apparmor-off",
    "custom-selinux-label",
    "host-namespace",
    "host-path-volume",
    "host-port",
    "privileged-container",
    "probe-host",
    "seccomp-off",
    "unmasked-proc",
    "unsafe-sysctl",
    "windows-host-process",
];

/// Controls of the level Restricted, those of Baseline that it keeps included: at every version its
/// control of volumes stands for that of paths of the node.
const PSS_RESTRICTED: &[&str] = &[
    "added-capability",
    "apparmor-off",
    "custom-selinux-label",
    "host-namespace",
    "host-port",
    "privilege-escalation",
    "privileged-container",
    "probe-host",
    "root-allowed",
    "root-user",
    "seccomp-off",
    "seccomp-unset",
    "undropped-capabilities",
    "unlisted-volume",
    "unmasked-proc",
    "unsafe-sysctl",
    "windows-host-process",
];

/// The pack of the level Baseline.
pub(crate) const BASELINE: &str = "pss-baseline";

/// The pack of the level Restricted.
pub(crate) const RESTRICTED: &str = "pss-restricted";

/// All of them.
pub static PACKS: PackSet = &[
    Pack {
        id: DEFAULT_PACK,
        title: "what is wrong in nearly every repository; runs where no pack is named",
        members: Members::AllBut(OPTIONAL),
        is_standard: false,
    },
    Pack { id: "strict", title: "every rule there is", members: Members::All, is_standard: false },
    Pack {
        id: "owasp-cicd",
        title: "what answers to the OWASP Top 10 CI/CD Security Risks",
        members: Members::Mapped("CICD-SEC-"),
        is_standard: false,
    },
    Pack {
        id: BASELINE,
        title: "the Pod Security Standard Baseline: every finding denies",
        members: Members::Only(PSS_BASELINE),
        is_standard: true,
    },
    Pack {
        id: RESTRICTED,
        title: "the Pod Security Standard Restricted: every finding denies",
        members: Members::Only(PSS_RESTRICTED),
        is_standard: true,
    },
];
