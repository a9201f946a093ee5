//! Paths as addresses (RFC 3986, RFC 8089).

/// The address of a file by its whole path, with `/` between parts; none of a path that begins elsewhere.
pub(crate) fn of_file(path: &str) -> Option<String> {
    let drive = path.as_bytes().get(1..3) == Some(b":/");
    match path {
        _ if path.starts_with('/') => Some(format!("file://{}", encoded(path))),
        _ if drive => Some(format!("file:///{}", encoded(path))),
        _ => None,
    }
}

/// A path with all else than it may hold as it is written with `%`. So is a colon, which could end a scheme.
pub(crate) fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' | b'@' => {
                out.push(char::from(byte));
            }
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{encoded, of_file};

    #[test]
    fn paths_become_addresses() {
        assert_eq!(encoded("source 1: a/b@v1/ü#%.yml"), "source%201%3A%20a/b@v1/%C3%BC%23%25.yml");
        assert_eq!(of_file("/a b").as_deref(), Some("file:///a%20b"));
        assert_eq!(of_file("C:/a").as_deref(), Some("file:///C%3A/a"));
        assert_eq!(of_file("a/b"), None);
    }
}
