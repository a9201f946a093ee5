use policy_core::document::edit::{Edit, Value as Written};
use policy_core::model::gitlab::{Image, Job, Value};
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

pub(crate) static RULE: Rule = Rule {
    id: "docker-service-without-tls",
    meta: Meta {
        title: "a job talks to its Docker service without TLS",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-7"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

const SWITCH: &str = "DOCKER_TLS_CERTDIR";

fn check<'u>(_: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let services = job.services();
    let Some(service) = services.iter().find(|service| is_docker(service)) else { return };
    let off = |value: &Value<'u>| value.text() == Some("");
    let directory = job.variable(SWITCH).is();
    let host = job.variable("DOCKER_HOST");
    let open = match directory.filter(off) {
        Some(value) => Some((value, "TLS is off")),
        None => by_command(service).or_else(|| by_port(host).filter(|_| starts_without(service))),
    };
    let Some((at, label)) = open.filter(|(at, _)| at.origin().is_own()) else { return };
    // Without `DOCKER_HOST`, the images find the service by this variable alone.
    let mended = directory.filter(|value| *value == at && host == Read::Absent);
    let fix = mended.map(|value| ProposedFix {
        title: "let the service and the job use TLS".to_owned(),
        safety: Safety::Unsafe,
        edits: vec![Edit::Set { node: value.at().id(), value: Written::Text("/certs".to_owned()) }],
    });
    let finding = RuleFinding::new(
        at.place(label),
        "the Docker service of the job is without TLS: whatever reaches its port runs containers with all rights there",
        "set `DOCKER_TLS_CERTDIR` to `/certs`, which the runner shares between job and service, and leave out `DOCKER_HOST`",
        SWITCH,
    );
    out.found(finding.rated(Severity::Low, Confidence::High).fixed(fix));
}

fn is_docker(service: &Image<'_>) -> bool {
    let name = service.name_value().is().and_then(Value::text).unwrap_or("");
    name.contains("dind") && name.contains("docker")
}

// Since 19.03 the images serve TLS unless they are told not to, whatever port the job asks at.
fn starts_without(service: &Image<'_>) -> bool {
    let name = service.name_value().is().and_then(Value::text).unwrap_or("");
    let version = name.rsplit_once(':').map_or("", |(_, tag)| tag.split(['.', '-']).next().unwrap_or(""));
    version.parse::<u32>().is_ok_and(|version| version < 19)
}

fn by_command<'u>(service: &Image<'u>) -> Option<(Value<'u>, &'static str)> {
    let command = service.get("command").is()?;
    let told = command.flat().into_iter().find(|word| matches!(word.text(), Some("--tls=false" | "--tlsverify=false")))?;
    Some((told, "TLS is off"))
}

fn by_port(host: Read<Value<'_>>) -> Option<(Value<'_>, &'static str)> {
    let host = host.is()?;
    let url = host.text()?.strip_prefix("tcp://")?;
    url.trim_end_matches('/').ends_with(":2375").then_some((host, "the port without TLS"))
}

const DOCS: &str = r#"
A Docker service runs containers with all rights (`docker:dind` needs `privileged`). Without TLS, on port 2375, it takes orders from
whoever reaches the port: each container and service of the job, and, where jobs share a network, other jobs on the same runner.

**Mend it:** set `DOCKER_TLS_CERTDIR: "/certs"`, and leave out `DOCKER_HOST`: the `docker` images then use TLS on port 2376. The runner
has to share the folder `/certs/client` between job and service, as the documentation of GitLab says.

**How bad:** low: most runners give each job a network of its own.

Port 2375 alone tells it only of images before 19.03: later ones serve TLS unless they are told not to.

**It does not see:** how the runner is set up, also where it needs what is reported here; variables that the settings of the project
set. A job without a Docker service is not reported, whatever its variables are.

```yaml bad
build:
  services: ["docker:28-dind"]
  variables:
    DOCKER_TLS_CERTDIR: "" # <-
  script: docker build .
```

```yaml fixed
build:
  services: ["docker:28-dind"]
  variables:
    DOCKER_TLS_CERTDIR: '/certs'
  script: docker build .
```

```yaml bad
variables:
  DOCKER_HOST: tcp://docker:2375 # <-
build:
  services:
    - name: docker:18-dind
  script: docker build .
other:
  services:
    - name: docker:28-dind
      command: ["--tls=false"] # <-
  variables:
    DOCKER_HOST: tcp://docker:2376
  script: docker build .
```

```yaml good
build:
  services: ["docker:28-dind"]
  variables:
    DOCKER_TLS_CERTDIR: "/certs"
  script: docker build .
```

```yaml good
variables:
  DOCKER_HOST: tcp://docker:2375
build:
  services: ["docker:28-dind"]
  script: docker build .
other:
  services: ["docker:dind"]
  script: docker build .
```

```yaml good
variables:
  DOCKER_HOST: tcp://docker:2375
  DOCKER_TLS_CERTDIR: ""
test:
  services: ["postgres:18"]
  script: make test
```
"#;
