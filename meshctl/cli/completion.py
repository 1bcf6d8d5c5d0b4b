"""`meshctl completion`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import click
import typer

if TYPE_CHECKING:
    from meshctl.output.completions import Command


def completion(
    shell: Annotated[str, typer.Argument(metavar="bash|zsh|fish", help="The shell to complete in.")],
    no_descriptions: Annotated[
        bool, typer.Option("--no-descriptions/--descriptions", help="Leave out what words mean (zsh and fish).")
    ] = False,
) -> int:
    """Print a script that completes meshctl's commands and flags in a shell.

    Examples:

      source <(meshctl completion bash)

      meshctl completion zsh > "${fpath[1]}/_meshctl"

      meshctl completion fish > ~/.config/fish/completions/meshctl.fish
    """
    from meshctl.cli.options import choice
    from meshctl.output.completions import SHELLS

    name = choice(shell, tuple(SHELLS), "the shell")
    print(SHELLS[name](command_tree(descriptions=not no_descriptions)), end="")
    return 0


def command_tree(*, descriptions: bool = True) -> Command:
    """Every command with its flags, as the completions need them."""
    from meshctl.cli.app import root_group

    return _described(root_group(), (), (), descriptions)


def _described(command: click.Command, words: tuple[str, ...], aliases: tuple[str, ...], texts: bool) -> Command:
    from meshctl.output.completions import Command, Flag, first_sentence

    context = click.Context(command, help_option_names=["-h", "--help"])
    flags = tuple(
        Flag(
            tuple(param.opts),
            first_sentence(param.help or "") if texts else "",
            not param.is_flag and not param.count,
        )
        for param in command.get_params(context)
        if isinstance(param, click.Option) and not param.hidden
    )
    below: list[Command] = []
    if isinstance(command, click.Group):
        known_aliases = getattr(command, "aliases_of", lambda name: ())
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None and not found.hidden:
                below.append(_described(found, (*words, name), known_aliases(name), texts))
    summary = first_sentence(command.help or "") if texts else ""
    return Command(words, summary, flags, tuple(below), aliases)
