//! `spec:inputs`: what a file declares, held against what it is given. Source: "CI/CD inputs" of the GitLab documentation.

use std::borrow::Cow;

use super::super::condition::{self, Truth};
use super::super::tree::{Data, Id, Text};
use super::load::Loading;
use super::{FaultKind, Resolver};
use crate::document::{Kind, Ref, Style};

/// What goes in for a name.
#[derive(Clone, Debug)]
pub(super) enum Filled<'u> {
    /// A value that is written somewhere.
    Value(Id),
    /// A text.
    Text(Cow<'u, str>),
    /// Something that is not known here.
    Unknown,
}

/// What `$[[ … ]]` of one inclusion is filled with.
#[derive(Debug, Default)]
pub(super) struct Fill<'u> {
    // By `inputs.NAME` and `component.NAME`.
    values: Vec<(String, Filled<'u>)>,
    arrays: Vec<String>,
    // The header takes inputs from elsewhere: what is not declared may still be there.
    open: bool,
}

impl<'u> Fill<'u> {
    /// What goes in; none for what is not declared.
    pub(super) fn value(&self, access: &str) -> Option<&Filled<'u>> {
        let found = self.values.iter().find(|(name, _)| name == access).map(|(_, value)| value);
        // Parts of a value: `inputs.list[0]`.
        found.or((self.open || access.contains('[')).then_some(&Filled::Unknown))
    }

    pub(super) fn is_array(&self, access: &str) -> bool {
        self.arrays.iter().any(|name| name == access.trim())
    }
}

/// A component as it is included.
#[derive(Clone, Debug)]
pub(super) struct Component {
    pub(super) name: String,
    pub(super) version: String,
}

// The header of a file, and whoever includes it.
struct Header<'u> {
    inputs: Option<Ref<'u>>,
    file: u32,
    given: Option<Id>,
    // Nobody includes it: inputs come when it is used.
    alone: bool,
}

impl<'u> Resolver<'_, 'u> {
    /// What the header of a file and whoever includes it give for `$[[ … ]]`; none without a header.
    pub(super) fn fill(
        &mut self,
        header: Option<Ref<'u>>,
        file: u32,
        given: Option<Id>,
        component: Option<&Component>,
    ) -> Option<Fill<'u>> {
        let given = given.filter(|given| !self.is_null(*given));
        let Some(spec) = header.and_then(|header| header.get("spec")) else {
            if let Some((at, _)) = given.and_then(|given| self.at(given)) {
                self.refused(at, "GitLab refuses these inputs: the file that is included declares none");
            }
            return None;
        };
        let mut fill = Fill { open: spec.get("include").is_some(), ..Fill::default() };
        let alone = self.inclusions.get(file as usize).is_some_and(|inclusion| inclusion.at.is_none());
        let header = Header { inputs: spec.get("inputs"), file, given, alone };
        // Defaults by rules ask for inputs without them.
        for late in [false, true] {
            for (name, declared) in header.inputs.into_iter().flat_map(Ref::entries) {
                if declared.get("rules").is_some() == late {
                    self.fill_one(&mut fill, &header, name, declared);
                }
            }
        }
        if let Some(given) = header.given {
            for entry in self.entries(given) {
                let name = format!("inputs.{}", self.tree.text(entry.key));
                if !fill.open && !fill.values.iter().any(|(known, _)| *known == name) {
                    self.refused(entry.at, "GitLab refuses this input: the file that is included does not declare it");
                }
            }
        }
        for named in spec.get("component").into_iter().flat_map(Ref::items).filter_map(Ref::text) {
            fill.values.push((format!("component.{named}"), of_component(named, component)));
        }
        Some(fill)
    }

    fn fill_one(&mut self, fill: &mut Fill<'u>, header: &Header<'u>, name: Ref<'u>, declared: Ref<'u>) {
        let access = format!("inputs.{}", name.text().unwrap_or(""));
        let by_rule = declared.get("rules").map(|rules| rule_of(self, fill, rules));
        // None: a rule decides that cannot be told here.
        let key = |key: &str| match by_rule {
            None => Some(declared.get(key)),
            Some(Some(rule)) => Some(rule.and_then(|rule| rule.get(key)).or_else(|| declared.get(key))),
            Some(None) => None,
        };
        let (default, options) = (key("default"), key("options").flatten());
        let kind = declared.get("type").and_then(Ref::text).unwrap_or("string");
        if kind == "array" {
            fill.arrays.push(access.clone());
        }
        let given = header.given.and_then(|given| self.tree.get(given, name.text().unwrap_or("")));
        let open = header.given.is_some_and(|given| self.tree.value(given).is_open());
        let filled = match (given, default) {
            (Some(given), _) => self.checked(given, kind, options),
            (None, _) if open => Filled::Unknown,
            (None, None) => Filled::Unknown,
            (None, Some(Some(default))) => {
                let id = self.load(default, &mut Loading::new(header.file, None), 0);
                self.checked(id, kind, options)
            }
            (None, Some(None)) => {
                if !header.alone {
                    let including = self.inclusions.get(header.file as usize).and_then(|inclusion| inclusion.at);
                    let at = header.given.and_then(|given| self.at(given)).map(|(at, _)| at).or(including).unwrap_or(name);
                    let name = crate::secret::clean_short(name.text().unwrap_or(""));
                    self.fault(
                        FaultKind::Refused,
                        at,
                        format!("GitLab refuses this include: it does not give the input `{name}`").into(),
                    );
                }
                Filled::Unknown
            }
        };
        fill.values.push((access, filled));
    }

    fn checked(&mut self, value: Id, kind: &str, options: Option<Ref<'u>>) -> Filled<'u> {
        let Some((at, _)) = self.at(value) else { return Filled::Unknown };
        let text = self.scalar(value);
        if self.tree.value(value).is_unknown() || text.as_deref().is_some_and(|text| text.contains("$[[")) {
            return Filled::Unknown;
        }
        if !self.is_of(value, kind) {
            let kind = if matches!(kind, "string" | "number" | "boolean" | "array") { kind } else { "known type" };
            self.fault(FaultKind::Refused, at, format!("GitLab refuses this input: it is not a {kind}").into());
            return Filled::Unknown;
        }
        if let (Some(options), Some(text)) = (options, &text)
            && !options.items().any(|option| option.text() == Some(text))
        {
            self.refused(at, "GitLab refuses this input: it is none of the options that the file declares");
            return Filled::Unknown;
        }
        Filled::Value(value)
    }

    // Whether a value has the type that is declared. Text that inputs made has the type that went in.
    fn is_of(&self, value: Id, kind: &str) -> bool {
        let (at, text) = match (self.tree.data(value), self.at(value)) {
            (Data::Sequence(_), _) => return kind == "array",
            (Data::Scalar(Text::Written(text)), Some((at, _))) => (at, text),
            (Data::Scalar(Text::Made(_)), _) => return kind != "array",
            _ => return false,
        };
        let plain = at.style() == Style::Plain;
        let boolean = plain && at.document().dialect().boolean(text).is_some();
        let number = plain && is_number(text);
        match kind {
            "string" => !boolean && !number && !at.is_null(),
            "number" => number,
            "boolean" => boolean,
            _ => false,
        }
    }
}

fn is_number(text: &str) -> bool {
    // By its letters: the standard library's reading of numbers with a point is 15 KB of the module.
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut points = 0;
    let digits = unsigned.bytes().all(|byte| {
        points += u32::from(byte == b'.');
        byte.is_ascii_digit() || byte == b'.'
    });
    digits && points <= 1 && unsigned.len() > points as usize
}

// The first rule that holds: some rule, no rule at all, or none where that cannot be told.
fn rule_of<'u>(resolver: &Resolver<'_, 'u>, fill: &Fill<'u>, rules: Ref<'u>) -> Option<Option<Ref<'u>>> {
    for rule in rules.items() {
        let Some(written) = rule.get("if").and_then(Ref::text) else { return Some(Some(rule)) };
        let truth = condition::parse(written).map_or(Truth::Unknown, |parsed| {
            parsed.evaluate(&|name| match fill.value(name) {
                Some(Filled::Value(id)) => resolver.scalar(*id).map_or(condition::Known::Unknown, condition::Known::Text),
                Some(Filled::Text(text)) => condition::Known::Text(text.clone()),
                _ => condition::Known::Unknown,
            })
        });
        match truth {
            Truth::True => return Some(Some(rule)),
            Truth::False => {}
            Truth::Unknown => return None,
        }
    }
    Some(None)
}

fn of_component<'u>(named: &str, component: Option<&Component>) -> Filled<'u> {
    let Some(component) = component else { return Filled::Unknown };
    let is_commit = component.version.len() == 40 && component.version.bytes().all(|byte| byte.is_ascii_hexdigit());
    let whole = component.version.split('.').count() == 3 && component.version.starts_with(|first: char| first.is_ascii_digit());
    match named {
        "name" => Filled::Text(Cow::Owned(component.name.clone())),
        "reference" => Filled::Text(Cow::Owned(component.version.clone())),
        "version" if whole => Filled::Text(Cow::Owned(component.version.clone())),
        "sha" if is_commit => Filled::Text(Cow::Owned(component.version.clone())),
        _ => Filled::Unknown,
    }
}

/// The header and the content of a file, and a document that GitLab does not read.
pub(super) fn split<'u>(document: &'u crate::document::Document<'u>) -> (Option<Ref<'u>>, Option<Ref<'u>>) {
    let mut roots = document.roots();
    let first = roots.next();
    match first.filter(|first| first.kind() == Kind::Mapping && first.get("spec").is_some()) {
        Some(header) => (Some(header), roots.next()),
        None => (None, first),
    }
}
