"""Shell completions, made from the commands themselves.

The scripts for bash, zsh and fish hold all commands, flags and fixed values, so that completing these never starts
Python: a start takes longer than a person waits for a tab. Only what a cluster or a file knows is asked of
`meshctl __complete`, with all words of the line up to the cursor. Nothing that it answers is evaluated.

Of each script, one function knows what stands below a command, another one what a flag or an argument may be (by its
number, from 1); the last one walks along the line and finds out which of them is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be the value of a flag or an argument: words with what they mean, what meshctl is asked for, files."""

    words: tuple[tuple[str, str], ...] = ()
    ask: bool = False
    files: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag with all its spellings; `takes_value` when a word follows it."""

    spellings: tuple[str, ...]
    summary: str
    takes_value: bool
    offer: Offer | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A command: the words that lead to it (none for the program itself), its flags and the commands below it."""

    words: tuple[str, ...]
    summary: str
    flags: tuple[Flag, ...] = ()
    commands: tuple[Command, ...] = ()
    aliases: tuple[str, ...] = ()
    arguments: tuple[Offer, ...] = ()
    repeats: bool = False
    """Whether the last argument may be given several times."""

    texts: bool = True
    """Whether meshctl is asked for texts about names as well."""

    @property
    def path(self) -> str:
        """The words as one text."""
        return " ".join(self.words)

    @property
    def spellings(self) -> tuple[tuple[str, str], ...]:
        """Names and aliases of the commands below, with what they do."""
        return tuple((name, below.summary) for below in self.commands for name in (below.words[-1], *below.aliases))

    @property
    def valued(self) -> tuple[str, ...]:
        """The flags that a word follows."""
        return tuple(spelling for flag in self.flags if flag.takes_value for spelling in flag.spellings)

    @property
    def shown_flags(self) -> tuple[tuple[str, str], ...]:
        """The flags that are offered, with what they mean; those without a meaning in a group are only known."""
        return tuple((spelling, flag.summary) for flag in self.flags for spelling in flag.spellings)

    def all(self) -> Iterator[Command]:
        """The command and every one below it."""
        yield self
        for command in self.commands:
            yield from command.all()


def _offers(root: Command) -> list[tuple[Offer, list[str]]]:
    """What may be offered, each with the patterns of `<path> <flag or number>` where it is; the narrow ones first."""
    places: defaultdict[Offer, list[tuple[str, str]]] = defaultdict(list)
    of_flag: defaultdict[str, set[Offer | None]] = defaultdict(set)
    for command in root.all():
        for flag in command.flags:
            for spelling in flag.spellings:
                of_flag[spelling].add(flag.offer)
                if flag.offer:
                    places[flag.offer].append((command.path, spelling))
        for number, offer in enumerate(command.arguments, 1):
            last = number == len(command.arguments) and command.repeats
            if offer != Offer():
                places[offer].append((command.path, "[1-9]*" if last else str(number)))
    found = []
    for offer, where in places.items():
        patterns = [f"* {key}" if len(of_flag.get(key, ())) == 1 else f"{path} {key}" for path, key in where]
        found.append((offer, sorted(set(patterns))))
    return found


def _aliases(root: Command) -> Iterator[tuple[str, str, str]]:
    """Each alias with where it stands and the name that it stands for."""
    for command in root.all():
        for below in command.commands:
            for alias in below.aliases:
                yield command.path, alias, below.words[-1]


def _pattern(text: str) -> str:
    """A pattern for `case` of bash and zsh in which only `*` and `[1-9]` are more than themselves."""
    if text.startswith("* "):
        return f'*"{text[1:]}"'
    if text.endswith("[1-9]*"):
        return f'"{text.removesuffix("[1-9]*")}"[1-9]*'
    return f'"{text}"'


def bash(root: Command) -> str:
    """The script for bash, 3.2 and later."""
    cases = "\n".join(
        f'        "{command.path}") words="{" ".join(name for name, _ in command.spellings)}"'
        f' flags="{" ".join(name for name, _ in command.shown_flags)}" valued="{_spaced(command.valued)}" ;;'
        for command in root.all()
    )
    values = "\n".join(
        f"        {' | '.join(map(_pattern, patterns))}) {_assignments(offer, [word for word, _ in offer.words])} ;;"
        for offer, patterns in _offers(root)
    )
    aliases = "\n".join(
        f'            "{f"{path} {alias}".strip()}") word={name} ;;' for path, alias, name in _aliases(root)
    )
    return f"""# bash completion for meshctl; generated by `meshctl completion bash`

_meshctl_words() {{
    case "$1" in
{cases}
        *) return 1 ;;
    esac
}}

_meshctl_value() {{
    choices=() ask="" files=""
    case "$1 $2" in
{values}
    esac
}}

# The words up to the cursor; bash splits at = and : too, and those parts are put together again.
_meshctl_split() {{
    local rest="${{COMP_LINE:0:COMP_POINT}}" trimmed piece index
    split=()
    for ((index = 0; index <= COMP_CWORD; index++)); do
        piece="${{COMP_WORDS[index]}}"
        trimmed="${{rest#"${{rest%%[![:space:]]*}}"}}"
        if ((index > 0)) && [[ "$trimmed" == "$rest" && ( -n "$piece" || -n "$rest" ) ]]; then
            split[${{#split[@]}}-1]+="$piece"
        else
            split+=("$piece")
        fi
        rest="${{trimmed#"$piece"}}"
    done
}}

_meshctl() {{
    local split=() choices=() asked=() path="" flag="" before="" quote="" position=1
    local words flags valued word index current typed lead ask files
    COMPREPLY=()
    _meshctl_split
    current="${{split[${{#split[@]}}-1]}}"
    typed="${{COMP_WORDS[COMP_CWORD]}}"
    _meshctl_words ""
    for ((index = 1; index < ${{#split[@]}} - 1; index++)); do
        word="${{split[index]}}"
        asked+=("${{word//[\\'\\"\\\\]/}}")
        if [[ -n "$flag" ]]; then
            flag=""
            continue
        elif [[ "$word" == -* ]]; then
            [[ "$valued" == *" $word "* ]] && flag="$word"
            continue
        fi
        case "${{path:+$path }}$word" in
{aliases}
        esac
        if [[ -n "$word" && " $words " == *" $word "* ]]; then
            path="${{path:+$path }}$word"
            _meshctl_words "$path"
        else
            position=$((position + 1))
        fi
    done
    if [[ -z "$flag" && "$current" == -*=* ]]; then
        flag="${{current%%=*}}" current="${{current#*=}}"
        asked+=("$flag")
        [[ "$typed" == "$flag="* ]] && before="$flag=" typed="$current"
    fi
    [[ "$typed" == [=:] ]] && typed=""
    lead="${{current%"$typed"}}"
    if [[ "$current" == [\\'\\"]* ]]; then
        quote="${{current:0:1}}" current="${{current:1}}" lead=""
    else
        current="${{current//\\\\/}}"
    fi
    if [[ -n "$flag" ]]; then
        _meshctl_value "$path" "$flag"
    elif [[ "$current" == -* ]]; then
        choices=($flags) ask="" files=""
    elif [[ -n "$words" ]]; then
        choices=($words) ask="" files=""
    else
        _meshctl_value "$path" "$position"
    fi
    if [[ -n "$ask" ]]; then
        while IFS= read -r word; do
            [[ "$word" == :* ]] || choices+=("$word")
        done < <(meshctl __completeNoDesc "${{asked[@]}}" "$current" 2>/dev/null </dev/null)
    fi
    for word in "${{choices[@]}}"; do
        [[ "$word" == "$current"* ]] || continue
        [[ "$word" == */ || "$word" == *= ]] && compopt -o nospace 2>/dev/null
        if [[ -z "$quote" && -z "$files" ]]; then
            printf -v word %q "$word"
        fi
        COMPREPLY+=("$before${{word#"$lead"}}")
    done
    if [[ -n "$files" ]]; then
        compopt -o filenames 2>/dev/null
        while IFS= read -r word; do
            COMPREPLY+=("$before${{word#"$lead"}}")
        done < <(compgen -f -- "$current")
    fi
}}

complete -F _meshctl meshctl
"""


def _spaced(words: Iterable[str]) -> str:
    """Words with spaces around each, so that one is found as a whole."""
    return f" {' '.join(words)} "


def _assignments(offer: Offer, words: Iterable[str]) -> str:
    parts = [f"choices=({' '.join(_quoted_if_needed(word) for word in words)})" if offer.words else ""]
    parts += ["ask=1" if offer.ask else "", "files=1" if offer.files else ""]
    return " ".join(filter(None, parts))


def zsh(root: Command) -> str:
    """The script for zsh."""
    cases = "\n".join(
        f"        {_quoted(command.path)})\n          words_below=(\n{_zsh_entries(command.spellings, 12)}          )\n"
        f"          flags=(\n{_zsh_entries(command.shown_flags, 12)}          )\n"
        f"          valued={_quoted(_spaced(command.valued))}\n          ;;"
        for command in root.all()
    )
    values = "\n".join(
        f"        ({'|'.join(map(_pattern, patterns))})\n          "
        f"{_assignments(offer, [_zsh_entry(*entry) for entry in offer.words])}\n          ;;"
        for offer, patterns in _offers(root)
    )
    aliases = "\n".join(
        f'            "{f"{path} {alias}".strip()}") word={name} ;;' for path, alias, name in _aliases(root)
    )
    return f"""#compdef meshctl
# zsh completion for meshctl; generated by `meshctl completion zsh`

_meshctl_words() {{
    words_below=() flags=() valued=""
    case "$1" in
{cases}
        *) return 1 ;;
    esac
}}

_meshctl_value() {{
    choices=() ask="" files=""
    case "$1 $2" in
{values}
    esac
}}

_meshctl() {{
    local -a words_below flags choices glued asked answers
    local at="" word flag="" valued="" ask="" files="" line text
    integer position=1
    _meshctl_words ""
    asked=("${{(@Q)words[2,CURRENT-1]}}")
    (( CURRENT > 2 )) || asked=()
    for word in "${{asked[@]}}"; do
        if [[ -n "$flag" ]]; then
            flag=""
            continue
        elif [[ "$word" == -* ]]; then
            [[ "$valued" == *" $word "* ]] && flag="$word"
            continue
        fi
        case "${{at:+$at }}$word" in
{aliases}
        esac
        if [[ -n "$word" ]] && (( ${{words_below[(I)${{(b)word}}:*]}} )); then
            at="${{at:+$at }}$word"
            _meshctl_words "$at"
        else
            (( position++ ))
        fi
    done
    if [[ -z "$flag" && "$PREFIX" == -*=* ]]; then
        flag="${{PREFIX%%=*}}"
        asked+=("$flag")
        compset -P 1 '*='
    fi
    if [[ -n "$flag" ]]; then
        _meshctl_value "$at" "$flag"
    elif [[ "$PREFIX" == -* ]]; then
        _describe flag flags
        return
    elif (( $#words_below )); then
        _describe command words_below
        return
    else
        _meshctl_value "$at" "$position"
    fi
    if [[ -n "$ask" ]]; then
        answers=("${{(@f)$(meshctl {_request(root)} "${{asked[@]}}" "${{(Q)PREFIX}}" 2>/dev/null </dev/null)}}")
        for line in "${{answers[@]}}"; do
            [[ -z "$line" || "$line" == :* ]] && continue
            word="${{line%%$'\\t'*}}" text=""
            [[ "$line" == *$'\\t'* ]] && text="${{line#*$'\\t'}}"
            choices+=("${{word//:/\\\\:}}:$text")
        done
    fi
    glued=("${{(@M)choices:#[^:]#[/=]:*}}")
    choices=("${{(@)choices:#[^:]#[/=]:*}}")
    (( $#choices )) && _describe value choices
    (( $#glued )) && _describe value glued -S ''
    [[ -n "$files" ]] && _files
}}

if [[ "$funcstack[1]" == _meshctl ]]; then
    _meshctl "$@"
else
    compdef _meshctl meshctl
fi
"""


def _request(root: Command) -> str:
    return "__complete" if root.texts else "__completeNoDesc"


def _zsh_entries(entries: Iterable[tuple[str, str]], indent: int) -> str:
    return "".join(f"{' ' * indent}{_quoted(_zsh_entry(*entry))}\n" for entry in entries)


def _zsh_entry(name: str, summary: str) -> str:
    return f"{name.replace(':', chr(92) + ':')}:{summary}"


def fish(root: Command) -> str:
    """The script for fish."""
    words = "\n".join(
        f"        case {_quoted(command.path)}\n            {_fish_lines(command.spellings)}"
        for command in root.all()
        if command.commands
    )
    names = "\n".join(
        f"        case {' '.join(_quoted(f'{command.path}/{word}') for word in (below.words[-1], *below.aliases))}\n"
        f"            echo {below.words[-1]}"
        for command in root.all()
        for below in command.commands
    )
    flags = "\n".join(
        f"        case {_quoted(command.path)}\n            {_fish_lines(command.shown_flags)}"
        for command in root.all()
    )
    valued = "\n".join(
        f"        case {_quoted(command.path)}\n            printf '%s\\n' {' '.join(command.valued)}"
        for command in root.all()
        if command.valued
    )
    values = "\n".join(
        f"        case {' '.join(_quoted(one) for pattern in patterns for one in _fish_patterns(pattern))}\n"
        f"            {_fish_lines([*offer.words, *[(':ask', '')] * offer.ask, *[(':files', '')] * offer.files])}"
        for offer, patterns in _offers(root)
    )
    return f"""# fish completion for meshctl; generated by `meshctl completion fish`

function __meshctl_below
    switch "$argv[1]"
{words}
    end
end

function __meshctl_name
    switch "$argv[1]/$argv[2]"
{names}
    end
end

function __meshctl_flags
    switch "$argv[1]"
{flags}
    end
end

function __meshctl_valued
    switch "$argv[1]"
{valued}
    end
end

function __meshctl_value
    switch "$argv[1] $argv[2]"
{values}
    end
end

function __meshctl_candidates
    set -l words (commandline -opc)
    set -e words[1]
    set -l current (commandline -ct)
    set -l unquoted (string unescape -- "$current" 2>/dev/null)
    and set current "$unquoted"
    set -l at ""
    set -l flag ""
    set -l before ""
    set -l position 1
    for word in $words
        if test -n "$flag"
            set flag ""
            continue
        else if string match -q -- '-*' "$word"
            contains -- "$word" (__meshctl_valued "$at")
            and set flag "$word"
            continue
        end
        set -l name (__meshctl_name "$at" "$word")
        if test -n "$name"
            set at (string trim -- "$at $name")
        else
            set position (math $position + 1)
        end
    end
    if test -z "$flag"; and string match -q -- '-*=*' "$current"
        set -l parts (string split -m 1 = -- "$current")
        set flag $parts[1]
        set current "$parts[2]"
        set before "$flag="
        set -a words $flag
    end
    if test -z "$flag"
        if string match -q -- '-*' "$current"
            __meshctl_flags "$at"
            return
        end
        set -l below (__meshctl_below "$at")
        if set -q below[1]
            printf '%s\\n' $below
            return
        end
        set flag $position
    end
    for line in (__meshctl_value "$at" "$flag")
        switch "$line"
            case ':ask*'
                for found in (meshctl {_request(root)} $words "$current" 2>/dev/null </dev/null)
                    string match -q -- ':*' "$found"
                    or printf '%s\\n' "$before$found"
                end
            case ':files*'
                for found in (__fish_complete_path "$current")
                    printf '%s\\n' "$before$found"
                end
            case '*'
                printf '%s\\n' "$before$line"
        end
    end
end

complete -c meshctl -e
complete -c meshctl -f -a '(__meshctl_candidates)'
"""


def _fish_patterns(text: str) -> list[str]:
    """The patterns of `switch`, which knows no ranges."""
    beginning = text.removesuffix("[1-9]*")
    return [f"{beginning}{digit}*" for digit in range(1, 10)] if beginning != text else [text]


def _fish_lines(entries: Iterable[tuple[str, str]]) -> str:
    return "printf '%s\\t%s\\n' " + " ".join(f"{_fish_quoted(name)} {_fish_quoted(text)}" for name, text in entries)


def powershell(root: Command) -> str:
    """The script for PowerShell, 5 and later, which asks meshctl for everything."""
    return f"""# PowerShell completion for meshctl; generated by `meshctl completion powershell`

Register-ArgumentCompleter -Native -CommandName 'meshctl' -ScriptBlock {{
    param($wordToComplete, $commandAst, $cursorPosition)

    $words = @($commandAst.CommandElements |
        Where-Object {{ $_.Extent.StartOffset -lt $cursorPosition }} |
        ForEach-Object {{ $_.Extent.Text.Trim("'", '"') }} |
        Select-Object -Skip 1)
    # An empty argument would be left out on the way; meshctl knows that a colon stands for it.
    if ($wordToComplete -eq '') {{ $words += ':' }}

    $answers = @(& meshctl {_request(root)} @words 2>$null)
    $files = $answers.Count -gt 0 -and $answers[0] -eq ':files'
    $answers = @($answers | Where-Object {{ -not $_.StartsWith(':') }})
    # PowerShell offers files when there is no answer at all.
    if ($answers.Count -eq 0) {{
        if (-not $files) {{ '' }}
        return
    }}
    foreach ($answer in $answers) {{
        $name, $text = $answer -split "`t", 2
        if (-not $text) {{ $text = $name }}
        $inserted = if ($name -match '^[\\w./:=+-]+$') {{ $name }} else {{ "'$name'" }}
        [System.Management.Automation.CompletionResult]::new($inserted, $name, 'ParameterValue', $text)
    }}
}}
"""


def _quoted(text: str) -> str:
    """The text as one word of a shell script."""
    return "'" + text.replace("'", "'\\''") + "'"


def _fish_quoted(text: str) -> str:
    """The text as one word of fish, where a backslash escapes inside of quotes too."""
    return _quoted(text.replace("\\", "\\\\"))


def _quoted_if_needed(word: str) -> str:
    return word if word.replace("-", "").replace(".", "").replace("/", "").isalnum() else _quoted(word)


SHELLS: dict[str, Callable[[Command], str]] = {"bash": bash, "fish": fish, "powershell": powershell, "zsh": zsh}
"""The shells, with the functions that write their scripts."""

FILES = {"bash": "meshctl.bash", "fish": "meshctl.fish", "powershell": "meshctl.ps1", "zsh": "_meshctl"}
"""The names by which each shell looks for a script."""


def first_sentence(text: str) -> str:
    """The first line of a help text, without the full stop."""
    return next(iter(_lines(text)), "").rstrip(".")


def _lines(text: str) -> Iterable[str]:
    return (line.strip() for line in text.splitlines() if line.strip())
