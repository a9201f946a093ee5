//! RBAC as Kubernetes' authorizer sees it, over the objects of all files: who may do what, and by which binding, role and rule.
//! Source of every statement: the packages `plugin/pkg/auth/authorizer/rbac`, `pkg/registry/rbac/validation` and
//! `pkg/apis/rbac/v1` of Kubernetes 1.37, which `cargo xtask exam rbac` holds these answers against.

mod built_in;
mod edges;
pub mod matrix;
mod parts;
mod path;
mod paths;
mod policy;
mod powers;
mod request;
pub mod resources;
mod subjects;
mod who;

pub use built_in::{AGGREGATE, USUAL};
pub use parts::{Binding, GROUP, List, Role, Rule, Subject, SubjectKind};
pub use path::{Goal, Path, Start, Step};
pub use paths::paths;
pub use policy::{Granted, Lacking, Policy, RuleRef};
pub use request::{Ask, Grant, Target, is_resource};
pub use who::{Scope, Way};
