//! Numbers of expressions. Without `f64`: reading and writing floats would take tables of 10 KB in the module.

use std::cmp::Ordering;

/// As many significant digits as a double keeps of any decimal number, and as GitHub writes (`G15`).
const DIGITS: u32 = 15;

/// A number of an expression. A decimal number of up to 15 significant digits between 1e-307 and 1e308 is exact: there doubles keep
/// all of them apart and in order. Others are not told, and so are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number(Form);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    NaN,
    Infinite { negative: bool },
    // mantissa * 10^exponent; the mantissa does not end in 0. Zero is 0, 0 and never negative.
    Decimal { negative: bool, mantissa: u64, exponent: i32 },
}

impl Number {
    /// What no number is, and what equals nothing.
    pub const NAN: Self = Self(Form::NaN);

    /// Zero.
    pub const ZERO: Self = Self(Form::Decimal { negative: false, mantissa: 0, exponent: 0 });

    /// One.
    pub const ONE: Self = Self(Form::Decimal { negative: false, mantissa: 1, exponent: 0 });

    /// The number that GitHub coerces a text to (`ExpressionUtility.ParseNumber` of actions/runner): trimmed, nothing is 0, decimal
    /// with an exponent, `0x` and `0o` of 31 bits, `Infinity`; everything else is NaN. None where the number is not exact here, or
    /// where runner and documentation differ (more bits, other spellings of infinity).
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        match text.split_at_checked(2) {
            _ if text.is_empty() => Some(Self::ZERO),
            Some(("0x", digits)) => whole(digits, 16),
            Some(("0o", digits)) => whole(digits, 8),
            _ if unsigned == "Infinity" => Some(Self(Form::Infinite { negative })),
            _ if unsigned.eq_ignore_ascii_case("Infinity") => None,
            _ => decimal(unsigned, negative),
        }
    }

    /// Whether this is NaN.
    #[must_use]
    pub fn is_nan(self) -> bool {
        self.0 == Form::NaN
    }

    /// Whether a condition takes it for false: zero and NaN.
    #[must_use]
    pub fn is_falsy(self) -> bool {
        self.is_nan() || self == Self::ZERO
    }

    /// Which of two numbers is greater; none with NaN.
    #[must_use]
    pub fn compare(self, other: Self) -> Option<Ordering> {
        let sign = self.sign();
        let by_sign = sign.cmp(&other.sign());
        if self.is_nan() || other.is_nan() || by_sign.is_ne() {
            return (!self.is_nan() && !other.is_nan()).then_some(by_sign);
        }
        let by_size = self.size().cmp(&other.size());
        Some(if sign < 0 { by_size.reverse() } else { by_size })
    }

    /// The place in a list that the number means, as GitHub indexes: rounded down; none for negative numbers and NaN.
    #[must_use]
    pub fn index(self) -> Option<usize> {
        let Form::Decimal { negative: false, mantissa, exponent } = self.0 else { return None };
        let ten = |power: u32| 10_u64.checked_pow(power);
        let index = match u32::try_from(exponent) {
            Ok(power) => mantissa.checked_mul(ten(power)?)?,
            Err(_) => ten(exponent.unsigned_abs()).map_or(0, |ten| mantissa / ten),
        };
        usize::try_from(index).ok()
    }

    /// The number as GitHub writes it: up to 15 digits, from 1E+15 upwards and below 0.0001 with an exponent.
    #[must_use]
    pub fn to_text(self) -> String {
        let (negative, mantissa, exponent) = match self.0 {
            Form::NaN => return "NaN".to_owned(),
            Form::Infinite { negative } => return if negative { "-Infinity" } else { "Infinity" }.to_owned(),
            Form::Decimal { negative, mantissa, exponent } => (negative, mantissa, exponent),
        };
        let sign = if negative { "-" } else { "" };
        let digits = mantissa.to_string();
        let scale = scale(mantissa, exponent);
        let after = usize::try_from(-exponent).unwrap_or(0);
        if scale >= 15 || scale <= -5 {
            let (first, rest) = digits.split_at_checked(1).unwrap_or((&digits, ""));
            let dot = if rest.is_empty() { "" } else { "." };
            let direction = if scale < 0 { '-' } else { '+' };
            return format!("{sign}{first}{dot}{rest}E{direction}{:02}", scale.unsigned_abs());
        }
        if after == 0 {
            let zeros = "0".repeat(usize::try_from(exponent).unwrap_or(0));
            return format!("{sign}{digits}{zeros}");
        }
        let padded = format!("{}{digits}", "0".repeat((after + 1).saturating_sub(digits.len())));
        let (whole, fraction) = padded.split_at_checked(padded.len() - after).unwrap_or((&padded, ""));
        format!("{sign}{whole}.{fraction}")
    }

    fn sign(self) -> i8 {
        match self.0 {
            Form::NaN | Form::Decimal { mantissa: 0, .. } => 0,
            Form::Infinite { negative } | Form::Decimal { negative, .. } => 1 - 2 * i8::from(negative),
        }
    }

    // Without the sign: the power of ten of the first digit, then the digits as a number of 15.
    fn size(self) -> (i32, u64) {
        match self.0 {
            Form::Decimal { mantissa, exponent, .. } => {
                let missing = DIGITS.saturating_sub(length(mantissa));
                (scale(mantissa, exponent), mantissa.saturating_mul(10_u64.saturating_pow(missing)))
            }
            Form::NaN | Form::Infinite { .. } => (i32::MAX, 0),
        }
    }
}

fn length(mantissa: u64) -> u32 {
    mantissa.checked_ilog10().map_or(1, |log| log + 1)
}

// The power of ten of the first digit.
fn scale(mantissa: u64, exponent: i32) -> i32 {
    exponent.saturating_add(length(mantissa).cast_signed() - 1)
}

// `0x` and `0o`: the runner takes 32 bits with a sign, the documentation says nothing of the sign.
fn whole(digits: &str, radix: u32) -> Option<Number> {
    let mut value = 0_u64;
    for digit in digits.chars() {
        let Some(digit) = digit.to_digit(radix) else { return Some(Number::NAN) };
        value = value.saturating_mul(u64::from(radix)).saturating_add(u64::from(digit));
    }
    match value {
        _ if digits.is_empty() => Some(Number::NAN),
        0..=0x7FFF_FFFF => normal(false, value, 0),
        _ => None,
    }
}

fn decimal(unsigned: &str, negative: bool) -> Option<Number> {
    let (digits, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, signed(exponent)),
        None => (unsigned, Some(0)),
    };
    let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
    let digits = || before.bytes().chain(after.bytes());
    let Some(exponent) = exponent.filter(|_| digits().next().is_some() && digits().all(|byte| byte.is_ascii_digit())) else {
        return Some(Number::NAN);
    };
    let mut mantissa = 0_u64;
    let mut zeros = 0_i64;
    for digit in digits() {
        // Zeros wait until a digit follows them: at the end they are none of the significant ones.
        if digit == b'0' {
            zeros += i64::from(mantissa != 0);
            continue;
        }
        let shift = 10_u64.checked_pow(u32::try_from(zeros).ok()?.checked_add(1)?)?;
        mantissa = mantissa.checked_mul(shift)?.checked_add(u64::from(digit - b'0'))?;
        zeros = 0;
        if length(mantissa) > DIGITS {
            return None;
        }
    }
    let exponent = exponent.saturating_add(zeros).saturating_sub(i64::try_from(after.len()).ok()?);
    normal(negative, mantissa, i32::try_from(exponent).unwrap_or(if exponent < 0 { i32::MIN } else { i32::MAX }))
}

// The number of an exponent; none where it is not one. Saturates.
fn signed(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut value = (!digits.is_empty()).then_some(0_i64)?;
    for digit in digits.chars() {
        value = value.saturating_mul(10).saturating_add(i64::from(digit.to_digit(10)?));
    }
    Some(if text.starts_with('-') { -value } else { value })
}

fn normal(negative: bool, mut mantissa: u64, mut exponent: i32) -> Option<Number> {
    if mantissa == 0 {
        return Some(Number::ZERO);
    }
    if !(-307..308).contains(&scale(mantissa, exponent)) {
        return None;
    }
    while mantissa.is_multiple_of(10) {
        mantissa /= 10;
        exponent += 1;
    }
    Some(Number(Form::Decimal { negative, mantissa, exponent }))
}
