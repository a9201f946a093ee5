//! The map step: one root file after another becomes a [`Partial`].

mod ignores;
mod lower;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::api::Options;
use crate::document::{Dialect, Document, ProblemKind};
use crate::facts::{Facts, SecretUse, SharedSecret, secrets_by_job};
use crate::link::{self, Found, Linked, Roles, Unit};
use crate::model::github::MAX_WORKFLOW_EVENTS;
use crate::read::Read;
use crate::report::{FileCoverage, FileState, Locator, Unknown, Why, WhyCode, hex};
use crate::rule::{Check, Confidence, Cx, Out, Reads, Rule, RuleSet, Severity};
use crate::secret::{Key, redact};
use crate::sort::sorted_by_key;
use crate::source::{Origin, Source, Span};

pub use ignores::IgnoreClaim;
pub(crate) use lower::join_row;

/// The version of the form of [`Partial`].
pub const PARTIAL_VERSION: u32 = 1;

/// The most findings of one file; past it the file is judged in part.
pub const MAX_FINDINGS: usize = 2_000;

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
    pub absent: &'a BTreeSet<String>,
    /// Whether what is not among the files is not there.
    pub complete: bool,
}

/// Paths that are needed to judge a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Need {
    /// The file that refers to them.
    pub root: String,
    /// The paths; a host that does not have one says that it is absent.
    pub paths: Vec<String>,
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
    /// Index of the ignore that stands there, among those of its file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore: Option<u32>,
    /// The finding as it will stand in the report.
    pub body: Box<RawValue>,
}

/// What a call runs with.
#[derive(Clone, Copy)]
pub struct Engine<'a> {
    /// The rules.
    pub rules: RuleSet,
    /// What the host set.
    pub options: &'a Options,
    /// The key of prints.
    pub key: &'a Key,
    /// Told which file and rule are at work, for when the module crashes.
    pub breadcrumb: fn(&str, &str),
}

/// What [`inspect`] gives.
#[derive(Debug, Default)]
pub struct Inspected {
    /// One for each file that was judged, in the order of the request.
    pub partials: Vec<Partial>,
    /// What is lacking for the others.
    pub needs: Vec<Need>,
}

/// Judges every file of the tree that is to be judged, each by itself.
#[must_use]
pub fn inspect(engine: Engine<'_>, tree: Tree<'_>) -> Inspected {
    let sources: Vec<Source<'_>> = tree.files.iter().map(|file| Source::new(file.path, file.bytes, file.origin)).collect();
    let mut by_path = BTreeMap::new();
    by_path.extend(tree.files.iter().enumerate().map(|(at, file)| (file.path, at)));
    let reader = Reader {
        tree,
        run: run_digest(engine),
        by_path,
        documents: sources.iter().map(|source| (source, OnceCell::new())).collect(),
    };
    let mut inspected = Inspected::default();
    for file in tree.files.iter().filter(|file| file.judge) {
        let Some(document) = reader.document(file.path) else { continue };
        (engine.breadcrumb)(file.path, "");
        match inspect_one(engine, &reader, document) {
            Ok(partial) => inspected.partials.push(partial),
            Err(paths) => inspected.needs.push(Need { root: file.path.to_owned(), paths }),
        }
    }
    inspected
}

// Every file is read once, when it is first asked for.
struct Reader<'s, 'a> {
    tree: Tree<'a>,
    // The digest of what is the same for every file of the run.
    run: String,
    by_path: BTreeMap<&'a str, usize>,
    documents: Vec<(&'s Source<'s>, OnceCell<Document<'s>>)>,
}

impl<'s> Reader<'s, '_> {
    fn document<'r>(&'r self, path: &str) -> Option<&'r Document<'s>> {
        let (source, document) = self.documents.get(*self.by_path.get(path)?)?;
        Some(document.get_or_init(|| Document::read(source, Dialect::GITHUB)))
    }

    fn digest(&self, path: &str) -> String {
        let file = self.by_path.get(path).and_then(|at| self.tree.files.get(*at));
        match file.map(|file| (file.digest, file.bytes)) {
            Some((Some(digest), _)) => digest.to_owned(),
            Some((None, bytes)) => format!("sha256:{}", hex(&Sha256::digest(bytes))),
            None => String::new(),
        }
    }

    // The longest root that holds the file, and the path below it.
    fn place<'p>(&self, path: &'p str) -> Option<(&str, &'p str)> {
        let below = |root: &str| match root {
            "" => Some(path),
            _ => path.strip_prefix(root)?.strip_prefix('/'),
        };
        let roots = self.tree.roots.iter().filter_map(|root| Some((root.as_str(), below(root)?)));
        roots.max_by_key(|(root, _)| root.len())
    }

    fn find<'r>(&'r self, root: Option<&str>, path: &str) -> Found<'r>
    where
        's: 'r,
    {
        let Some(root) = root else { return Found::Absent };
        let path = joined(root, path);
        match self.document(&path) {
            Some(document) => Found::Is(document),
            None if self.tree.complete || self.tree.absent.contains(&path) => Found::Absent,
            None => Found::Unasked,
        }
    }
}

fn joined(root: &str, path: &str) -> String {
    if root.is_empty() { path.to_owned() } else { format!("{root}/{path}") }
}

fn inspect_one(engine: Engine<'_>, reader: &Reader<'_, '_>, document: &Document<'_>) -> Result<Partial, Vec<String>> {
    let source = document.source();
    let place = reader.place(source.path());
    let (root, file) = (place.map(|(root, _)| root), place.map_or(source.path(), |(_, file)| file));
    let roles = Roles::of(place.map(|(_, file)| file), document.root());
    let (state, why) = readable(document, roles);
    let mut partial = Partial {
        partial: PARTIAL_VERSION,
        key: String::new(),
        print_key: engine.key.id(),
        coverage: FileCoverage {
            path: redact(source.path()).into_owned(),
            digest: Some(reader.digest(source.path())),
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
    let mut key = Digests::new(&reader.run, &partial, root);
    if matches!(state, FileState::Judged | FileState::Partly) {
        let links = match link::link(document, roles, |path| reader.find(root, path)) {
            Linked::Ready(links) => links,
            Linked::Need(paths) => return Err(paths.iter().map(|path| joined(root.unwrap_or(""), path)).collect()),
        };
        let unit = Unit::new(document, roles, links);
        for (path, document) in unit.linked() {
            key.part(path);
            key.part(&reader.digest(document.source().path()));
        }
        judge(engine, &unit, File { scope: root, path: file }, &mut partial);
    }
    partial.key = key.finish();
    Ok(partial)
}

/// A file's place in its repository.
#[derive(Clone, Copy)]
struct File<'f> {
    /// The root of the repository, if it is known.
    scope: Option<&'f str>,
    /// The path below it.
    path: &'f str,
}

// The digest of everything that a partial is made from.
struct Digests(Sha256);

impl Digests {
    fn new(run: &str, partial: &Partial, root: Option<&str>) -> Self {
        let mut digests = Self(Sha256::new());
        digests.part(run);
        digests.part(root.unwrap_or("/"));
        digests.part(&partial.coverage.path);
        digests.part(partial.coverage.digest.as_deref().unwrap_or(""));
        digests.part(&format!("{:?}", partial.coverage.origin));
        digests
    }

    fn part(&mut self, text: &str) {
        self.0.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    fn finish(self) -> String {
        format!("sha256:{}", hex(&self.0.finalize()))
    }
}

fn run_digest(engine: Engine<'_>) -> String {
    let mut digests = Digests(Sha256::new());
    digests.part(&PARTIAL_VERSION.to_string());
    digests.part(&rules_digest(engine.rules));
    digests.part(&serde_json::to_string(engine.options).unwrap_or_default());
    digests.part(&engine.key.id());
    digests.finish()
}

/// The digest of a rule set: ids, and the version of the engine that they were built with.
#[must_use]
pub fn rules_digest(rules: RuleSet) -> String {
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    for rule in rules {
        hash.update([0]);
        hash.update(rule.id);
        hash.update([0]);
        hash.update(serde_json::to_string(&rule.meta).unwrap_or_default());
    }
    format!("sha256:{}", hex(&hash.finalize()))
}

// What can be judged of the file, before any rule.
fn readable(document: &Document<'_>, roles: Roles) -> (FileState, Vec<Why>) {
    let locator = Locator::new(document.source());
    let mut why: Vec<Why> = Vec::new();
    let mut state = FileState::Judged;
    for problem in document.problems() {
        let (code, then) = match problem.kind {
            ProblemKind::Encoding => (WhyCode::Encoding, FileState::Refused),
            ProblemKind::Syntax => (WhyCode::Syntax, FileState::Refused),
            ProblemKind::TooComplex => (WhyCode::TooComplex, FileState::Refused),
            ProblemKind::InvalidUtf8 => (WhyCode::InvalidUtf8, FileState::Partly),
            ProblemKind::DuplicateKey => (WhyCode::DuplicateKey, FileState::Partly),
            ProblemKind::Alias => (WhyCode::Alias, FileState::Partly),
        };
        state = state.max(then);
        if why.iter().filter(|why| why.code == code).count() < MAX_WHY {
            why.push(Why { code, message: problem.message.clone(), location: Some(locator.location(problem.span)) });
        }
    }
    if state == FileState::Refused {
        if let Some(template) = document.template().filter(|_| why.iter().all(|why| why.code == WhyCode::Syntax)) {
            let message = format!("a template ({}): render it and judge what comes out", template.name());
            why.insert(0, Why { code: WhyCode::Template, message, location: None });
            return (FileState::Opaque, why);
        }
        return (state, why);
    }
    let (form, mut more) = form(document, roles);
    why.append(&mut more);
    (state.max(form), why)
}

// Whether the file has the form that its role asks for.
fn form(document: &Document<'_>, roles: Roles) -> (FileState, Vec<Why>) {
    let because = |code, message: &str, location| vec![Why { code, message: message.to_owned(), location }];
    if roles.is_none() {
        let message = "neither a workflow (`on`, `jobs`) nor an action (`runs`) of GitHub";
        return (FileState::Opaque, because(WhyCode::Unrecognised, message, None));
    }
    let root = document.root();
    let workflow = root.and_then(|root| root.get("jobs")).is_some();
    let action = root.and_then(|root| root.get("runs")).is_some();
    if !(roles.github_workflow && workflow || roles.github_action && action) {
        let lacking = if roles.github_workflow { "`jobs`" } else { "`runs`" };
        let message = format!("GitHub cannot use this file: it has no {lacking}");
        return (FileState::Refused, because(WhyCode::WrongForm, &message, None));
    }
    if roles.github_workflow && document.expanded() > MAX_WORKFLOW_EVENTS {
        let message = "more than the 50,000 YAML nodes, aliases expanded, that GitHub reads of a workflow";
        return (FileState::Refused, because(WhyCode::TooComplex, message, None));
    }
    if let Some(second) = document.roots().nth(1) {
        let location = Locator::new(document.source()).location(Span { end: second.span().start + 1, ..second.span() });
        let message = "a second YAML document; GitHub reads files of one, and only the first is judged";
        return (FileState::Partly, because(WhyCode::SeveralDocuments, message, Some(location)));
    }
    (FileState::Judged, Vec::new())
}

fn judge<'u>(engine: Engine<'u>, unit: &'u Unit<'u>, file: File<'_>, partial: &mut Partial) {
    let claims = ignores::claims(unit.document(), engine.rules);
    let lowering = lower::Lowering::new(unit.document(), &claims, file.path);
    partial.coverage.linked = unit.linked().map(|(_, document)| redact(document.source().path()).into_owned()).collect();
    for site in unit.sites() {
        let Err(error) = &site.expression else { continue };
        partial.coverage.state = partial.coverage.state.max(FileState::Partly);
        if partial.coverage.why.iter().filter(|why| why.code == WhyCode::Expression).count() < MAX_WHY {
            let at = (site.start + error.at).min(site.scalar.text().map_or(0, str::len));
            let location = lowering.location(site.scalar, Some(at..at));
            let message = format!("GitHub refuses this expression: {}", error.message);
            partial.coverage.why.push(Why { code: WhyCode::Expression, message, location: Some(location) });
        }
    }
    run_rules(engine, unit, &lowering, partial);
    gather(engine, unit, file, &lowering, partial);
    partial.ignores = claims.into_claims();
}

fn run_rules<'u>(engine: Engine<'u>, unit: &'u Unit<'u>, lowering: &lower::Lowering<'_, 'u>, partial: &mut Partial) {
    let cx = Cx { unit, options: engine.options };
    let mut ordinals = BTreeMap::new();
    for rule in engine.rules.iter().filter(|rule| engine.options.runs(rule.id)) {
        (engine.breadcrumb)(unit.document().source().path(), rule.id);
        let mut out = Out::default();
        for check in rule.checks {
            run_check(&cx, rule, check, &mut out);
        }
        for (node, lacking) in std::mem::take(&mut out.unknown) {
            let location = lowering.location(node, None);
            partial.unknown.push(Unknown { rule: rule.id.to_owned(), location, lacking });
        }
        // A step that several jobs share through an alias is one place and one finding.
        let mut findings = sorted_by_key(std::mem::take(&mut out.findings), |finding| {
            (finding.at.node.id(), finding.at.range.as_ref().map_or(0, |range| range.start))
        });
        findings.dedup_by(|a, b| a.at.node == b.at.node && a.at.range == b.at.range && a.message == b.message);
        for finding in findings {
            if partial.findings.len() >= MAX_FINDINGS {
                partial.coverage.state = FileState::Partly;
                let message = format!("more than {MAX_FINDINGS} findings; the rest is left out");
                partial.coverage.why.push(Why { code: WhyCode::TooComplex, message, location: None });
                return;
            }
            partial.findings.extend(lowering.row(rule, finding, &mut ordinals));
        }
    }
}

fn run_check<'u>(cx: &Cx<'u>, rule: &Rule, check: &Check, out: &mut Out<'u>) {
    let jobs = || cx.unit.workflow().into_iter().flat_map(|workflow| workflow.jobs());
    match check {
        Check::Job(check) => {
            for job in jobs() {
                let lacks_called = rule.reads == Reads::CalledWorkflow && cx.unit.called_workflow(job) == Dynamic;
                match job.uses() {
                    Read::Is((node, _)) if lacks_called => out.unknown(node, "the workflow that this job calls"),
                    _ => check(cx, job, out),
                }
            }
        }
        Check::Step(check) => {
            jobs().flat_map(|job| job.steps()).for_each(|step| check(cx, step, out));
            cx.unit.action().into_iter().flat_map(|action| action.steps()).for_each(|step| check(cx, step, out));
        }
        Check::Join(_) => {}
    }
}

// Compares any answer with "not known here", whatever it would hold.
struct Dynamic;

impl<T> PartialEq<Dynamic> for Read<T> {
    fn eq(&self, _: &Dynamic) -> bool {
        matches!(self, Self::Dynamic)
    }
}

fn gather<'u>(engine: Engine<'u>, unit: &'u Unit<'u>, file: File<'_>, lowering: &lower::Lowering<'_, 'u>, partial: &mut Partial) {
    // Secrets of one name are one secret within a repository; where none is known, only within the file.
    let scope = match file.scope {
        Some(root) => format!("repository {root}"),
        None => format!("file {}", file.path),
    };
    let join = |rule: &&&Rule| rule.checks.iter().any(|check| matches!(check, Check::Join(_)));
    let joins: Vec<&str> = engine.rules.iter().filter(join).map(|rule| rule.id).collect();
    for secrets in secrets_by_job(unit, engine.key) {
        for site in secrets.sites {
            match (secrets.environment, site.secret) {
                (Some(environment), secret) => partial.facts.secret_uses.push(SecretUse {
                    scope: scope.clone(),
                    job: crate::secret::clean(secrets.job.id()),
                    environment: crate::secret::clean(environment),
                    secret,
                    place: lowering.fact_place(&joins, site.scalar, site.range),
                }),
                (None, crate::facts::Secret::Reference { name }) => {
                    partial.facts.shared_secrets.insert(SharedSecret { scope: scope.clone(), name });
                }
                (None, crate::facts::Secret::Literal { .. }) => {}
            }
        }
    }
}
