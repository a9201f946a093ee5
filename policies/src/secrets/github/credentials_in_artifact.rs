use policy_core::document::Ref;
use policy_core::model::github::{Action, Job, Step};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::checkout::{Hidden, Kept, carries, credential, folder, hidden_files, kept, patterns};
use crate::credential::{CREDENTIAL_FILES, Sure, credential_file as by_name};

pub(crate) static RULE: Rule = Rule {
    id: "credentials-in-artifact",
    meta: Meta {
        title: "an upload takes credentials along",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-6", "CICD-SEC-9"],
        aliases: &["zizmor/artipacked", "octoscan/dangerous-artefact"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Job(check_job), Check::Action(check_action)],
    docs: crate::docs(DOCS),
};

/// Actions that publish files, and the input that names them.
const UPLOADS: &[(&str, &str)] = &[
    (ARTIFACT, "path"),
    ("actions/upload-pages-artifact", "path"),
    ("actions/upload-release-asset", "asset_path"),
    ("ncipollo/release-action", "artifacts"),
    ("softprops/action-gh-release", "files"),
    ("svenstaro/upload-release-action", "file"),
];

const ARTIFACT: &str = "actions/upload-artifact";

fn check_job<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    check(cx, cx.unit.steps_of(job), out);
}

fn check_action<'u>(cx: &Cx<'u>, _: Action<'u>, out: &mut Out<'u>) {
    check(cx, cx.unit.steps_of_action(), out);
}

fn check<'u>(cx: &Cx<'u>, steps: &'u [Step<'u>], out: &mut Out<'u>) {
    let mut checkouts: Vec<(Kept<'u>, &'u Step<'u>)> = Vec::new();
    for step in steps {
        let Some((_, remote)) = step.remote() else { continue };
        if let Some(kept) = kept(step) {
            checkouts.push((kept, step));
        } else if let Some((action, input)) = UPLOADS.iter().find(|(action, _)| remote.is(action)) {
            check_upload(cx, &checkouts, step, (action, input), out);
        }
    }
}

fn check_upload<'u>(
    cx: &Cx<'u>,
    checkouts: &[(Kept<'u>, &'u Step<'u>)],
    step: &'u Step<'u>,
    (action, input): (&'static str, &str),
    out: &mut Out<'u>,
) {
    let Some(input) = step.input(input) else { return };
    let artifact = action == ARTIFACT;
    let hidden = if artifact { hidden_files(step) } else { Hidden::Taken };
    for (at, pattern) in patterns(input) {
        if !cx.budget.spend(CREDENTIAL_FILES.len() + 64 * checkouts.len()) {
            return;
        }
        let place = |label: &'static str| Place::text(input, at..at + pattern.len(), label);
        // The page that an artifact becomes has no `.git`, and a release takes files alone.
        let carried = if artifact { carried(checkouts, pattern, hidden) } else { None };
        if let Some(carried) = carried {
            out.found(of_checkout(cx, &carried, place("takes it along"), action));
        } else if let Some((name, sure)) = credential_file(pattern, hidden, artifact) {
            out.found(of_file(name, sure, place("holds credentials"), action));
        }
    }
}

/// A credential that an upload takes along, and the checkout that left it.
struct Carried<'u> {
    uses: Ref<'u>,
    checkout: &'u Step<'u>,
    certain: bool,
}

fn carried<'u>(checkouts: &[(Kept<'u>, &'u Step<'u>)], pattern: &str, hidden: Hidden) -> Option<Carried<'u>> {
    let mut found: Option<Carried<'u>> = None;
    for (kept, checkout) in checkouts {
        let certain = match carries(kept, checkout, pattern, hidden) {
            Read::Is(true) => true,
            Read::Dynamic => false,
            _ => continue,
        };
        if certain || found.is_none() {
            found = Some(Carried { uses: kept.uses, checkout, certain });
        }
    }
    found
}

fn of_checkout<'u>(cx: &Cx<'u>, carried: &Carried<'u>, place: Place<'u>, action: &str) -> RuleFinding<'u> {
    let credential = credential(cx, carried.checkout);
    let what = credential.named();
    let whether = if carried.certain { "takes" } else { "can take" };
    let severity = if credential.only_reads(cx, carried.checkout) { Severity::Medium } else { Severity::High };
    let confidence = if carried.certain { Confidence::High } else { Confidence::Low };
    let finding = RuleFinding::new(
        place,
        format!("this upload {whether} {what} along, which the checkout left behind"),
        "set `persist-credentials: false` at the checkout, and upload only the files that are needed",
        "checkout credential",
    );
    finding.rated(severity, confidence).related(Place::node(carried.uses, "leaves the credential")).attribute("action", action)
}

fn of_file<'u>(name: &str, sure: Sure, place: Place<'u>, action: &str) -> RuleFinding<'u> {
    let (severity, confidence, holds) = match sure {
        Sure::Credential => (Severity::High, Confidence::Medium, "holds"),
        Sure::Perhaps => (Severity::Medium, Confidence::Low, "can hold"),
    };
    let message = format!("this upload takes `{name}` along, which {holds} credentials");
    let help = "upload only the files that are needed, and leave this one out";
    RuleFinding::new(place, message, help, name).rated(severity, confidence).attribute("action", action)
}

// A name that begins with a dot is left out, even where it is named itself, with all that is below it.
fn credential_file(pattern: &str, hidden: Hidden, artifact: bool) -> Option<(&'static str, Sure)> {
    let path = folder(pattern);
    let last = path.rsplit(['/', '\\']).next().unwrap_or(path);
    if artifact && hidden == Hidden::Left && last.starts_with('.') {
        return None;
    }
    by_name(path)
}

const DOCS: &str = r#"
An artifact can be fetched by everyone who can read the repository, while the job still runs and its token still works. An upload
of the whole workspace holds `.git/config`, in which `actions/checkout` stored that token.

Reported are uploads of a folder that a checkout before them left its credential in, and uploads of files that hold credentials, such
as `~/.docker/config.json` or `id_rsa`, as artifact or as file of a release.

**Mend it:** name the files that are needed, and set `persist-credentials: false` at the checkout.

**How bad:** high. Medium where the token of the job can at most read, and for files such as `.env`, `.npmrc` and `*.pem`, which can
be harmless. Confidence is low where the version of a commit or an expression decides whether the credential is among the files.

Exact are the rules for hidden files: `actions/upload-artifact` leaves them out since 3.2.0 and 4.4.0, even where one is named
itself, unless `include-hidden-files: true`; a tag that moves is the newest release. `actions/checkout` stores its credential
outside of the workspace since version 6, below `RUNNER_TEMP`.

**It does not see:** paths that other expressions give; files that scripts copy into the folder; uploads by scripts.

```yaml bad
on: push
permissions:
  contents: write
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/upload-artifact@v4
        with:
          path: . # <-
          include-hidden-files: true
      - uses: actions/upload-artifact@v4
        with:
          path: |
            dist
            ~/.docker/config.json # <-
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/upload-artifact@v4
        with:
          path: .
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/upload-artifact@v4
        with:
          path: .
          include-hidden-files: true
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - uses: actions/upload-artifact@v4
        with:
          path: ${{ github.workspace }}
          include-hidden-files: true
      - uses: actions/upload-artifact@v4
        with:
          path: |
            .env
            .ssh/**
```
"#;
