"""The table of commands: where each lives and what it does in a line, so that only the one that runs is imported."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """A command: the module under `meshctl.cli` whose function of the same name it is, and its help in one line."""

    module: str
    summary: str
    aliases: tuple[str, ...] = ()


COMMANDS = {
    "analyze": Command("analyze", "Analyze mesh configuration and print what is wrong with it."),
    "explain": Command("explain", "Tell what a code means, with an example and what to do."),
    "validate": Command("validate", "Check each object by itself: fields, types and values.", ("v",)),
    "version": Command("version", "Print the version."),
}
