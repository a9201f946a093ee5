//! Who may do what, by roles and bindings: as the authorizer of Kubernetes says, natively and through the module alike.

use policy_core::api::{Answer, Operation, WhoCan, WhoCanSubject, WhoCanWay};
use serde_json::{Value, json};

use crate::support::{TestFile, file, native, request, through, worker};

/// What is asked, in the words of the command, and the answer: whom, where, by objects of which names; `?` before what is only
/// perhaps so.
type Case = (&'static str, &'static str, &'static [(&'static str, &'static [&'static str])]);

const BASE: &str = "
kind: Role
metadata: {name: reader, namespace: web}
rules:
  - {apiGroups: [''], resources: [pods, pods/log], verbs: [get, list]}
  - {apiGroups: [''], resources: [secrets], resourceNames: [a, b], verbs: [get, create, list]}
---
kind: RoleBinding
metadata: {name: readers, namespace: web}
roleRef: {kind: Role, name: reader}
subjects:
  - {kind: User, name: alice}
  - {kind: Group, name: devs}
  - {kind: ServiceAccount, name: app}
  - {kind: ServiceAccount, name: app, namespace: other}
  - {kind: user, name: bob}
";

const CASES: &[Case] = &[
    (
        "a role counts in the namespace of its binding",
        BASE,
        &[
            (
                "get pods",
                &["Group devs in web", "User alice in web", "ServiceAccount other/app in web", "ServiceAccount web/app in web"],
            ),
            (
                "get po -n web --name x",
                &["Group devs in web", "User alice in web", "ServiceAccount other/app in web", "ServiceAccount web/app in web"],
            ),
            ("get pods -n other", &[]),
            ("watch pods", &[]),
            ("get Pod/exec", &[]),
            ("get pods.apps", &[]),
            ("get /healthz", &[]),
        ],
    ),
    (
        "a list of names refuses requests without one",
        BASE,
        &[
            (
                "get secrets --name a -n web",
                &["Group devs in web", "User alice in web", "ServiceAccount other/app in web", "ServiceAccount web/app in web"],
            ),
            ("get secrets --name c", &[]),
            (
                "list secrets",
                &[
                    "Group devs in web named a, b",
                    "User alice in web named a, b",
                    "ServiceAccount other/app in web named a, b",
                    "ServiceAccount web/app in web named a, b",
                ],
            ),
            ("create secrets", &[]),
        ],
    ),
    (
        "a cluster role counts everywhere, or where it is bound",
        "
kind: ClusterRole
metadata: {name: nodes}
rules:
  - {apiGroups: [''], resources: [nodes, pods, 'pods/*', '*/log'], verbs: ['*']}
  - {nonResourceURLs: [/metrics, '/api/**', '/*/x'], verbs: [get]}
---
kind: ClusterRoleBinding
metadata: {name: a}
roleRef: {kind: ClusterRole, name: nodes}
subjects:
  - {kind: User, name: 'system:serviceaccount:web:app'}
  - {kind: ServiceAccount, name: nobody}
---
kind: RoleBinding
metadata: {name: b, namespace: web}
roleRef: {kind: ClusterRole, name: nodes}
subjects: [{kind: Group, name: ops}]
---
kind: ClusterRoleBinding
metadata: {name: c}
roleRef: {kind: Role, name: nodes}
subjects: [{kind: Group, name: none}]
",
        &[
            ("delete pods", &["Group ops in web", "ServiceAccount web/app everywhere"]),
            ("delete pods -n other", &["ServiceAccount web/app everywhere"]),
            ("get nodes", &["ServiceAccount web/app everywhere"]),
            ("get nodes -n web", &["ServiceAccount web/app everywhere"]),
            ("create pods/exec", &[]),
            ("get deployments/log", &[]),
            ("get services/log", &["Group ops in web", "ServiceAccount web/app everywhere"]),
            ("get /metrics", &["ServiceAccount web/app everywhere"]),
            ("get /metrics/x", &[]),
            ("get /api/v1", &["ServiceAccount web/app everywhere"]),
            ("get /a/x", &[]),
        ],
    ),
    (
        "roles that come with Kubernetes take in those that are labelled",
        "
kind: ClusterRole
metadata: {name: more, labels: {rbac.authorization.k8s.io/aggregate-to-view: 'true'}}
rules: [{apiGroups: [example.com], resources: [widgets], verbs: [get]}]
---
kind: RoleBinding
metadata: {name: a, namespace: web}
roleRef: {kind: ClusterRole, name: edit}
subjects: [{kind: User, name: eve}]
---
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {kind: ClusterRole, name: view}
subjects: [{kind: User, name: vic}]
---
kind: ClusterRoleBinding
metadata: {name: c}
roleRef: {kind: ClusterRole, name: cluster-admin}
subjects: [{kind: User, name: root}]
",
        &[
            ("get widgets.example.com", &["User eve in web", "User root everywhere", "User vic everywhere"]),
            ("get secrets", &["User eve in web", "User root everywhere"]),
            ("create serviceaccounts/token", &["User eve in web", "User root everywhere"]),
            ("create rolebindings", &["User root everywhere"]),
            ("* *", &["User root everywhere"]),
            ("get /x", &["User root everywhere"]),
        ],
    ),
    (
        "roles take in each other until nothing is new, and none for a selector in error",
        "
kind: ClusterRole
metadata: {name: a, labels: {to: b}}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to: a}}]}
rules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]
---
kind: ClusterRole
metadata: {name: b, labels: {to: a}}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to: b}}]}
---
kind: ClusterRole
metadata: {name: c, labels: {to: b}}
rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]
---
kind: ClusterRole
metadata: {name: d}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to: b}}, {matchExpressions: [{key: to, operator: In}]}]}
---
kind: ClusterRoleBinding
metadata: {name: a}
roleRef: {kind: ClusterRole, name: a}
subjects: [{kind: User, name: alice}]
---
kind: ClusterRoleBinding
metadata: {name: d}
roleRef: {kind: ClusterRole, name: d}
subjects: [{kind: User, name: dan}]
",
        &[("get pods", &["User alice everywhere"]), ("get secrets", &[])],
    ),
    (
        "what is not written is not guessed",
        "
kind: Role
metadata: {name: reader}
rules: [{apiGroups: [''], resources: ['${WHAT}'], verbs: [get]}, {apiGroups: [''], resources: [pods], verbs: [get]}]
---
kind: RoleBinding
metadata: {name: reader}
roleRef: {kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: app}]
---
kind: RoleBinding
metadata: {name: reader, namespace: web}
roleRef: {kind: Role, name: reader}
subjects: [{kind: User, name: alice}]
",
        &[
            ("get pods", &["ServiceAccount /app in "]),
            ("get pods -n web", &["? ServiceAccount /app in "]),
            ("get secrets", &["? ServiceAccount /app in "]),
        ],
    ),
    (
        "namespaces are asked for in themselves",
        "
kind: RoleBinding
metadata: {name: a, namespace: web}
roleRef: {kind: ClusterRole, name: view}
subjects: [{kind: User, name: vic}]
",
        &[("get ns --name web", &["User vic in web"]), ("get ns --name other", &[]), ("list ns", &[])],
    ),
];

fn manifest(policy: &str) -> TestFile {
    let documents =
        policy.split("---\n").map(|object| format!("apiVersion: rbac.authorization.k8s.io/v1\n{}", object.trim_start()));
    file("rbac.yaml", documents.collect::<Vec<_>>().join("---\n"))
}

fn access(words: &str) -> Value {
    let words: Vec<&str> = words.split(' ').collect();
    let of = |flag: &str| words.iter().position(|word| *word == flag).map(|at| words[at + 1]);
    let mut access = json!({"verb": words[0], "resource": words[1]});
    for (flag, key) in [("-n", "namespace"), ("--name", "name")] {
        if let Some(value) = of(flag) {
            access[key] = json!(value);
        }
    }
    access
}

fn ask(files: &[TestFile], requests: &[Value]) -> WhoCan {
    let request = request(files, &json!({"question": {"requests": requests}}));
    let answer = native(Operation::WhoCan, &request);
    assert_eq!(answer, through(&mut worker(), Operation::WhoCan, &request), "the module answers otherwise");
    read(&answer)
}

fn read(answer: &[u8]) -> WhoCan {
    let answer: Answer<WhoCan> = serde_json::from_slice(answer).expect("an answer");
    answer.ok.unwrap_or_else(|| panic!("no answer: {:?}", answer.error))
}

fn said(subject: &WhoCanSubject, way: &WhoCanWay) -> String {
    let perhaps = if way.unless.is_some() { "? " } else { "" };
    let namespace = subject.namespace.as_ref().map_or_else(String::new, |namespace| format!("{namespace}/"));
    let place = way.namespace.as_ref().map_or_else(|| "everywhere".to_owned(), |namespace| format!("in {namespace}"));
    let names = if way.names.is_empty() { String::new() } else { format!(" named {}", way.names.join(", ")) };
    format!("{perhaps}{} {namespace}{} {place}{names}", subject.kind, subject.name)
}

#[test]
fn questions_are_answered_as_the_authorizer_would() {
    for (title, policy, questions) in CASES {
        let requests: Vec<Value> = questions.iter().map(|(words, _)| access(words)).collect();
        let answer = ask(&[manifest(policy)], &requests);
        for (at, (words, expected)) in questions.iter().enumerate() {
            let ways = answer.subjects.iter().flat_map(|subject| subject.ways.iter().map(move |way| (subject, way)));
            let found: Vec<String> =
                ways.filter(|(_, way)| way.question as usize == at).map(|(subject, way)| said(subject, way)).collect();
            assert_eq!(found, *expected, "{title}: {words}");
        }
    }
}

#[test]
fn a_way_has_its_places_and_what_runs_as_the_account() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: web}\nspec: {serviceAccountName: app, containers: [{name: a, image: b}]}\n";
    let answer = ask(&[manifest(BASE), file("pod.yaml", pod)], &[access("get pods/log")]);
    let subject = answer.subjects.iter().find(|subject| subject.namespace.as_deref() == Some("web")).expect("web/app");
    let [way] = subject.ways.as_slice() else { panic!("{:?}", subject.ways) };
    let line = |at: &Option<policy_core::api::ShownPlace>| at.as_ref().map(|at| (at.path.clone(), at.line));
    let at = |line: u32| Some(("rbac.yaml".to_owned(), line));
    assert_eq!((&*way.binding.title, line(&way.binding.at)), ("RoleBinding web/readers", at(15)));
    assert_eq!((&*way.role.title, line(&way.role.at)), ("Role web/reader", at(3)));
    assert_eq!((&*way.rule.title, line(&way.rule.at)), ("get, list pods, pods/log", at(5)));
    assert_eq!(subject.workloads.len(), 1);
    assert_eq!(subject.workloads[0].title, "Pod web/p");
    assert_eq!((answer.roles, answer.bindings), (1, 1));
}

#[test]
fn what_is_lacking_is_said() {
    let binding = |kind: &str, name: &str| {
        format!(
            "kind: RoleBinding\nmetadata: {{name: a, namespace: web}}\nroleRef: {{kind: {kind}, name: {name}}}\nsubjects: [{{kind: User, name: u}}]\n"
        )
    };
    for (kind, name, part) in [
        ("Role", "other", Some("which is in none of these files")),
        ("ClusterRole", "other", Some("which is in none of these files")),
        ("ClusterRole", "system:other", Some("comes with Kubernetes")),
        ("ClusterRole", "'${ROLE}'", Some("a later step")),
        ("ClusterRole", "view", None),
        ("clusterrole", "other", None),
    ] {
        let answer = ask(&[manifest(&binding(kind, name))], &[access("get secrets")]);
        let said: Vec<&str> = answer.unknown.iter().map(|unknown| unknown.message.as_str()).collect();
        assert_eq!(said.len(), usize::from(part.is_some()), "{kind} {name}: {said:?}");
        assert!(part.is_none_or(|part| said[0].contains(part)), "{said:?}");
        let elsewhere = ask(&[manifest(&binding(kind, name))], &[access("get secrets -n other")]);
        assert!(elsewhere.unknown.is_empty());
    }
    let broken = ask(&[manifest(BASE), file("broken.yaml", "apiVersion: v1\nkind: [\n")], &[access("get pods")]);
    assert!(broken.unknown[0].message.contains("broken.yaml"));
}

#[test]
fn questions_that_cannot_be_understood_are_refused() {
    let answer = |question: Value| -> Value {
        let request = request(&[manifest(BASE)], &json!({"question": question}));
        serde_json::from_slice(&native(Operation::WhoCan, &request)).expect("json")
    };
    let asked = |resource: &str| answer(json!({"requests": [{"verb": "get", "resource": resource}]}));
    assert_eq!(answer(json!({}))["error"]["code"], "bad-request");
    assert!(asked("secret").get("ok").is_some());
    assert!(asked("secrest")["error"]["hint"].as_str().is_some_and(|hint| hint.contains("`secrets`")));
    assert!(asked("widgets")["error"]["hint"].as_str().is_some_and(|hint| hint.contains("example.com")));
    assert!(asked("widgets.example.com").get("ok").is_some());
    let other = request(&[manifest(BASE)], &json!({"question": {"matrix": true}}));
    let refused: Value = serde_json::from_slice(&native(Operation::Evaluate, &other)).expect("json");
    assert_eq!(refused["error"]["code"], "bad-request");
}

#[test]
fn the_matrix_answers_all_that_is_worth_knowing_also_from_partials() {
    let key = "000102030405060708090a0b0c0d0e0f";
    let files = [manifest(CASES[3].1), file("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n")];
    let question = json!({"question": {"matrix": true}});
    let answer = native(Operation::WhoCan, &request(&files, &question));
    let whole = read(&answer);
    assert_eq!(whole.questions.len(), policy_core::rbac::matrix::SENSITIVE.len());
    let root = whole.subjects.iter().find(|subject| subject.name == "root").expect("root");
    assert_eq!(root.ways.len(), whole.questions.len());
    let inspected: Value =
        serde_json::from_slice(&native(Operation::Inspect, &request(&files, &json!({"options": {"printKey": key}}))))
            .expect("json");
    let again = json!({"api": 1, "head": {"partials": inspected["ok"]["partials"]}, "question": {"matrix": true}});
    assert_eq!(native(Operation::WhoCan, again.to_string().as_bytes()), answer);
}

// The policies and requests that `cargo xtask exam rbac` has Kubernetes' own code judge: the path of its lines.
const EXAM: &str = "GATEPOST_EXAM_RBAC";

#[test]
fn who_can_says_what_kubernetes_says() {
    let Some(path) = std::env::var_os(EXAM) else {
        eprintln!("skipped: `cargo xtask exam rbac` runs it");
        return;
    };
    let (mut worker, mut requests, mut allowed, mut different) = (worker(), 0, 0, 0);
    for (number, line) in std::fs::read_to_string(path).expect("the lines").lines().enumerate() {
        let policy: Value = serde_json::from_str(line).expect("json");
        let asked = policy["requests"].as_array().expect("requests");
        let answer = through(&mut worker, Operation::WhoCan, &exam_request(&policy["objects"], asked));
        let answer = read(&answer);
        assert!(answer.unknown.iter().all(|unknown| !unknown.message.contains("Kubernetes")), "{:?}", answer.unknown);
        for (at, request) in asked.iter().enumerate() {
            let ours = answer.subjects.iter().any(|subject| may(subject, at, request));
            requests += 1;
            allowed += usize::from(ours);
            if request["allowed"] != json!(ours) {
                different += 1;
                if different <= 5 {
                    eprintln!(
                        "line {}: Kubernetes says {}, Gatepost {ours}: {request}\n{}",
                        number + 1,
                        request["allowed"],
                        policy["objects"]
                    );
                }
            }
        }
    }
    println!("rbac: {requests} requests, {allowed} of them allowed, {different} answered otherwise than by Kubernetes");
    assert!(requests > 0 && different == 0);
}

// The oracle's clusters have no roles but their own, which a dump with all of the usual ones says.
fn exam_request(objects: &Value, asked: &[Value]) -> Vec<u8> {
    let mut items = objects.as_array().expect("objects").clone();
    for name in ["admin", "cluster-admin", "edit", "view"] {
        let known = |item: &Value| item["kind"] == "ClusterRole" && item["metadata"]["name"] == name;
        if !items.iter().any(known) {
            items.push(json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}}));
        }
    }
    let dump = json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string();
    let of = |request: &Value| match request["path"].as_str().filter(|path| !path.is_empty()) {
        Some(path) => json!({"verb": request["verb"], "path": path}),
        None => {
            let mut asked = json!({});
            for key in ["verb", "apiGroup", "resource", "subresource", "name", "namespace"] {
                asked[key] = request[key].clone();
            }
            asked
        }
    };
    let asked: Vec<Value> = asked.iter().map(of).collect();
    request(&[file("dump.json", dump)], &json!({"question": {"requests": asked}}))
}

fn may(subject: &WhoCanSubject, question: usize, request: &Value) -> bool {
    let name = subject.name.as_str();
    let is = match subject.kind.as_str() {
        "User" => request["user"] == name,
        "Group" => request["groups"].as_array().is_some_and(|groups| groups.iter().any(|group| group == name)),
        _ => request["user"] == format!("system:serviceaccount:{}:{name}", subject.namespace.as_deref().unwrap_or("")),
    };
    let certain = |way: &WhoCanWay| way.question as usize == question && way.unless.is_none() && way.names.is_empty();
    is && subject.ways.iter().any(certain)
}
