//! Where credentials come from.

use policy_core::document::Ref;
use policy_core::flow::{Source, Spot, origins};
use policy_core::model::github::{Job, Step};
use policy_core::rule::Cx;
use policy_core::unit::Site;

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
