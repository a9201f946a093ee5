use std::borrow::Cow;

use policy_core::document::Ref;
use policy_core::flow::Spot;
use policy_core::map::Map;
use policy_core::model::github::{Action, ActionReference, Container, Job, Runs, Step};
use policy_core::reach::{Attack, Power, Reach, Token};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::images::{HELP, MAX_IMAGE, OPEN, Pin, bare, fact, pin, untagged};
use crate::leaves::{Leaf, leaves};
use crate::outsider::reach;

pub(crate) static RULE: Rule = Rule {
    id: "unpinned-image",
    meta: Meta {
        title: "a container image has no version, or the newest one",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-3"],
        aliases: &["zizmor/unpinned-images", "zizmor/unpinned-uses", "scorecard/Pinned-Dependencies"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Job(check_job), Check::Step(check_step), Check::Action(check_action)],
    docs: crate::docs(DOCS),
};

/// The most names that are put together for one image.
const MAX_NAMES: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    // The steps run in it, or it is a step: it has what the job has.
    Within,
    // It runs beside the steps, and has nothing of the job's.
    Beside,
}

fn check_job<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    let spot = Spot::of_job(cx.unit, job);
    if let Some(image) = job.container().and_then(Container::image) {
        check(cx, spot, image, Use::Within, out);
    }
    for image in job.services().filter_map(|(_, service)| service.image()) {
        check(cx, spot, image, Use::Beside, out);
    }
}

fn check_step<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    if let Read::Is((node, ActionReference::Docker { .. })) = step.uses() {
        check(cx, Spot::of_step(cx.unit, step), node, Use::Within, out);
    }
}

fn check_action<'u>(cx: &Cx<'u>, action: Action<'u>, out: &mut Out<'u>) {
    let Read::Is(Runs::Docker(Some(image))) = action.runs() else { return };
    // Anything else is a `Dockerfile` of the same repository.
    if image.text().is_some_and(|text| text.starts_with("docker://")) {
        check(cx, Spot { unit: cx.unit, job: None, step: None }, image, Use::Within, out);
    }
}

fn check<'u>(cx: &Cx<'u>, spot: Spot<'u>, image: Ref<'u>, of: Use, out: &mut Out<'u>) {
    let Some(written) = image.text().filter(|text| text.len() <= MAX_IMAGE) else { return };
    let worst = match cx.unit.sites_of(image) {
        [] => Some((Cow::Borrowed(written), None, pin(written), String::new())),
        _ => {
            let names = names(cx, spot, image, written);
            let share = share(&names);
            names.into_iter().map(|name| (pin(&name.text), name)).max_by_key(|(pin, _)| *pin).map(|(pin, name)| {
                let open = name.text.contains(OPEN);
                (if open { Cow::Borrowed(written) } else { Cow::Owned(name.text) }, name.from, pin, share)
            })
        }
    };
    let Some((name, from, pin, share)) = worst else { return };
    let reach = reach(cx, spot.job);
    let tag_counts = of == Use::Within && reach.power.is_some_and(|power| is_worth_it(&power));
    if pin == Pin::Held || pin == Pin::Tagged && !tag_counts {
        return;
    }
    let mut finding = rated(finding(image, &name, pin, &share), pin, of, &reach);
    finding.related.extend(from.map(|from| Place::node(from, "it can be this")));
    out.found(finding);
}

// Whether a run has something for certain that a bad image would take.
fn is_worth_it(power: &Power<'_>) -> bool {
    power.secret.is_some() || power.identity || matches!(power.token, Token::Writes(_))
}

// A name that an image with expressions can have, and the node that gives a part of it.
#[derive(Clone, Default)]
struct Name<'u> {
    text: String,
    from: Option<Ref<'u>>,
}

fn names<'u>(cx: &Cx<'u>, spot: Spot<'u>, image: Ref<'u>, written: &str) -> Vec<Name<'u>> {
    let mut names = vec![Name::default()];
    let mut at = 0;
    for site in cx.unit.sites_of(image) {
        let before = written.get(at..site.outer.start).unwrap_or("");
        let mut leaves = leaves(cx, spot, site);
        // What another job has built or chosen for this run is not what a registry happens to have.
        leaves.retain(|leaf| !matches!(leaf, Leaf::Unknown(context) if context.eq_ignore_ascii_case("needs")));
        if names.len() * leaves.len() > MAX_NAMES {
            leaves = vec![Leaf::Unknown("")];
        }
        names = names.iter().flat_map(|name| leaves.iter().map(|leaf| extended(name, before, leaf))).collect();
        at = site.outer.end;
    }
    let behind = written.get(at..).unwrap_or("");
    names.iter_mut().for_each(|name| name.text.push_str(behind));
    names
}

fn extended<'u>(name: &Name<'u>, before: &str, leaf: &Leaf<'u>) -> Name<'u> {
    let mut next = name.clone();
    next.text.push_str(before);
    match leaf {
        Leaf::Text(text, from) if text.len() <= MAX_IMAGE => {
            next.text.push_str(text);
            next.from = from.or(next.from);
        }
        Leaf::Text(..) | Leaf::Unknown(_) => next.text.push(OPEN),
    }
    next
}

// How many of the images that expressions can give are as bad as the worst, which alone is named; nothing of a single one.
fn share(names: &[Name<'_>]) -> String {
    let mut all = Map::new();
    all.extend(names.iter().map(|name| (name.text.as_str(), pin(&name.text))));
    let worst = all.values().max();
    let so = all.values().filter(|pin| Some(*pin) == worst).count();
    match all.len() {
        0 | 1 => String::new(),
        count if so == count => format!("; so is each of the {count} that this can be"),
        count => format!("; so {} {so} of the {count} that this can be", if so == 1 { "is" } else { "are" }),
    }
}

fn finding<'u>(image: Ref<'u>, name: &str, pin: Pin, share: &str) -> RuleFinding<'u> {
    let name = bare(name);
    let (label, message) = fact(name, pin);
    RuleFinding::new(Place::node(image, label), format!("{message}{share}"), HELP, untagged(name)).attribute("image", name)
}

fn rated<'u>(finding: RuleFinding<'u>, pin: Pin, of: Use, reach: &Reach<'u>) -> RuleFinding<'u> {
    let confidence = if pin == Pin::Open { Confidence::Low } else { Confidence::High };
    match (pin, of) {
        (Pin::Tagged, _) => {
            let reason = reach.power.and_then(|power| power.named());
            RuleFinding { reason, ..finding.rated(Severity::Low, confidence) }
        }
        (_, Use::Beside) => finding.rated(Severity::Medium, confidence),
        (_, Use::Within) => {
            finding.weighed(reach.weigh(Severity::High, Severity::Medium..=Severity::High, Attack::ByThirdParty), confidence)
        }
    }
}

const DOCS: &str = r#"
An image without a tag, or with the tag `latest`, is whatever was pushed last. Whoever can push to that name decides what your next
run is made of, and so does whoever takes the name over. A job that runs in the image hands it the code, the token and the secrets.

**Mend it:** write the tag and the digest, `name:tag@sha256:…`. Dependabot and Renovate keep both fresh.

**How bad:** high for what a job runs in, for steps (`docker://…`) and for actions that are an image; medium where the job has no
secrets and its token can at most read, and for services, which run beside the job and have nothing of it. With low confidence
where only the run knows the name. An image with another tag, but without a digest, is reported as low, and only where the job has
a secret, a token that can write, or an identity (`id-token`).

**It does not see:** whether a registry lets tags be moved; images that scripts pull or build; the `FROM` lines of a `Dockerfile`.
Values of a matrix are followed. Images from `localhost`, and those whose name another job gives (`needs`), were made by the same
run, and are not reported.

```yaml bad
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    container: ghcr.io/some-org/build # <-
    services:
      cache:
        image: redis:latest # <-
    steps:
      - uses: docker://alpine # <-
```

```yaml bad
on: push
jobs:
  build:
    strategy:
      matrix:
        image: ["ubuntu:24.04", "debian:latest"]
    runs-on: ubuntu-latest
    container:
      image: ${{ matrix.image }} # <-
    steps:
      - run: make
  chosen:
    runs-on: ubuntu-latest
    container: ${{ inputs.image }} # <-
    steps:
      - run: make
  release:
    runs-on: ubuntu-latest
    permissions:
      contents: write
    container: golang:1.26 # <-
    steps:
      - run: make release
```

```yaml bad
# file: action.yml
name: lints
description: an action that is an image
runs:
  using: docker
  image: docker://ghcr.io/some-org/lint:latest # <-
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    permissions:
      contents: write
    container: ghcr.io/some-org/build:1@sha256:beefdbd8a1da6d2915566fde36db9db0b524eb737fc57cd1367effd16dc0d06d
    services:
      database:
        image: postgres:18
    steps:
      - uses: docker://alpine@sha256:beefdbd8a1da6d2915566fde36db9db0b524eb737fc57cd1367effd16dc0d06d
```

```yaml good
on: push
permissions:
  contents: read
jobs:
  build:
    strategy:
      matrix:
        image: ["ubuntu:24.04", "debian:13"]
    runs-on: ubuntu-latest
    # A tag alone is not reported where there is nothing to take.
    container: ${{ matrix.image }}
    steps:
      - run: make
```

```yaml good
on: push
jobs:
  image:
    runs-on: ubuntu-latest
    outputs:
      name: ${{ steps.push.outputs.name }}
    steps:
      - id: push
        run: ./push
  test:
    needs: image
    runs-on: ubuntu-latest
    # The same run has built it.
    container: ${{ needs.image.outputs.name }}
    steps:
      - run: make test
```

```yaml good
# file: action.yml
name: lints
description: an action that builds its image
runs:
  using: docker
  image: Dockerfile
```
"#;
