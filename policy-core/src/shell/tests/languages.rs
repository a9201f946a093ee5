//! Commands, words and parts of each language.

use super::super::{Language, Quote, parse, parse_replaced};
use super::{check, show};
use crate::source::Span;

#[test]
fn posix_words() {
    check(
        Language::Posix,
        &[
            ("", ""),
            ("echo a  b", "[echo a b]"),
            ("echo 'a b' \"c d\"", "[echo 'a b' 'c d']"),
            ("echo a'b'\"c\"\\d", "[echo abcd]"),
            ("echo '' \"\"", "[echo '' '']"),
            ("echo $'a\\tb\\x41\\u00e9\\101\\''", "[echo a\tbAéA']"),
            ("echo \"a\\$b\\\"c\\d\"", "[echo a$b\"c\\d]"),
            ("echo a\\\nb \\\n c", "[echo ab c]"),
            ("echo a\\ b", "[echo 'a b']"),
            ("echo a#b # c d", "[echo a#b]"),
            ("# only\necho", "[echo]"),
            ("echo $A ${B} \"${C:-d}\" ${#E} ${!F} $1 $? $@", "[echo $A $B $C/:-d $E $F $1 $? $@]"),
            ("echo ${A:-${B:-$(c)}}", "[echo $A/:-/$B/:-/$()] >[c]"),
            ("echo $ $, a$", "[echo $ $, a$]"),
            ("echo $((1 + $A)) b", "[echo $(())/$A b]"),
            ("echo $((a) | b)", "[echo $()] >()[] >>[a] >|[b]"),
            ("echo ${{ a.b }} x${{ 'it''s }}' }}y", "[echo @ x@y]"),
            ("echo '${{ a }}' \"${{ b }} $C\"", "[echo @ '@ $C']"),
            ("# ${{ a\n }} b\nc", "[c]"),
            ("echo ${{ a", "[echo '$/{ a']"),
            ("echo $(a $(b) c) d", "[echo $() d] >[a $() c] >>[b]"),
            ("echo `a \"b\"` \"`c`\"", "[echo $() $()] >[a b] >[c]"),
            ("diff <(a) >(b)", "[diff <() <()] >[a] >[b]"),
            ("A=b C=$D e f=g", "[A=b: C=$D: e f=g]"),
            ("A=$(b c)", "[A=$():] >[b c]"),
            ("A=(b 'c d' $(e)\n# f's\ng) h", "['A=(b c d $()\\n\\ng)': h] >[e]"),
            ("A[1]=b; A+=c", "[A[1]=b:] ;[A+=c:]"),
            ("echo *.txt ~ {a,b} @(a|b)", "[echo *.txt ~ {a,b} @(a|b)]"),
            ("echo é\\é 'ü'$ß", "[echo éé ü$ß]"),
            ("'/usr/bin/x y' z", "['/usr/bin/x y' z]"),
        ],
    );
}

#[test]
fn posix_commands() {
    check(
        Language::Posix,
        &[
            ("a; b & c && d || e | f\ng", "[a] ;[b] &[c] &&[d] ||[e] |[f] ;[g]"),
            ("a |\n b &&\n\n c", "[a] |[b] &&[c]"),
            ("a |& b", "[a] |[b]"),
            ("if a; then b; elif c; then d; else e; fi >f", "{}[1>f] >?[a] >;[b] >;?[c] >;[d] >;[e]"),
            ("while read -r x; do echo $x; done < f | g", "{}[0<f] >?[read -r x] >;[echo $x] |[g]"),
            ("for x in a $(b); do c; done", "{}[x a $()] >[b] >[c]"),
            ("for ((i=0; i<3; i++)); do c; done; d", "{}[$(())] >[c] ;[d]"),
            ("case $A in\n a|b) c ;;\n (d) e; f ;;\n *) g\nesac; h", "{}[$A a b d *] >[c] >[e] >;[f] >[g] ;[h]"),
            ("(a; b) && { c; } || d", "()[] >[a] >;[b] &&{}[] >[c] ||[d]"),
            ("{ a; } >> f 2>&1", "{}[1>>f 2>&1] >[a]"),
            ("f() { a; }\nf", "f[f] >{}[] >>[a] ;[f]"),
            ("function g { a; }; function h() ( b )", "f[g] >{}[] >>[a] ;f[h] >()[] >>[b]"),
            ("! a && time b", "?[a] &&[b]"),
            ("[[ $A == a && ( -f b || c < d ) ]] && e", "[[[ $A == a -f b c d ]]] &&[e]"),
            ("[[ $A =~ ^(a|b)$ ]]; c", "[[[ $A =~ ^ a b $ ]]] ;[c]"),
            ("((i++)); a", "=[$(())] ;[a]"),
            ("echo if then fi", "[echo if then fi]"),
            ("a >b 2>c <d >>e &>f >|g >&2 2>&1", "[a 1>b 2>c 0<d 1>>e 1>f 1>g 1>&2 2>&1]"),
            ("> a", "[1>a]"),
            ("a <<<\"$B c\" d", "[a d <<<'$B c']"),
            ("cat <<EOF > f\na $B\n$(c)\nEOF\nd", "[cat <<'a $B\\n$()\\n' 1>f] >[c] ;[d]"),
            ("cat <<'EOF'\na $B ${{ c }}\nEOF\nd", "[cat <<'a $B @\\n'] ;[d]"),
            ("cat <<-EOF | b\n\ta\n\tEOF\nc", "[cat <<\ta\\n] |[b] ;[c]"),
            ("a <<X <<\"Y\"\nb\nX\n$c\nY\nd", "[a <<b\\n <<$c\\n] ;[d]"),
            ("a $(cat <<X\n)\nX\n) b", "[a $() b] >[cat <<)\\n]"),
            ("cat <<EOF\nno end", "[cat <<'no end']"),
            ("cat <<EOF", "[cat <<none]"),
            ("a ) b; } fi done", "[a] ;[b]"),
            ("a $(b", "[a $()] >[b]"),
            ("a \"b\nc", "[a b\\nc]"),
            ("$(case a in b) c;; esac) d", "[$() d] >{}[a b] >>[c]"),
            ("coproc a; select x in b; do c; done", "[a] ;{}[x b] >[c]"),
            ("a \\", "[a '']"),
            ("if a\nthen\n  b\nfi\nc", "{}[] >?[a] >;[b] ;[c]"),
        ],
    );
}

#[test]
fn powershell() {
    check(
        Language::PowerShell,
        &[
            ("Write-Output a 'b''c' \"d`n$e\"", "[Write-Output a b'c d\\n$e]"),
            ("echo \"a \"\"b\"\" $($c.d) ${e f} $env:G/h\"", "[echo 'a \"b\" $() $e f $env:G/h'] >=[$c.d]"),
            ("a `\n  b; c # d\n<# e\nf #> g", "[a b] ;[c] ;[g]"),
            ("$x = iwr a | iex", "[$x: iwr a] |[iex]"),
            ("$x=\"a\"; $env:B += 'c'", "=[$x: a] ;=[$env:B: c]"),
            ("\"a=b\" >> $env:GITHUB_ENV", "=[a=b 1>>$env:GITHUB_ENV]"),
            ("& \"$p/a.exe\" b && c || d", "[$p/a.exe b] &&[c] ||[d]"),
            ("@'\na $b ''\n'@ | c", "=['a $b '''] |[c]"),
            ("$x = @\"\na $b \"q\"\n\"@\nc", "=[$x: 'a $b \"q\"'] ;[c]"),
            (
                "if ($a -eq 'b') { c } elseif (d) { e } else { f }",
                "=?[$()] >=[$a -eq b] ;{}[] >[c] ;=?[$()] >[d] ;{}[] >[e] ;{}[] >[f]",
            ),
            ("foreach ($f in ls) { a $f }", "=[$()] >=[$f in ls] ;{}[] >[a $f]"),
            ("ls | ForEach-Object { a $_ } | b", "[ls] |[ForEach-Object {…}] >[a $_] |[b]"),
            ("function F($a) { b }\nF 1", "=[$()] >=[$a] ;{}[] >[b] ;[F 1]"),
            (
                "iex ((New-Object Net.WebClient).DownloadString('u'))",
                "[iex $()] >=[$().DownloadString$()] >>[New-Object Net.WebClient] >>=[u]",
            ),
            ("[IO.File]::AppendAllText($a, \"b\")", "=[[IO.File]::AppendAllText$()] >=[$a, b]"),
            ("$h = @{ A = 'b'; C = d\n E = $f }", "=[$h: {…}] >=[A: b] >;[C: d] >;=[E: $f]"),
            ("a -b:$c @(1, 2) -d", "[a -b:$c $() -d] >=[1, 2]"),
            ("try { a } catch { b }", "{}[] >[a] ;{}[] >[b]"),
            ("a > b 2>&1 3>> c", "[a 1>b 2>&1 3>>c]"),
            ("echo ${{ a }} '${{ b }}' \"${{ c }}\"", "[echo @ @ @]"),
            ("a ) } b", "[a] ;[b]"),
            ("a \"b $(c \"d\") e\"", "[a 'b $() e'] >[c d]"),
            ("return $x", "=[$x]"),
            ("$i++; if (!$x) { exit 1 }", "=[$i++] ;=?[$()] >=[!$x] ;{}[] >[exit 1]"),
        ],
    );
}

#[test]
fn cmd() {
    check(
        Language::Cmd,
        &[
            ("echo a \"b c\" %D%", "[echo a 'b c' $D]"),
            ("echo A=%B%>>%GITHUB_ENV%", "[echo A=$B 1>>$GITHUB_ENV]"),
            ("a & b && c || d | e", "[a] ;[b] &&[c] ||[d] |[e]"),
            ("a ^\n b ^& c", "[a b & c]"),
            ("rem a & b\n:: c\n:label\nd", "[d]"),
            ("@echo off", "[echo off]"),
            ("if exist a (b) else (c)", "{}?[exist a] ;{}[] >[b] ;{}[] >[c]"),
            ("if \"%A%\"==\"b\" echo c", "{}?[$A==b] ;[echo c]"),
            ("if not defined A set A=b", "{}?[not defined A] ;[set A=b]"),
            ("for %%i in (a b) do echo %%i", "[echo $i]"),
            ("echo !A! %1 %~dp0x %B:~0,1% 100%", "[echo $A $1 $0x $B 100%]"),
            ("(echo a\necho b) > c", "{}[1>c] >[echo a] >;[echo b]"),
            ("echo ${{ a }} \"${{ b }}\"", "[echo @ @]"),
            ("a \"b\nc", "[a b] ;[c]"),
            ("a 2>&1 >nul <b", "[a 2>&1 1>nul 0<b]"),
        ],
    );
}

#[test]
fn text_that_is_replaced_may_be_told() {
    let text = "echo $[[ inputs.x ]] '$[[ y ]]'";
    let script =
        parse_replaced(text, Language::Posix, vec![Span::new(5, 20), Span::new(6, 9), Span::new(22, 30), Span::new(90, 99)]);
    assert_eq!(show(&script), "[echo @ @]");
    assert_eq!(script.replaced().len(), 2);
}

#[test]
fn words_say_what_they_are() {
    let script = parse("cmd --foo=\"$X\" 'a'b \"c${{ d }}\" $'e'", Language::Posix);
    let words: Vec<_> = script.words().collect();
    assert!(words[1].starts_with("--foo=") && !words[1].starts_with("--foo=$") && words[1].has_variable("X"));
    assert!(words[2].is("ab") && words[2].is_constant() && !words[2].is("AB"));
    assert_eq!(words[3].literal(), None);
    assert_eq!(words[3].leading(), "c");
    assert_eq!(words[3].parts().next_back().map(|part| (part.text(), part.quote())), Some(("${{ d }}", Quote::Double)));
    assert_eq!(words[4].parts().next().map(super::super::Part::quote), Some(Quote::Ansi));
    assert!(parse("IEX a", Language::PowerShell).commands().all(|command| command.is("iex")));
}

#[test]
fn a_shell_setting_names_its_language() {
    for (setting, language) in [
        ("bash", Some(Language::Posix)),
        ("/bin/bash -e {0}", Some(Language::Posix)),
        ("PWSH -File {0}", Some(Language::PowerShell)),
        ("cmd.exe /d", Some(Language::Cmd)),
        ("python", None),
        ("", None),
    ] {
        assert_eq!(Language::of_shell(setting), language, "{setting}");
    }
}

#[test]
fn programs_stand_behind_their_prefixes() {
    for (text, expected) in [
        ("sudo -E -u root /usr/bin/curl -o x", "curl 2"),
        ("env -i A=b C=\"$D\" bash -c x", "bash 2"),
        ("A=b command exec nice -n 5 timeout -k 3 60 make all", "make 1"),
        ("timeout 5m ./run.sh", "run.sh 0"),
        ("command -v curl", "command 2"),
        ("sudo --user root -- sh", "sh 0"),
        ("env", "env 0"),
        ("exec > f", "exec 0"),
        ("nohup time stdbuf -oL foo.exe a", "foo 1"),
        ("$CMD a", "none"),
        ("sudo $CMD", "none"),
    ] {
        let script = parse(text, Language::Posix);
        let program = script.commands().next().and_then(|command| command.program());
        let shown = program.map_or_else(|| "none".to_owned(), |program| format!("{} {}", program.name, program.arguments.len()));
        assert_eq!(shown, expected, "{text}");
    }
}
