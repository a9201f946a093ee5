//! Standard input: one file, or those that a stream of Helm names.

use std::collections::BTreeMap;

use policy_core::link::Roles;
use serde::de::IgnoredAny;

/// What Helm writes above each object, behind `---`: the template that it comes from.
const SOURCE: &[u8] = b"# Source: ";

/// The files of a stream, by the names to know them by. `name` is what the user calls it.
///
/// Helm writes `# Source: chart/templates/x.yaml` above each object. All objects of one source are one file of that name, byte for byte
/// what `helm template --output-dir` writes, save a line break at its end, so that lines are those of that file. What stands before
/// the first source, and a stream without any, is a file by itself. So is whatever is given a name by which a platform reads it: what
/// is in it must not choose what it is judged as.
pub(super) fn files(bytes: Vec<u8>, name: Option<&str>) -> BTreeMap<String, Vec<u8>> {
    let name = name.map(|name| name.replace('\\', "/"));
    let taken_whole = name.as_deref().is_some_and(|name| !Roles::by_path(name).is_none());
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let (first, sections) = if taken_whole { (bytes.as_slice(), Vec::new()) } else { sections(&bytes) };
    if sections.is_empty() || !is_empty(first) {
        let name = name.unwrap_or_else(|| if is_json(first) { "stdin.json" } else { "stdin.yml" }.to_owned());
        files.insert(name, first.to_vec());
    }
    for (source, text) in sections {
        let source = as_manifest(source);
        // A source that is called as the rest is joins it: nothing is left out.
        files.entry(source).or_default().extend_from_slice(text);
    }
    files
}

// What Helm renders is YAML for a cluster, whatever its name: no name makes it JSON, or a file that a platform reads.
fn as_manifest(source: String) -> String {
    let yaml = source.ends_with(".yaml") || source.ends_with(".yml");
    let source = if yaml { source } else { format!("{source}.yaml") };
    if Roles::by_path(&source).is_none() { source } else { format!("stdin/{source}") }
}

// What stands before the first section, and the sections: each from its `---` on.
fn sections(bytes: &[u8]) -> (&[u8], Vec<(String, &[u8])>) {
    let mut starts: Vec<(usize, String)> = Vec::new();
    let mut at = 0;
    // The line before, where it is a `---`.
    let mut marker = Some(0);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let text = line.trim_ascii_end();
        let source = text.strip_prefix(SOURCE).map(|source| String::from_utf8_lossy(source.trim_ascii()).replace('\\', "/"));
        if let (Some(start), Some(source)) = (marker, source.filter(|source| !source.is_empty())) {
            starts.push((start, source));
        }
        marker = (text == b"---").then_some(at);
        at += line.len();
    }
    let first = starts.first().map_or(bytes.len(), |(start, _)| *start);
    let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([bytes.len()]).collect::<Vec<_>>();
    let sections = starts.into_iter().zip(ends).map(|((start, source), end)| (source, bytes.get(start..end).unwrap_or(&[])));
    (bytes.get(..first).unwrap_or(&[]), sections.collect())
}

// Blank lines, comments and `---` alone are no file.
fn is_empty(bytes: &[u8]) -> bool {
    bytes
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .all(|line| line.is_empty() || line == b"---" || line.starts_with(b"#"))
}

// Only one whole document is: what else begins with a brace is YAML.
fn is_json(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(bytes).trim_ascii_start();
    text.starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::files;

    fn split(text: &str, name: Option<&str>) -> Vec<(String, String)> {
        let files = files(text.as_bytes().to_vec(), name);
        files.into_iter().map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap())).collect()
    }

    fn file(name: &str, text: &str) -> (String, String) {
        (name.to_owned(), text.to_owned())
    }

    const A: &str = "---\n# Source: c/templates/a.yaml\na: 1\n";
    const B: &str = "---\n# Source: c/templates/b.yaml\nb: 1\n---\nb: 2\n";

    #[test]
    fn objects_of_one_source_are_one_file() {
        let stream = [A, B, A].concat();
        assert_eq!(split(&stream, None), [file("c/templates/a.yaml", &[A, A].concat()), file("c/templates/b.yaml", B)]);
        assert_eq!(split(&stream, Some("rendered.yml")), split(&stream, None));
        let windows = stream.replace('\n', "\r\n");
        assert_eq!(split(&windows, None).first(), Some(&file("c/templates/a.yaml", &[A, A].concat().replace('\n', "\r\n"))));
    }

    #[test]
    fn what_stands_before_the_first_source_is_a_file() {
        assert_eq!(split(&["\n# by hand\n", A].concat(), None), [file("c/templates/a.yaml", A)]);
        assert_eq!(split(&["x: 1\n", A].concat(), None), [file("c/templates/a.yaml", A), file("stdin.yml", "x: 1\n")]);
        assert_eq!(split(A.strip_prefix("---\n").unwrap(), None).len(), 1);
    }

    #[test]
    fn a_comment_elsewhere_is_no_source() {
        for text in ["a: 1\n# Source: b\n", "a: |\n  ---\n  # Source: b\n", "---\n# Source: \na: 1\n", ""] {
            assert_eq!(split(text, None), [file("stdin.yml", text)]);
        }
    }

    #[test]
    fn what_a_platform_reads_by_its_name_is_not_split() {
        let name = ".github/workflows/ci.yml";
        assert_eq!(split(A, Some(name)), [file(name, A)]);
    }

    #[test]
    fn one_document_of_json_is_called_so() {
        assert_eq!(split("{\"a\": 1}\n", None), [file("stdin.json", "{\"a\": 1}\n")]);
        assert_eq!(split("{\"a\": 1}\n", Some("x.yml")), [file("x.yml", "{\"a\": 1}\n")]);
        for text in ["{a: 1}\n", "{\"a\": 1}\n{\"a\": 2}\n"] {
            assert_eq!(split(text, None), [file("stdin.yml", text)]);
        }
    }
}
