use policy_core::document::Ref;
use policy_core::model::github::{Job, Step, Workflow, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::Language;

pub(crate) static RULE: Rule = Rule {
    id: "fragile-shell",
    meta: Meta {
        title: "a script or an installation runs in a way that hides errors",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-7"],
        aliases: &["zizmor/misfeature"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Workflow(check_workflow), Check::Job(check_job), Check::Step(check_step)],
    docs: crate::docs(DOCS),
};

fn check_workflow<'u>(_: &Cx<'u>, workflow: Workflow<'u>, out: &mut Out<'u>) {
    workflow.defaults().shell().into_iter().for_each(|shell| check_shell(shell, false, out));
}

fn check_job<'u>(_: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    job.defaults().shell().into_iter().for_each(|shell| check_shell(shell, false, out));
}

fn check_step<'u>(_: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    step.shell().into_iter().for_each(|shell| check_shell(shell, step.run().and_then(Ref::text).is_some_and(is_harmless), out));
    if step.runs_action("actions/setup-python")
        && let Some(input) = step.input("pip-install")
        && matches!(step.input_text("pip-install"), Read::Is(_) | Read::Dynamic)
    {
        let finding = RuleFinding::new(
            Place::node(input, "goes into the Python of the machine"),
            "`pip-install` installs packages into the Python of the machine, whose packages differ from runner to runner",
            "make a virtual environment in a step of its own, and install there what a lock file names",
            "pip-install",
        );
        out.found(finding.rated(Severity::Low, Confidence::High));
    }
}

// One command and no variable: no failure is passed over, and no value is read as code.
fn is_harmless(script: &str) -> bool {
    let mut lines = script.lines().filter(|line| !line.trim().is_empty());
    lines.next().is_some() && lines.next().is_none() && !script.contains(['%', '&', '|'])
}

// An expression may choose cmd for one machine of many: not reported.
fn check_shell<'u>(shell: Ref<'u>, harmless: bool, out: &mut Out<'u>) {
    let Read::Is(setting) = text(Some(shell)) else { return };
    if Language::of_shell(setting) != Some(Language::Cmd) {
        return;
    }
    let (severity, label, message) = if harmless {
        let message =
            "`cmd` runs this one command; with more of them it hides failures, and it reads the values of variables as code";
        (Severity::Info, "hides failures of longer scripts", message)
    } else {
        let message = "`cmd` runs on behind a command that failed, and reads the values of variables as code";
        (Severity::Low, "reads values of variables as code", message)
    };
    let finding = RuleFinding::new(
        Place::node(shell, label),
        message,
        "use `shell: pwsh` or `shell: bash`, which Windows runners have too",
        "cmd",
    );
    out.found(finding.rated(severity, Confidence::High));
}

const DOCS: &str = r#"
The command prompt of Windows puts the value of `%NAME%` into a line before it reads the line: a value with `&` in it runs a command,
so that handing text over by `env:` does not protect a script as it does elsewhere. A script in it also goes on behind a command
that failed, and the step passes if the last one succeeds. Quoting has no rules that all programs follow, and no tool reads such
scripts reliably.

The input `pip-install` of `actions/setup-python` installs into the Python that the machine has for everyone. What is there
differs from image to image, and a package can break, or be broken by, what the image brought.

**Mend it:** use `shell: pwsh` or `shell: bash`. Install Python packages into a virtual environment.

**How bad:** low; informational for a step of one command without `%`, which has nothing to hide or to read yet.

**It does not see:** a shell that an expression chooses; `cmd /c` within a script; the scripts of actions.

```yaml bad
on: push
defaults:
  run:
    shell: cmd # <-
jobs:
  build:
    runs-on: windows-latest
    defaults:
      run:
        shell: cmd.exe # <-
    steps:
      - run: build.bat
      - run: test.bat
        shell: cmd /D /E:ON /V:OFF /S /C "CALL "{0}"" # <-
```

```yaml bad
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065
        with:
          python-version: '3.13'
          pip-install: -r requirements.txt # <-
```

```yaml good
on: push
jobs:
  build:
    runs-on: windows-latest
    steps:
      - run: cmd /c build.bat
      - run: ./build.ps1
        shell: pwsh
      - run: ./build.sh
        shell: bash
```

```yaml good
on: push
jobs:
  build:
    strategy:
      matrix:
        shell: [cmd, bash]
    runs-on: windows-latest
    steps:
      - run: cargo build
        shell: ${{ matrix.shell }}
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065
        with:
          pip-version: '25.0'
          pip-install:
      - uses: some-org/setup@8f152de45cc393bb48ce5d89d36b731f54556e65
        with:
          pip-install: tox
```
"#;
