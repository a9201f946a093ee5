//! What a rule says becomes what a report holds: places, fingerprints, ignores and finished JSON.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Range;

use sha2::{Digest, Sha256};

use super::FindingRow;
use super::ignores::Claimed;
use crate::document::edit::{self, Edit, TextEdit};
use crate::document::{Document, Ref};
use crate::facts::{FactPlace, JoinFinding};
use crate::json;
use crate::map::Map;
use crate::plugin::PluginFinding;
use crate::report::{Finding, Fix, Lines, Location, Locator, Related};
use crate::rule::{Place, ProposedFix, Rule, RuleFinding};
use crate::secret::{clean_name, clean_short, redact, redact_path};
use crate::source::Span;
use crate::text::hex;

/// Bytes that may be read again to check the fixes of one file.
const FIX_BUDGET: usize = 16 << 20;

/// The most places beside its own that a finding names.
const MAX_RELATED: usize = 10;

/// How often a rule, object and path were met in a file: the last part of a fingerprint.
pub(super) type Ordinals = Map<(&'static str, String, Vec<String>), u32>;

/// Lowers what is said of one document.
pub(super) struct Lowering<'l, 'u> {
    document: &'u Document<'u>,
    claims: &'l Claimed<'u>,
    // Below the root of the repository, as it may be shown.
    file: String,
    file_hash: Sha256,
    // Of the file that was included and asked for last.
    other_hash: RefCell<Option<(&'u str, Sha256)>>,
    // Many findings stand on few lines.
    lines: Lines,
    // What no excerpt shows.
    masked: Vec<Span>,
}

impl<'l, 'u> Lowering<'l, 'u> {
    pub(super) fn new(document: &'u Document<'u>, claims: &'l Claimed<'u>, file: &str, masked: Vec<Span>) -> Self {
        let file = redact_path(file).into_owned();
        Self { document, claims, file_hash: hash_of(&file), file, other_hash: RefCell::default(), lines: Lines::default(), masked }
    }

    pub(super) fn location(&self, node: Ref<'u>, range: Option<Range<usize>>) -> Location {
        let span = range.map_or(node.span(), |range| node.locate(range));
        self.locate(node.document(), span)
    }

    // Other files are pointed at too, such as called workflows.
    fn locate(&self, document: &Document<'_>, span: Span) -> Location {
        let locator = Locator::new(document.source());
        if self.is_own(document) {
            locator.keeping(&self.lines).masking(&self.masked).location(span)
        } else {
            locator.location(span)
        }
    }

    fn place(&self, place: &Place<'u>) -> Location {
        match place.bytes {
            Some(span) => self.locate(place.node.document(), span),
            None => self.location(place.node, place.range.clone()),
        }
    }

    /// The fixes that findings propose, as bytes; none for a finding without, and for a fix that cannot be made.
    pub(super) fn fixes(&self, findings: &[(&'static str, RuleFinding<'u>)]) -> Vec<Option<Fix>> {
        let proposed = || findings.iter().filter_map(|(_, finding)| Some((finding, finding.fix.as_ref()?)));
        // Of the root file alone: who includes a file does not know who else does.
        let own = |finding: &RuleFinding<'u>| self.other(finding.at.node).is_empty();
        let proposed = || proposed().filter(|(finding, _)| own(finding)).map(|(_, fix)| fix);
        let edits: Vec<&[Edit]> = proposed().map(|fix| fix.edits.as_slice()).collect();
        let mut budget = FIX_BUDGET;
        let mut lowered = edit::lower_all(self.document, &edits, &mut budget).into_iter();
        let fix = |(_, finding): &(&str, RuleFinding<'u>)| {
            let fix = finding.fix.as_ref().filter(|_| own(finding))?;
            self.fix(fix, lowered.next()??)
        };
        findings.iter().map(fix).collect()
    }

    pub(super) fn row(
        &self,
        rule: &'static str,
        finding: &RuleFinding<'u>,
        fix: Option<Fix>,
        ordinals: &mut Ordinals,
    ) -> Option<FindingRow> {
        let location = self.place(&finding.at);
        let other = self.other(finding.at.node);
        let mut keys = keys(finding.at.node);
        let depth = keys.len();
        // Files that are included are counted each by themselves.
        keys.extend((!other.is_empty()).then(|| other.to_owned()));
        let same = (rule, finding.object.clone(), keys);
        let ordinal = ordinals.get(&same).copied().unwrap_or(0);
        let file_hash = self.hash_of(other);
        let fingerprint = fingerprint(&file_hash, rule, &finding.object, same.2.get(..depth).unwrap_or(&[]), ordinal);
        ordinals.insert(same, ordinal + 1);
        let ignore = self.claims.at(rule, finding.at.node.document(), &self.lines(finding.at.node, &location));
        let related = finding.related.iter().take(MAX_RELATED);
        let body = Finding {
            rule: rule.to_owned(),
            severity: finding.severity,
            reason: finding.reason.as_deref().map(clean_short),
            confidence: finding.confidence,
            fingerprint,
            object: clean_short(&finding.object),
            message: said(&finding.message),
            help: said(&finding.help),
            label: said(&finding.at.label),
            related: related.map(|place| Related { location: self.place(place), label: said(&place.label) }).collect(),
            attributes: attributes(&finding.attributes),
            fix,
            location,
        };
        let root = (!other.is_empty()).then(|| self.document.source().shown_path().to_owned());
        finished(body, ignore, root)
    }

    /// What no excerpt of the root file shows; of others nothing is known.
    pub(super) fn masked(&self, document: &Document<'_>) -> &[Span] {
        if self.is_own(document) { &self.masked } else { &[] }
    }

    fn is_own(&self, document: &Document<'_>) -> bool {
        std::ptr::eq(document, self.document)
    }

    /// The row of what a plugin found at a place of the root file or of one that it includes, below these keys, as the `ordinal`th of
    /// its kind there.
    pub(super) fn foreign_row(
        &self,
        rule: &str,
        finding: &PluginFinding,
        (document, span): (&'u Document<'u>, Span),
        (keys, ordinal): (&[String], u32),
    ) -> Option<FindingRow> {
        let own = self.is_own(document);
        let location = self.locate(document, span);
        let lines = document.at(span.start).map_or([location.line; 2], |node| self.lines(node, &location));
        let hash = self.hash_of(if own { "" } else { document.source().path() });
        let body = Finding {
            rule: rule.to_owned(),
            severity: finding.severity,
            reason: None,
            confidence: finding.confidence,
            fingerprint: fingerprint(&hash, rule, &finding.object, keys, ordinal),
            object: clean_short(&finding.object),
            message: clean_short(&finding.message),
            help: clean_short(&finding.help),
            label: String::new(),
            related: Vec::new(),
            attributes: Map::new(),
            fix: None,
            location,
        };
        let root = (!own).then(|| self.document.source().shown_path().to_owned());
        finished(body, self.claims.at(rule, document, &lines), root)
    }

    /// The path of the file that a node stands in, if that is not the root file; else empty.
    pub(super) fn other(&self, node: Ref<'u>) -> &'u str {
        if self.is_own(node.document()) { "" } else { node.document().source().path() }
    }

    // Of the path of a file below the root of the repository, as it may be shown.
    fn hash_of(&self, other: &'u str) -> Sha256 {
        if other.is_empty() {
            return self.file_hash.clone();
        }
        let mut last = self.other_hash.borrow_mut();
        if let Some((_, hash)) = last.as_ref().filter(|(path, _)| *path == other) {
            return hash.clone();
        }
        let root = self.document.source().shown_path().strip_suffix(self.file.as_str()).unwrap_or("");
        let below = redact_path(other);
        let hash = hash_of(below.strip_prefix(root).unwrap_or(&below));
        last.insert((other, hash)).1.clone()
    }

    // An ignore may stand on the line of the place, or on that of the key whose value holds it: a block scalar has no comments.
    fn lines(&self, node: Ref<'_>, location: &Location) -> [u32; 2] {
        let key = node.key().unwrap_or(node);
        [location.line, key.source().lines().line(key.span().start)]
    }

    fn fix(&self, fix: &ProposedFix, edits: Vec<TextEdit>) -> Option<Fix> {
        let source = self.document.source();
        // A rewritten scalar could carry a secret that stands in it, or a part that is no longer recognised; and a path that is masked
        // names no file.
        let hides = |text: &str| redact(text) != text;
        let shows_secret = edits.iter().any(|edit| hides(&edit.text) || hides(lines_of(source.text(), edit.span)))
            || source.shown_path() != source.path();
        let span = Span { start: edits.first()?.span.start, end: edits.last()?.span.end };
        let location = Locator::new(source).keeping(&self.lines).masking(&self.masked).location(span);
        (!shows_secret).then(|| Fix { title: clean_short(&fix.title), safety: fix.safety, location, edits })
    }

    pub(super) fn fact_place(&self, rules: &[&str], scalar: Ref<'u>, range: Option<Range<usize>>) -> FactPlace {
        let location = self.location(scalar, range);
        let lines = self.lines(scalar, &location);
        let mut ignores = Map::new();
        ignores
            .extend(rules.iter().filter_map(|rule| Some(((*rule).to_owned(), self.claims.at(rule, scalar.document(), &lines)?))));
        FactPlace { keys: keys(scalar), file: self.file.clone(), ignores, location }
    }
}

// The whole lines that a span touches.
fn lines_of(text: &str, span: Span) -> &str {
    let start = text.get(..span.start as usize).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let end = text.get(span.end as usize..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| span.end as usize + at);
    text.get(start..end).unwrap_or("")
}

// What stands in the program is shown as it is; what was made of text of the file is cleaned.
#[expect(clippy::ptr_arg, reason = "whether it is borrowed is what is asked")]
fn said(text: &Cow<'static, str>) -> String {
    match text {
        Cow::Borrowed(text) => (*text).to_owned(),
        Cow::Owned(text) => clean_short(text),
    }
}

fn attributes(pairs: &[(&'static str, String)]) -> Map<String, String> {
    let mut attributes = Map::new();
    attributes.extend(pairs.iter().map(|(name, value)| ((*name).to_owned(), clean_short(value))));
    attributes
}

// The keys from the root down to a node; what stands in sequences is told apart by ordinals. They leave the module with facts,
// so they are cleaned like all text.
pub(super) fn keys(node: Ref<'_>) -> Vec<String> {
    let mut keys: Vec<String> = node.ancestors().filter_map(|node| node.key()?.text()).map(clean_name).collect();
    keys.reverse();
    keys
}

// What no text holds: it keeps the parts of a fingerprint apart.
const END: u8 = 0xFF;

// A hash that has taken in the path of a file. It is filled up to the blocks that are hashed, which are what fingerprints cost: those
// of the path are hashed once a file.
fn hash_of(file: &str) -> Sha256 {
    const BLOCK: usize = 64;
    let mut bytes = file.as_bytes().to_vec();
    bytes.resize((bytes.len() + 1).next_multiple_of(BLOCK), END);
    Sha256::new_with_prefix(&bytes)
}

/// The identity of a defect: neither line nor index nor value goes in, so it outlives edits elsewhere in the file.
fn fingerprint(file: &Sha256, rule: &str, object: &str, keys: &[String], ordinal: u32) -> String {
    let mut bytes = Vec::with_capacity(256);
    for part in [rule, object].into_iter().chain(keys.iter().map(String::as_str)) {
        bytes.extend_from_slice(part.as_bytes());
        bytes.push(END);
    }
    bytes.extend_from_slice(&ordinal.to_le_bytes());
    let mut text = "gp1:".to_owned();
    text.push_str(&hex(file.clone().chain_update(&bytes).finalize().get(..16).unwrap_or(&[])));
    text
}

fn finished(body: Finding, ignore: Option<u32>, root: Option<String>) -> Option<FindingRow> {
    // Most findings are shorter.
    const LENGTH: usize = 2048;
    let json = String::from_utf8(json::without_commands(json::written(&body, LENGTH)?)).ok()?;
    Some(FindingRow {
        rule: body.rule,
        path: body.location.path,
        span: body.location.span,
        severity: body.severity,
        confidence: body.confidence,
        fingerprint: body.fingerprint,
        object: body.object,
        root,
        ignore,
        body: json::boxed(&json),
    })
}

/// The row of what a rule over facts found: the `ordinal`th of its rule, object and path in its file.
pub(crate) fn join_row(rule: &Rule, finding: JoinFinding, ordinal: u32) -> Option<FindingRow> {
    let at = &finding.at;
    let fingerprint = fingerprint(&hash_of(&at.file), rule.id, &finding.object, &at.keys, ordinal);
    let ignore = at.ignores.get(rule.id).copied();
    let related = finding.related.into_iter().take(MAX_RELATED);
    let body = Finding {
        rule: rule.id.to_owned(),
        severity: finding.severity,
        reason: None,
        confidence: finding.confidence,
        fingerprint,
        object: clean_short(&finding.object),
        message: clean_short(&finding.message),
        help: clean_short(&finding.help),
        label: clean_short(&finding.label),
        related: related.map(|(location, label)| Related { location, label: clean_short(&label) }).collect(),
        attributes: attributes(&finding.attributes),
        fix: None,
        location: finding.at.location,
    };
    finished(body, ignore, None)
}
