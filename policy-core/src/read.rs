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

/// An answer of three values: what only a run knows is neither yes nor no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// Yes.
    True,
    /// No.
    False,
    /// Not known here.
    Unknown,
}

impl Truth {
    /// The truth of what is known.
    #[must_use]
    pub fn of(known: bool) -> Self {
        if known { Self::True } else { Self::False }
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }

    /// One of them at least.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }

    /// The opposite.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "beside `and` and `or`, which have no trait")]
    pub fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}
