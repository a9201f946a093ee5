//! Images of containers, and of volumes that are made of an image.

use policy_core::document::Ref;
use policy_core::model::kubernetes::{Container, Pod, path, text};
use policy_core::read::Read;
use policy_core::rule::{Cx, Out};

use crate::images::MAX_IMAGE;
use crate::workload::owner;

/// An image that a file names.
pub(crate) struct Named<'u> {
    /// Where.
    pub(crate) node: Ref<'u>,
    /// The name as it stands there.
    pub(crate) name: &'u str,
    /// What object it belongs to.
    pub(crate) title: String,
    /// The container or volume.
    pub(crate) of: &'u str,
}

impl Named<'_> {
    /// The name with its registry, without tag and digest: `docker.io/library/nginx`.
    pub(crate) fn repository(&self) -> String {
        let name = self.name.trim();
        let name = name.split_once('@').map_or(name, |(before, _)| before);
        let last = name.rfind('/').map_or(0, |at| at + 1);
        let name = match name.get(last..).and_then(|last| last.find(':')) {
            Some(colon) => name.get(..last + colon).unwrap_or(name),
            None => name,
        };
        match name.split_once('/') {
            Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => name.to_owned(),
            Some(_) => format!("docker.io/{name}"),
            None => format!("docker.io/library/{name}"),
        }
    }

    /// Whether it is a name of one word that no registry has: Kustomize, Skaffold and others put another one in its place.
    pub(crate) fn is_replaced(&self) -> bool {
        let repository = self.repository();
        repository.strip_prefix("docker.io/library/").is_some_and(|word| !OFFICIAL.split(' ').any(|known| known == word))
    }
}

/// Images that Docker Hub has under one word, those that are used most.
const OFFICIAL: &str = "almalinux alpine amazoncorretto amazonlinux bash busybox buildpack-deps caddy cassandra centos clojure composer \
    consul couchbase couchdb debian docker drupal eclipse-mosquitto eclipse-temurin elasticsearch elixir erlang fedora flink fluentd gcc \
    ghost golang gradle haproxy hello-world httpd influxdb jenkins joomla julia kibana kong logstash mariadb maven memcached mongo \
    mongo-express mysql nats neo4j nextcloud nginx node odoo openjdk oraclelinux percona perl php phpmyadmin postgres python r-base \
    rabbitmq redis redmine registry rockylinux ruby rust solr sonarqube swift telegraf tomcat traefik ubuntu vault wordpress zookeeper";

/// What is asked of each image.
pub(crate) type Ask = for<'u> fn(&Named<'u>, &mut Out<'u>);

/// Asks it of the image of a container.
pub(crate) fn of_container<'u>(cx: &Cx<'u>, container: &Container<'u>, ask: Ask, out: &mut Out<'u>) {
    let title = || owner(cx, container).map_or_else(String::new, |(_, object)| object.title());
    put(container.get("image"), container.name(), &title, ask, out);
}

/// Asks it of the images that a pod has as volumes.
pub(crate) fn of_volumes<'u>(cx: &Cx<'u>, pod: &Pod<'u>, ask: Ask, out: &mut Out<'u>) {
    let title = || cx.unit.object_of(pod).map_or_else(String::new, |object| object.title());
    for volume in pod.volumes() {
        let name = path(volume, &["name"]).and_then(Ref::text).unwrap_or("");
        put(path(volume, &["image", "reference"]), name, &title, ask, out);
    }
}

fn put<'u>(node: Option<Ref<'u>>, of: &'u str, title: &dyn Fn() -> String, ask: Ask, out: &mut Out<'u>) {
    let (Some(node), Read::Is(name)) = (node, text(node)) else { return };
    // What `ko` builds has no version before it is built, and `$NAME` is filled in.
    let built = name.starts_with("ko://") || name.contains(['$', '<', '%', ' ']) || name.trim().is_empty();
    if !built && name.len() <= MAX_IMAGE {
        ask(&Named { node, name, title: title(), of }, out);
    }
}
