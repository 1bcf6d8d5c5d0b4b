"""`meshctl proxy-config diff` and `rootca-compare`: two proxies side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meshctl.cli.options import choice
from meshctl.cli.proxy_config import SECRETS_PAGE, WHOLE_PAGE, note
from meshctl.cli.proxy_pages import ADMIN_PORT, AdminPortOption, page
from meshctl.errors import FINDING

if TYPE_CHECKING:
    from meshctl.proxyconfig.dump import ConfigDump

FirstArgument = Annotated[str, typer.Argument(metavar="A", help="A dump in a file, http://HOST:PORT, or a pod.")]
SecondArgument = Annotated[str, typer.Argument(metavar="B", help="The other one, in any of these forms.")]


def proxy_diff(
    first: FirstArgument,
    second: SecondArgument,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FORMAT", help="short, name, json or yaml.")
    ] = "short",
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show what differs between the configurations of two proxies, or of one at two times; 79 when something does.

    Resources are compared by name, whatever their order. Versions, times, renewed certificates and what names the pod
    are left out.

    Examples:

      meshctl proxy-config diff before.json after.json

      meshctl proxy-config diff productpage-v1-7498b5bd44-bnjmw.default saved/config_dump.json.gz
    """
    from meshctl.output.proxy_diff import FORMATS, show_comparison
    from meshctl.proxyconfig.comparison import compare

    output = choice(output, FORMATS, "--output")
    found = compare(_dump(first, WHOLE_PAGE, proxy_admin_port), _dump(second, WHOLE_PAGE, proxy_admin_port))
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

    is_file = name == "-" or "/" in name.removeprefix("pod/") or Path(name).exists()
    return read(page("", name, path, port=port) if is_file else page(name, "", path, port=port))
