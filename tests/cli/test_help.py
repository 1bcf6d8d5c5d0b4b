"""The help of every command: its examples can be typed, and a mistake is answered with what was meant."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click
import pytest

from meshctl.cli.app import command_first, root_group, run
from meshctl.errors import MeshctlError

_EXAMPLE = re.compile(r"(?:^|[|(] *|Example: *)(meshctl .*)$", re.M)


def _leaves(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield " ".join(words), command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        assert below is not None
        yield from _leaves(below, (*words, name))


LEAVES = dict(_leaves(root_group()))


def _examples(command: click.Command) -> list[list[str]]:
    """The words behind `meshctl` of each example, up to what the shell takes for itself."""
    found = []
    for line in _EXAMPLE.findall("\n".join(map(str.strip, (command.help or "").splitlines()))):
        words = shlex.split(line, comments=True)[1:]
        end = next((index for index, word in enumerate(words) if word in ("|", ">", "&&")), len(words))
        found.append([word.rstrip(")") for word in words[:end]])
    return found


def _parsed(arguments: list[str]) -> str:
    """The path of the command that takes the arguments; raises for those that it does not take."""
    command: click.Command = root_group()
    context = click.Context(command, info_name="meshctl")
    path = []
    rest = command_first(arguments)
    while isinstance(command, click.Group):
        name, below, rest = command.resolve_command(context, rest)
        assert below is not None
        path.append(below.name or "")
        context, command = click.Context(below, info_name=name, parent=context), below
    command.make_context(path[-1], rest)
    return " ".join(path)


@pytest.mark.parametrize("path", LEAVES)
def test_examples_can_be_typed(path: str) -> None:
    examples = _examples(LEAVES[path])
    assert examples, "there is no example"
    paths = set()
    for words in examples:
        try:
            paths.add(_parsed(words))
        except (click.ClickException, MeshctlError) as error:
            pytest.fail(f"meshctl {' '.join(words)}: {error}")
    own = path.removeprefix("experimental ").removeprefix("manifest ")
    assert {found.removeprefix("experimental ").removeprefix("manifest ") for found in paths} == {own}


@pytest.mark.parametrize("path", LEAVES)
def test_a_flag_that_there_is_not(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*path.split(), "--no-such-flag"]) == 64
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "--no-such-flag" in printed.err
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize("path", LEAVES)
def test_a_flag_with_a_letter_missing(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    flags = [param.opts[0] for param in LEAVES[path].params if isinstance(param, click.Option) and not param.hidden]
    long = next((flag for flag in flags if flag.startswith("--") and len(flag) > 7), "")
    if not long:
        return
    assert run([*path.split(), long[:-2]]) == 64
    assert long in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "meant"),
    [(["analyse"], "analyze"), (["pc", "clustr"], "cluster"), (["x", "prechek"], "precheck"), (["tag", "lst"], "list"),
     (["manifest", "generat"], "generate"), (["x", "injector", "lits"], "list"), (["profile", "dumb"], "dump")],
)  # fmt: skip
def test_a_command_with_a_mistake(words: list[str], meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 64
    assert f"did you mean {meant}?" in capsys.readouterr().err


@pytest.mark.parametrize("path", LEAVES)
def test_a_help_can_be_read_and_copied(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*path.split(), "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("Usage: meshctl")
    lines = [line.strip() for line in text.splitlines()]
    for words in _examples(LEAVES[path]):
        assert any(line.count("meshctl") and set(words) <= set(_split(line)) for line in lines), words  # whole, to copy
    arguments = text.partition("\nArguments:\n")[2].partition("\n\n")[0].splitlines()
    assert all(len(line.split("  ")) > 1 or line.startswith("     ") for line in map(str.rstrip, arguments))
    assert not [line for line in lines if len(line) > 125]


def _split(line: str) -> list[str]:
    try:
        return [word.rstrip(")") for word in shlex.split(line, comments=True)]
    except ValueError:
        return line.split()


def test_help_is_a_command_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["help", "pc", "cluster"]) == 0
    assert capsys.readouterr().out.startswith("Usage: meshctl pc cluster")
    assert run(["help"]) == 0
    assert capsys.readouterr().out.startswith("Usage: meshctl")
    assert run(["help", "analyse"]) == 64


def test_what_an_argument_means_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "--help"]) == 0
    assert "Codes such as IST0101" in capsys.readouterr().out
