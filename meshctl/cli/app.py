"""The entry point: finds the command, runs it, and turns every outcome into an exit code."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Mapping
from io import TextIOWrapper
from typing import Any, NoReturn

import click
import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup
from typer.main import get_command, get_group

from meshctl.cli.commands import COMMANDS, Command, find
from meshctl.cli.values import CONTEXTS, FILES, NAMESPACES, Value
from meshctl.errors import FAILURE, UNREADABLE, USAGE, MeshctlError, UsageError

GLOBAL_FLAGS = {
    ("--namespace", "-n"): "Namespace; empty for that of the context.",
    ("--istioNamespace", "-i"): "Namespace of the control plane.",
    ("--kubeconfig", "-c"): "Kubernetes configuration file.",
    ("--context",): "Context of the Kubernetes configuration.",
    ("--as",): "User to act as.",
    ("--as-uid",): "UID to act as.",
    ("--as-group",): "Group to act as; may be repeated.",
    ("--kubeclient-timeout",): "Time that a request to the cluster may take.",
    ("--vklog",): "Verbosity of the Kubernetes client.",
}
"""Flags with a value that istioctl takes with every command, in front of its name too.

`cli/clusters.py` reads them for the commands that reach a cluster; for the others they are accepted, so that scripts
keep working. A command that means something else by one declares it.
"""

_GLOBAL_VALUES = {
    "--namespace": NAMESPACES,
    "--istioNamespace": NAMESPACES,
    "--kubeconfig": FILES,
    "--context": CONTEXTS,
}

_GLOBAL_SPELLINGS = {spelling for flag in GLOBAL_FLAGS for spelling in flag}

_COMPLETING = {"__complete": True, "__completeNoDesc": False}
"""What the completions of shells call, and whether with texts about the words; people never do."""

_TRUE = {"1", "t", "T", "TRUE", "true", "True"}
_FALSE = {"0", "f", "F", "FALSE", "false", "False"}


class GoFlagsCommand(TyperCommand):
    """A command that also takes the spellings of Go programs: `--flag=false` for a truth value, and `-o=json`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parses arguments after rewriting `--flag=true` and `--flag=false`."""
        return super().parse_args(ctx, self._rewritten(args))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes arguments and flags; gives arguments their texts back, which click 8.5 drops where typer set them."""
        import inspect
        from typing import get_type_hints

        from typer.models import ArgumentInfo

        hints = get_type_hints(inspect.unwrap(self.callback), include_extras=True) if self.callback else {}
        for param in self.params:
            if isinstance(param, TyperArgument) and not param.help:
                infos = getattr(hints.get(param.name or ""), "__metadata__", ())
                param.help = next((info.help for info in infos if isinstance(info, ArgumentInfo)), None)
        super().format_options(ctx, formatter)

    def _rewritten(self, args: list[str]) -> list[str]:
        switches = {name: param for param in self.params if isinstance(param, click.Option) and param.is_flag
                    for name in param.opts}  # fmt: skip
        rewritten: list[str] = []
        for index, arg in enumerate(args):
            if arg == "--":
                return rewritten + args[index:]
            name, equals, value = arg.partition("=")
            param = switches.get(name) if equals else None
            if param is None:
                # `-o=json` is `-o json`; click would take the sign for a part of the value.
                rewritten += [name, value] if equals and len(name) == 2 and name[0] == "-" else [arg]
            elif value in _TRUE:
                rewritten.append(name)
            elif value in _FALSE:
                rewritten += param.secondary_opts[:1]
            else:
                raise click.UsageError(f"{name} is true or false, not {value!r}")
        return rewritten


class LazyGroup(TyperGroup):
    """A group of commands out of a table; a command's module is imported when the command is used."""

    table: Mapping[str, Command] = COMMANDS
    prefixes = False
    flags: tuple[str, ...] = ()
    """Flags with a value that stand before the name of a command too, beside the global ones."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands."""
        return sorted(self.table)

    def aliases_of(self, name: str) -> tuple[str, ...]:
        """The other names of a command."""
        return self.table[name].aliases

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name or alias."""
        names = find(self.table, cmd_name, prefixes=self.prefixes)
        if len(names) != 1:
            return None
        [name] = names
        entry = self.table[name]
        if entry.commands:
            below = LazyGroup(name=name, help=entry.summary, no_args_is_help=True, rich_markup_mode=None)
            below.table = entry.commands
            below.prefixes = entry.prefixes
            below.flags = entry.flags
            below.context_settings = {"help_option_names": ["-h", "--help"]}
            return below
        module = importlib.import_module(f"meshctl.cli.{entry.module}")
        app = typer.Typer(rich_markup_mode=None, add_completion=False)
        app.command(name, cls=GoFlagsCommand)(getattr(module, entry.function or name.replace("-", "_")))
        command = get_command(app)
        command.help = _with_whole_examples(command.help or "")
        known = {spelling for param in command.params for spelling in param.opts}
        for param in command.params:
            if isinstance(param, click.Option) and param.is_flag:
                param.show_default = False  # the default of a switch is that it is off
            elif not isinstance(param.type, Value) and _names_files(param):
                param.type = FILES
        if entry.istiods:
            from meshctl.cli.istiods import flags

            command.params += flags(_keep)
        for spellings, text in GLOBAL_FLAGS.items():
            if not known & set(spellings):
                command.params.append(_global_flag(spellings, text, shown=entry.cluster and spellings[0] != "--vklog"))
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command; an unknown one is a usage error that names the nearest."""
        name = args[0]
        names = find(self.table, name, prefixes=self.prefixes)
        if len(names) > 1:
            raise UsageError(f"{name!r} may be one of several commands", hint=f"write {' or '.join(sorted(names))}")
        if not names and not name.startswith("-"):
            import difflib

            from meshctl.cli.former_commands import former_command

            former = former_command([*_path(ctx), name])
            if former is not None:
                raise UsageError(former.message(" ".join([*_path(ctx), name])), hint=former.hint)

            known = [spelling for key, entry in self.table.items() for spelling in (key, *entry.aliases)]
            close = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"{ctx.command_path} --help lists the commands"
            raise UsageError(f"there is no command {name!r}", hint=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands from the table, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(", ".join((name, *entry.aliases)), entry.summary) for name, entry in sorted(self.table.items())]
            )


def _keep(ctx: click.Context, param: click.Parameter, value: object) -> None:
    """Puts the value of a flag into `ctx.meta` under its first spelling."""
    ctx.meta[param.opts[0]] = value


def _with_whole_examples(text: str) -> str:
    """The help with a mark before each example that keeps its line whole, so that it can be copied."""
    before, heading, examples = text.partition("\n\nExamples:\n\n")
    kept = "\n\n".join(f"\b\n{example}" for example in examples.split("\n\n"))
    return (before + heading + kept if heading else text).replace("\n\nExample: ", "\n\n\b\nExample: ")


def _names_files(param: click.Parameter) -> bool:
    return any(word in (param.metavar or "") for word in ("FILE", "DIRECTORY", "FOLDER"))


def global_flags() -> list[click.Option]:
    """The flags that stand before the name of a command too."""
    return [_global_flag(spellings, text, shown=True) for spellings, text in GLOBAL_FLAGS.items()]


def _global_flag(spellings: tuple[str, ...], text: str, *, shown: bool) -> click.Option:
    """A flag whose value lies in `ctx.meta` under its name, for `cli/clusters.py`."""
    return click.Option(
        spellings,
        help=text,
        hidden=not shown,
        expose_value=False,
        callback=_keep,
        type=_GLOBAL_VALUES.get(spellings[0]),
        multiple=spellings[0] == "--as-group",
        metavar={"--kubeconfig": "FILE", "--kubeclient-timeout": "DURATION"}.get(spellings[0], "NAME"),
    )


_app = typer.Typer(cls=LazyGroup, rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)


@_app.callback(context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
def _meshctl() -> None:
    """Install, inject, lint and look into Istio service meshes.

    Example: meshctl analyze manifests/
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Runs meshctl with the arguments of the process and exits."""
    # Most runs are short and make many objects and few cycles: to look for these as often as Python does takes long.
    gc.set_threshold(100_000)
    _open_closed_streams()
    if isinstance(sys.stdout, TextIOWrapper):
        # Names of files, and texts with escapes, may hold what no encoding has; standard error is always opened so.
        sys.stdout.reconfigure(errors="backslashreplace")
    code = run(sys.argv[1:] if arguments is None else arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    # Taking a large mesh apart object by object takes longer than some of the checks; the system does it at once.
    os._exit(code)


def run(arguments: list[str]) -> int:
    """Runs one command and gives its exit code; this is where failures become text."""
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:], "--help"]
    if arguments and arguments[0] in _COMPLETING:
        from meshctl.cli.completing import complete

        return complete(arguments[1:], texts=_COMPLETING[arguments[0]])
    try:
        root = root_group()
        # Not by `main`, which keeps interrupts and broken pipes for itself.
        with root.make_context("meshctl", command_first(arguments)) as started:
            result: Any = root.invoke(started)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as asked:
        sys.stdout.flush()
        return asked.exit_code
    except MeshctlError as error:
        return _fail(error.message, error.hint, error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        return 0
    except click.NoSuchOption as error:
        return _unknown_flag(error)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f"{context.command_path} --help shows the options" if context else "meshctl --help shows the commands"
        return _fail(_lower_first(error.format_message()), hint, USAGE)
    except (KeyboardInterrupt, click.Abort):
        return _fail("interrupted", "", FAILURE)
    except BrokenPipeError:
        # The reader of our output has gone (as `head` does): nothing is wrong, and nothing more can be written.
        _discard_output()
        return 0
    except OSError as error:
        # Files that cannot be read or written are named where that happens; what is left is the output itself.
        _discard_output()
        return _fail(f"the output cannot be written: {(error.strerror or str(error)).lower()}", "", FAILURE)
    except RecursionError:
        return _fail("the input is nested too deeply", "", UNREADABLE)
    except MemoryError:
        return _fail("there is not enough memory for this input", "split it into several files", FAILURE)


def _open_closed_streams() -> None:
    """Opens the standard streams that the caller has closed: reading finds nothing, and writing output is an error.

    A file that is opened later would get the number of such a stream, and what is printed would go into it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            # The system gives the lowest number that is free.
            os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
            setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w", encoding="utf-8", closefd=False))


def _unknown_flag(error: click.NoSuchOption) -> int:
    from meshctl.cli.former_commands import former_flag

    path = _path(error.ctx) if error.ctx else []
    former = former_flag(path, error.option_name)
    if former is not None:
        return _fail(former.message(f"{error.option_name} of {' '.join(path)}"), former.hint, USAGE)
    hint = f"{error.ctx.command_path} --help shows the options" if error.ctx else "meshctl --help shows the commands"
    if error.possibilities:
        hint = f"did you mean {' or '.join(sorted(error.possibilities))}?"
    return _fail(f"there is no flag {error.option_name!r}", hint, USAGE)


def _path(context: click.Context) -> list[str]:
    """The commands that lead to a context, by their names and without `meshctl`."""
    words: list[str] = []
    while context.parent is not None:
        words.insert(0, context.command.name or "")
        context = context.parent
    return words


def root_group() -> click.Group:
    """The group of all commands."""
    return get_group(_app)


def command_first(arguments: list[str]) -> list[str]:
    """The arguments with the flags in front of a command's name moved behind it, as istioctl takes them anywhere."""
    words: list[str] = []
    flags: list[str] = []
    table = COMMANDS
    known = _GLOBAL_SPELLINGS
    prefixes = False
    index = 0
    while index < len(arguments) and table:
        argument = arguments[index]
        if not argument.startswith("-"):
            names = find(table, argument, prefixes=prefixes)
            words.append(argument)
            index += 1
            if len(names) != 1:
                break
            entry = table[names[0]]
            table, prefixes = entry.commands, entry.prefixes
            known = known | set(entry.flags)
            continue
        name, equals, _ = argument.partition("=")
        short = name[:2] if not name.startswith("--") else name
        if short not in known:
            break
        width = 1 if equals or short != name else 2
        flags += arguments[index : index + width]
        index += width
    return [*words, *flags, *arguments[index:]] if words else arguments


def _fail(message: str, hint: str, code: int) -> int:
    sys.stdout.flush()
    print(f"meshctl: {message}" + (f" ({hint})" if hint else ""), file=sys.stderr)
    return code


def _discard_output() -> None:
    """Sends what is left in the buffer, and what may follow, nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _lower_first(text: str) -> str:
    text = text.strip().rstrip(".")
    return text[:1].lower() + text[1:]
