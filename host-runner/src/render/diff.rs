//! What would change in a file, as git shows it.

use std::fmt::Write;
use std::time::Duration;

use policy_core::secret::{clean, is_clean, neutral};
use similar::{ChangeTag, TextDiff};

/// How long the shortest diff is looked for; after that, one that is longer than need be is taken.
const LONGEST_SEARCH: Duration = Duration::from_secs(5);

/// A unified diff with colours.
pub(crate) struct Diff {
    /// Its text.
    pub(crate) text: String,
    /// Whether each line shows what stands in the file: a secret is masked, and then the diff cannot be applied.
    pub(crate) exact: bool,
}

/// The difference of two texts of the file at `path`.
pub(crate) fn render(path: &str, before: &[u8], after: &[u8]) -> Diff {
    let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    // Lines end where git says that they do; a lone CR ends none.
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let found = TextDiff::configure().timeout(LONGEST_SEARCH).diff_slices(&old, &new);
    let path = neutral(path);
    let path = path.trim_start_matches('/');
    let mut diff = Diff { text: String::new(), exact: true };
    let _ = writeln!(diff.text, "\u{1b}[1m--- a/{path}\u{1b}[m\n\u{1b}[1m+++ b/{path}\u{1b}[m");
    for hunk in found.unified_diff().iter_hunks() {
        let _ = writeln!(diff.text, "\u{1b}[36m{}\u{1b}[m", hunk.header());
        hunk.iter_changes().for_each(|change| line(&mut diff, change.tag(), change.value()));
    }
    diff
}

fn line(diff: &mut Diff, tag: ChangeTag, line: &str) {
    let (style, sign, reset) = match tag {
        ChangeTag::Equal => ("", ' ', ""),
        ChangeTag::Delete => ("\u{1b}[31m", '-', "\u{1b}[m"),
        ChangeTag::Insert => ("\u{1b}[32m", '+', "\u{1b}[m"),
    };
    let text = line.trim_end_matches('\n');
    // A CR before the break is not shown by terminals, and has to be there for the diff to be applied.
    let (text, cr) = text.strip_suffix('\r').map_or((text, ""), |text| (text, "\r"));
    diff.exact &= is_clean(text) && !text.contains(char::REPLACEMENT_CHARACTER);
    let _ = writeln!(diff.text, "{style}{sign}{}{reset}{cr}", clean(text));
    if !line.ends_with('\n') {
        diff.text.push_str("\\ No newline at end of file\n");
    }
}

#[cfg(test)]
mod tests {
    use super::render;

    fn plain(before: &str, after: &str) -> (String, bool) {
        let diff = render(".github/workflows/a.yml", before.as_bytes(), after.as_bytes());
        (anstream::adapter::strip_str(&diff.text).to_string(), diff.exact)
    }

    const HEAD: &str = "--- a/.github/workflows/a.yml\n+++ b/.github/workflows/a.yml\n";

    #[test]
    fn breaks_are_those_of_the_file() {
        let (text, exact) = plain("a\r\nb\r\nc", "a\r\nB\r\nc");
        assert_eq!(text, format!("{HEAD}@@ -1,3 +1,3 @@\n a\r\n-b\r\n+B\r\n c\n\\ No newline at end of file\n"));
        assert!(exact);
        let (text, _) = plain("a\rb", "a\rb\n");
        assert_eq!(text, format!("{HEAD}@@ -1 +1 @@\n-a␍b\n\\ No newline at end of file\n+a␍b\n"));
    }

    #[test]
    fn three_lines_stand_around_a_change() {
        let before: String = (1..=20).map(|line| format!("{line}\n")).collect();
        let after = before.replace("10\n", "ten\n");
        let (text, _) = plain(&before, &after);
        assert_eq!(text, format!("{HEAD}@@ -7,7 +7,7 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n"));
    }

    #[test]
    fn what_is_masked_is_told() {
        let token = ["gh", "p_", &"a1B2".repeat(9)].concat();
        let (text, exact) = plain(&format!("a: {token}\nb\n"), &format!("a: {token}\nc\n"));
        assert!(!text.contains("a1B2") && text.contains("-b\n+c\n") && !exact, "{text}");
    }
}
