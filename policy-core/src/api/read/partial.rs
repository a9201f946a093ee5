//! Reads partials as `inspect` gave them.

use super::put;
use super::report::{file_coverage, location, unknown};
use crate::facts::{FactPlace, Facts, ObjectFact, Secret, SecretUse, SharedSecret};
use crate::inspect::{FindingRow, IgnoreClaim, Partial};
use crate::json::boxed;
use crate::json::reader::{Others, Parsed, Reader, Slot, may, must, wrong};
use crate::map::{Map, Set};
use crate::rule::{Confidence, Severity};
use crate::source::Span;

pub(crate) const SEVERITIES: [(&str, Severity); 5] = [
    ("info", Severity::Info),
    ("low", Severity::Low),
    ("medium", Severity::Medium),
    ("high", Severity::High),
    ("critical", Severity::Critical),
];

pub(crate) const CONFIDENCES: [(&str, Confidence); 3] =
    [("low", Confidence::Low), ("medium", Confidence::Medium), ("high", Confidence::High)];

pub(super) fn partial(reader: &mut Reader<'_>) -> Parsed<Partial> {
    let mut partial = Partial {
        partial: 0,
        key: String::new(),
        print_key: String::new(),
        coverage: super::report::no_coverage(),
        facts: Facts::default(),
        findings: Vec::new(),
        ignores: Vec::new(),
        unknown: Vec::new(),
    };
    reader.object(
        Others::Refused,
        &mut [
            must("partial", Slot::Number(&mut partial.partial)),
            must("key", Slot::Text(&mut partial.key)),
            must("printKey", Slot::Text(&mut partial.print_key)),
            must("coverage", Slot::With(&mut |reader| put(&mut partial.coverage, file_coverage(reader)))),
            must("facts", Slot::With(&mut |reader| put(&mut partial.facts, facts(reader)))),
            must("findings", Slot::With(&mut |reader| reader.list_into(&mut partial.findings, row))),
            must("ignores", Slot::With(&mut |reader| reader.list_into(&mut partial.ignores, claim))),
            must("unknown", Slot::With(&mut |reader| reader.list_into(&mut partial.unknown, unknown))),
        ],
    )?;
    Ok(partial)
}

fn row(reader: &mut Reader<'_>) -> Parsed<FindingRow> {
    let mut row = FindingRow {
        rule: String::new(),
        path: String::new(),
        span: Span::default(),
        severity: Severity::Critical,
        confidence: Confidence::High,
        fingerprint: String::new(),
        object: String::new(),
        root: None,
        ignore: None,
        body: Box::default(),
    };
    reader.object(
        Others::Refused,
        &mut [
            must("rule", Slot::Text(&mut row.rule)),
            must("path", Slot::Text(&mut row.path)),
            must("span", Slot::With(&mut |reader| super::report::span(reader, &mut row.span))),
            must("severity", Slot::With(&mut |reader| put(&mut row.severity, reader.name(&SEVERITIES)))),
            must("confidence", Slot::With(&mut |reader| put(&mut row.confidence, reader.name(&CONFIDENCES)))),
            must("fingerprint", Slot::Text(&mut row.fingerprint)),
            may("object", Slot::Text(&mut row.object)),
            may("root", Slot::MaybeText(&mut row.root)),
            may("ignore", Slot::MaybeNumber(&mut row.ignore)),
            must("body", Slot::With(&mut |reader| put(&mut row.body, reader.raw().map(boxed)))),
        ],
    )?;
    Ok(row)
}

fn claim(reader: &mut Reader<'_>) -> Parsed<IgnoreClaim> {
    let mut claim = IgnoreClaim { location: super::report::no_location(), rules: Vec::new(), reason: String::new(), invalid: None };
    reader.object(
        Others::Refused,
        &mut [
            must("location", Slot::With(&mut |reader| location(reader, &mut claim.location))),
            must("rules", Slot::Texts(&mut claim.rules)),
            must("reason", Slot::Text(&mut claim.reason)),
            may("invalid", Slot::MaybeText(&mut claim.invalid)),
        ],
    )?;
    Ok(claim)
}

fn facts(reader: &mut Reader<'_>) -> Parsed<Facts> {
    let mut facts = Facts::default();
    reader.object(
        Others::Skipped,
        &mut [
            must("secretUses", Slot::With(&mut |reader| reader.list_into(&mut facts.secret_uses, secret_use))),
            must("sharedSecrets", Slot::With(&mut |reader| shared_secrets(reader, &mut facts.shared_secrets))),
            must("objects", Slot::With(&mut |reader| reader.list_into(&mut facts.objects, object))),
        ],
    )?;
    Ok(facts)
}

fn shared_secret(reader: &mut Reader<'_>) -> Parsed<SharedSecret> {
    let mut shared = SharedSecret { scope: String::new(), name: String::new() };
    reader
        .object(Others::Skipped, &mut [must("scope", Slot::Text(&mut shared.scope)), must("name", Slot::Text(&mut shared.name))])?;
    Ok(shared)
}

fn secret_use(reader: &mut Reader<'_>) -> Parsed<SecretUse> {
    let mut found = SecretUse {
        scope: String::new(),
        job: String::new(),
        environment: String::new(),
        secret: Secret::Reference { name: String::new() },
        place: no_place(),
    };
    reader.object(
        Others::Skipped,
        &mut [
            must("scope", Slot::Text(&mut found.scope)),
            must("job", Slot::Text(&mut found.job)),
            must("environment", Slot::Text(&mut found.environment)),
            must("secret", Slot::With(&mut |reader| put(&mut found.secret, secret(reader)))),
            must("place", Slot::With(&mut |reader| fact_place(reader, &mut found.place))),
        ],
    )?;
    Ok(found)
}

fn no_place() -> FactPlace {
    FactPlace { location: super::report::no_location(), keys: Vec::new(), file: String::new(), ignores: crate::map::Map::new() }
}

fn object(reader: &mut Reader<'_>) -> Parsed<ObjectFact> {
    let mut found = ObjectFact {
        scope: String::new(),
        kind: String::new(),
        group: String::new(),
        namespace: String::new(),
        name: String::new(),
        place: no_place(),
        parts: Vec::new(),
        body: Box::default(),
    };
    let part = |reader: &mut Reader<'_>| {
        let mut part = super::report::no_location();
        location(reader, &mut part).map(|()| part)
    };
    reader.object(
        Others::Skipped,
        &mut [
            must("scope", Slot::Text(&mut found.scope)),
            must("kind", Slot::Text(&mut found.kind)),
            must("group", Slot::Text(&mut found.group)),
            must("namespace", Slot::Text(&mut found.namespace)),
            must("name", Slot::Text(&mut found.name)),
            must("place", Slot::With(&mut |reader| fact_place(reader, &mut found.place))),
            may("parts", Slot::With(&mut |reader| reader.list_into(&mut found.parts, part))),
            must("body", Slot::With(&mut |reader| put(&mut found.body, reader.raw().map(boxed)))),
        ],
    )?;
    Ok(found)
}

// The kind of secret is the one key of an object.
fn secret(reader: &mut Reader<'_>) -> Parsed<Secret> {
    let at = reader.place();
    let (mut reference, mut literal) = (None, None);
    reader.object(
        Others::Refused,
        &mut [
            may("reference", Slot::With(&mut |reader| put(&mut reference, secret_reference(reader).map(Some)))),
            may("literal", Slot::With(&mut |reader| put(&mut literal, secret_literal(reader).map(Some)))),
        ],
    )?;
    match (reference, literal) {
        (Some(secret), None) | (None, Some(secret)) => Ok(secret),
        _ => Err(wrong(at, "has to be either a `reference` or a `literal`")),
    }
}

fn secret_reference(reader: &mut Reader<'_>) -> Parsed<Secret> {
    let mut name = String::new();
    reader.object(Others::Skipped, &mut [must("name", Slot::Text(&mut name))])?;
    Ok(Secret::Reference { name })
}

fn secret_literal(reader: &mut Reader<'_>) -> Parsed<Secret> {
    let (mut print, mut kind, mut example) = (String::new(), String::new(), false);
    reader.object(
        Others::Skipped,
        &mut [
            must("print", Slot::Text(&mut print)),
            must("kind", Slot::Text(&mut kind)),
            must("example", Slot::Flag(&mut example)),
        ],
    )?;
    Ok(Secret::Literal { print, kind, example })
}

fn shared_secrets(reader: &mut Reader<'_>, shared: &mut Set<SharedSecret>) -> Parsed<()> {
    reader.items(&mut |reader| {
        shared.insert(shared_secret(reader)?);
        Ok(())
    })
}

fn ignores(reader: &mut Reader<'_>, ignores: &mut Map<String, u32>) -> Parsed<()> {
    reader.entries(&mut |reader, key| Ok(ignores.insert(key, reader.number()?).is_none()))
}

fn fact_place(reader: &mut Reader<'_>, place: &mut FactPlace) -> Parsed<()> {
    reader.object(
        Others::Skipped,
        &mut [
            must("location", Slot::With(&mut |reader| location(reader, &mut place.location))),
            must("keys", Slot::Texts(&mut place.keys)),
            must("file", Slot::Text(&mut place.file)),
            may("ignores", Slot::With(&mut |reader| ignores(reader, &mut place.ignores))),
        ],
    )
}
