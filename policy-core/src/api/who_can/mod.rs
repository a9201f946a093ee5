//! `who-can`: who may do what, by the roles and bindings of files. Names are cleaned like everything that a file chose.

mod shown;

pub use shown::{ShownPlace, WhoCan, WhoCanNot, WhoCanPart, WhoCanQuestion, WhoCanSubject, WhoCanWay};

use super::error::{ApiError, Code};
use super::request::{AccessRequest, Question};
use crate::budget::{Budget, FILE_BUDGET};
use crate::decide::{may_hold_objects, taken};
use crate::facts::{Cluster, Row, cluster};
use crate::inspect::Partial;
use crate::map::Map;
use crate::model::kubernetes::is_kustomization_path;
use crate::rbac::resources::{self, Resource};
use crate::rbac::{Ask, Binding, Grant, Lacking, Policy, Role, Rule, Scope, Subject, SubjectKind, Target, Way, matrix};
use crate::read::Read;
use crate::report::{FileCoverage, FileState, Location};
use crate::secret::clean_name;
use crate::sort::sorted;

/// The most ways that are shown.
const MAX_WAYS: usize = 100_000;

/// The most items of a list that are shown of a rule.
const MAX_ITEMS: usize = 4;

/// The most files that are named.
const MAX_FILES: usize = 10;

/// A request with what it comes to.
pub(super) struct Asked {
    title: String,
    request: AccessRequest,
    // Whether the objects are of the whole cluster, whatever namespace is asked for.
    of_cluster: bool,
}

/// The requests of a question.
///
/// # Errors
/// Without any, and for a resource whose group is not known.
pub(super) fn asked(question: Option<&Question>) -> Result<Vec<Asked>, ApiError> {
    let none = || ApiError::new(Code::BadRequest, "`who-can` needs a `question`").hint("give `requests`, or `matrix`");
    let question = question.ok_or_else(none)?;
    let sensitive = matrix::SENSITIVE.iter().filter(|_| question.matrix);
    let sensitive = sensitive.map(|(verb, resource)| AccessRequest {
        verb: (*verb).to_owned(),
        resource: (*resource).to_owned(),
        namespace: question.namespace.clone(),
        ..AccessRequest::default()
    });
    let all: Vec<Asked> = sensitive.chain(question.requests.iter().cloned()).map(understood).collect::<Result<_, _>>()?;
    if all.is_empty() { Err(none()) } else { Ok(all) }
}

// The request in the terms of the API server.
fn understood(mut request: AccessRequest) -> Result<Asked, ApiError> {
    let path = || request.resource.starts_with('/').then(|| request.resource.clone());
    if let Some(path) = request.path.take().or_else(path) {
        let title = format!("{} {}", clean_name(&request.verb), clean_name(&path));
        let request = AccessRequest { verb: request.verb, path: Some(path), ..AccessRequest::default() };
        return Ok(Asked { title, request, of_cluster: true });
    }
    let mut of_cluster = false;
    if request.api_group.is_none() {
        let written = std::mem::take(&mut request.resource);
        let Some(found) = resources::resource(&written) else {
            let error = ApiError::new(Code::BadRequest, "the question names a resource whose group is not known");
            let names: Vec<&str> = resources::names().collect();
            return Err(match super::did_you_mean(&written, &names) {
                Some(meant) => error.hint(format!("did you mean `{meant}`? Else write its group too: `widgets.example.com`")),
                None => error.hint("write its group too: `widgets.example.com`"),
            });
        };
        of_cluster = found.namespaced == Some(false) && (found.name != "namespaces" || is_of_all(&request.verb));
        // A request for a namespace is made in that namespace.
        if found.name == "namespaces" && !of_cluster && !request.name.is_empty() {
            request.namespace = Some(request.name.clone());
        }
        request.api_group = Some(found.group.to_owned());
        (request.resource, request.subresource) = (found.name.to_owned(), found.subresource.to_owned());
    }
    let group = request.api_group.as_deref().filter(|group| *group != "*").unwrap_or("");
    let resource = Resource { group, name: &request.resource, subresource: &request.subresource, namespaced: None };
    let title = format!("{} {}", clean_name(&request.verb), clean_name(&resource.title()));
    Ok(Asked { title, request, of_cluster })
}

fn is_of_all(verb: &str) -> bool {
    matches!(verb, "create" | "list" | "watch" | "deletecollection")
}

impl Asked {
    fn ask(&self) -> Ask<'_> {
        let AccessRequest { verb, resource, api_group, subresource, path, name, .. } = &self.request;
        let target = match path {
            Some(path) => Target::Path(path),
            None => Target::Resource { group: api_group.as_deref().unwrap_or(""), resource, subresource, name },
        };
        Ask { verb, target }
    }

    fn scope(&self) -> Scope<'_> {
        match self.request.namespace.as_deref() {
            _ if self.of_cluster => Scope::Cluster,
            None => Scope::Any,
            Some("") => Scope::Cluster,
            Some(namespace) => Scope::Namespace(namespace),
        }
    }
}

/// Answers over everything that was inspected.
pub(super) fn answer(asked: &[Asked], partials: Vec<Partial>, unread: &[FileCoverage]) -> WhoCan {
    let mut partials = sorted(partials, |a, b| a.coverage.path.cmp(&b.coverage.path));
    let facts = taken(&mut partials);
    let files = partials.iter().map(|partial| &partial.coverage).filter(|file| may_add(file));
    let files: Vec<&FileCoverage> = files.chain(unread).collect();
    let bodies = cluster::bodies(&facts.objects);
    let sources = cluster::sources(&bodies);
    let documents = cluster::documents(&sources);
    let budget = Budget::new(FILE_BUDGET);
    let policy = Policy::new(&Cluster::new(&facts.objects, &documents, !files.is_empty()), &budget);
    let mut gathering = Gathering { policy: &policy, subjects: Map::new(), left: MAX_WAYS };
    let mut lacking = Map::new();
    for (question, asked) in asked.iter().enumerate() {
        for way in policy.ways(&asked.ask(), asked.scope(), &budget) {
            gathering.add(u32::try_from(question).unwrap_or(u32::MAX), &asked.ask(), &way);
        }
        lacking.extend(policy.lacking(&asked.ask(), asked.scope()));
    }
    let unknown =
        lacking.into_iter().filter_map(|(at, why)| Some(said(policy.bindings.get(at)?, why))).chain(said_of(&files)).collect();
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let question = |asked: &Asked| WhoCanQuestion { title: asked.title.clone(), request: asked.request.clone() };
    WhoCan {
        questions: asked.iter().map(question).collect(),
        cut: budget.is_spent() || gathering.left == 0,
        subjects: gathering.finish(),
        unknown,
        roles: count(policy.written_roles()),
        bindings: count(policy.bindings.len()),
    }
}

type Key<'c> = (&'c str, SubjectKind, &'c str, &'c str);

struct Gathering<'p, 'c> {
    policy: &'p Policy<'c>,
    subjects: Map<Key<'c>, Vec<WhoCanWay>>,
    left: usize,
}

impl<'c> Gathering<'_, 'c> {
    fn add(&mut self, question: u32, ask: &Ask<'_>, way: &Way) {
        let policy = self.policy;
        let Some((binding, role)) = policy.bindings.get(way.binding).zip(policy.roles.get(way.role)) else { return };
        let Some((source, rule)) = policy.roles.get(way.rule.role).zip(policy.rule(way.rule)) else { return };
        for subject in &binding.subjects {
            let key = (binding.row.fact.scope.as_str(), subject.kind, subject.namespace, subject.name.unwrap_or(""));
            let Some(left) = self.left.checked_sub(1) else { return };
            self.left = left;
            let shown = WhoCanWay {
                question,
                namespace: binding.namespace.map(clean_name),
                names: if way.grant == Grant::Named { items_of(&rule.names.items, &|_| true) } else { Vec::new() },
                unless: unless(way, subject),
                binding: WhoCanPart { title: binding.title(), at: place(subject.at).or_else(|| placed(&binding.row).at) },
                role: part(role),
                from: (way.rule.role != way.role).then(|| part(source)),
                rule: WhoCanPart { title: written(rule, ask), at: place(rule.at) },
            };
            self.subjects.get_or_default(key).push(shown);
        }
    }

    fn finish(self) -> Vec<WhoCanSubject> {
        let mut accounts: Map<(&str, &str, &str), Vec<&Row<'c>>> = Map::new();
        for row in &self.policy.workloads {
            if let Some(account) = runs_as(row) {
                accounts.get_or_default((&row.fact.scope, &row.fact.namespace, account)).push(row);
            }
        }
        let shown = |((scope, kind, namespace, name), ways): (Key<'c>, Vec<WhoCanWay>)| WhoCanSubject {
            scope: clean_name(scope.strip_prefix("repository ").unwrap_or("")),
            kind: kind.name().to_owned(),
            namespace: (kind == SubjectKind::ServiceAccount).then(|| clean_name(namespace)),
            name: if name.is_empty() { "?".to_owned() } else { clean_name(name) },
            ways,
            workloads: if kind == SubjectKind::ServiceAccount {
                accounts.get(&(scope, namespace, name)).into_iter().flatten().map(|row| placed(row)).collect()
            } else {
                Vec::new()
            },
        };
        self.subjects.into_iter().map(shown).collect()
    }
}

// What comes from elsewhere may name another account than `default`.
fn runs_as<'c>(row: &Row<'c>) -> Option<&'c str> {
    match row.text("serviceAccountName") {
        Read::Is(account) if !account.is_empty() => Some(account),
        Read::Is(_) | Read::Absent => row.get("open").is_none().then_some("default"),
        Read::Dynamic | Read::Wrong => None,
    }
}

fn unless(way: &Way, subject: &Subject<'_>) -> Option<String> {
    let said = match () {
        () if subject.name.is_none() => "who it is depends on what a later step fills in",
        () if way.grant == Grant::Unknown => "the rule depends on what a later step fills in",
        () if way.elsewhere => "the namespace of the binding is not written: it counts there alone",
        () => return None,
    };
    Some(said.to_owned())
}

fn part(role: &Role<'_>) -> WhoCanPart {
    WhoCanPart { title: role.title(), at: role.row.as_ref().and_then(|row| placed(row).at) }
}

fn placed(row: &Row<'_>) -> WhoCanPart {
    WhoCanPart { title: row.title(), at: place(Some(&row.fact.place.location)) }
}

fn place(at: Option<&Location>) -> Option<ShownPlace> {
    at.map(|at| ShownPlace { path: at.path.clone(), line: at.line, column: at.column })
}

// `get, list secrets`: what was asked for first, since a long list is cut.
fn written(rule: &Rule<'_>, ask: &Ask<'_>) -> String {
    let verbs = items_of(&rule.verbs.items, &|verb| ask.is_verb(verb));
    let on = match ask.target {
        Target::Resource { .. } => items_of(&rule.resources.items, &|named| ask.is_target(named)),
        Target::Path(_) => items_of(&rule.urls.items, &|named| ask.is_target(named)),
    };
    format!("{} {}", verbs.join(", "), on.join(", "))
}

fn items_of(items: &[&str], first: &dyn Fn(&str) -> bool) -> Vec<String> {
    let first = |item: &str| items.len() > MAX_ITEMS && first(item);
    let (asked, others) = (items.iter().filter(|item| first(item)), items.iter().filter(|item| !first(item)));
    let mut shown: Vec<String> = asked.chain(others).take(MAX_ITEMS).map(|item| clean_name(item)).collect();
    if items.len() > MAX_ITEMS {
        shown.push("…".to_owned());
    }
    shown
}

fn said(binding: &Binding<'_>, why: Lacking) -> WhoCanNot {
    let name = clean_name(binding.role.1.is().unwrap_or(""));
    let kind = clean_name(binding.role.0.is().unwrap_or(""));
    let title = binding.title();
    let message = match why {
        Lacking::Role => format!("{title} binds the {kind} `{name}`, which is in none of these files"),
        Lacking::SystemRole => {
            format!("{title} binds the {kind} `{name}`; if that comes with Kubernetes, its rules are not known here")
        }
        Lacking::Namespace => {
            format!("{title} binds the {kind} `{name}`; whether the one of that name here is of its namespace is not written")
        }
        Lacking::Reference => format!("which role {title} binds depends on what a later step fills in"),
        Lacking::Aggregated => format!("{title} binds the {kind} `{name}`, which may take in rules of roles that are not here"),
    };
    WhoCanNot { message, at: placed(&binding.row).at }
}

// What Kustomize reads names other files.
fn may_add(file: &FileCoverage) -> bool {
    file.state >= FileState::Partly && may_hold_objects(file) && !is_kustomization_path(&file.path)
}

// Many templates are said in a line.
fn said_of(files: &[&FileCoverage]) -> Option<WhoCanNot> {
    let mut names: Vec<String> = files.iter().take(MAX_FILES).map(|file| file.path.clone()).collect();
    if files.len() > MAX_FILES {
        names.push(format!("and {} more", files.len() - MAX_FILES));
    }
    let said = format!("files that may hold roles and bindings were not read, or in part: {}", names.join(", "));
    (!files.is_empty()).then_some(WhoCanNot { message: said, at: None })
}
