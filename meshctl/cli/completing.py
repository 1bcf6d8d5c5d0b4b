"""`meshctl __complete WORD...`: what may stand for the last word of a command line, for the completions of shells.

Each line is a word, perhaps with a tab and what it means behind it. The first line is `:files` where a path may stand.
Whatever goes wrong, nothing is printed: a person who completes a word did not ask for errors.
"""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Sequence

import click

_PATIENCE = 2.0
"""Seconds after which nothing is offered, such as while a program that signs in to the cluster waits for somebody."""


def complete(arguments: Sequence[str], *, texts: bool) -> int:
    """Prints what may stand for the last of the arguments; nothing where that takes too long or fails."""
    lines: list[str] = []

    def find() -> None:
        try:
            lines.extend(_lines(list(arguments), texts))
        except BaseException:  # whatever it is, it is no business of a person who completes a word
            lines.clear()

    worker = threading.Thread(target=find, daemon=True)
    worker.start()
    worker.join(_PATIENCE)
    if not worker.is_alive():
        sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
        sys.stdout.flush()
    return 0


def _lines(arguments: list[str], texts: bool) -> list[str]:
    *before, current = arguments or [""]
    if current == ":":
        current = ""  # older releases of PowerShell leave an empty argument out
    found = _offers(before, current)
    lines = [":files"] * any(item.type == "file" for item in found)
    for item in found:
        if item.type == "plain":
            lines.append(f"{item.value}\t{_first_sentence(item.help)}" if texts and item.help else item.value)
    return lines


def _first_sentence(text: str) -> str:
    from meshctl.output.completions import first_sentence

    return first_sentence(text)


def _offers(before: list[str], current: str) -> list[click.shell_completion.CompletionItem]:
    from click.shell_completion import CompletionItem, ShellComplete

    from meshctl.cli.app import command_first, global_flags, root_group
    from meshctl.cli.commands import COMMANDS, find

    moved = command_first(before)
    table = COMMANDS
    for word in moved:
        if word.startswith("-") or not table:
            break
        names = find(table, word)
        if not names:
            return []
        table = table[names[0]].commands
    if not table:
        flag, equals, _ = current.partition("=")
        prefix = f"{flag}=" if equals and current.startswith("-") else ""
        items = ShellComplete(root_group(), {}, "meshctl", "").get_completions(moved, current)
        return [CompletionItem(prefix + item.value, item.type, item.help) for item in items]
    context = click.Context(root_group())
    flags = {spelling: param for param in global_flags() for spelling in param.opts}
    if moved and moved[-1] in flags:
        context.meta.update(_values(moved[:-1], flags))
        param = flags[moved[-1]]
        return param.type.shell_complete(context, param, current)
    if current.startswith("-"):
        return [CompletionItem(name, help=param.help) for name, param in flags.items() if name.startswith(current)]
    return [CompletionItem(name, help=entry.summary) for name, entry in table.items() if name.startswith(current)]


def _values(words: list[str], flags: dict[str, click.Option]) -> dict[str, object]:
    """The values of the global flags among the words, under the names by which `cli/clusters.py` looks for them."""
    pairs = itertools.pairwise(words)
    return {flags[flag].opts[0]: value for flag, value in pairs if flag in flags and not flags[flag].multiple}
