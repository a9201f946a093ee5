//! The map step: one root file after another becomes a [`Partial`].

mod digest;
mod foreign;
mod form;
mod gather;
mod gitlab;
mod ignores;
mod lower;
mod reader;
mod run;
mod standard;

use std::cell::OnceCell;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::api::{Options, SourceProject};
use crate::budget::{Budget, FILE_BUDGET};
use crate::data::DataSet;
use crate::document::Document;
use crate::facts::Facts;
use crate::link::{self, Linked, Links, Roles, below};
use crate::map::Set;
use crate::model::gitlab::Resolved;
use crate::model::kubernetes::{Version, may_be_unread_manifest, secret_values};
use crate::plugin::PluginRun;
use crate::report::{FileCoverage, FileState, Location, Unknown, Why, WhyCode};
use crate::rule::{Confidence, Cx, Rule, RuleSet, Severity};
use crate::secret::Key;
use crate::source::{Origin, Source, Span};
use crate::unit::Unit;
use digest::Digests;
use reader::Reader;

pub use digest::rules_digest;
pub(crate) use gitlab::code;
pub use ignores::IgnoreClaim;
pub(crate) use lower::join_row;
pub use standard::{Standard, standards};

/// The version of the form of [`Partial`].
pub const PARTIAL_VERSION: u32 = 1;

/// The most findings of one file; past it the file is judged in part.
pub const MAX_FINDINGS: usize = 1_000;

/// The most reasons of one code that are listed for a file.
const MAX_WHY: usize = 20;

/// A file that the host gave.
#[derive(Clone, Copy, Debug)]
pub struct InputFile<'a> {
    /// The path, unique in the request.
    pub path: &'a str,
    /// The bytes.
    pub bytes: &'a [u8],
    /// Their digest, if the host gave it.
    pub digest: Option<&'a str>,
    /// Who could have written it.
    pub origin: Origin,
    /// Whether to judge it, or only to read it where a judged file refers to it.
    pub judge: bool,
}

/// All that a call was given.
#[derive(Clone, Copy, Debug)]
pub struct Tree<'a> {
    /// The files.
    pub files: &'a [InputFile<'a>],
    /// Roots of repositories, as prefixes of paths without a `/` at the end; the empty root is the whole tree.
    pub roots: &'a [String],
    /// Paths that the host looked for and did not find.
    pub absent: &'a Set<String>,
    /// Patterns whose files are all among these.
    pub globs: &'a Set<String>,
    /// Other projects whose files are here.
    pub sources: &'a [SourceProject],
    /// Whether GitLab itself has merged the pipelines.
    pub merged: bool,
    /// Whether what is not among the files is not there.
    pub complete: bool,
    /// What plugins found, each list sorted by path.
    pub plugins: &'a [PluginRun],
}

/// Paths that are needed to judge a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Need {
    /// Whether it is the base that lacks them, the files as they were before the change.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub base: bool,
    /// The file that refers to them.
    pub root: String,
    /// The paths; a host that does not have one says that it is absent.
    pub paths: Vec<String>,
    /// Patterns of paths (`*` within a folder, `**` over folders); a host gives all files that they match, and says that it did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub globs: Vec<String>,
}

/// What one root file gave. Opaque to hosts: they keep it and hand it to `decide`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Partial {
    /// [`PARTIAL_VERSION`].
    pub partial: u32,
    /// The digest of all that went in: files, rule set, options. The same key means the same partial.
    pub key: String,
    /// Tells which key the prints in it were made with.
    pub print_key: String,
    /// What became of the file.
    pub coverage: FileCoverage,
    /// Rows for rules over all files.
    pub facts: Facts,
    /// Its findings.
    pub findings: Vec<FindingRow>,
    /// Inline ignores that stand in it.
    pub ignores: Vec<IgnoreClaim>,
    /// What could not be told.
    pub unknown: Vec<Unknown>,
}

/// What `decide` reads of a finding, and the finished rest.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FindingRow {
    /// The rule's id.
    pub rule: String,
    /// Where, to sort by.
    pub path: String,
    /// Where, to sort by.
    pub span: Span,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// Its fingerprint.
    pub fingerprint: String,
    /// What it is about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub object: String,
    /// The root file that it was found through, where that is not the file that it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// Index of the ignore that stands there, among those of its root file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore: Option<u32>,
    /// The finding as it will stand in the report.
    pub body: Box<RawValue>,
}

/// What is at work: there is one file at a time, and for each one rule at a time.
#[derive(Clone, Copy, Debug)]
pub enum Crumb<'a> {
    /// A file, by its path; none, if it is empty.
    File(&'a str),
    /// A rule, over the file that was told last.
    Rule(&'a str),
}

/// What a call runs with.
#[derive(Clone, Copy)]
pub struct Engine<'a> {
    /// The rules.
    pub rules: RuleSet,
    /// Those of them that are to run.
    pub asked: &'a [&'static Rule],
    /// The packs that are standards which a namespace may enforce.
    pub standards: &'a [Standard],
    /// The version of Kubernetes that manifests are held against.
    pub kubernetes: Version,
    /// The snapshots that they look things up in.
    pub data: DataSet,
    /// What the host set.
    pub options: &'a Options,
    /// The key of prints.
    pub key: &'a Key,
    /// Told which file and rule are at work, for when the module crashes.
    pub breadcrumb: fn(Crumb<'_>),
}

/// What [`inspect`] gives.
#[derive(Debug, Default)]
pub struct Inspected {
    /// One for each file that was judged, in the order of the request.
    pub partials: Vec<Partial>,
    /// What is lacking for the others.
    pub needs: Vec<Need>,
}

/// Judges every file of the tree that is to be judged, each by itself; with `whole`, nothing more once something is lacking, since it
/// is all asked for again.
#[must_use]
pub fn inspect(engine: Engine<'_>, tree: Tree<'_>, whole: bool) -> Inspected {
    let sources: Vec<OnceCell<Source<'_>>> = tree.files.iter().map(|_| OnceCell::new()).collect();
    let mut reader = Reader::new(tree, &sources);
    let print_key = engine.key.id();
    let run = Run { digest: digest::run_digest(engine, tree, &print_key), print_key, keyed: !whole };
    let mut inspected = Inspected::default();
    for (at, file) in tree.files.iter().enumerate().filter(|(_, file)| file.judge) {
        (engine.breadcrumb)(Crumb::File(file.path));
        let Some(document) = reader.root(at) else { continue };
        let goes_on = !whole || inspected.needs.is_empty();
        match inspect_one(engine, &run, &reader, (file, document), goes_on) {
            Ok(partial) => inspected.partials.push(partial),
            Err(need) => inspected.needs.push(need),
        }
        // Few files refer to others, and memory that is used again costs less than new memory.
        reader.forget(at);
    }
    inspected
}

/// Told of a file what is wrong with it as it stands, and what it comes to, if it can be read.
pub(crate) type Resolving<'e> = &'e mut dyn FnMut(&Source<'_>, Vec<Why>, Result<Option<&Resolved<'_>>, Need>);

/// Resolves every file of the tree that is to be judged as a pipeline of GitLab, whatever its name, but those that are GitHub's.
pub(crate) fn resolved(tree: Tree<'_>, breadcrumb: fn(Crumb<'_>), each: Resolving<'_>) {
    let sources: Vec<OnceCell<Source<'_>>> = tree.files.iter().map(|_| OnceCell::new()).collect();
    let reader = Reader::new(tree, &sources);
    for file in tree.files.iter().filter(|file| file.judge) {
        breadcrumb(Crumb::File(file.path));
        let Some(document) = reader.gitlab(file.path) else { continue };
        let place = reader.place(file.path);
        let roles = Roles::of(place.map(|(_, below)| below), document.root());
        if !roles.is_none() && !roles.is_gitlab() {
            continue;
        }
        let (state, why) = form::readable(document, Roles { gitlab_pipeline: true, ..Roles::default() }, false);
        let resolved = (state != FileState::Refused).then(|| gitlab::resolve(&reader, document, place)).transpose();
        each(document.source(), why, resolved.as_ref().map(Option::as_ref).map_err(Need::clone));
    }
}

/// What is the same for every file of a run.
struct Run {
    digest: String,
    print_key: String,
    // Within one call nobody asks for partials by their key.
    keyed: bool,
}

fn inspect_one(
    engine: Engine<'_>,
    run: &Run,
    reader: &Reader<'_, '_>,
    (given, document): (&InputFile<'_>, &Document<'_>),
    goes_on: bool,
) -> Result<Partial, Need> {
    let source = document.source();
    let place = reader.place(source.path());
    let (root, file) = (place.map(|(root, _)| root), place.map_or(source.path(), |(_, file)| file));
    let merged = reader.tree().merged.then(|| Roles { gitlab_pipeline: true, ..Roles::default() });
    let roles = merged.unwrap_or_else(|| roles_of(place.map(|(_, file)| file), document));
    let (state, why) = form::readable(document, roles, reader.is_of_source(source.path()));
    let mut partial = Partial {
        partial: PARTIAL_VERSION,
        key: String::new(),
        print_key: run.print_key.clone(),
        coverage: FileCoverage {
            path: source.shown_path().to_owned(),
            digest: Some(reader::digest(given)),
            origin: source.origin(),
            roles: roles.names(),
            state,
            why,
            linked: Vec::new(),
        },
        facts: Facts::default(),
        findings: Vec::new(),
        ignores: Vec::new(),
        unknown: Vec::new(),
    };
    let mut key = run.keyed.then(|| Digests::new(&run.digest, &partial, root));
    key.iter_mut().for_each(|key| foreign::key(reader.tree().plugins, source.path(), key));
    let (mut resolved, mut links) = (None, Links::new());
    let judged = matches!(state, FileState::Judged | FileState::Partly);
    if judged && roles.is_gitlab() {
        resolved = Some(gitlab::resolve(reader, document, place)?);
    } else if judged {
        links = match link::link(document, roles, |path| reader.find(root, path)) {
            Linked::Ready(links) => links,
            Linked::Need(paths) => {
                let paths = paths.iter().map(|path| below(root.unwrap_or(""), path)).collect();
                return Err(Need { base: false, root: source.path().to_owned(), paths, globs: Vec::new() });
            }
        };
    }
    if judged && goes_on {
        let unit = match &resolved {
            Some(resolved) => Unit::of_gitlab(document, roles, resolved),
            None => Unit::new(document, roles, links),
        };
        if let Some(key) = &mut key {
            let included = unit.included().iter().map(|document| (document.source().path(), *document));
            for (path, document) in unit.linked().chain(included) {
                key.part(path);
                key.part(&reader.digest(document.source().path()));
                foreign::key(reader.tree().plugins, document.source().path(), key);
            }
        }
        judge(engine, &unit, (File { scope: root, path: file }, reader.tree().plugins), &mut partial);
    } else if !judged {
        foreign::add_to_unjudged(reader.tree().plugins, (document, roles), file, &mut partial);
    }
    partial.key = key.map(Digests::finish).unwrap_or_default();
    Ok(partial)
}

// What cannot be read has no content that decides.
fn roles_of(path: Option<&str>, document: &Document<'_>) -> Roles {
    let roles = Roles::of(path, document.root());
    let unread = roles.is_none() && document.root().is_none() && !document.problems().is_empty();
    Roles { kubernetes: roles.kubernetes || unread && may_be_unread_manifest(document.source().bytes()), ..roles }
}

/// A file's place in its repository.
#[derive(Clone, Copy)]
struct File<'f> {
    /// The root of the repository, if it is known.
    scope: Option<&'f str>,
    /// The path below it.
    path: &'f str,
}

fn judge<'u>(engine: Engine<'u>, unit: &'u Unit<'u>, (file, plugins): (File<'_>, &[PluginRun]), partial: &mut Partial) {
    let claims = ignores::Claimed::of(unit, engine.rules);
    let lowering = lower::Lowering::new(unit.document(), &claims, file.path, secret_values(unit.objects(), unit.containers()));
    let included = unit.included().iter().copied();
    let linked = unit.linked().map(|(_, document)| document).chain(included);
    partial.coverage.linked = linked.map(|document| document.source().shown_path().to_owned()).collect();
    gitlab::say_faults(unit, &lowering, &mut partial.coverage);
    for site in unit.sites() {
        let Err(error) = &site.expression else { continue };
        say(&mut partial.coverage, WhyCode::Expression, || {
            let at = (site.start + error.at).min(site.scalar.text().map_or(0, str::len));
            let message = format!("GitHub refuses this expression: {}", error.message);
            (message, lowering.location(site.scalar, Some(at..at)))
        });
    }
    let budget = Budget::new(FILE_BUDGET);
    let cx = Cx { unit, options: engine.options, kubernetes: engine.kubernetes, budget: &budget };
    run::run_rules(engine, &cx, &lowering, partial);
    foreign::add(plugins, &lowering, unit, partial);
    gather::gather(engine, &cx, file, &lowering, partial);
    if budget.is_spent() {
        too_complex(partial, "judging this file takes more work than is spent on one; the rest of it is not judged");
    }
    if unit.has_unread_scripts() {
        too_complex(partial, "the scripts of this file are longer than the 2 MiB that are read; the rest of them is not judged");
    }
    partial.ignores = claims.into_claims();
}

// The file is judged in part, and why; of many reasons of one code the first are enough.
fn say(coverage: &mut FileCoverage, code: WhyCode, reason: impl FnOnce() -> (String, Location)) {
    coverage.state = coverage.state.max(FileState::Partly);
    if coverage.why.iter().filter(|why| why.code == code).count() < MAX_WHY {
        let (message, location) = reason();
        coverage.why.push(Why { code, message, location: Some(location) });
    }
}

fn too_complex(partial: &mut Partial, message: &str) {
    partial.coverage.state = FileState::Partly;
    partial.coverage.why.push(Why { code: WhyCode::TooComplex, message: message.to_owned(), location: None });
}
