//! Networks by their addresses.

/// Whether some networks together hold every address of a family.
pub(crate) fn hold_every_address(networks: &[&str]) -> bool {
    let has = |network: &str| networks.iter().any(|of| of.trim() == network);
    let halves = has("0.0.0.0/1") && has("128.0.0.0/1") || has("::/1") && has("8000::/1");
    halves || networks.iter().any(|of| of.trim().ends_with("/0"))
}
