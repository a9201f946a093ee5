//! The packs that are built in.

use policy_core::pack::{DEFAULT_PACK, Members, Pack, PackSet};

/// Rules that are a matter of taste or of a standard that was chosen: they run where a pack names them.
const OPTIONAL: &[&str] = &[
    "cluster-role-binding-for-one-namespace",
    "ingress-any-host",
    "ingress-without-tls",
    "namespace-privileged",
    "namespace-without-pod-security",
    "network-policy-selects-nothing",
    "node-port",
    "open-load-balancer",
    "service-selects-nothing",
    "webhook-fails-open",
    "workload-without-network-policy",
];

/// Controls of the level Baseline of the Pod Security Standards.
const PSS_BASELINE: &[&str] = &[];

/// Controls of the level Restricted, those of Baseline that it keeps included.
const PSS_RESTRICTED: &[&str] = &[];

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
        id: "pss-baseline",
        title: "the Pod Security Standard Baseline: every finding denies",
        members: Members::Only(PSS_BASELINE),
        is_standard: true,
    },
    Pack {
        id: "pss-restricted",
        title: "the Pod Security Standard Restricted: every finding denies",
        members: Members::Only(PSS_RESTRICTED),
        is_standard: true,
    },
];
