"""`meshctl proxy-config diff` and `rootca-compare`: two proxies side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meshctl.cli.proxy_config import SECRETS_PAGE, WHOLE_PAGE, note
from meshctl.cli.proxy_pages import ADMIN_PORT, AdminPortOption, page
from meshctl.cli.values import PODS_OR_FILES, OneOf, Value
from meshctl.errors import FINDING

if TYPE_CHECKING:
    from meshctl.proxyconfig.dump import ConfigDump

ISTIOD = "istiod"
"""The word that stands for what the control plane would send."""

_FILES = (".json", ".gz", ".tgz", ".zip", ".tar", ".txt")
"""Endings of files, which tell a file that is not there from `TYPE/NAME` of pods."""

FirstArgument = Annotated[
    str, typer.Argument(metavar="A", click_type=PODS_OR_FILES, help="A dump in a file, http://HOST:PORT, or a pod.")
]
SecondOrIstiodArgument = Annotated[
    str,
    typer.Argument(
        metavar="B",
        click_type=Value((ISTIOD,), ask="pods", files=True),
        help="The other one in any of these forms, or istiod: what that would send now.",
    ),
]
SecondArgument = Annotated[
    str, typer.Argument(metavar="B", click_type=PODS_OR_FILES, help="The other one, in any of these forms.")
]


def proxy_diff(
    first: FirstArgument,
    second: SecondOrIstiodArgument,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FORMAT",
            click_type=OneOf(("short", "name", "json", "yaml")),
            help="short, name, json or yaml.",
        ),
    ] = "short",
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show what differs between the configurations of two proxies, or of one at two times; 79 when something does.

    Resources are compared by name, whatever their order. Versions, times, renewed certificates and what names the pod
    are left out. With istiod, or a dump that was saved from it, only what istiod serves is compared.

    Examples:

      meshctl proxy-config diff before.json after.json

      meshctl proxy-config diff productpage-v1-7498b5bd44-bnjmw.default saved/config_dump.json.gz

      meshctl proxy-config diff deployment/productpage.default istiod
    """
    from meshctl.output.proxy_diff import show_comparison
    from meshctl.proxyconfig.comparison import compare

    one = _dump(first, WHOLE_PAGE, proxy_admin_port)
    if second == ISTIOD:
        from meshctl.cli.proxy_sync import served_now

        other = served_now(first, one)
    else:
        other = _dump(second, WHOLE_PAGE, proxy_admin_port)
    found = compare(one, other)
    show_comparison(found, (first, second), output)
    for section in found.uncompared:
        note(f"{section} is not compared: only one of them has it (save /{WHOLE_PAGE} of both)")
    return FINDING if found.differences else 0


def rootca_compare(first: FirstArgument, second: SecondArgument, proxy_admin_port: AdminPortOption = ADMIN_PORT) -> int:
    """Tell whether two proxies trust a common root certificate, without which they cannot talk; 79 when not.

    Example: meshctl proxy-config rootca-compare productpage-v1-7498b5bd44-bnjmw.default reviews-v1-55b6.shop
    """
    from meshctl.proxyconfig.views.secret import trusted

    roots = [trusted(_dump(name, SECRETS_PAGE, proxy_admin_port), name) for name in (first, second)]
    common = roots[0].keys() & roots[1].keys()
    if common:
        subjects = ", ".join(sorted({roots[0][fingerprint] for fingerprint in common}))
        print(f"{first} and {second} trust the same root: {subjects}")
        return 0
    print(f"{first} and {second} have no root certificate in common:")
    for name, found in zip((first, second), roots, strict=True):
        print(f"  {name}: {', '.join(f'{subject} ({fingerprint[:16]})' for fingerprint, subject in found.items())}")
    return FINDING


def _dump(name: str, path: str, port: int) -> ConfigDump:
    from meshctl.proxyconfig.dump import read

    return read(page("", name, path, port=port) if is_file(name) else page(name, "", path, port=port))


def is_file(name: str) -> bool:
    """Whether an argument names a file or address, and no pod."""
    if name == "-" or Path(name).exists():
        return True
    kind, slash, rest = name.partition("/")
    return bool(slash) and (not kind.strip(".") or "/" in rest or name.endswith(_FILES) or kind.endswith(":"))
