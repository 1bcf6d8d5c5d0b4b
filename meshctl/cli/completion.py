"""`meshctl completion`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import click
import typer

from meshctl.cli.values import OneOf, Value

if TYPE_CHECKING:
    from meshctl.output.completions import Command, Flag, Offer


def _shells() -> Sequence[str]:
    from meshctl.output.completions import SHELLS

    return tuple(SHELLS)


def completion(
    shell: Annotated[
        str,
        typer.Argument(metavar="bash|zsh|fish|powershell", click_type=OneOf(_shells), help="The shell to complete in."),
    ],
    no_descriptions: Annotated[
        bool, typer.Option("--no-descriptions/--descriptions", help="Leave out what words mean (not in bash anyway).")
    ] = False,
) -> int:
    """Print a script that completes commands, flags, their values, and names of the cluster in a shell.

    Commands, flags and fixed values stand in the script. For pods, namespaces, revisions and the like it asks meshctl,
    which gives up after a second.

    Examples:

      source <(meshctl completion bash)

      meshctl completion zsh > "${fpath[1]}/_meshctl"

      meshctl completion fish > ~/.config/fish/completions/meshctl.fish

      meshctl completion powershell | Out-String | Invoke-Expression
    """
    from meshctl.output.completions import SHELLS

    print(SHELLS[shell](command_tree(descriptions=not no_descriptions)), end="")
    return 0


def command_tree(*, descriptions: bool = True) -> Command:
    """Every command with its flags and arguments, as the completions need them."""
    from meshctl.cli.app import root_group

    return _described(root_group(), (), (), descriptions)


def _described(command: click.Command, words: tuple[str, ...], aliases: tuple[str, ...], texts: bool) -> Command:
    from meshctl.cli.app import global_flags
    from meshctl.output.completions import Command, Flag, Offer, first_sentence

    context = click.Context(command, help_option_names=["-h", "--help"])
    params = command.get_params(context)
    flags = [_flag(param, texts) for param in params if isinstance(param, click.Option) and not param.hidden]
    arguments = [param for param in params if isinstance(param, click.Argument)]
    below: list[Command] = []
    if isinstance(command, click.Group):
        flags += [_flag(param, texts) for param in global_flags()]
        flags += [Flag((spelling,), "", True) for spelling in getattr(command, "flags", ())]
        known_aliases = getattr(command, "aliases_of", lambda name: ())
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None and not found.hidden:
                below.append(_described(found, (*words, name), known_aliases(name), texts))
    return Command(
        words,
        first_sentence(command.help or "") if texts else "",
        tuple(flags),
        tuple(below),
        aliases,
        tuple(_offer(param, texts) or Offer() for param in arguments),
        repeats=bool(arguments) and arguments[-1].nargs == -1,
        texts=texts,
    )


def _flag(param: click.Option, texts: bool) -> Flag:
    from meshctl.output.completions import Flag, first_sentence

    summary = first_sentence(param.help or "") if texts else ""
    return Flag(tuple(param.opts), summary, not param.is_flag and not param.count, _offer(param, texts))


def _offer(param: click.Parameter, texts: bool) -> Offer | None:
    from meshctl.output.completions import Offer

    if not isinstance(param.type, Value):
        return None
    words = tuple((word, text if texts else "") for word, text in param.type.words.items())
    return Offer(words, bool(param.type.ask), param.type.files)
