//! Selectors of labels.

use super::{field, fields, text};
use crate::document::Ref;
use crate::read::{Read, Truth};

/// Labels that are asked for by value, and expressions over others.
#[derive(Clone, Copy, Debug)]
pub struct Selector<'u> {
    labels: Option<Ref<'u>>,
    expressions: Option<Ref<'u>>,
}

impl<'u> Selector<'u> {
    /// The selector that a mapping with `matchLabels` and `matchExpressions` is.
    #[must_use]
    pub fn new(node: Ref<'u>) -> Self {
        Self { labels: field(node, "matchLabels"), expressions: field(node, "matchExpressions") }
    }

    /// The selector that a mapping of labels is, as Services have it.
    #[must_use]
    pub fn of_labels(node: Ref<'u>) -> Self {
        Self { labels: Some(node), expressions: None }
    }

    /// The labels that are asked for by value.
    pub fn labels(&self) -> impl Iterator<Item = (Ref<'u>, Ref<'u>)> + use<'u> {
        self.labels.into_iter().flat_map(fields)
    }

    /// Whether it asks for nothing, and so selects everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let none = |node: Option<Ref<'_>>| node.is_none_or(|node| node.entries().next().is_none() && node.items().next().is_none());
        none(self.labels) && none(self.expressions)
    }

    /// Whether it is one that Kubernetes cannot make sense of, so that it selects nothing: `In` without values, `Exists` with some, an
    /// operator that there is not.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.expressions.into_iter().flat_map(Ref::items).any(|expression| {
            let values = field(expression, "values").is_some_and(|values| values.items().next().is_some());
            match text(field(expression, "operator")) {
                Read::Is("In" | "NotIn") => !values,
                Read::Is("Exists" | "DoesNotExist") => values,
                Read::Dynamic => false,
                Read::Is(_) | Read::Absent | Read::Wrong => true,
            }
        })
    }

    /// Whether labels are selected; `get` gives the value of one, `Dynamic` where it is not known whether or with what value it is set.
    pub fn selects<'l>(&self, get: &dyn Fn(&str) -> Read<&'l str>) -> Truth {
        let mut all = Truth::True;
        for (key, value) in self.labels() {
            all = all.and(match (key.text(), text(Some(value))) {
                (Some(key), value) => equal(get(key), value),
                (None, _) => Truth::Unknown,
            });
        }
        let expressions = self.expressions.into_iter().flat_map(Ref::items);
        expressions.fold(all, |all, expression| all.and(holds(expression, get)))
    }
}

fn equal(label: Read<&str>, asked: Read<&str>) -> Truth {
    match (label, asked) {
        (Read::Is(label), Read::Is(asked)) => Truth::of(label == asked),
        (Read::Absent, _) => Truth::False,
        _ => Truth::Unknown,
    }
}

fn holds<'l>(expression: Ref<'_>, get: &dyn Fn(&str) -> Read<&'l str>) -> Truth {
    let (Read::Is(key), Read::Is(operator)) = (text(field(expression, "key")), text(field(expression, "operator"))) else {
        return Truth::Unknown;
    };
    let values = || field(expression, "values").into_iter().flat_map(Ref::items);
    let has = get(key);
    let among = || values().fold(Truth::False, |any, item| any.or(equal(has, text(Some(item)))));
    let exists = || match has {
        Read::Dynamic => Truth::Unknown,
        _ => Truth::of(has != Read::Absent),
    };
    match operator {
        "In" => among(),
        // What has no such label is not in any set.
        "NotIn" => among().not(),
        "Exists" => exists(),
        "DoesNotExist" => exists().not(),
        _ => Truth::Unknown,
    }
}
