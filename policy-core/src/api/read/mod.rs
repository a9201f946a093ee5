//! Reads what hosts send, each type by a function of its own. What serde derives for the same types is for hosts and tests: in the
//! module it would take a tenth of the space. Tests hold the two against each other.

mod partial;
mod report;

use super::error::{ApiError, Code, HeaderPosition};
use super::request::{AccessRequest, Event, File, Head, Layer, NotBuilt, Options, Pin, Question, Request, SourceProject};
use crate::json::boxed;
use crate::json::reader::{Fault, Others, Parsed, Reader, Slot, may, must};
use crate::map::{Map, Set};
use crate::plugin::{PluginFinding, PluginRun};
use crate::report::text::Shown;
use crate::rule::{Confidence, Severity};
use crate::source::{Origin, Span};

pub(crate) use partial::{CONFIDENCES, SEVERITIES};
pub(super) use report::CODES;

/// The names of [`Origin`].
const ORIGINS: [(&str, Origin); 4] = [
    ("organisation", Origin::Organisation),
    ("protected", Origin::Protected),
    ("change", Origin::Change),
    ("unknown", Origin::Unknown),
];

/// What is to be rendered.
pub(super) struct RenderRequest<'t> {
    /// What is read of the report.
    pub(super) report: Shown,
    /// The report as it is written.
    pub(super) written: &'t str,
    /// The form to give it.
    pub(super) format: String,
}

/// Reads the header of a request.
pub(super) fn read_request(header: &[u8]) -> Result<Request, ApiError> {
    whole(header, request)
}

/// Reads the header of a request to render.
pub(super) fn read_render(header: &[u8]) -> Result<RenderRequest<'_>, ApiError> {
    whole(header, render)
}

/// Reads a header that holds one value.
fn whole<'t, T>(header: &'t [u8], read: fn(&mut Reader<'t>) -> Parsed<T>) -> Result<T, ApiError> {
    let text = std::str::from_utf8(header).map_err(|error| {
        let at = error.valid_up_to();
        ApiError { location: Some(position(header, at)), ..ApiError::new(Code::BadRequest, "the request is not UTF-8 from here") }
    })?;
    let mut reader = Reader::new(text);
    let value = read(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map_err(|fault| refused(header, &fault))
}

fn refused(header: &[u8], fault: &Fault) -> ApiError {
    ApiError {
        code: Code::BadRequest,
        problems: Vec::new(),
        message: format!("the request cannot be read: {}", fault.message()),
        location: Some(position(header, fault.at)),
        hint: fault.hint.clone(),
    }
}

fn position(header: &[u8], at: usize) -> HeaderPosition {
    let before = header.get(..at).unwrap_or(header);
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    HeaderPosition { line: number(memchr::memchr_iter(b'\n', before).count() + 1), column: number(at - start + 1) }
}

fn render<'t>(reader: &mut Reader<'t>) -> Parsed<RenderRequest<'t>> {
    let mut request = RenderRequest { report: report::no_report(), written: "", format: String::new() };
    reader.object(
        Others::Refused,
        &mut [
            must(
                "report",
                Slot::With(&mut |reader| {
                    let start = reader.place();
                    request.report = report::shown(reader)?;
                    request.written = reader.since(start);
                    Ok(())
                }),
            ),
            must("format", Slot::Text(&mut request.format)),
        ],
    )?;
    Ok(request)
}

fn request(reader: &mut Reader<'_>) -> Parsed<Request> {
    let mut request = Request {
        api: 0,
        now: None,
        event: None,
        subjects: Vec::new(),
        layers: Vec::new(),
        baselines: Vec::new(),
        evidence: Vec::new(),
        head: Head::default(),
        base: None,
        zones: None,
        options: Options::default(),
        question: None,
    };
    reader.object(
        Others::Refused,
        &mut [
            must("api", Slot::Number(&mut request.api)),
            may("now", Slot::MaybeText(&mut request.now)),
            may("event", Slot::With(&mut |reader| put(&mut request.event, maybe(reader, event)))),
            may("subjects", Slot::With(&mut |reader| reader.list_into(&mut request.subjects, not_built))),
            may("layers", Slot::With(&mut |reader| reader.list_into(&mut request.layers, layer))),
            may("baselines", Slot::With(&mut |reader| reader.list_into(&mut request.baselines, layer))),
            may("evidence", Slot::With(&mut |reader| reader.list_into(&mut request.evidence, not_built))),
            may("head", Slot::With(&mut |reader| put(&mut request.head, head(reader)))),
            may("base", Slot::With(&mut |reader| put(&mut request.base, maybe(reader, head)))),
            may("zones", Slot::With(&mut |reader| put(&mut request.zones, maybe(reader, not_built)))),
            may("options", Slot::With(&mut |reader| put(&mut request.options, options(reader)))),
            may("question", Slot::With(&mut |reader| put(&mut request.question, maybe(reader, question)))),
        ],
    )?;
    Ok(request)
}

/// Puts what was read into its place.
fn put<T>(place: &mut T, read: Parsed<T>) -> Parsed<()> {
    *place = read?;
    Ok(())
}

/// A value or null.
fn maybe<'t, T>(reader: &mut Reader<'t>, read: fn(&mut Reader<'t>) -> Parsed<T>) -> Parsed<Option<T>> {
    if reader.null()? { Ok(None) } else { read(reader).map(Some) }
}

/// An array as a set.
fn set<'t, T: Ord>(reader: &mut Reader<'t>, read: fn(&mut Reader<'t>) -> Parsed<T>) -> Parsed<Set<T>> {
    let mut set = Set::new();
    reader.items(&mut |reader| {
        set.insert(read(reader)?);
        Ok(())
    })?;
    Ok(set)
}

/// An object of keys that the host chose.
fn map<'t, T>(reader: &mut Reader<'t>, read: fn(&mut Reader<'t>) -> Parsed<T>) -> Parsed<Map<String, T>> {
    let mut map = Map::new();
    reader.entries(&mut |reader, key| Ok(map.insert(key, read(reader)?).is_none()))?;
    Ok(map)
}

// Only that it is there is looked at.
fn not_built(reader: &mut Reader<'_>) -> Parsed<NotBuilt> {
    reader.raw().map(|json| NotBuilt(boxed(json)))
}

fn event(reader: &mut Reader<'_>) -> Parsed<Event> {
    let mut event = Event::default();
    reader.object(
        Others::Refused,
        &mut [
            may("name", Slot::MaybeText(&mut event.name)),
            may("repository", Slot::MaybeText(&mut event.repository)),
            may("ref", Slot::MaybeText(&mut event.git_ref)),
            may("commit", Slot::MaybeText(&mut event.commit)),
            may("actor", Slot::MaybeText(&mut event.actor)),
        ],
    )?;
    Ok(event)
}

fn head(reader: &mut Reader<'_>) -> Parsed<Head> {
    let mut head = Head::default();
    reader.object(
        Others::Refused,
        &mut [
            may("files", Slot::With(&mut |reader| reader.list_into(&mut head.files, file))),
            may("roots", Slot::Texts(&mut head.roots)),
            may("absent", Slot::With(&mut |reader| put(&mut head.absent, set(reader, Reader::string)))),
            may("complete", Slot::Flag(&mut head.complete)),
            may("globs", Slot::With(&mut |reader| put(&mut head.globs, set(reader, Reader::string)))),
            may("sources", Slot::With(&mut |reader| reader.list_into(&mut head.sources, source))),
            may("merged", Slot::Flag(&mut head.merged)),
            may("partials", Slot::With(&mut |reader| reader.list_into(&mut head.partials, partial::partial))),
            may("unread", Slot::With(&mut |reader| reader.list_into(&mut head.unread, report::file_coverage))),
            may("plugins", Slot::With(&mut |reader| reader.list_into(&mut head.plugins, plugin))),
        ],
    )?;
    Ok(head)
}

fn plugin(reader: &mut Reader<'_>) -> Parsed<PluginRun> {
    let mut run = PluginRun::default();
    reader.object(
        Others::Refused,
        &mut [
            must("name", Slot::Text(&mut run.name)),
            must("sha256", Slot::Text(&mut run.sha256)),
            may("enforced", Slot::Flag(&mut run.enforced)),
            may("failed", Slot::MaybeText(&mut run.failed)),
            may("findings", Slot::With(&mut |reader| reader.list_into(&mut run.findings, plugin_finding))),
        ],
    )?;
    Ok(run)
}

fn plugin_finding(reader: &mut Reader<'_>) -> Parsed<PluginFinding> {
    let mut finding = PluginFinding {
        rule: String::new(),
        severity: Severity::Critical,
        confidence: Confidence::High,
        message: String::new(),
        help: String::new(),
        object: String::new(),
        path: String::new(),
        span: Span::default(),
    };
    reader.object(
        Others::Refused,
        &mut [
            must("rule", Slot::Text(&mut finding.rule)),
            must("severity", Slot::With(&mut |reader| put(&mut finding.severity, reader.name(&SEVERITIES)))),
            must("confidence", Slot::With(&mut |reader| put(&mut finding.confidence, reader.name(&CONFIDENCES)))),
            must("message", Slot::Text(&mut finding.message)),
            may("help", Slot::Text(&mut finding.help)),
            may("object", Slot::Text(&mut finding.object)),
            must("path", Slot::Text(&mut finding.path)),
            must("span", Slot::With(&mut |reader| report::span(reader, &mut finding.span))),
        ],
    )?;
    Ok(finding)
}

fn layer(reader: &mut Reader<'_>) -> Parsed<Layer> {
    let mut layer = Layer::default();
    reader.object(
        Others::Refused,
        &mut [
            must("path", Slot::Text(&mut layer.path)),
            may("text", Slot::MaybeText(&mut layer.text)),
            may("offset", Slot::MaybeSize(&mut layer.offset)),
            may("length", Slot::MaybeSize(&mut layer.length)),
            may("origin", Slot::With(&mut |reader| put(&mut layer.origin, reader.name(&ORIGINS)))),
            may("because", Slot::MaybeText(&mut layer.because)),
        ],
    )?;
    Ok(layer)
}

fn source(reader: &mut Reader<'_>) -> Parsed<SourceProject> {
    let mut source = SourceProject { project: String::new(), git_ref: String::new(), root: String::new() };
    reader.object(
        Others::Refused,
        &mut [
            must("project", Slot::Text(&mut source.project)),
            may("ref", Slot::Text(&mut source.git_ref)),
            must("root", Slot::Text(&mut source.root)),
        ],
    )?;
    Ok(source)
}

fn file(reader: &mut Reader<'_>) -> Parsed<File> {
    let mut file =
        File { path: String::new(), text: None, offset: None, length: None, digest: None, origin: Origin::default(), judge: true };
    reader.object(
        Others::Refused,
        &mut [
            must("path", Slot::Text(&mut file.path)),
            may("text", Slot::MaybeText(&mut file.text)),
            may("offset", Slot::MaybeSize(&mut file.offset)),
            may("length", Slot::MaybeSize(&mut file.length)),
            may("digest", Slot::MaybeText(&mut file.digest)),
            may("origin", Slot::With(&mut |reader| put(&mut file.origin, reader.name(&ORIGINS)))),
            may("judge", Slot::Flag(&mut file.judge)),
        ],
    )?;
    Ok(file)
}

fn options(reader: &mut Reader<'_>) -> Parsed<Options> {
    let mut options = Options::default();
    let only = |reader: &mut Reader<'_>| set(reader, Reader::string);
    reader.object(
        Others::Refused,
        &mut [
            may("pack", Slot::MaybeText(&mut options.pack)),
            may("kubernetesVersion", Slot::MaybeText(&mut options.kubernetes_version)),
            may("only", Slot::With(&mut |reader| put(&mut options.only, maybe(reader, only)))),
            may("pins", Slot::With(&mut |reader| put(&mut options.pins, map(reader, pin)))),
            may("data", Slot::With(&mut |reader| put(&mut options.data, map(reader, Reader::string)))),
            may("withoutFixes", Slot::Flag(&mut options.without_fixes)),
            may("repository", Slot::MaybeText(&mut options.repository)),
            may("printKey", Slot::MaybeText(&mut options.print_key)),
        ],
    )?;
    Ok(options)
}

fn pin(reader: &mut Reader<'_>) -> Parsed<Pin> {
    let mut pin = Pin { commit: String::new(), version: None };
    reader.object(
        Others::Refused,
        &mut [must("commit", Slot::Text(&mut pin.commit)), may("version", Slot::MaybeText(&mut pin.version))],
    )?;
    Ok(pin)
}

fn question(reader: &mut Reader<'_>) -> Parsed<Question> {
    let mut question = Question::default();
    reader.object(
        Others::Refused,
        &mut [
            may("matrix", Slot::Flag(&mut question.matrix)),
            may("namespace", Slot::MaybeText(&mut question.namespace)),
            may("requests", Slot::With(&mut |reader| reader.list_into(&mut question.requests, access_request))),
        ],
    )?;
    Ok(question)
}

fn access_request(reader: &mut Reader<'_>) -> Parsed<AccessRequest> {
    let mut request = AccessRequest::default();
    reader.object(
        Others::Refused,
        &mut [
            must("verb", Slot::Text(&mut request.verb)),
            may("resource", Slot::Text(&mut request.resource)),
            may("apiGroup", Slot::MaybeText(&mut request.api_group)),
            may("subresource", Slot::Text(&mut request.subresource)),
            may("path", Slot::MaybeText(&mut request.path)),
            may("name", Slot::Text(&mut request.name)),
            may("namespace", Slot::MaybeText(&mut request.namespace)),
        ],
    )?;
    Ok(request)
}
