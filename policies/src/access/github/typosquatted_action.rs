use policy_core::document::Ref;
use policy_core::model::github::{Job, Remote, Step};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::data::POPULAR_ACTIONS;
use crate::uses;

pub(crate) static RULE: Rule = Rule {
    id: "typosquatted-action",
    meta: Meta {
        title: "an action has almost the name of a popular one",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-3"],
        aliases: &["zizmor/typosquat-uses"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Step(check_step), Check::Job(check_job)],
    docs: crate::docs(DOCS),
};

fn check_step<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    if let Some((node, remote)) = step.remote() {
        check(cx, node, remote, out);
    }
}

fn check_job<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    if let Some((node, remote)) = uses::called(job) {
        check(cx, node, remote, out);
    }
}

fn check<'u>(cx: &Cx<'u>, node: Ref<'u>, remote: Remote<'u>, out: &mut Out<'u>) {
    let (slug, snapshot) = (remote.slug(), POPULAR_ACTIONS.of(cx.options));
    let keys = POPULAR_ACTIONS.keys(cx.options);
    let known = |key: &&str| key.bytes().cmp(slug.bytes().map(|byte| byte.to_ascii_lowercase()));
    if keys.binary_search_by(known).is_ok() || uses::is_own(cx, remote) {
        return;
    }
    let likeness = |popular: &str| likeness(remote, popular).map(|confidence| (popular.to_owned(), confidence));
    // One slip changes the length by one at most.
    let mut alike = keys.iter().filter(|popular| popular.len().abs_diff(slug.len()) <= 1);
    let Some((popular, confidence)) = alike.find_map(|popular| likeness(popular)) else { return };
    let (name, date) = snapshot.attribute();
    let finding = RuleFinding::new(
        uses::slug_place(node, remote, "who owns this?"),
        format!("`{slug}` is not `{popular}`, but its name differs from it by one slip of the hand"),
        format!("write `{popular}` if you mean it"),
        slug,
    );
    out.found(finding.rated(Severity::High, confidence).attribute("popular", popular).attribute(name, date));
}

// How sure it is that a name was taken, or mistyped, for a popular one of another owner.
fn likeness(remote: Remote<'_>, popular: &str) -> Option<Confidence> {
    // Almost none is alike, and these ends tell most of that: one slip leaves the last letter of the repository as it is.
    let last = |slug: &str| slug.bytes().last().map(|byte| byte.to_ascii_lowercase());
    let slip = last(remote.slug()) == last(popular);
    if !slip && remote.slug().len() != popular.len() {
        return None;
    }
    let (owner, repository) = popular.split_once('/')?;
    if owner.eq_ignore_ascii_case(remote.owner()) {
        return None;
    }
    if slip && repository.eq_ignore_ascii_case(remote.repository()) && is_one_slip(remote.owner().as_bytes(), owner.as_bytes()) {
        return Some(Confidence::Medium);
    }
    same_words(remote.slug(), popular).then_some(Confidence::Low)
}

// A letter that is left out, added, doubled or replaced, two that are swapped, or two that look like one.
fn is_one_slip(one: &[u8], other: &[u8]) -> bool {
    let same = |(a, b): &(&u8, &u8)| a.eq_ignore_ascii_case(b);
    let before = one.iter().zip(other).take_while(same).count();
    let (one, other) = (one.get(before..).unwrap_or(&[]), other.get(before..).unwrap_or(&[]));
    let behind = one.iter().rev().zip(other.iter().rev()).take_while(same).count();
    let (one, other) = (one.get(..one.len() - behind).unwrap_or(&[]), other.get(..other.len() - behind).unwrap_or(&[]));
    match (one, other) {
        ([_], []) | ([], [_]) | ([_], [_]) => true,
        ([a, b], [c, d]) => a.eq_ignore_ascii_case(d) && b.eq_ignore_ascii_case(c),
        ([one], pair) | (pair, [one]) => {
            let looks = |letter: u8, as_pair: &[u8]| one.eq_ignore_ascii_case(&letter) && pair.eq_ignore_ascii_case(as_pair);
            looks(b'm', b"rn") || looks(b'w', b"vv")
        }
        _ => false,
    }
}

// The same words in another order, as `checkout/actions`.
fn same_words(one: &str, other: &str) -> bool {
    // The same words have the same letters, which is soon told.
    let letters = |text: &str| {
        text.bytes().filter(|byte| !is_between(byte)).map(|byte| usize::from(byte.to_ascii_lowercase())).sum::<usize>()
    };
    if one.len() != other.len() || letters(one) != letters(other) {
        return false;
    }
    let count = |text: &str, word: &[u8]| words(text).filter(|found| found.eq_ignore_ascii_case(word)).count();
    words(one).count() == words(other).count() && words(one).all(|word| count(one, word) == count(other, word))
}

fn words(slug: &str) -> impl Iterator<Item = &[u8]> {
    slug.as_bytes().split(is_between)
}

fn is_between(byte: &u8) -> bool {
    matches!(byte, b'/' | b'-' | b'_')
}

const DOCS: &str = r#"
The name of this action differs from that of a popular one by a slip of the hand, and it belongs to someone else. Such names are
registered by people who wait for the slip: their code then runs with your token and your secrets.

**Mend it:** write the name of the action that you mean. If you mean this one, fork it under a name of your own, or ignore the
finding where it stands.

**How bad:** high, with medium confidence where one letter of the owner is left out, added, replaced or swapped with its neighbour,
or looks like two (`rn` for `m`), and low where the same words stand in another order.

**It does not see:** names that imitate an action outside of the snapshot of popular ones; whether there is a repository of that
name; another repository of the same owner, who then is not a stranger.

```yaml bad
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: action/checkout@8f152de45cc393bb48ce5d89d36b731f54556e65 # <-
      - uses: actoins/setup-node@8f152de45cc393bb48ce5d89d36b731f54556e65 # <-
      - uses: checkout/actions@8f152de45cc393bb48ce5d89d36b731f54556e65 # <-
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
      # A fork under the name of a company is not a slip.
      - uses: some-org/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      # The owner is who it should be.
      - uses: actions/checkouts@11bd71901bbe5b1630ceea73d27597364c9af683
```

```yaml good
# repository: action/checkout
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: action/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
      - uses: ./action/checkout
```
"#;
