use policy_core::document::{Document, Ref};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::source::Span;

pub(crate) static RULE: Rule = Rule {
    id: "invisible-text",
    meta: Meta {
        title: "characters that nobody sees change what is read",
        pillar: Pillar::Visibility,
        platforms: &[Platform::Github, Platform::Gitlab],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-1", "CICD-SEC-4"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Document(check)],
    docs: crate::docs(DOCS),
};

/// The most places of one file that are named.
const MAX_PLACES: usize = 50;

/// What an invisible character does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Power {
    /// Shows what follows in another order than it is read in.
    Reorders,
    /// Spells hidden text.
    Hides,
    /// Takes no room.
    Splits,
    /// Chooses a form of the character before it.
    Varies,
}

fn power(character: char) -> Option<Power> {
    Some(match character {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Power::Reorders,
        '\u{e0000}'..='\u{e007f}' => Power::Hides,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => Power::Varies,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}' => Power::Splits,
        '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' => Power::Splits,
        _ => return None,
    })
}

fn check<'u>(cx: &Cx<'u>, document: &'u Document<'u>, out: &mut Out<'u>) {
    // What GitLab merges into the file is judged with it.
    [document].into_iter().chain(cx.unit.included().iter().copied()).for_each(|document| check_file(document, out));
}

fn check_file<'u>(document: &'u Document<'u>, out: &mut Out<'u>) {
    let text = document.source().text();
    if text.is_ascii() {
        return;
    }
    let Some(root) = document.root() else { return };
    let mut scalars = document.scalars().peekable();
    let mut near = root;
    for (at, character, end) in runs(text).take(MAX_PLACES) {
        while let Some(scalar) = scalars.next_if(|scalar| scalar.span().start as usize <= at) {
            near = scalar;
        }
        out.found(finding(near, Span::new(at, end), character));
    }
}

// Where invisible characters stand that matter, side by side ones as one, with the worst of them.
fn runs(text: &str) -> impl Iterator<Item = (usize, char, usize)> {
    let mut rest = text.char_indices().peekable();
    let mut before = None;
    std::iter::from_fn(move || {
        loop {
            let (at, first) = rest.next()?;
            if first.is_ascii() || power(first).is_none() {
                before = Some(first);
                continue;
            }
            let (mut worst, mut end, mut count) = (first, at + first.len_utf8(), 1);
            while let Some((_, next)) = rest.next_if(|(_, next)| power(*next).is_some()) {
                end += next.len_utf8();
                count += 1;
                if rank(next) < rank(worst) {
                    worst = next;
                }
            }
            let after = rest.peek().map(|(_, after)| *after);
            let is_mark = at == 0 && first == '\u{feff}' && count == 1;
            if !is_mark && matters(worst, before, after, count) {
                return Some((at, worst, end));
            }
            before = Some(worst);
        }
    })
}

fn rank(character: char) -> usize {
    let order = [Power::Reorders, Power::Hides, Power::Splits, Power::Varies];
    order.iter().position(|known| Some(*known) == power(character)).unwrap_or(order.len())
}

// Scripts and pictures that need such characters stand beside them; what computers read is ASCII.
fn matters(worst: char, before: Option<char>, after: Option<char>, count: usize) -> bool {
    let ascii = |beside: Option<char>| beside.is_none_or(|beside| beside.is_ascii());
    match power(worst) {
        Some(Power::Reorders) => true,
        // The flags of countries within countries are spelled so, behind a black flag.
        Some(Power::Hides) => before != Some('\u{1f3f4}'),
        Some(Power::Splits) => ascii(before) && ascii(after),
        // A character has one form.
        Some(Power::Varies) => count > 1,
        None => false,
    }
}

fn finding(near: Ref<'_>, span: Span, character: char) -> RuleFinding<'_> {
    let code = format!("U+{:04X}", u32::from(character));
    let (what, weight) = match power(character) {
        Some(Power::Reorders) => ("shows the text behind it in another order than it is read in", Severity::High),
        Some(Power::Hides) => ("spells text that nobody sees, but programs and language models read", Severity::High),
        _ => ("takes no room: what is read is not what is seen", Severity::Medium),
    };
    // In comments it only deceives people.
    let is_read = near.span().end >= span.end;
    let severity = if is_read { weight } else { Severity::Medium };
    RuleFinding::new(
        Place::bytes(near, span, "invisible here"),
        format!("the invisible character `{code}` {what}"),
        "remove it, and read the line again as it then stands",
        code,
    )
    .rated(severity, Confidence::High)
}

const DOCS: &str = concat!(
    r#"
Some characters of Unicode have no picture: they turn the direction of text, join and split letters, or spell hidden text. With them, a
line that a reviewer sees is not the line that runs, and two names that look alike are two names ("Trojan Source"). The hidden
letters of the block of tags are read by language models as instructions.

**Mend it:** remove the character. An editor or `grep -P '[^\x00-\x7F]'` shows it. Where a script needs one, write an escape of the
language instead.

**How bad:** high where it turns or hides text that is read; medium in comments, and for characters that only take no room.

Not reported: the mark at the beginning of a file, and joiners and selectors beside characters that are not ASCII, where emoji,
Persian or Hindi need them.

**It does not see:** letters of other alphabets that look like ours; places beyond the first 50 of a file; files that it does not
read, such as the scripts that a workflow starts.

```yaml bad
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make "#,
    "\u{202e}",
    r#"tset # <-
      - run: ma"#,
    "\u{200b}",
    r#"ke # <-
```

```yaml bad
# file: .gitlab-ci.yml
include: ci/more.yml
build:
  script: make "#,
    "\u{202e}",
    r#"tset # <-
# file: ci/more.yml
test:
  script: ma"#,
    "\u{2060}",
    r#"ke test # <-
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - name: 👩"#,
    "\u{200d}",
    r#"💻 build ❤"#,
    "\u{fe0f}",
    r#"
        run: make
```

```yaml good
"#,
    "\u{feff}",
    r#"on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - name: می"#,
    "\u{200c}",
    r#"خواهم
        run: make
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: printf '\u202e'
      - run: echo "grün – naïve"
```
"#
);
