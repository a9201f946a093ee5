//! What rules ask of scripts.

use super::super::sinks::{Failure, file_writes, ignores_failure, remote_code, rereads};
use super::super::{Language, parse};
use super::show_word;

use Language::{Cmd, Posix, PowerShell};

#[test]
fn words_that_are_read_again() {
    for (language, text, expected) in [
        (Posix, "eval \"$A\" b", "eval $A, eval b"),
        (Posix, "eval -- $A", "eval $A"),
        (Posix, "bash -c \"echo $A\" -- $B", "bash 'echo $A'"),
        (Posix, "sudo -E bash -lc 'a'; sh -ec b; zsh -euo pipefail -c c", "bash a, sh b, zsh c"),
        (Posix, "bash -e script.sh $A; sh ./x", ""),
        (Posix, "find . | xargs -n1 -I{} sh -c 'echo {}'", "sh 'echo {}'"),
        (Posix, "find . -exec bash -c \"a $B\" \\;", "bash 'a $B'"),
        (Posix, "docker run --rm -v a:b image sh -c \"$A\"", "sh $A"),
        (Posix, "su - user -c \"$A\"", "sh $A"),
        (Posix, "echo bash -c \"$A\"", ""),
        (Posix, "ssh -i key -p 22 user@host \"cd $A\" '&&' b", "ssh 'cd $A', ssh &&, ssh b"),
        (Posix, "ssh host <<EOF\na $B\nEOF", "ssh 'a $B\\n'"),
        (Posix, "bash <<EOF\na $B\nEOF", "bash 'a $B\\n'"),
        (Posix, "bash -s x <<< \"$A\"", "bash $A"),
        (Posix, "source <(a $B); . /dev/stdin <<< \"$C\"; source ./env.sh", "source <(), source $C"),
        (Posix, "bash <(curl a); bash < <(b)", "bash <(), bash <()"),
        (Posix, "echo \"$A\" | base64 -d | sh", "sh $A"),
        (Posix, "printf '%s' \"$A\" | sudo bash -s", "bash %s, bash $A"),
        (Posix, "{ echo a; echo \"$B\"; } | (cd c; bash)", "bash a, bash $B"),
        (Posix, "envsubst < t.sh | sh; envsubst | bash", "sh t.sh, bash envsubst"),
        (Posix, "curl a | sh", ""),
        (Posix, "python3 -c \"print('$A')\"; python -m json.tool; python3 a.py -c b", "python print('$A')"),
        (
            Posix,
            "node -e \"$A\"; node -p 1; perl -lane \"$B\"; perl -MPOSIXe a; ruby -rjsone -e 'c'",
            "node $A, node 1, perl $B, ruby c",
        ),
        (Posix, "echo \"$A\" | python3 -", "python $A"),
        (Posix, "pwsh -NoProfile -Command \"a $B\" c", "pwsh 'a $B', pwsh c"),
        (Posix, "cat <<EOF | python\n$A\nEOF", "python $A\\n"),
        (Posix, "echo \"$A\" | pwsh -NoLogo -Command -", "pwsh $A"),
        (PowerShell, "iex \"$a\"; $b | Invoke-Expression", "Invoke-Expression $a, Invoke-Expression $b"),
        (PowerShell, "& ([scriptblock]::Create($a))", "scriptblock [scriptblock]::Create$()"),
        (PowerShell, "cmd /d /c \"a $b\"; bash -c \"$c\"", "cmd 'a $b', bash $c"),
        (Cmd, "cmd /c \"a %B%\" & powershell -c \"%C%\"", "cmd 'a $B', powershell $C"),
        (Cmd, "bash -c \"%A%\"", "bash $A"),
    ] {
        let script = parse(text, language);
        let found: Vec<_> = rereads(&script).iter().map(|found| format!("{} {}", found.by, show_word(found.code))).collect();
        assert_eq!(found.join(", "), expected, "{text}");
    }
}

#[test]
fn writes_to_command_files() {
    for (language, text, expected) in [
        (Posix, "echo \"A=$B\" >> $GITHUB_ENV", "Env dynamic A=$B"),
        (Posix, "echo 'A=$B' >> \"${GITHUB_ENV}\"", "Env constant A=$B"),
        (Posix, "echo A=${{ b }} >>${GITHUB_OUTPUT}", "Output dynamic A=@"),
        (Posix, "echo A=b | tee -a \"$GITHUB_ENV\" $GITHUB_PATH", "Env constant A=b, Path constant A=b"),
        (Posix, "echo $A | sed s/a/b/ | sudo tee -a $GITHUB_ENV", "Env dynamic sed s/a/b/ $A"),
        (Posix, "tee -a $GITHUB_ENV <<< \"a=$B\"", "Env dynamic a=$B"),
        (Posix, "cat <<EOF >> $GITHUB_ENV\na=b\nEOF", "Env constant a=b\\n"),
        (Posix, "cat >> $GITHUB_STATE << EOF\na=$(b)\nEOF", "State dynamic a=$()\\n"),
        (Posix, "cat file >> $GITHUB_ENV", "Env dynamic cat file"),
        (Posix, "{ echo a; cd x; echo \"$B\" >&2; echo c; } >> $GITHUB_ENV", "Env constant a c"),
        (Posix, "(echo a; jq .b c) >> $GITHUB_OUTPUT", "Output dynamic a jq .b c"),
        (Posix, "for x in *; do echo \"$x\"; done >> \"$GITHUB_STEP_SUMMARY\"", "StepSummary dynamic $x"),
        (Posix, "if a; then echo b; fi >> $GITHUB_ENV", "Env dynamic a b"),
        (Posix, "if [ -n \"$A\" ]; then echo b; fi >> $GITHUB_ENV", "Env constant b"),
        (Posix, "echo $A | awk '{print}' >> $GITHUB_ENV", "Env dynamic awk {print} $A"),
        (Posix, "printf '%s\\n' a > $GITHUB_PATH; > $GITHUB_ENV", "Path constant %s\\n a, Env constant "),
        (Posix, "exec >> $GITHUB_ENV", "Env dynamic exec"),
        (Posix, "echo a 2>> $GITHUB_ENV; echo b >> x$GITHUB_ENV; echo $GITHUB_ENV; cat < $GITHUB_ENV", ""),
        (Posix, "echo a >> ${{ github.env }}", "Env constant a"),
        (Posix, "(set; export -p; export A=b) >> $GITHUB_ENV", "Env dynamic set export -p"),
        (PowerShell, "\"a=$b\" >> $env:GITHUB_ENV", "Env dynamic a=$b"),
        (PowerShell, "echo 'a=$b' >> $Env:GitHub_Env", "Env constant a=$b"),
        (PowerShell, "\"a=$b\" | Out-File -FilePath $env:GITHUB_ENV -Append -Encoding utf8", "Env dynamic a=$b"),
        (PowerShell, "Write-Output a | Out-File $env:GITHUB_PATH", "Path constant a"),
        (PowerShell, "Add-Content -Path $env:GITHUB_OUTPUT -Value \"a=$(b)\"", "Output dynamic a=$()"),
        (PowerShell, "Set-Content $env:GITHUB_ENV 'a'", "Env constant a"),
        (PowerShell, "[IO.File]::AppendAllText($env:GITHUB_ENV, \"a=$b\")", "Env dynamic a=$b"),
        (Cmd, "echo A=%B%>> %GITHUB_ENV%", "Env dynamic A=$B"),
        (Cmd, "(echo A=b) >> \"%github_env%\"", "Env constant A=b"),
    ] {
        let script = parse(text, language);
        let found: Vec<_> = file_writes(&script)
            .iter()
            .map(|write| {
                let words: Vec<_> = write.written.iter().map(|word| show_word(*word)).filter(|word| word != "echo").collect();
                format!("{:?} {} {}", write.file, if write.constant { "constant" } else { "dynamic" }, words.join(" "))
            })
            .collect();
        assert_eq!(found.join(", "), expected, "{text}");
    }
}

#[test]
fn downloads_that_are_executed() {
    for (language, text, expected) in [
        (Posix, "curl -sSL https://a/b.sh | sh", "https://a/b.sh by sh"),
        (Posix, "curl -sSL \"https://a/$V\" | sudo -E bash -s -- -b x", "https://a/… by bash"),
        (Posix, "wget -qO- https://a | bash; wget -O - http://b | zsh; wget https://c | sh", "https://a by bash, http://b by zsh"),
        (Posix, "curl -o f https://a && sh f; curl -LO https://a | sh", ""),
        (Posix, "curl https://a | gunzip | tee x | sh -x", "https://a by sh"),
        (Posix, "(curl https://a || wget -qO - https://b) | bash", "https://a by bash"),
        (Posix, "curl https://a | (cd b && sh)", "https://a by sh"),
        (
            Posix,
            "curl https://a | python3 -; curl https://b | python3 -m json.tool; curl https://c | python -c d",
            "https://a by python",
        ),
        (Posix, "curl https://a | php -- --install-dir=b", "https://a by php"),
        (Posix, "curl https://a | node -pe b; curl https://a | jq .; curl https://a | tar xz; curl https://a | sh b.sh", ""),
        (Posix, "bash <(curl -s https://a) b", "https://a by bash"),
        (Posix, "source <(curl -s https://a); bash < <(curl https://b)", "https://a by source, https://b by bash"),
        (Posix, "sh -c \"$(curl -fsSL https://a)\" \"\" -y", "https://a by sh"),
        (Posix, "eval \"$(curl https://a)\"; eval `wget -qO- https://b`", "https://a by eval, https://b by eval"),
        (Posix, "bash -c \"cd x; $(curl https://a)\"; bash -c \"echo $(curl https://b)\"", "https://a by bash"),
        (Posix, "bash <<< \"$(curl https://a)\"", "https://a by bash"),
        (Posix, "echo 'curl https://a | sh'; V=$(curl https://a)", ""),
        (Posix, "curl get.a.com | sh", "none by sh"),
        (PowerShell, "iwr -useb https://a | iex; irm $u | iex", "https://a by iex, none by iex"),
        (PowerShell, "iex (irm 'https://a')", "https://a by iex"),
        (PowerShell, "iex \"& { $(irm https://a) } -b\"", "https://a by iex"),
        (PowerShell, "iex ((New-Object System.Net.WebClient).DownloadString('https://a'))", "https://a by iex"),
        (PowerShell, "(New-Object Net.WebClient).DownloadString(\"https://a\") | IEX", "https://a by IEX"),
        (PowerShell, "iex (New-Object Net.WebClient).DownloadString('https://a')", "https://a by iex"),
        (PowerShell, "& ([scriptblock]::Create((irm https://a))) -b", "https://a by "),
        (PowerShell, "(iwr https://a).Content | iex", "https://a by iex"),
        (PowerShell, "iwr https://a -OutFile b; ./b", ""),
        (Cmd, "curl https://a | bash", "https://a by bash"),
    ] {
        let script = parse(text, language);
        let found: Vec<_> = remote_code(&script)
            .iter()
            .map(|found| {
                let url = found.url.as_deref().unwrap_or("none");
                let by = found.executes.program().map(|program| program.name).unwrap_or_default();
                let by = if by.starts_with("python") { "python".into() } else { by };
                format!("{url}{} by {by}", if found.fixed || found.url.is_none() { "" } else { "…" })
            })
            .collect();
        assert_eq!(found.join(", "), expected, "{text}");
    }
}

#[test]
fn failures_that_are_not_noticed() {
    let none = Failure::default();
    let swallowed = Failure { swallowed: true, ..none };
    for (language, text, expected) in [
        (Posix, "CMD || true", swallowed),
        (Posix, "CMD && a || :", swallowed),
        (Posix, "CMD || exit 0", swallowed),
        (Posix, "CMD || echo failed", swallowed),
        (Posix, "CMD || { echo failed; true; }", swallowed),
        (Posix, "CMD || { echo failed; exit 1; }", none),
        (Posix, "CMD || exit 1", none),
        (Posix, "CMD || other", none),
        (Posix, "CMD; true", none),
        (Posix, "(a; CMD) || true", swallowed),
        (Posix, "a || CMD", none),
        (Posix, "CMD | tee log", Failure { piped: true, ..none }),
        (Posix, "CMD | tee log || true", Failure { piped: true, swallowed: true, ..none }),
        (Posix, "{ CMD; } | tee log", Failure { piped: true, ..none }),
        (Posix, "a | CMD", none),
        (Posix, "if CMD; then b; fi", Failure { tested: true, ..none }),
        (Posix, "! CMD", Failure { tested: true, ..none }),
        (Posix, "set +e\nCMD", Failure { errexit: Some(false), ..none }),
        (Posix, "set -euo pipefail; CMD", Failure { errexit: Some(true), pipefail: Some(true), ..none }),
        (Posix, "set -o pipefail; set +o errexit; CMD", Failure { errexit: Some(false), pipefail: Some(true), ..none }),
        (PowerShell, "CMD -ErrorAction SilentlyContinue", swallowed),
        (PowerShell, "CMD || Write-Host a", swallowed),
        (Cmd, "CMD || exit 0", swallowed),
        (Cmd, "CMD || exit /b 1", none),
    ] {
        let script = parse(text, language);
        let command = script.commands().find(|command| command.is("CMD")).expect("the command");
        assert_eq!(ignores_failure(command), expected, "{text}");
    }
}
