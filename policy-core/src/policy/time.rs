//! Instants as RFC 3339 writes them. The engine has no clock: the host says what time it is.

/// Seconds since 1970 in UTC: of `2026-11-30T09:00:00Z`, of the same with an offset, and of a date alone, which is its first instant
/// in UTC. None for what is none of these: a local time without an offset is not an instant.
#[must_use]
pub fn seconds(text: &str) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let days = days(date)?;
    if rest.is_empty() {
        return Some(days * 86_400);
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let [hour, minute, second] = numbers(clock, ':')?;
    // A leap second counts as the one before it.
    let valid = hour < 24 && minute < 60 && second <= 60;
    let fraction = rest.strip_prefix('.').map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let zone = match fraction {
        Some(zone) if rest.len() > zone.len() + 1 => zone,
        Some(_) => return None,
        None => rest,
    };
    let offset = offset(zone)?;
    valid.then_some(days * 86_400 + hour * 3600 + minute * 60 + second.min(59) - offset)
}

/// A second since 1970 in UTC as RFC 3339 writes it.
#[must_use]
pub fn written(seconds: i64) -> String {
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // The inverse of `days`, by eras of 400 years that begin in March.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year_of_era + i64::from(month >= 10);
    let month = if month < 10 { month + 3 } else { month - 9 };
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// The days of a duration: `90d`, `P90D`.
#[must_use]
pub fn days_of(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('P').map_or_else(|| text.strip_suffix('d'), |rest| rest.strip_suffix('D'))?;
    digits.parse().ok().filter(|days| (1..=36_500).contains(days))
}

fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let sign = match zone.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let [hours, minutes] = numbers(zone.get(1..)?, ':')?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

// Days since 1970. Source: the proleptic Gregorian calendar, in years that begin in March.
fn days(date: &str) -> Option<i64> {
    let (year, rest) = date.split_at_checked(4)?;
    let [year] = numbers(year, '-')?;
    let [month, day] = numbers(rest.strip_prefix('-')?, '-')?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if year < 1970 || !(1..=length).contains(&day) {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468)
}

// So many numbers of two digits each, or one of four.
fn numbers<const N: usize>(text: &str, between: char) -> Option<[i64; N]> {
    let mut numbers = [0; N];
    let mut parts = text.split(between);
    for number in &mut numbers {
        let part = parts.next()?;
        let long = part.len() == if N == 1 { 4 } else { 2 };
        *number = part.parse().ok().filter(|_| long && part.bytes().all(|byte| byte.is_ascii_digit()))?;
    }
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::{days_of, seconds, written};

    #[test]
    fn instants_are_written_as_they_are_read() {
        for second in [0, 951_782_400, 951_868_799, 1_709_164_800, 1_796_029_200, 4_102_444_799] {
            assert_eq!(seconds(&written(second)), Some(second), "{}", written(second));
        }
        assert_eq!(written(1_796_029_200), "2026-11-30T09:00:00Z");
    }

    #[test]
    fn instants() {
        assert_eq!(seconds("1970-01-01"), Some(0));
        assert_eq!(seconds("2026-11-30T09:00:00Z"), Some(1_796_029_200));
        assert_eq!(seconds("2026-11-30T10:00:00.25+01:00"), Some(1_796_029_200));
        assert_eq!(seconds("2024-02-29"), Some(1_709_164_800));
        assert_eq!(seconds("2000-03-01"), Some(951_868_800));
        for wrong in [
            "2026-02-29",
            "2026-13-01",
            "2026-11-30T09:00:00",
            "2026-11-30T09:00Z",
            "30.11.2026",
            "2026-11-30T09:00:00.Z",
            "2026-11-30T24:00:00Z",
            "26-11-30",
            "2026-1-30",
            "+026-11-30",
            "é026-11-30",
            "2026-11-30T09:00:00+1:00",
            "",
            "2026-11-3é",
        ] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn durations() {
        assert_eq!(
            (days_of("90d"), days_of("P30D"), days_of("90"), days_of("0d"), days_of("-1d")),
            (Some(90), Some(30), None, None, None)
        );
    }
}
