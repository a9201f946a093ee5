//! What is worth knowing of every subject.

/// The requests of the matrix: verb and resource as people write them. Each lets who may make it become more than it is, or read what
/// is meant for others.
pub const SENSITIVE: [(&str, &str); 15] = [
    ("get", "secrets"),
    ("list", "secrets"),
    ("create", "pods"),
    ("create", "pods/exec"),
    ("create", "serviceaccounts/token"),
    ("impersonate", "users"),
    ("escalate", "clusterroles"),
    ("bind", "clusterroles"),
    ("create", "rolebindings"),
    ("create", "clusterrolebindings"),
    ("get", "nodes/proxy"),
    ("update", "certificatesigningrequests/approval"),
    ("create", "mutatingwebhookconfigurations"),
    ("create", "validatingwebhookconfigurations"),
    ("*", "*"),
];
