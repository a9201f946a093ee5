//! The description of an action: `action.yml`.

use super::input::{Input, inputs};
use super::{Step, text};
use crate::document::Ref;
use crate::read::Read;

/// The description of an action.
#[derive(Clone, Copy, Debug)]
pub struct Action<'u> {
    node: Ref<'u>,
}

/// How an action runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Runs<'u> {
    /// Its steps run in the job that uses it.
    Composite,
    /// Node.js of this name (`node20`) runs it.
    JavaScript(&'u str),
    /// A container: `Dockerfile`, or `docker://image`.
    Docker(Option<Ref<'u>>),
}

impl<'u> Action<'u> {
    /// The action that a document's root is.
    #[must_use]
    pub fn new(root: Ref<'u>) -> Self {
        Self { node: root }
    }

    /// The root mapping.
    #[must_use]
    pub fn node(self) -> Ref<'u> {
        self.node
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> Read<&'u str> {
        text(self.node.get("name"))
    }

    /// Its inputs.
    pub fn inputs(self) -> impl Iterator<Item = Input<'u>> {
        inputs(self.node.get("inputs"))
    }

    /// Its outputs: name, and the node of the value where the description gives it.
    pub fn outputs(self) -> impl Iterator<Item = (Ref<'u>, Option<Ref<'u>>)> {
        self.node.get("outputs").into_iter().flat_map(Ref::entries).map(|(name, output)| (name, output.get("value")))
    }

    /// How it runs.
    #[must_use]
    pub fn runs(self) -> Read<Runs<'u>> {
        let runs = self.node.get("runs");
        text(runs.and_then(|runs| runs.get("using"))).and_then(|using| match using {
            using if using.eq_ignore_ascii_case("composite") => Read::Is(Runs::Composite),
            using if using.eq_ignore_ascii_case("docker") => Read::Is(Runs::Docker(runs.and_then(|runs| runs.get("image")))),
            using if using.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("node")) => Read::Is(Runs::JavaScript(using)),
            _ => Read::Wrong,
        })
    }

    /// Where `using` stands.
    #[must_use]
    pub fn using(self) -> Option<Ref<'u>> {
        self.node.get("runs").and_then(|runs| runs.get("using"))
    }

    /// The scripts of an action in JavaScript, by key: `pre`, `main`, `post`.
    pub fn scripts(self) -> impl Iterator<Item = (&'static str, Ref<'u>)> {
        let runs = self.node.get("runs");
        ["pre", "main", "post"].into_iter().filter_map(move |key| Some((key, runs?.get(key)?)))
    }

    /// The steps of a composite action; none for one of JavaScript or Docker.
    pub fn steps(self) -> impl Iterator<Item = Step<'u>> {
        super::step::steps(self.node.get("runs").and_then(|runs| runs.get("steps")))
    }
}
