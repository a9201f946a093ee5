//! Ingresses.

use policy_core::model::kubernetes::Object;

/// Whether an object is an Ingress.
pub(crate) fn is_ingress(object: &Object<'_>) -> bool {
    object.is("networking.k8s.io", "Ingress") || object.is("extensions", "Ingress")
}
