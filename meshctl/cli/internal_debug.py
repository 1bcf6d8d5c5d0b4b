"""`meshctl experimental internal-debug`: debug pages of the control plane as they are."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meshctl.cli.istiods import istiods_of, istiods_of_address, seconds
from meshctl.cli.proxy_config import note
from meshctl.errors import UNREADABLE, UsageError

if TYPE_CHECKING:
    from meshctl.sources.istiods import Istiod, Page

_INDENT = 2
_LIST = "list"


def internal_debug(
    page: Annotated[
        str, typer.Argument(metavar="[TYPE]", help="A page such as syncz, with its query: adsz?proxyID=POD.NAMESPACE.")
    ] = "",
    every: Annotated[
        bool, typer.Option("--all", help="Ask every istiod, and print the answers by their names.")
    ] = False,
    list_: Annotated[bool, typer.Option("--list", "-L", help="List the pages that there are.")] = False,
) -> int:
    """Print a debug page of the control plane, as JSON where it is JSON.

    Of several istiods, the first that has an answer gives it.

    Examples:

      meshctl experimental internal-debug --list

      meshctl x internal-debug 'config_dump?proxyID=productpage-v1-7498b5bd44-bnjmw.default'
    """
    if not page and not list_:
        raise UsageError("internal-debug needs the type of a page", hint="--list lists them; syncz is one")
    name = _LIST if list_ else page.removeprefix("/debug/").lstrip("/")
    addressed = istiods_of_address()
    if addressed:
        return _show(addressed, name, every=every)
    from meshctl.cli.clusters import open_cluster

    with open_cluster(seconds()) as cluster:
        return _show(istiods_of(cluster), name, every=every)


def _show(istiods: list[Istiod], name: str, *, every: bool) -> int:
    from meshctl.sources.istiods import ask_all, first_answer

    def ask(istiod: Istiod) -> Page:
        return istiod.page(name)

    if every:
        pages, silent = ask_all(istiods, ask, seconds())
        _print({found.istiod: _content(found) for found in pages})
    else:
        first, silent = first_answer(istiods, ask, seconds())
        if first is not None:
            _print(_content(first))
            return 0
    for one in silent:
        note(one.error.message + (f" ({one.error.hint})" if one.error.hint else ""))
    return UNREADABLE if silent else 0


def _content(found: Page) -> Any:
    """The page as data, or as text where it is no JSON."""
    import json

    text = found.content.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        return text


def _print(content: Any) -> None:
    import json

    text = content if isinstance(content, str) else json.dumps(content, indent=_INDENT, ensure_ascii=False)
    sys.stdout.write(text if text.endswith("\n") or not text else f"{text}\n")
