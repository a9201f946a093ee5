//! What a model getter answers: a platform's key is there, absent, decided at run time, or of the wrong form.

/// The answer of every getter of a model. `Dynamic` is never "false" and never "pass": a rule has to say what it does with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read<T> {
    /// The key is not there, or its value is null.
    Absent,
    /// The value, as it stands in the file.
    Is(T),
    /// An expression or variable decides it when the pipeline runs, or the file that would say is not here.
    Dynamic,
    /// There is a value, but not of a form that the platform takes.
    Wrong,
}

impl<T> Read<T> {
    /// The value that stands in the file, if one does.
    pub fn is(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent | Self::Dynamic | Self::Wrong => None,
        }
    }

    /// The same answer with the value put through `f`.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Read<U> {
        match self {
            Self::Is(value) => Read::Is(f(value)),
            Self::Absent => Read::Absent,
            Self::Dynamic => Read::Dynamic,
            Self::Wrong => Read::Wrong,
        }
    }

    /// The answer of `f` for the value that stands in the file.
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Read<U>) -> Read<U> {
        match self {
            Self::Is(value) => f(value),
            Self::Absent => Read::Absent,
            Self::Dynamic => Read::Dynamic,
            Self::Wrong => Read::Wrong,
        }
    }
}
