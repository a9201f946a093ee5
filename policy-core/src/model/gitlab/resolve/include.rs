//! `include`: which files, whether they are included, and how they are merged: in their order, the including file over them all.

use std::borrow::Cow;

use super::super::condition::{self, Known, Truth};
use super::super::pipeline::IncludeRow;
use super::super::tree::{Data, Entry, Id, Origin};
use super::super::{glob, variables};
use super::input::{self, Component};
use super::load::Loading;
use super::{FaultKind, Inclusion, Resolver};
use crate::document::{Document, Kind, ProblemKind, Ref};
use crate::link::{Found, below, local_path};

/// The most files that GitLab includes in one pipeline.
pub(super) const MAX_INCLUDES: usize = 150;

/// The most entries that are looked at: rules may leave some out, and patterns match nothing.
const MAX_ENTRIES: usize = 4 * MAX_INCLUDES;

/// What an `include` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// `local`: files of the same project.
    Local,
    /// `project`: files of another project.
    Project,
    /// `remote`: a file by its URL.
    Remote,
    /// `template`: a file that comes with GitLab.
    Template,
    /// `component`: a component of a catalogue.
    Component,
    /// `artifact`: a file that a job makes. Only child pipelines have it.
    Artifact,
    /// None of them.
    Unknown,
}

pub(in crate::model::gitlab) const TARGETS: &[(&str, Target)] = &[
    ("local", Target::Local),
    ("project", Target::Project),
    ("remote", Target::Remote),
    ("template", Target::Template),
    ("component", Target::Component),
    ("artifact", Target::Artifact),
];

/// A file that is to be read in.
pub(super) struct File<'u> {
    pub(super) document: &'u Document<'u>,
    pub(super) origin: Origin,
    pub(super) at: Option<Ref<'u>>,
    pub(super) parent: u32,
}

/// One entry of `include`.
struct Item<'u> {
    id: Id,
    at: Ref<'u>,
    file: u32,
    written: Option<Cow<'u, str>>,
    given: Option<Id>,
}

/// Where a file is looked for.
struct Place {
    root: String,
    paths: Vec<String>,
}

impl<'u> Resolver<'_, 'u> {
    /// A file with all that it includes, merged; none for a file without content.
    pub(super) fn file(
        &mut self,
        file: &File<'u>,
        scope: Option<String>,
        given: Option<Id>,
        component: Option<&Component>,
    ) -> Option<Id> {
        let number = u32::try_from(self.inclusions.len()).unwrap_or(u32::MAX);
        let File { document, at, parent, origin } = *file;
        self.inclusions.push(Inclusion { document, at, parent });
        self.tree.origins.push(origin);
        self.scopes.push(scope);
        let (header, content) = input::split(document);
        let fill = self.fill(header, number, given, component);
        let content = content?;
        let own = self.load(content, &mut Loading::new(number, fill), 0);
        if !matches!(self.tree.data(own), Data::Mapping { .. }) {
            if !self.is_null(own) {
                self.refused(content, "GitLab cannot use this file: it is not a mapping");
            }
            return None;
        }
        let included = self.tree.get(own, "include").filter(|_| !self.files.merged);
        let base = included.map(|include| self.all(include, number));
        let entries: Vec<Entry<'u>> =
            self.entries(own).into_iter().filter(|entry| self.tree.text(entry.key) != "include").collect();
        let own = self.mapping(&entries, false, content, number);
        Some(base.map_or(own, |base| self.merge(base, own)))
    }

    /// All files of an `include`, merged in their order.
    pub(super) fn all(&mut self, include: Id, file: u32) -> Id {
        let entries = self.one_or_many(include);
        let at = self.at(include).map(|(at, _)| at).or(self.tree.nodes.first().map(|node| node.at));
        let mut merged = include;
        if let Some(at) = at {
            merged = self.empty(at, file, self.tree.value(include).is_unknown());
        }
        for id in entries {
            self.entries_met += 1;
            if self.entries_met > MAX_ENTRIES {
                if let Some((at, _)) = self.at(id) {
                    self.refused(at, "GitLab refuses this include: a pipeline has at most 150 of them");
                }
                break;
            }
            if !self.is_null(id)
                && let Some(next) = self.one(id, file)
            {
                merged = self.merge(merged, next);
            }
        }
        merged
    }

    // None where a rule keeps the file out.
    fn one(&mut self, id: Id, file: u32) -> Option<Id> {
        let (at, _) = self.at(id)?;
        if self.is_included(id) == Truth::False {
            return None;
        }
        let (target, written) = self.target(id);
        self.includes.push(IncludeRow { value: id, target });
        let given = self.tree.get(id, "inputs");
        let item = Item { id, at, file, written, given };
        let unknown =
            item.written.as_deref().is_none_or(|written| variables::first(written).is_some() && target != Target::Component);
        Some(match target {
            Target::Unknown if self.tree.value(id).is_unknown() => self.unavailable(&item, "what it names is not known here"),
            Target::Unknown => {
                self.refused(at, "GitLab refuses this include: it names no local, project, remote, template or component");
                self.empty(at, file, true)
            }
            _ if unknown => self.unavailable(&item, "what it names depends on variables or inputs"),
            Target::Local => self.local(&item),
            Target::Project => self.project(&item),
            Target::Component => self.component(&item),
            Target::Template => match self.source("templates", None) {
                Some(root) => self.read(
                    &item,
                    vec![Place { root, paths: item.written.iter().map(|path| path.to_string()).collect() }],
                    Origin::Template,
                    None,
                ),
                None => self.unavailable(&item, "the templates of GitLab are not here"),
            },
            Target::Remote => self.unavailable(&item, "a file of another server is not here"),
            Target::Artifact => self.unavailable(&item, "a job makes it"),
        })
    }

    fn target(&self, id: Id) -> (Target, Option<Cow<'u, str>>) {
        if let Some(text) = self.scalar(id) {
            let begins = |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
            let remote = begins("http://") || begins("https://");
            return (if remote { Target::Remote } else { Target::Local }, Some(text));
        }
        let found = TARGETS.iter().find_map(|(key, target)| Some((*target, self.tree.get(id, key)?)));
        found.map_or((Target::Unknown, None), |(target, value)| (target, self.scalar(value)))
    }

    fn is_included(&self, id: Id) -> Truth {
        let Some(rules) = self.tree.get(id, "rules") else { return Truth::True };
        if self.tree.value(rules).is_unknown() {
            return Truth::Unknown;
        }
        for rule in self.tree.value(rules).flat() {
            let truth = match rule.entry("if").and_then(|entry| entry.value.text()) {
                // Which variables there are is known when a pipeline starts.
                Some(written) => condition::parse(written).map_or(Truth::Unknown, |parsed| parsed.evaluate(&|_| Known::Unknown)),
                None => Truth::True,
            };
            let asks = rule.is_open() || rule.entry("exists").is_some() || rule.entry("changes").is_some();
            let never = rule.entry("when").and_then(|entry| entry.value.text()) == Some("never");
            match truth {
                Truth::False => {}
                Truth::True if !asks => return if never { Truth::False } else { Truth::True },
                Truth::True | Truth::Unknown => return Truth::Unknown,
            }
        }
        Truth::False
    }

    fn unavailable(&mut self, item: &Item<'u>, why: &str) -> Id {
        self.fault(FaultKind::Unavailable, item.at, format!("what this includes is not judged: {why}").into());
        self.empty(item.at, item.file, true)
    }

    fn local(&mut self, item: &Item<'u>) -> Id {
        let written = item.written.as_deref().unwrap_or("");
        let Some(root) = self.scopes.get(item.file as usize).cloned().flatten() else {
            return self.unavailable(item, "the project that it lies in is not known");
        };
        let origin = match self.tree.origins.get(item.file as usize) {
            None | Some(Origin::Project) => Origin::Local,
            Some(origin) => *origin,
        };
        let Some(path) = local_path(written) else {
            self.refused(item.at, "GitLab refuses this include: its path leaves the project");
            return self.empty(item.at, item.file, true);
        };
        if !glob::is_pattern(&path) {
            return self.read(item, vec![Place { root, paths: vec![path] }], origin, None);
        }
        let Some(found) = (self.files.glob)(&root, &path) else {
            self.needs.globs.insert(below(&root, &path));
            return self.empty(item.at, item.file, true);
        };
        if found.is_empty() {
            self.refused(item.at, "GitLab refuses this include: no file matches its pattern");
        }
        let mut merged = self.empty(item.at, item.file, found.is_empty());
        for (_, document) in found {
            let read = self.read_in(item, document, origin, Some(root.clone()), None);
            merged = self.merge(merged, read);
        }
        merged
    }

    fn project(&mut self, item: &Item<'u>) -> Id {
        let project = item.written.as_deref().unwrap_or("").to_owned();
        let git_ref = self.tree.get(item.id, "ref").and_then(|value| self.scalar(value));
        let Some(root) = self.source(&project, Some(git_ref.as_deref().unwrap_or(""))) else {
            return self.unavailable(item, "the other project is not here; `--source` gives it");
        };
        let files = self.tree.get(item.id, "file").map(|file| self.one_or_many(file)).unwrap_or_default();
        let paths: Vec<Option<String>> = files.iter().map(|file| self.scalar(*file).and_then(|path| local_path(&path))).collect();
        if paths.is_empty() {
            self.refused(item.at, "GitLab refuses this include: `project` needs `file`");
        }
        let mut merged = self.empty(item.at, item.file, paths.is_empty());
        for path in paths {
            let read = match path.filter(|path| variables::first(path).is_none()) {
                Some(path) => self.read(item, vec![Place { root: root.clone(), paths: vec![path] }], Origin::OtherProject, None),
                None => self.unavailable(item, "what it names depends on variables or inputs"),
            };
            merged = self.merge(merged, read);
        }
        merged
    }

    fn component(&mut self, item: &Item<'u>) -> Id {
        let written = item.written.as_deref().unwrap_or("").to_owned();
        let Some((host_and_project, name, version)) = component(&written) else {
            self.refused(item.at, "GitLab refuses this include: a component is `HOST/PROJECT/NAME@VERSION`");
            return self.empty(item.at, item.file, true);
        };
        // The host comes first; it is a variable where the component is of the same server.
        let project = host_and_project.split_once('/').map_or("", |(_, project)| project);
        let Some(root) = self.source(project, Some(version)) else {
            return self.unavailable(item, "the component is not here; `--source` gives its project");
        };
        let paths = vec![format!("templates/{name}.yml"), format!("templates/{name}/template.yml")];
        let component = Component { name: name.to_owned(), version: version.to_owned() };
        self.read(item, vec![Place { root, paths }], Origin::Component, Some(&component))
    }

    // The root of another project that is here.
    fn source(&self, project: &str, git_ref: Option<&str>) -> Option<String> {
        let named = self.files.sources.iter().filter(|source| source.project.eq_ignore_ascii_case(project));
        let fits =
            |given: &str| git_ref.is_none_or(|asked| given == asked || given.is_empty() || (asked.is_empty() && given == "HEAD"));
        named.into_iter().find(|source| fits(&source.git_ref)).map(|source| source.root.clone())
    }

    // The first of these files that is there.
    fn read(&mut self, item: &Item<'u>, places: Vec<Place>, origin: Origin, component: Option<&Component>) -> Id {
        let mut unasked = false;
        for Place { root, paths } in places {
            for path in paths {
                match (self.files.find)(&root, &path) {
                    Found::Is(document) => return self.read_in(item, document, origin, Some(root), component),
                    Found::Absent => {}
                    Found::Unasked => {
                        unasked = true;
                        self.needs.paths.insert(below(&root, &path));
                    }
                }
            }
        }
        if !unasked {
            self.refused(item.at, "GitLab refuses this include: there is no such file");
        }
        self.empty(item.at, item.file, true)
    }

    fn read_in(
        &mut self,
        item: &Item<'u>,
        document: &'u Document<'u>,
        origin: Origin,
        scope: Option<String>,
        component: Option<&Component>,
    ) -> Id {
        self.included += 1;
        if self.included > MAX_INCLUDES {
            self.refused(item.at, "GitLab refuses this include: a pipeline has at most 150 of them");
            return self.empty(item.at, item.file, true);
        }
        if self.includes_itself(item.file, document) {
            self.refused(item.at, "GitLab refuses this include: the file includes itself without an end");
            return self.empty(item.at, item.file, true);
        }
        let broken =
            document.problems().iter().any(|problem| !matches!(problem.kind, ProblemKind::DuplicateKey | ProblemKind::InvalidUtf8));
        if broken || document.root().is_none_or(|root| root.kind() != Kind::Mapping) {
            self.refused(item.at, "GitLab refuses this include: the file cannot be read as a YAML mapping");
            return self.empty(item.at, item.file, true);
        }
        let file = File { document, origin, at: Some(item.at), parent: item.file };
        let read = self.file(&file, scope, item.given, component);
        read.unwrap_or_else(|| self.empty(item.at, item.file, false))
    }

    fn includes_itself(&self, mut file: u32, document: &Document<'_>) -> bool {
        loop {
            let Some(inclusion) = self.inclusions.get(file as usize) else { return false };
            if std::ptr::eq(inclusion.document, document) {
                return true;
            }
            if inclusion.at.is_none() {
                return false;
            }
            file = inclusion.parent;
        }
    }
}

/// The parts of `HOST/PROJECT/NAME@VERSION`: host and project, name, version.
#[must_use]
pub fn component(written: &str) -> Option<(&str, &str, &str)> {
    let (path, version) = written.rsplit_once('@')?;
    let (project, name) = path.rsplit_once('/')?;
    (!version.is_empty() && !name.is_empty() && project.contains('/')).then_some((project, name, version))
}
