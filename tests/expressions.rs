//! Expressions of GitHub Actions: writing them, working them out, and conditions.

use policy_core::model::github::expression::{
    Condition, ExprId, Expression, MAX_TEXT, Number, Operator, Path, Segment, Value, asks_for_status, condition, evaluate, fences,
    truthiness,
};

use crate::corpora;

/// What the table below knows of contexts.
fn lookup(path: &Path<'_>) -> Option<Value> {
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    match path.segments() {
        [Segment::Name("known"), Segment::Name(name)] => match *name {
            "yes" => text("Yes"),
            "empty" => text(""),
            "nothing" => Some(Value::Null),
            "list" => Some(Value::Array(vec![Value::Text("a".to_owned()), Value::Number(Number::ONE), Value::Null])),
            "object" => Some(Value::Object),
            _ => None,
        },
        _ => None,
    }
}

/// A value as the table writes it; behind `?`, what is known of its truth.
fn show(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_text(),
        Value::Text(text) => format!("'{text}'"),
        Value::Array(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(" ")),
        Value::Object => "{}".to_owned(),
    }
}

fn shown(text: &str) -> String {
    let expression = Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    let value = evaluate(&expression, expression.root(), &lookup);
    let truth = truthiness(&expression, expression.root(), &lookup);
    match (value, truth) {
        (Some(value), truth) => {
            assert_eq!(truth, Some(value.is_truthy()), "{text}");
            show(&value)
        }
        (None, Some(truth)) => format!("?{truth}"),
        (None, None) => "?".to_owned(),
    }
}

fn check(rows: &[(&str, &str)]) {
    let wrong: Vec<_> = rows.iter().map(|(text, expected)| (text, expected, shown(text))).filter(|row| row.1 != &row.2).collect();
    assert!(wrong.is_empty(), "(expression, expected, is): {wrong:#?}");
}

#[test]
fn literals() {
    check(&[
        ("null", "null"),
        ("true", "true"),
        ("'It''s open source!'", "'It's open source!'"),
        ("''", "''"),
        ("''''", "'''"),
        ("711", "711"),
        ("-9.2", "-9.2"),
        ("+.50", "0.5"),
        ("1.", "1"),
        ("0xff", "255"),
        ("0x0000000000fF", "255"),
        ("0o17", "15"),
        ("-2.99e-2", "-0.0299"),
        ("1e3", "1000"),
        ("-0", "0"),
        ("0e999999999999", "0"),
        ("100000000000000", "100000000000000"),
        ("1e15", "1E+15"),
        ("1234567890123450", "1.23456789012345E+15"),
        ("0.0001", "0.0001"),
        ("0.00001", "1E-05"),
        ("1.5e-300", "1.5E-300"),
        ("12e307", "?"),
        ("1e308", "?"),
        ("1e-400", "?"),
        ("1e99999999999999999999", "?"),
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
        ("-Infinity", "-Infinity"),
        ("+Infinity", "Infinity"),
        ("123456789012345", "123456789012345"),
        ("1234567890123456", "?"),
        ("1.00000000000000000000000", "1"),
        ("0.000000000000000000001234", "1.234E-21"),
        ("0x7fffffff", "2147483647"),
        ("0xffffffff", "?"),
        ("0xffffffffffffffffffffff", "?"),
    ]);
}

#[test]
fn truth() {
    check(&[
        ("!null", "true"),
        ("!''", "true"),
        ("!0", "true"),
        ("!-0", "true"),
        ("!NaN", "true"),
        ("!false", "true"),
        ("!'false'", "false"),
        ("!'0'", "false"),
        ("!' '", "false"),
        ("!Infinity", "false"),
        ("!!1", "true"),
        ("!fromJSON('[]')", "false"),
        ("!fromJSON('{}')", "false"),
        ("!github.ref", "?"),
    ]);
}

#[test]
fn equality() {
    check(&[
        ("'abc' == 'ABC'", "true"),
        ("'abc' != 'ABC'", "false"),
        ("'é' == 'é'", "true"),
        ("'é' == 'É'", "?"),
        ("'é' == 'e'", "false"),
        ("'a' == 'a '", "false"),
        ("null == null", "true"),
        ("null == 0", "true"),
        ("null == ''", "true"),
        ("null == false", "true"),
        ("null == 'null'", "false"),
        ("true == 1", "true"),
        ("true == '1'", "true"),
        ("true == 'true'", "false"),
        ("false == ''", "true"),
        ("false == 'false'", "false"),
        ("1 == '1'", "true"),
        ("1 == ' 1.0 '", "true"),
        ("255 == '0xFF'", "true"),
        ("255 == '0XFF'", "false"),
        ("15 == '0o17'", "true"),
        ("0 == ''", "true"),
        ("0 == 'a'", "false"),
        ("1000 == '1e3'", "true"),
        ("1 == '1e'", "false"),
        ("1 == '1 0'", "false"),
        ("-1 == '-1'", "true"),
        ("Infinity == 'Infinity'", "true"),
        ("Infinity == 'INFINITY'", "?"),
        ("NaN == NaN", "false"),
        ("NaN != NaN", "true"),
        ("NaN == 'NaN'", "false"),
        ("0.1 == '.10'", "true"),
        ("-0 == 0", "true"),
        ("100 == 1e2", "true"),
        ("fromJSON('[]') == fromJSON('[]')", "?"),
        ("fromJSON('[]') == fromJSON('{}')", "false"),
        ("fromJSON('[]') == ''", "false"),
        ("fromJSON('{}') != null", "true"),
        ("github.ref == 'x'", "?"),
        ("1 == '1234567890123456789'", "?"),
    ]);
}

#[test]
fn order() {
    check(&[
        ("1 < 2", "true"),
        ("-1 < -2", "false"),
        ("-10 < 9", "true"),
        ("10 > 9", "true"),
        ("'10' > '9'", "false"),
        ("'10' > 9", "true"),
        ("'a' < 'B'", "true"),
        ("'a' <= 'A'", "true"),
        ("'ab' > 'a'", "true"),
        ("'Z' < '_'", "true"),
        ("'z' < '_'", "true"),
        ("'z' < 'é'", "true"),
        ("'a' < 1", "false"),
        ("'a' >= 1", "false"),
        ("NaN <= NaN", "false"),
        ("null <= null", "true"),
        ("null < null", "false"),
        ("false < true", "true"),
        ("true >= true", "true"),
        ("null < true", "true"),
        ("0.1 < 0.10000000000001", "true"),
        ("9e99 < 1e100", "true"),
        ("-9e99 < -1e100", "false"),
        ("-Infinity < -1e300", "true"),
        ("Infinity > 1e300", "true"),
        ("Infinity >= Infinity", "true"),
        ("fromJSON('[]') < 1", "false"),
    ]);
}

#[test]
fn operators() {
    check(&[
        ("true && 'a'", "'a'"),
        ("'' && 'a'", "''"),
        ("'a' || 'b'", "'a'"),
        ("'' || 0", "0"),
        ("null || false || NaN", "NaN"),
        ("1 && 2 && 3", "3"),
        ("1 && 0 && 3", "0"),
        ("false && github.ref", "false"),
        ("true && github.ref", "?"),
        ("true || github.ref", "true"),
        ("github.ref || true", "?true"),
        ("github.ref || 'a'", "?true"),
        ("github.ref || ''", "?"),
        ("github.ref && ''", "?false"),
        ("github.ref && 'a'", "?"),
        ("!(github.ref && false)", "true"),
        ("github.ref && false || 'x'", "'x'"),
        ("github.ref && true || 'x'", "?true"),
        ("(github.ref || 'a') && 'b'", "'b'"),
        ("(github.ref || 'a') == 'a'", "?"),
        ("github.ref || github.sha && false || 1", "?true"),
        ("true || false && false", "true"),
        ("(true || false) && false", "false"),
        ("!true == false", "true"),
        ("!(true == false)", "true"),
        ("1 < 2 == true", "true"),
        ("1 == 1 == 1", "true"),
        ("3 > 2 > 1", "false"),
    ]);
}

#[test]
fn functions() {
    check(&[
        ("contains('Hello world', 'llo')", "true"),
        ("CONTAINS('Hello', 'HELL')", "true"),
        ("contains('abc', '')", "true"),
        ("contains('a1b', 1)", "true"),
        ("contains(true, 'RU')", "true"),
        ("contains(null, '')", "true"),
        ("contains('É', 'é')", "?"),
        ("contains('É', 'e')", "false"),
        ("contains(fromJSON('[\"push\", \"pull_request\"]'), 'PUSH')", "true"),
        ("contains(fromJSON('[\"push\"]'), 'pus')", "false"),
        ("contains(fromJSON('[1, null]'), '')", "true"),
        ("contains(fromJSON('[]'), github.ref)", "false"),
        ("contains(fromJSON('[1]'), github.ref)", "?"),
        ("contains(fromJSON('{\"a\": 1}'), 'a')", "false"),
        ("contains('a', fromJSON('[]'))", "false"),
        ("contains(github.ref, '')", "?"),
        ("contains('a')", "?"),
        ("startsWith('Hello', 'he')", "true"),
        ("startsWith('Hello', 'lo')", "false"),
        ("startsWith(12, 1)", "true"),
        ("startsWith(fromJSON('[]'), github.ref)", "false"),
        ("endsWith('Hello', 'LO')", "true"),
        ("endsWith('', '')", "true"),
        ("endsWith('éa', 'Éa')", "?"),
        ("always()", "true"),
        ("success()", "?"),
        ("always() || failure()", "true"),
        ("hashFiles('**')", "?"),
        ("nope()", "?"),
        ("case(false, 1, true, 2, 3)", "2"),
        ("case(false, 1, 3)", "3"),
        ("case(1, 1, 3)", "?"),
        ("case(true, 1, github.ref, 2, 3)", "1"),
        ("case(github.ref, 1, 3)", "?"),
        ("case(true, 1)", "?"),
        ("case(1)", "?"),
    ]);
}

#[test]
fn text_functions() {
    check(&[
        ("format('Hello {0} {1}', 'Mona', 'Octocat')", "'Hello Mona Octocat'"),
        ("format('{{Hello {0}!}}', 'x')", "'{Hello x!}'"),
        ("format('{0}{0}{1}', null, true)", "'true'"),
        ("format('{1}', github.ref, 2)", "'2'"),
        ("format('{0}', -0)", "'0'"),
        ("format('{0}', fromJSON('[1]'))", "'Array'"),
        ("format('{00}', 1)", "'1'"),
        ("format('{1}', 1)", "?"),
        ("format('{0:x}', 1)", "?"),
        ("format('{', 1)", "?"),
        ("format('}', 1)", "?"),
        ("format('{}', 1)", "?"),
        ("format('{+0}', 1)", "?"),
        ("format('{256}', 1)", "?"),
        ("format('{0}', github.ref)", "?"),
        ("format('{0} ', github.ref)", "?true"),
        ("format('{0}{1}', github.ref, 'a')", "?true"),
        ("format('{0}', github.ref == 'a')", "?true"),
        ("format('{0}', success() && contains(github.ref, 'a'))", "?true"),
        ("format('{0}{1}', github.ref, '')", "?"),
        ("format(github.ref)", "?"),
        ("join('a', 'b')", "'a'"),
        ("join(null)", "''"),
        ("join(fromJSON('[1, \"b\", null, true]'))", "'1,b,,true'"),
        ("join(fromJSON('[1, 2]'), ' - ')", "'1 - 2'"),
        ("join(fromJSON('[1, 2]'), null)", "'12'"),
        ("join(fromJSON('[1, 2]'), fromJSON('[]'))", "'1,2'"),
        ("join(fromJSON('[1]'), github.ref)", "'1'"),
        ("join(fromJSON('[1, 2]'), github.ref)", "?true"),
        ("join(fromJSON('[]'), ',')", "''"),
        ("join(fromJSON('{}'), ',')", "''"),
        ("toJSON('a\"\\')", r#"'"a\"\\"'"#),
        ("toJSON('é/')", r#"'"é/"'"#),
        ("toJSON(null)", "'null'"),
        ("toJSON(1e3)", "'1000'"),
        ("toJSON(fromJSON('[1,\"a\"]'))", "'[\n  1,\n  \"a\"\n]'"),
        ("toJSON(fromJSON('[]'))", "'[]'"),
        ("toJSON(github)", "?true"),
        ("fromJSON('null')", "null"),
        ("fromJSON(' 1.50 ')", "1.5"),
        ("fromJSON(true)", "true"),
        ("fromJSON('\"a\\u0062\"')", "'ab'"),
        ("fromJSON('[1, \"a\", null]')", "[1 'a' null]"),
        ("fromJSON('[[1]]')", "?true"),
        ("fromJSON('{\"a\": 1}')", "{}"),
        ("fromJSON('{\"a\": 1')", "?"),
        ("fromJSON('{''a'': 1}')", "?"),
        ("fromJSON('')", "?"),
        ("fromJSON('1 2')", "?"),
        ("fromJSON(toJSON('x'))", "'x'"),
    ]);
}

#[test]
fn contexts() {
    check(&[
        ("known.yes == 'YES'", "true"),
        ("known['yes']", "'Yes'"),
        ("known.empty || 'x'", "'x'"),
        ("known.nothing", "null"),
        ("known.nothing.deeper", "null"),
        ("known.yes.deeper", "null"),
        ("known.object.deeper", "?"),
        ("known.list[0]", "'a'"),
        ("known.list['1']", "1"),
        ("known.list[1.9]", "1"),
        ("known.list[3]", "null"),
        ("known.list[-1]", "null"),
        ("known.list[NaN]", "null"),
        ("known.list[1e300]", "null"),
        ("known.list.length", "null"),
        ("known.list[github.ref]", "?"),
        ("contains(known.list, 'A')", "true"),
        ("known.other", "?"),
        ("github.event.commits.*", "?true"),
        ("github.event.commits.*.message", "?"),
        ("fromJSON('[5, 6]')[1]", "6"),
        ("fromJSON('{\"a\": 1}').a", "?"),
        ("(known.yes || 'x').length", "null"),
    ]);
}

#[test]
fn long_texts_are_not_worked_out() {
    let mut text = "'0123456789abcdef'".to_owned();
    for _ in 0..40 {
        text = format!("format('{{0}}{{0}}', {text})");
    }
    // It is not empty, which is all that is known.
    assert_eq!(shown(&text), "?true");
    let long = |_: &Path<'_>| Some(Value::Text("x".repeat(MAX_TEXT + 1)));
    let expression = Expression::parse("github.ref").expect("an expression");
    assert_eq!(evaluate(&expression, expression.root(), &long), None);
    assert_eq!(truthiness(&expression, expression.root(), &long), Some(true));
}

#[test]
fn a_chain_is_one_level_deep() {
    let chain = vec!["a"; 5_000].join("||");
    let expression = Expression::parse(&chain).expect("an expression");
    assert_eq!(expression.children(expression.root()).len(), 5_000);
    let nested = |levels: usize| format!("{}a{}", "a || (b && (".repeat(levels), "))".repeat(levels));
    assert!(Expression::parse(&nested(24)).is_ok());
    assert!(Expression::parse(&nested(25)).is_err());
}

#[test]
fn operators_and_texts_are_told() {
    let operator = |text: &str| {
        let expression = Expression::parse(text).expect("an expression");
        expression.operator(expression.root())
    };
    assert_eq!(operator("a==b"), Some(Operator::Equal));
    assert_eq!(operator("a != b"), Some(Operator::NotEqual));
    assert_eq!(operator("a<b"), Some(Operator::Less));
    assert_eq!(operator("a <= b"), Some(Operator::LessOrEqual));
    assert_eq!(operator("a>b"), Some(Operator::Greater));
    assert_eq!(operator("(a >= b)"), Some(Operator::GreaterOrEqual));
    assert_eq!(operator("a && b"), None);
    let text = |text: &str| {
        let expression = Expression::parse(text).expect("an expression");
        expression.text_literal(expression.root()).map(|text| text.into_owned())
    };
    assert_eq!(text("'it''s'").as_deref(), Some("it's"));
    assert_eq!(text("''").as_deref(), Some(""));
    assert_eq!(text("1"), None);
}

#[test]
fn one_form_of_writing() {
    for (text, written) in [
        ("a&&(b||c)&&!( d )", "a && (b || c) && !d"),
        ("((a))==(b==c)", "a == (b == c)"),
        ("(a==b)==c", "a == b == c"),
        ("(a<b)==(c>d)", "a < b == c > d"),
        ("(a==b)<c", "(a == b) < c"),
        ("!(a==b)", "!(a == b)"),
        ("(!a)==!!b", "!a == !!b"),
        ("f( a,(b||c) , )", ""),
        ("f( a,(b||c) )", "f(a, b || c)"),
        ("a [ 'x' ] [*] . y", "a['x'].*.y"),
        ("(a||b).c[(d&&e)]", "(a || b).c[d && e]"),
        ("f().g", "f().g"),
        ("a&&(b&&c)", "a && b && c"),
        ("'it''s'<-1", "'it''s' < -1"),
    ] {
        let is = Expression::parse(text).map(|expression| expression.to_text()).unwrap_or_default();
        assert_eq!(is, written, "{text}");
    }
}

/// The tree alone: kinds, names and literals.
fn tree(expression: &Expression<'_>, id: ExprId) -> String {
    let children: Vec<_> = expression.children(id).iter().map(|child| tree(expression, *child)).collect();
    format!("{:?} {} [{}]", expression.kind(id), expression.name(id), children.join(", "))
}

fn written_is_the_same(text: &str) {
    let Ok(expression) = Expression::parse(text) else { return };
    let written = expression.to_text();
    let again = Expression::parse(&written).unwrap_or_else(|error| panic!("{text}\n{written}\n{error:?}"));
    assert_eq!(tree(&expression, expression.root()), tree(&again, again.root()), "{text}\n{written}");
    assert_eq!(again.to_text(), written);
    assert_eq!(evaluate(&expression, expression.root(), &lookup), evaluate(&again, again.root(), &lookup), "{text}");
}

#[test]
fn real_expressions_are_written_as_they_are() {
    let Some(folder) = corpora::folder("github-real") else { return };
    let mut count = 0;
    for file in corpora::files(&folder, &[".yml", ".yaml"]) {
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        for fence in fences(&text).flatten() {
            written_is_the_same(&text[fence.inner]);
            count += 1;
        }
        for line in text.lines().filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("if: ")) {
            written_is_the_same(line);
            let _ = condition(line);
            count += 1;
        }
    }
    assert!(count > 1_000, "{count} expressions");
}

/// A condition as one word.
fn kind(text: &str) -> String {
    match condition(text) {
        Condition::Default => "default".to_owned(),
        Condition::Expression { start, expression } => {
            assert!(text[start..].get(expression.span(expression.root())).is_some());
            let status = if asks_for_status(&expression) { " with status" } else { "" };
            format!("{start}: {}{status}", expression.to_text())
        }
        Condition::Template { fences, always_true } => {
            format!("{} of {}", if always_true { "always" } else { "text" }, fences.len())
        }
        Condition::Refused(error) => format!("refused at {}", error.at),
    }
}

#[test]
fn conditions() {
    for (text, expected) in [
        ("", "default"),
        (" \n", "default"),
        ("github.ref", "0: github.ref"),
        (" github.ref\n", "0: github.ref"),
        ("a\n&& b\n", "0: a && b"),
        ("${{ github.ref }}", "3: github.ref"),
        ("${{github.ref}}", "3: github.ref"),
        ("Success() && a", "0: Success() && a with status"),
        ("a[failure()]", "0: a[failure()] with status"),
        ("${{ github.ref }}\n", "always of 1"),
        (" ${{ github.ref }}", "always of 1"),
        ("${{ false }} ", "always of 1"),
        ("${{ a }} == ${{ b }}", "always of 2"),
        ("!${{ a }}", "always of 1"),
        ("${{ a }}${{ b }}", "text of 2"),
        ("${{ a }}${{ b == c }}", "always of 2"),
        ("${{ a }}${{ 'x' }}", "always of 2"),
        ("${{ a }}${{ '' }}", "text of 2"),
        ("${{ 'false' }}", "5: false"),
        ("${{ '' }}", "default"),
        ("${{ 'it''s' }}", "3: 'it''s'"),
        ("${{ 'a' == 'b' }}", "3: 'a' == 'b'"),
        ("${{ }}", "refused at 3"),
        ("${{ a", "refused at 0"),
        ("${{ a b }}", "refused at 6"),
        ("${{ a }} ${{ b c }}", "refused at 15"),
        ("a b", "refused at 2"),
        ("a == \"b\"", "refused at 5"),
        ("${{ '}}' == a }}", "3: '}}' == a"),
    ] {
        assert_eq!(kind(text), expected, "{text:?}");
    }
}

mod generated {
    use std::cmp::Ordering;

    use policy_core::model::github::expression::Number;
    use proptest::prelude::*;

    use super::{condition, written_is_the_same};

    /// The text of a tree, with brackets and spaces where they may stand.
    fn text() -> impl Strategy<Value = String> {
        const LEAVES: &[&str] =
            &["null", "true", "-1.5e3", "0x1F", ".5", "NaN", "'it''s'", "''", "'a || b'", "github", "e-x_2", "known.yes", "f()"];
        let leaf = prop::sample::select(LEAVES).prop_map(str::to_owned);
        leaf.prop_recursive(6, 40, 4, |inner| {
            let operator = prop::sample::select(&["&&", "||", "==", "!=", "<", "<=", ">", ">=", " && ", " == "][..]);
            prop_oneof![
                4 => (inner.clone(), operator, inner.clone()).prop_map(|(left, operator, right)| format!("{left}{operator}{right}")),
                2 => inner.clone().prop_map(|of| format!("( {of})")),
                1 => inner.clone().prop_map(|of| format!("!{of}")),
                1 => inner.clone().prop_map(|of| format!("({of}).name")),
                1 => inner.clone().prop_map(|of| format!("({of})[*] .*")),
                1 => (inner.clone(), inner.clone()).prop_map(|(of, index)| format!("(x.y||{of})[ {index} ]")),
                1 => prop::collection::vec(inner, 0..4).prop_map(|arguments| format!("Format ({})", arguments.join(" ,"))),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn what_is_written_is_the_same_tree(text in text()) {
            written_is_the_same(&text);
        }

        #[test]
        fn any_text_is_read(text in "[a-c0-9 .'$({\\[\\]})&|=!<>,*é-]{0,40}") {
            written_is_the_same(&text);
            let _ = condition(&text);
        }

        /// Against the doubles of the test's own machine.
        #[test]
        fn numbers_are_those_of_doubles(a in "[+-]?[0-9]{1,8}(\\.[0-9]{0,7})?(e[+-]?[0-9]{1,2})?", b in "-?[0-9]{1,3}(\\.[0-9]{0,2})?") {
            let read = |text: &str| (Number::from_text(text).expect("exact"), text.parse::<f64>().expect("a number"));
            let ((number, double), (other, other_double)) = (read(&a), read(&b));
            prop_assert_eq!(number.compare(other), double.partial_cmp(&other_double));
            let written = number.to_text();
            prop_assert_eq!(written.parse::<f64>().expect("a number"), double);
            prop_assert_eq!(Number::from_text(&written).and_then(|again| again.compare(number)), Some(Ordering::Equal));
        }
    }
}
