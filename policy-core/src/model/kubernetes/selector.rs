//! Selectors of labels.

use super::{field, fields, text};
use crate::document::Ref;
use crate::read::{Read, Truth};

/// What `matchLabels` and `matchExpressions` ask for.
#[derive(Clone, Copy, Debug)]
pub struct Selector<'u>(Ref<'u>);

impl<'u> Selector<'u> {
    /// The selector that a mapping is.
    #[must_use]
    pub fn new(node: Ref<'u>) -> Self {
        Self(node)
    }

    /// Whether it asks for nothing, and so selects everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let none = |name| field(self.0, name).is_none_or(|node| node.entries().next().is_none() && node.items().next().is_none());
        none("matchLabels") && none("matchExpressions")
    }

    /// Whether it is one that Kubernetes cannot make sense of, so that it selects nothing: `In` without values, `Exists` with some, an
    /// operator that there is not.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        field(self.0, "matchExpressions").into_iter().flat_map(Ref::items).any(|expression| {
            let values = field(expression, "values").is_some_and(|values| values.items().next().is_some());
            match text(field(expression, "operator")) {
                Read::Is("In" | "NotIn") => !values,
                Read::Is("Exists" | "DoesNotExist") => values,
                Read::Dynamic => false,
                Read::Is(_) | Read::Absent | Read::Wrong => true,
            }
        })
    }

    /// Whether labels are selected; `get` gives the value of one.
    pub fn selects<'l>(&self, get: &dyn Fn(&str) -> Option<&'l str>) -> Truth {
        let labels = field(self.0, "matchLabels").into_iter().flat_map(fields);
        let mut all = Truth::True;
        for (key, value) in labels {
            all = all.and(match (key.text(), text(Some(value))) {
                (Some(key), Read::Is(value)) => Truth::of(get(key) == Some(value)),
                (Some(key), Read::Dynamic) if get(key).is_none() => Truth::False,
                _ => Truth::Unknown,
            });
        }
        let expressions = field(self.0, "matchExpressions").into_iter().flat_map(Ref::items);
        expressions.fold(all, |all, expression| all.and(holds(expression, get)))
    }
}

fn holds<'l>(expression: Ref<'_>, get: &dyn Fn(&str) -> Option<&'l str>) -> Truth {
    let (Read::Is(key), Read::Is(operator)) = (text(field(expression, "key")), text(field(expression, "operator"))) else {
        return Truth::Unknown;
    };
    let values = || field(expression, "values").into_iter().flat_map(Ref::items);
    let has = get(key);
    let among = || match has {
        Some(value) if values().any(|item| item.text() == Some(value)) => Truth::True,
        Some(_) if values().any(|item| text(Some(item)) == Read::Dynamic) => Truth::Unknown,
        _ => Truth::False,
    };
    match operator {
        "In" => among(),
        // What has no such label is not in any set.
        "NotIn" => among().not(),
        "Exists" => Truth::of(has.is_some()),
        "DoesNotExist" => Truth::of(has.is_none()),
        _ => Truth::Unknown,
    }
}
