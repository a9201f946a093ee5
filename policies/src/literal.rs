//! Secrets that stand in files as text.

use std::ops::Range;

use policy_core::document::Ref;
use policy_core::rule::{Confidence, Severity};
use policy_core::secret::{Checksum, Token, redact, tokens};

use crate::held_secret::is_secret_name;
use crate::made::{MIN_DISTINCT, distinct, looks_made, stands_in};
use policy_core::base64::decoded;

/// Kinds of tokens that are no secret alone, or that many give to everyone.
pub(crate) const HALF: &[&str] = &["AWS access key id", "Google API key"];

/// The tokens of a text that are not made up: examples in documentation end in `EXAMPLE`, and a checksum that fails is a mistake.
pub(crate) fn real_tokens(text: &str) -> impl Iterator<Item = Token> {
    tokens(text).filter(|token| {
        let written = text.get(token.range.clone()).unwrap_or("");
        let body = written.get(token.prefix..).unwrap_or("");
        token.checksum != Checksum::Fails && !body.to_ascii_uppercase().contains("EXAMPLE") && distinct(body) >= MIN_DISTINCT
    })
}

/// The head of a private key in a text.
pub(crate) fn private_key(text: &str) -> Option<Range<usize>> {
    let start = text.find("-----BEGIN ")?;
    // Certificates stand before their keys.
    let mut rest = start;
    loop {
        // Within JSON, lines end in `\\n` that is written out.
        let head = text.get(rest..)?.split(['\n', '\r', '\\']).next()?;
        if head.trim_end().ends_with("PRIVATE KEY-----") && !head.contains("ENCRYPTED") {
            return is_key(text.get(rest + head.len()..)?).then(|| rest..rest + head.len());
        }
        let next = rest + "-----BEGIN ".len();
        rest = next + text.get(next..)?.find("-----BEGIN ")?;
    }
}

/// The fewest letters and digits between the head of a key and its end: Ed25519 has 64 characters, some of them `+` and `/`.
const MIN_KEY: usize = 50;

/// The same where the end is not there: so much is no example that was cut.
const MIN_OPEN_KEY: usize = 200;

// Whether what follows a head is a key, neither cut off nor under a passphrase.
fn is_key(rest: &str) -> bool {
    let (body, end) = rest.split_once("-----END ").map_or((rest, None), |(body, end)| (body, Some(end)));
    let cut = ["...", "…", "ENCRYPTED"].iter().any(|mark| body.contains(mark));
    let written = body.bytes().filter(u8::is_ascii_alphanumeric).count();
    let whole = |end: &str| end.lines().next().is_some_and(|end| end.contains("PRIVATE KEY-----"));
    !cut && end.map_or(written >= MIN_OPEN_KEY, |end| written >= MIN_KEY && whole(end))
}

/// `a` or `an` before the kind of a token.
pub(crate) fn article(kind: &str) -> String {
    // The name of npm is spelled out.
    let vowel = kind.starts_with(['A', 'E', 'I', 'O', 'a', 'e', 'i', 'o']) || kind.starts_with("npm");
    format!("{} {kind}", if vowel { "an" } else { "a" })
}

/// The password of `scheme://user:password@host`, where the host is none of the file's own.
pub(crate) fn password(text: &str) -> Option<Range<usize>> {
    let start = text.find("://")? + 3;
    let place = text.get(start..)?.split(['/', '?', ' ']).next()?;
    let (user, host) = place.rsplit_once('@')?;
    let (name, password) = user.split_once(':')?;
    let host = host.split(':').next().unwrap_or("");
    let own = host.starts_with("127.")
        || is_of_cluster(host)
        || [".local", ".internal", ".test", "example.com", "example.org"].iter().any(|end| host.ends_with(end));
    let variable = place.contains(['$', '<', '{', '*', '%']);
    let from = start + name.len() + 1;
    (!own && !variable && password.len() >= 6 && !stands_in(password)).then(|| from..from + password.len())
}

/// Ends of the internet that names of two words have. Those of countries have two letters.
const ENDS: &str = " academy agency app biz blog cloud club com company consulting design dev digital edu email engineering finance global \
    gov group health host info int jobs live media mil mobi name net network news one online org page plus pro run services shop site \
    software solutions space store studio systems team tech technology tools top wiki work works world xyz zone ";

// Whether a host is a Service: `db.prod.svc`, `db.prod.svc.acme`, or `postgres.database`, the Service and its namespace.
fn is_of_cluster(host: &str) -> bool {
    let Some((service, end)) = host.rsplit_once('.') else { return true };
    let number = end.bytes().all(|byte| byte.is_ascii_digit());
    let known = (end.len() == 2 && end != "db") || ENDS.split(' ').any(|known| end.eq_ignore_ascii_case(known));
    end == "svc" || host.contains(".svc.") || (!service.contains('.') && !number && !known)
}

/// Parts of a value that are shorter than this say nothing of it.
const MIN_SHOWN: usize = 6;

/// Whether a report would show a value with the lines of a place: what is not known there as a secret is not hidden.
pub(crate) fn is_shown(at: Ref<'_>, text: &str) -> bool {
    let source = at.source();
    let (first, last) = (source.lines().line(at.span().start), source.lines().line(at.span().end));
    (first..=last).any(|line| {
        let shown = redact(source.slice(source.lines().span(line)));
        text.lines().map(str::trim).any(|part| part.len() >= MIN_SHOWN && shown.contains(part))
    })
}

/// Whether the name of a variable, a key or an option says that it holds a secret: `DB_PASSWORD`, `clientSecret`, `--api-token`.
pub(crate) fn names_secret(name: &str) -> bool {
    let mut plain = String::new();
    let mut lower = false;
    for character in name.trim_start_matches('-').chars().take(200) {
        if character.is_ascii_uppercase() && lower {
            plain.push('_');
        }
        lower = character.is_ascii_lowercase() || character.is_ascii_digit();
        plain.push(if matches!(character, '-' | '.' | '/') { '_' } else { character });
    }
    let words = || plain.split('_');
    // Keys and tokens that browsers are given say so.
    let public = words().any(|word| ["PUBLIC", "PUBLISHABLE"].iter().any(|public| word.eq_ignore_ascii_case(public)))
        && words().next_back().is_some_and(|last| last.eq_ignore_ascii_case("KEY") || last.eq_ignore_ascii_case("TOKEN"));
    let last = words().next_back().unwrap_or("");
    let ends =
        || KEY_ENDINGS.iter().any(|end| ends_in(&plain, end)) || PASSWORDS.iter().any(|word| last.eq_ignore_ascii_case(word));
    !public && (is_secret_name(&plain) || ends() || ends_in(&plain, "secret_key_base"))
}

/// What files of keys end in.
const FILES: &[&str] = &[".cer", ".crt", ".jks", ".json", ".key", ".p12", ".pem", ".pfx", ".pub"];

// Whether a value says where a secret is: a file, a key of KMS, a secret that RDS manages or one of a vault.
fn is_reference(text: &str) -> bool {
    ["alias/", "rds!", "vault:"].iter().any(|start| text.starts_with(start)) || FILES.iter().any(|end| ends_in(text, end))
}

/// Whether a value under a name that ends in `SECRET` is the name of a Secret rather than its value: `prod-eu1-db-a9x2`.
pub(crate) fn names_object(name: &str, text: &str) -> bool {
    let parts = || text.split('-');
    // Hashes that Kustomize and others add have ten characters; those at the end of a UUID have twelve.
    let part = |part: &str| {
        let word = part.bytes().all(|byte| byte.is_ascii_lowercase());
        let plain = part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        plain && (1..=if word { 20 } else { 10 }).contains(&part.len())
    };
    let word = |part: &str| part.len() > 1 && part.bytes().all(|byte| byte.is_ascii_lowercase());
    ends_in(name, "secret") && text.len() <= 63 && text.contains('-') && parts().all(part) && parts().any(word)
}

/// Words that stand in for the value of a Secret.
const EMPTY_WORDS: &[&str] = &["...", "<", ">", "hunter2", "insert", "put_", "todo", "hello", "my-", "qwerty", "s3cr3t", "p@ss"];

/// Whether a value was meant to be a secret, be it a weak one, rather than a stand-in, a name, a path or a setting.
pub(crate) fn looks_set(text: &str) -> bool {
    if is_reference(text) {
        return false;
    }
    if looks_made(text) {
        return !is_stand_in(text);
    }
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'$' | b'<' | b'{' | b'[' | b'*'));
    let path = text.starts_with(['/', '.', '~']) || text.contains("://") || text.matches('/').count() > 1;
    let has = |test: fn(&u8) -> bool| text.bytes().any(|byte| test(&byte));
    let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(|byte| !byte.is_ascii_alphabetic());
    // `Some-Name`, `Setting.Of.It` and `CamelCase2` are names.
    let words = text.split(|character: char| !character.is_ascii_alphabetic()).filter(|word| word.len() > 3);
    let named = words.map(str::len).sum::<usize>() * 3 > text.len() * 2;
    (8..200).contains(&text.len()) && plain && !path && mixed && !named && !is_stand_in(text) && distinct(text) >= 6
}

/// Whether a value stands in for another one, as it stands or behind base64.
pub(crate) fn is_stand_in(text: &str) -> bool {
    let says = |text: &str| {
        let lower = text.to_ascii_lowercase();
        stands_in(text) || EMPTY_WORDS.iter().any(|word| lower.contains(word))
    };
    says(text) || decoded(text).is_some_and(|inner| says(&inner))
}

/// A secret that stands in a file, without its value.
pub(crate) struct Literal {
    /// What it is, for a person.
    pub(crate) what: String,
    /// How bad, and how sure.
    pub(crate) rated: (Severity, Confidence),
}

/// What a value is under a name, if it is a secret.
pub(crate) fn literal(name: &str, text: &str) -> Option<Literal> {
    let found = |what: String, severity, confidence| Some(Literal { what, rated: (severity, confidence) });
    if let Some(token) = real_tokens(text).find(|token| !HALF.contains(&token.kind)) {
        let confidence = if token.checksum == Checksum::Holds { Confidence::High } else { Confidence::Medium };
        return found(article(token.kind), Severity::High, confidence);
    }
    if private_key(text).is_some() {
        return found("a private key".to_owned(), Severity::High, Confidence::High);
    }
    if matches!(name, ".dockercfg" | ".dockerconfigjson" | "config.json") && registry_password(text) {
        return found("the password of a registry".to_owned(), Severity::Medium, Confidence::Medium);
    }
    if !text.trim_end().contains('\n') && password(text).is_some() {
        return found("an address with a password in it".to_owned(), Severity::Medium, Confidence::Medium);
    }
    let named = names_secret(name) || KEYS.contains(&name);
    if named && looks_set(text) {
        return found("what looks like a password or a key".to_owned(), Severity::Medium, Confidence::Medium);
    }
    None
}

/// Keys of Secrets that hold a secret.
const KEYS: &[&str] = &["auth", "key"];

/// Last words of names of passwords, and what run-together names end in.
const PASSWORDS: &[&str] = &["pw", "pwd"];
const KEY_ENDINGS: &[&str] = &["accesskey", "accountkey", "apikey", "passphrase", "passwd", "password", "privatekey", "secretkey"];

fn ends_in(name: &str, end: &str) -> bool {
    let tail = name.len().checked_sub(end.len()).and_then(|at| name.get(at..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

// Whether the settings of Docker hold a password: as such, or `"auth": "dXNlcjpwYXNzd29yZA=="`.
fn registry_password(text: &str) -> bool {
    let mut parts = text.split('"');
    while let Some(name) = parts.next() {
        if !matches!(name, "auth" | "password" | "identitytoken") {
            continue;
        }
        // A value that is called like a key has no colon behind it.
        if parts.next().is_none_or(|between| between.trim() != ":") {
            continue;
        }
        let value = parts.next().unwrap_or("");
        let pair = if name == "auth" { decoded(value).unwrap_or_default() } else { String::new() };
        let password = if name == "auth" { pair.split_once(':').map_or("", |(_, password)| password) } else { value };
        if password.len() >= 6 && !password.contains(['$', '<', '{']) && !is_stand_in(password) {
            return true;
        }
    }
    false
}

/// Where a report can point at an entry without showing its value: its key, else what stands above it; nowhere in a file of one line.
pub(crate) fn hidden_place<'u>(key: Ref<'u>, above: Ref<'u>, value: &str) -> Option<Ref<'u>> {
    [key, above].into_iter().find(|at| !is_shown(*at, value))
}

#[cfg(test)]
mod tests {
    use super::{article, looks_set, names_secret, private_key};

    #[test]
    fn kinds_have_their_article() {
        for (kind, said) in [("age key", "an age key"), ("npm token", "an npm token"), ("GitHub token", "a GitHub token")] {
            assert_eq!(article(kind), said);
        }
    }

    #[test]
    fn names_are_read_as_words() {
        for name in ["MYSQL_PWD", "ADMIN_PW", "PGPASSWORD", "SECRET_KEY_BASE", "dbPwd"] {
            assert!(names_secret(name), "{name}");
        }
        for name in ["DB_PASSWORD", "clientSecret", "--api-token", "spring.datasource.password", "OAuth2Token"] {
            assert!(names_secret(name), "{name}");
        }
        for name in ["tokenURL", "secretName", "compass", "TOKEN_FILE", "cache-key", "OLDPWD", "NEXT_PUBLIC_API_KEY"] {
            assert!(!names_secret(name), "{name}");
        }
    }

    #[test]
    fn values_that_were_set_tell_themselves_from_names() {
        let set = ["Xk2!bQ", "9v"].concat();
        assert!(looks_set(&set));
        for text in ["password", "Production-Cluster", "my-tls-cert-2", "true", "8080", "/etc/Token1x!", "ZXhhbXBsZS1hcHAtc2VjcmV0"]
        {
            assert!(!looks_set(text), "{text}");
        }
    }

    #[test]
    fn a_key_is_found_behind_its_certificate() {
        let mark = |what: &str| ["-----", what, " KEY-----"].concat();
        let key = |body: &str| format!("{}\n{body}\n{}\n", mark("BEGIN PRIVATE"), mark("END PRIVATE"));
        let text = format!("-----BEGIN CERTIFICATE-----\nx\n{}", key(&"x\n".repeat(64)));
        assert_eq!(private_key(&text).map(|range| range.start), Some(30));
        assert_eq!(private_key(&key("x...x").repeat(9)), None);
        assert_eq!(private_key(&format!("{}\n{}", mark("BEGIN PRIVATE"), "x\n".repeat(199))), None);
        assert_eq!(private_key(&format!("{}\nx", mark("BEGIN PRIVATE"))), None);
        assert_eq!(private_key("-----BEGIN CERTIFICATE-----\nx"), None);
    }
}
