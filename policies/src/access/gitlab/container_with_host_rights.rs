use policy_core::model::gitlab::{Job, JobScript};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::Word;

use crate::pipeline::Asked;
use crate::tool::tool;

pub(crate) static RULE: Rule = Rule {
    id: "container-with-host-rights",
    meta: Meta {
        title: "a container that a job starts gets the rights of the machine",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-7"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

const HELP: &str = "start the container without it; to build images, use a builder that needs no such rights, such as Buildah or \
                    BuildKit in rootless mode";

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    for script in cx.unit.gitlab_scripts(job) {
        // What it says is the same for all jobs.
        script.remember(Asked::HostRights as u32, || {
            let names = ["docker", "podman", "nerdctl"].iter().any(|name| script.script.may_name(name));
            if names && cx.budget.spend(script.script.text().len() / 8 + 1) {
                of_script(&script, out);
            }
            true
        });
    }
    let Read::Is(host) = job.variable("DOCKER_HOST") else { return };
    let socket =
        host.text().is_some_and(|url| matches!(url.strip_prefix("unix://"), Some("/var/run/docker.sock" | "/run/docker.sock")));
    // A service could share its socket by a volume.
    if socket && host.origin().is_own() && job.services().is_empty() && job.get("services") != Read::Dynamic {
        let message = "the job gives orders to the Docker of the runner itself: whoever runs a job there owns the machine, and what \
                       other jobs keep on it";
        let finding = RuleFinding::new(host.place("the socket of the runner"), message, HELP, "socket");
        out.found(finding.rated(Severity::Medium, Confidence::Medium));
    }
}

fn of_script<'u>(script: &JobScript<'u>, out: &mut Out<'u>) {
    for command in script.script.commands() {
        let Some(tool) = tool(command).filter(|tool| tool.is_any(&["docker", "podman", "nerdctl"])) else { continue };
        let run = ["run", "create"].into_iter().find_map(|name| tool.behind(&[name]).or_else(|| tool.behind(&["container", name])));
        let Some((word, given)) = run.and_then(|words| rights(words.iter())) else { continue };
        let Some(place) = script.own_place(word.span().range(), given.label) else { continue };
        let message = format!("`{} run` {}", tool.name(), given.fact);
        out.found(RuleFinding::new(place, message, HELP, given.name).rated(Severity::Low, Confidence::Medium));
    }
}

struct Given {
    name: &'static str,
    label: &'static str,
    fact: &'static str,
    is: fn(&str) -> bool,
}

/// What options before the name of the image give; `-v` and the like stand before or within the word.
const RIGHTS: &[Given] = &[
    Given {
        name: "--privileged",
        label: "all rights",
        fact: "with `--privileged` gives the image all rights on the machine that Docker runs on",
        is: |word| matches!(word, "--privileged" | "--privileged=true"),
    },
    Given {
        name: "docker.sock",
        label: "the socket of Docker",
        fact: "with the socket of Docker lets the image start containers with all rights on the machine that Docker runs on",
        is: |word| {
            word.split([':', '=', ','])
                .any(|part| matches!(part.trim_start_matches("-v"), "/var/run/docker.sock" | "/run/docker.sock"))
        },
    },
    Given {
        name: "host namespace",
        label: "not apart from the machine",
        fact: "with the processes of the machine lets the image see and trace all that runs where Docker runs",
        is: |word| matches!(word, "--pid=host"),
    },
];

/// Options without a value of their own: the word behind one may be the image.
const SWITCHES: &[&str] =
    &["--rm", "--init", "--privileged", "--detach", "--interactive", "--tty", "--read-only", "-P", "--publish-all"];

fn rights<'s>(words: impl Iterator<Item = Word<'s>>) -> Option<(Word<'s>, &'static Given)> {
    let mut value = false;
    for word in words {
        let text = word.leading();
        let option = text.starts_with('-');
        // The image: what follows is its own.
        if !option && !value && !text.is_empty() {
            return None;
        }
        if let Some(given) = RIGHTS.iter().find(|given| (given.is)(&text)) {
            return Some((word, given));
        }
        let letters = text.len() <= 3 && text.trim_start_matches('-').bytes().all(|letter| matches!(letter, b'i' | b't' | b'd'));
        value = option && !text.contains('=') && !letters && !SWITCHES.contains(&text.as_ref());
    }
    None
}

const DOCS: &str = r#"
`docker run --privileged` takes away what keeps a container apart from the machine, and who has the socket of Docker can start such a
container. The image, and whatever of the change it runs, then owns the machine that Docker runs on: with a Docker service, that of the
job, and its keys; with the socket of the runner, the runner, and what other jobs keep on it.

**Mend it:** start the container without it. Images can be built without such rights, with Buildah or with BuildKit in rootless mode;
`qemu` for other platforms can be set up once on the runner.

**How bad:** low for containers that scripts start; medium for `DOCKER_HOST: unix:///var/run/docker.sock`, with which the whole job
works on the runner's Docker. With medium confidence: which machine Docker runs on is a setting of the runner.

**It does not see:** how the runner is set up; `privileged` in its own settings; Compose files; options that variables hold. A socket
in a volume that a service shares is not reported.

```yaml bad
build:
  services: ["docker:28-dind"]
  script:
    - docker run --rm --privileged example/binfmt:1 # <-
    - |
      docker run --rm \
        --volume /var/run/docker.sock:/var/run/docker.sock \ # <-
        example/scan:1
```

```yaml bad
build:
  variables:
    DOCKER_HOST: unix:///var/run/docker.sock # <-
  script:
    - docker build .
    - docker run -it --pid=host example/top:1 # <-
```

```yaml good
build:
  services: ["docker:28-dind"]
  script:
    - docker run --rm -v "$PWD:/code" example/scan:1 --privileged
    - docker run --rm example/scan:1 -v /var/run/docker.sock:/x
```

```yaml good
build:
  script:
    - echo docker run --privileged example/binfmt:1
    - docker build --tag docker.sock .
    - ls -l /var/run/docker.sock
```

```yaml good
build:
  services:
    - name: docker:28-dind
  variables:
    DOCKER_HOST: unix:///var/run/docker.sock
  script: docker build .
other:
  variables:
    DOCKER_HOST: unix:///run/user/1000/docker.sock
  script: docker build .
```
"#;
