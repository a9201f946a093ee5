//! What the module says of a request, in the words of the command line: people never see the request.

/// How the module's error begins where it refuses a request.
const REFUSED: &str = "the module refuses the request: ";

/// Fields of a request, and the flags that fill them.
const FLAGS: [(&str, &str); 5] = [
    ("`options.pack`", "`--pack`"),
    ("`options.only`", "`--only`"),
    ("`options.kubernetesVersion`", "`--kubernetes-version`"),
    ("`options.pins`", "`--pins`"),
    ("`options.data`", "`--data`"),
];

/// The error, about the flag in place of the field; one that is about no flag stays as it is.
pub(super) fn of_command_line(error: &str) -> String {
    let translated = error.strip_prefix(REFUSED).and_then(|said| {
        let (flag, rest) = FLAGS.iter().find_map(|(field, flag)| Some((flag, said.strip_prefix(field)?)))?;
        Some(format!("{flag}{rest}"))
    });
    translated.unwrap_or_else(|| error.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_of_a_request_is_translated() {
        let pack = "the module refuses the request: `options.pack` names a pack that there is not; did you mean `strict`?";
        assert_eq!(of_command_line(pack), "`--pack` names a pack that there is not; did you mean `strict`?");
        for other in ["gatepost.yaml:3:1: `options.pack` is no key", "the module refuses the request: `api` is not 1"] {
            assert_eq!(of_command_line(other), other);
        }
    }
}
