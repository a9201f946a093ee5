//! From files to the resolved tree, in GitLab's order: headers and inputs, includes, `extends`, `!reference`. Source: "CI/CD YAML
//! syntax reference", "Use CI/CD configuration from other files", "CI/CD inputs" and "Optimize GitLab CI/CD configuration files" of
//! the GitLab documentation.

mod check;
mod child;
mod extend;
mod include;
mod input;
mod interpolate;
mod load;
mod merge;
mod reference;

use std::borrow::Cow;

use super::pipeline::{IncludeRow, PipelineData};
use super::tree::{Data, Entry, Id, Origin, Part, Text, Tree};
use crate::api::SourceProject;
use crate::document::{Document, Ref};
use crate::link::Found;
use crate::map::Set;

/// The most nodes, entries and items that are built for one root file.
const MAX_SIZE: usize = 2_000_000;

/// The most faults that are kept.
const MAX_FAULTS: usize = 50;

// One map for all that goes from number to number: each kind costs the module.
pub(super) type Numbers = crate::map::Map<u64, u64>;

/// Files that match a pattern, by path below the root of their project; none where the host was not asked yet.
pub type Globbed<'u> = Option<Vec<(String, &'u Document<'u>)>>;

/// How the resolver gets at files.
#[derive(Clone, Copy)]
pub struct Files<'f, 'u> {
    /// A file by the root of its project and the path below it.
    pub find: &'f dyn Fn(&str, &str) -> Found<'u>,
    /// The files that a pattern matches, by the same two.
    pub glob: &'f dyn Fn(&str, &str) -> Globbed<'u>,
    /// The root of the project; none where it is not known.
    pub root: Option<&'f str>,
    /// Other projects that are here.
    pub sources: &'f [SourceProject],
    /// Whether the file is what GitLab itself has merged: nothing is left to include.
    pub merged: bool,
    /// Whether the file is a component, or else nothing by itself: what includes it may add to it.
    pub part: bool,
}

impl std::fmt::Debug for Files<'_, '_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Files")
    }
}

/// What the host has to give, or say that it is absent: with the roots of projects.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// Paths.
    pub paths: Set<String>,
    /// Patterns of paths.
    pub globs: Set<String>,
}

/// What kind of thing keeps a pipeline from being known in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// GitLab refuses the pipeline for it.
    Refused,
    /// It lies in a file that is not here.
    Unavailable,
    /// It takes more work than is spent on it.
    TooComplex,
}

/// What keeps a pipeline from being known in full, and where.
#[derive(Clone, Debug)]
pub struct Fault<'u> {
    /// What kind of thing.
    pub kind: FaultKind,
    /// Where.
    pub at: Ref<'u>,
    /// The fact, for a person.
    pub message: Cow<'static, str>,
}

/// A file that was read in, once for each time that it is included.
#[derive(Clone, Copy, Debug)]
pub struct Inclusion<'u> {
    /// The file.
    pub document: &'u Document<'u>,
    /// Where it is included; none for the file that is judged.
    pub at: Option<Ref<'u>>,
    /// The inclusion that it is included by.
    pub parent: u32,
}

/// What resolving a root file gives: its pipeline, and those of the children that lie in the tree.
#[derive(Debug, Default)]
pub struct Resolved<'u> {
    pub(super) tree: Tree<'u>,
    pub(super) inclusions: Vec<Inclusion<'u>>,
    pub(super) includes: Vec<IncludeRow>,
    pub(super) faults: Vec<Fault<'u>>,
    pub(super) pipelines: Vec<PipelineData<'u>>,
    pub(super) scripts: Vec<super::script::JobText>,
}

pub(super) struct Resolver<'f, 'u> {
    files: &'f Files<'f, 'u>,
    tree: Tree<'u>,
    inclusions: Vec<Inclusion<'u>>,
    // The root of the project that an inclusion's own `local` is looked for in; none where it is not known.
    scopes: Vec<Option<String>>,
    includes: Vec<IncludeRow>,
    // Included since the current pipeline began.
    included: usize,
    entries_met: usize,
    faults: Vec<Fault<'u>>,
    needs: Needs,
    full: bool,
}

/// Resolves a root file.
///
/// # Errors
/// What the host has to give first.
pub fn resolve<'u>(document: &'u Document<'u>, files: &Files<'_, 'u>) -> Result<Resolved<'u>, Needs> {
    let mut resolver = Resolver {
        files,
        tree: Tree::default(),
        inclusions: Vec::new(),
        scopes: Vec::new(),
        includes: Vec::new(),
        included: 0,
        entries_met: 0,
        faults: Vec::new(),
        needs: Needs::default(),
        full: false,
    };
    let mut pipelines = Vec::new();
    let file = include::File { document, origin: Origin::Project, at: None, parent: 0 };
    let scope = files.root.map(str::to_owned);
    if let Some(mut root) = resolver.file(&file, scope, None, None) {
        if let (true, Some((at, number))) = (files.part, resolver.at(root)) {
            let open = resolver.empty(at, number, true);
            root = resolver.merge(open, root);
        }
        let pipeline = resolver.finish(root, None);
        pipelines.push(pipeline);
        resolver.children(&mut pipelines);
    }
    if !resolver.needs.paths.is_empty() || !resolver.needs.globs.is_empty() {
        return Err(resolver.needs);
    }
    let mut resolved = Resolved {
        tree: resolver.tree,
        inclusions: resolver.inclusions,
        includes: resolver.includes,
        faults: resolver.faults,
        pipelines,
        scripts: Vec::new(),
    };
    super::script::join(&mut resolved);
    Ok(resolved)
}

impl<'u> Resolver<'_, 'u> {
    // What is called from everywhere is not copied to everywhere: the module is small by that.
    #[inline(never)]
    fn fault(&mut self, kind: FaultKind, at: Ref<'u>, message: Cow<'static, str>) {
        // A file that is included twice has its faults once.
        if self.faults.len() < MAX_FAULTS && !self.faults.iter().any(|fault| fault.at == at && fault.kind == kind) {
            self.faults.push(Fault { kind, at, message });
        }
    }

    #[inline(never)]
    fn refused(&mut self, at: Ref<'u>, message: &'static str) {
        self.fault(FaultKind::Refused, at, Cow::Borrowed(message));
    }

    // Whether so much more may be built; says so once if not.
    fn afford(&mut self, more: usize, at: Ref<'u>) -> bool {
        if !self.full && self.tree.size().saturating_add(more) > MAX_SIZE {
            self.full = true;
            let message = "resolving this pipeline takes more than 2,000,000 nodes; the rest of it is not judged";
            self.faults.insert(0, Fault { kind: FaultKind::TooComplex, at, message: message.into() });
        }
        !self.full
    }

    #[inline(never)]
    fn unknown(&mut self, at: Ref<'u>, file: u32) -> Id {
        self.tree.push(Data::Unknown, at, file)
    }

    #[inline(never)]
    fn empty(&mut self, at: Ref<'u>, file: u32, open: bool) -> Id {
        self.tree.push(Data::Mapping { part: Part { from: 0, to: 0 }, open }, at, file)
    }

    #[inline(never)]
    fn mapping(&mut self, entries: &[Entry<'u>], open: bool, at: Ref<'u>, file: u32) -> Id {
        if !self.afford(entries.len(), at) {
            return self.unknown(at, file);
        }
        let part = self.tree.add_entries(entries);
        self.tree.push(Data::Mapping { part, open }, at, file)
    }

    fn at(&self, id: Id) -> Option<(Ref<'u>, u32)> {
        self.tree.node(id).map(|node| (node.at, node.file))
    }

    // Text that outlives a change of the tree.
    #[inline(never)]
    fn kept(&self, text: Text<'u>) -> Cow<'u, str> {
        match text {
            Text::Written(text) => Cow::Borrowed(text),
            Text::Made(_) => Cow::Owned(self.tree.text(text).to_owned()),
        }
    }

    #[inline(never)]
    fn scalar(&self, id: Id) -> Option<Cow<'u, str>> {
        match self.tree.data(id) {
            Data::Scalar(text) => Some(self.kept(text)),
            _ => None,
        }
    }

    #[inline(never)]
    fn entries(&self, id: Id) -> Vec<Entry<'u>> {
        self.tree.mapping(id).to_vec()
    }

    // One thing or a list of them.
    #[inline(never)]
    fn one_or_many(&self, id: Id) -> Vec<Id> {
        match self.tree.data(id) {
            Data::Sequence(part) => self.tree.items_of(part).to_vec(),
            _ => vec![id],
        }
    }

    #[inline(never)]
    fn is_null(&self, id: Id) -> bool {
        self.tree.value(id).is_null()
    }
}

pub(super) use include::TARGETS;
pub use include::{Target, component};
