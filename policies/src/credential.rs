//! Where credentials come from, and which files hold them.

use policy_core::document::Ref;
use policy_core::flow::{Source, Spot, origins};
use policy_core::model::github::{Job, Step};
use policy_core::rule::Cx;
use policy_core::unit::Site;

/// How sure the name of a file is to be that of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sure {
    /// Nothing else is stored under it.
    Credential,
    /// It can be something harmless, such as a certificate.
    Perhaps,
}

/// Files and folders that hold credentials, by the end of their path.
pub(crate) const CREDENTIAL_FILES: &[(&str, Sure)] = &[
    (".aws", Sure::Credential),
    (".aws/credentials", Sure::Credential),
    (".azure", Sure::Credential),
    (".cargo/credentials", Sure::Credential),
    (".cargo/credentials.toml", Sure::Credential),
    (".config/gcloud", Sure::Credential),
    (".config/gh", Sure::Credential),
    (".config/gh/hosts.yml", Sure::Credential),
    (".docker", Sure::Credential),
    (".docker/config.json", Sure::Credential),
    (".env", Sure::Perhaps),
    (".git-credentials", Sure::Credential),
    (".gnupg", Sure::Credential),
    (".kube", Sure::Credential),
    (".kube/config", Sure::Credential),
    (".m2/settings.xml", Sure::Perhaps),
    (".netrc", Sure::Credential),
    (".npmrc", Sure::Perhaps),
    (".pypirc", Sure::Credential),
    (".ssh", Sure::Credential),
    ("id_dsa", Sure::Credential),
    ("id_ecdsa", Sure::Credential),
    ("id_ed25519", Sure::Credential),
    ("id_rsa", Sure::Credential),
    ("kubeconfig", Sure::Credential),
];

/// Endings of files that hold private keys, or certificates.
const ENDINGS: &[&str] = &["*.jks", "*.key", "*.keystore", "*.p12", "*.pem", "*.pfx"];

/// What a file or folder is known to hold credentials as, by the end of its path.
pub(crate) fn credential_file(path: &str) -> Option<(&'static str, Sure)> {
    let ends = |name: &str| path.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with(['/', '\\']));
    let last = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let file = CREDENTIAL_FILES.iter().find(|(name, _)| ends(name)).copied();
    let ending = |end: &&&str| end.strip_prefix('*').is_some_and(|end| last.ends_with(end));
    file.or_else(|| ENDINGS.iter().find(ending).map(|end| (*end, Sure::Perhaps)))
}

/// Where a text comes from, as far as credentials are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// From a secret of this name.
    Secret(String),
    /// From the token that every job has.
    JobToken,
    /// From something else, or it stands in the file.
    Otherwise,
}

/// Where a text of the root file comes from.
pub(crate) fn given<'u>(cx: &Cx<'u>, spot: Spot<'u>, scalar: Ref<'u>) -> Given {
    of_sites(cx, spot, cx.unit.sites_of(scalar).iter())
}

/// Where the result of expressions comes from.
pub(crate) fn of_sites<'u>(cx: &Cx<'u>, spot: Spot<'u>, sites: impl Iterator<Item = &'u Site<'u>>) -> Given {
    let mut found = Given::Otherwise;
    for origin in sites.flat_map(|site| origins(spot, site, cx.budget)) {
        let name = origin.path.get("secrets.".len()..).filter(|_| origin.source == Source::Secret);
        match name {
            Some(name) if name.eq_ignore_ascii_case("github_token") => found = Given::JobToken,
            Some(name) => return Given::Secret(name.to_owned()),
            None if origin.path.eq_ignore_ascii_case("github.token") => found = Given::JobToken,
            None => {}
        }
    }
    found
}

/// The variable of that name that a step has by `env`: key and value of the innermost.
pub(crate) fn variable<'u>(cx: &Cx<'u>, job: Option<&Job<'u>>, step: &Step<'u>, name: &str) -> Option<(Ref<'u>, Ref<'u>)> {
    let outer = [job.and_then(Job::env), cx.unit.workflow().and_then(|workflow| workflow.env())];
    step.env().into_iter().chain(outer.into_iter().flatten()).find_map(|env| env.entry(name))
}
