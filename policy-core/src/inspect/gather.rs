//! Facts of one unit, for rules over all.

use std::cell::Cell;
use std::ops::ControlFlow;

use super::lower::Lowering;
use super::standard::failed;
use super::{Engine, File, Partial, too_complex};
use crate::document::{Kind, Ref};
use crate::facts::cluster::{Body, body, pod_body};
use crate::facts::{ObjectFact, Secret, SecretUse, SharedSecret, secrets_by_job};
use crate::map::Set;
use crate::model::kubernetes::{Object, Pod, node_access};
use crate::read::Read;
use crate::rule::{Check, Cx, Rule};
use crate::secret::{clean_name, clean_short};

/// The most uses of secrets of one file; past it the file is judged in part.
const MAX_FACTS: usize = 10_000;

/// The most objects of one file that others may refer to: a dump of a cluster has some thousands.
const MAX_OBJECTS: usize = 50_000;

/// Gathers the facts of a unit.
pub(super) fn gather<'u>(engine: Engine<'u>, cx: &Cx<'u>, file: File<'_>, lowering: &Lowering<'_, 'u>, partial: &mut Partial) {
    // Secrets of one name are one secret within a repository; where none is known, only within the file.
    let scope = match file.scope {
        Some(root) => format!("repository {root}"),
        None => format!("file {}", file.path),
    };
    let join = |rule: &&&'static Rule| rule.checks.iter().any(|check| matches!(check, Check::Join(_) | Check::Cluster(_)));
    let joins: Vec<&str> = engine.asked.iter().filter(join).map(|rule| rule.id).collect();
    if cx.unit.roles().kubernetes {
        return objects(engine, cx, file, &joins, lowering, partial);
    }
    secrets_by_job(cx, engine.key, &mut |secrets| {
        for site in secrets.sites {
            if partial.facts.secret_uses.len() >= MAX_FACTS {
                too_complex(partial, &format!("more than {MAX_FACTS} uses of secrets; the rest is left out"));
                return ControlFlow::Break(());
            }
            match (secrets.environment, site.secret) {
                (Some(environment), secret) => partial.facts.secret_uses.push(SecretUse {
                    scope: scope.clone(),
                    job: clean_short(secrets.job.id()),
                    environment: clean_short(environment),
                    secret,
                    place: lowering.fact_place(&joins, site.scalar, Some(site.range)),
                }),
                (None, Secret::Reference { name }) => {
                    partial.facts.shared_secrets.insert(SharedSecret { scope: scope.clone(), name });
                }
                (None, Secret::Literal { .. }) => {}
            }
        }
        ControlFlow::Continue(())
    });
}

// The most bytes of the bodies of one file.
const MAX_BYTES: usize = 32 << 20;

// Files that are given together without a repository around them are taken for one bundle: a folder of manifests, a dump of a cluster.
fn objects<'u>(
    engine: Engine<'u>,
    cx: &Cx<'u>,
    file: File<'_>,
    joins: &[&str],
    lowering: &Lowering<'_, 'u>,
    partial: &mut Partial,
) {
    let scope = file.scope.map_or_else(|| "bundle".to_owned(), |root| format!("repository {root}"));
    let unit = cx.unit;
    let (cut, bytes) = (Cell::new(false), Cell::new(0_usize));
    let row = |object: &Object<'u>, parts: Vec<Ref<'u>>, body: Body| {
        cut.set(cut.get() || body.cut);
        let body = body.finish();
        bytes.set(bytes.get() + body.get().len());
        let written = |read: Read<&str>| read.is().map_or_else(String::new, clean_name);
        ObjectFact {
            scope: scope.clone(),
            kind: clean_name(object.kind()),
            group: clean_name(object.group()),
            namespace: written(object.namespace()),
            name: written(object.name()),
            place: lowering.fact_place(joins, object.head(), None),
            parts: parts.into_iter().map(|part| lowering.location(first(part), None)).collect(),
            body,
        }
    };
    let mut told = false;
    for object in unit.objects() {
        if !cx.budget.spend(object.node().len()) {
            return;
        }
        let own = body(object).map(|body| row(object, parts(object), body));
        let pods = unit
            .pods_of(object)
            .iter()
            .map(|pod| row(object, Vec::new(), pod_body(pod, &node_access(unit, pod), &fails(engine, cx, object, pod))));
        partial.facts.objects.extend(own.into_iter().chain(pods));
        if (cut.get() || bytes.get() > MAX_BYTES) && !told {
            told = true;
            too_complex(partial, "an object of this file, or all together, are larger than what is kept for rules over all files");
        }
        if bytes.get() > MAX_BYTES {
            return;
        }
        if partial.facts.objects.len() > MAX_OBJECTS {
            partial.facts.objects.truncate(MAX_OBJECTS);
            return too_complex(
                partial,
                &format!("more than {MAX_OBJECTS} objects that others may refer to; the rest is left out"),
            );
        }
    }
}

// Asked where a namespace is written: which one would enforce a standard is not known else.
fn fails<'u>(engine: Engine<'u>, cx: &Cx<'u>, object: &Object<'u>, pod: &Pod<'u>) -> Vec<(&'static str, Set<String>)> {
    let standards = engine.standards.iter().filter(|_| matches!(object.namespace(), Read::Is(_)));
    standards.map(|standard| (standard.id, failed(cx, standard, pod))).collect()
}

fn parts<'u>(object: &Object<'u>) -> Vec<Ref<'u>> {
    let list = if object.kind().ends_with("Binding") { "subjects" } else { "rules" };
    object.get(list).into_iter().flat_map(Ref::items).collect()
}

// A place of one line, where a mapping has several.
fn first(node: Ref<'_>) -> Ref<'_> {
    if node.kind() == Kind::Mapping { node.entries().next().map_or(node, |(key, _)| key) } else { node }
}
