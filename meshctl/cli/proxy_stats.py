"""`meshctl proxy-config stats`."""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from meshctl.cli.proxy_admin import AddressOption, SelectorOption, address_in, admin, one_source
from meshctl.cli.proxy_pages import ADMIN_PORT, AdminPortOption, FileOption
from meshctl.cli.proxy_pods import AllPodsOption, PodsArgument, Proxies, in_turn
from meshctl.cli.values import OneOf
from meshctl.errors import UNREADABLE, UsageError

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from meshctl.proxyconfig.stats.selection import Selection
    from meshctl.proxyconfig.stats.stat import Stat

_QUANTILES = (0.5, 0.9, 0.99)
_KINDS = {"counters": "counter", "gauges": "gauge", "histograms": "histogram", "texts": "text"}
_TYPES = ("server", "cluster", "clusters", *_KINDS)
_FORMATS = ("table", "short", "json", "yaml", "prometheus", "prom")


def proxy_stats(
    pods: PodsArgument = None,
    file: FileOption = "",
    address: AddressOption = "",
    direction: Annotated[
        str,
        typer.Option(
            "--direction",
            metavar="inbound|outbound",
            click_type=OneOf(("inbound", "outbound"), optional=True),
            help="Only traffic of this direction.",
        ),
    ] = "",
    quantile: Annotated[
        list[str] | None,
        typer.Option("--quantile", metavar="SHARE", help="Quantiles of histograms, such as 0.99; may be repeated."),
    ] = None,
    stat: Annotated[
        list[str] | None,
        typer.Option("--stat", metavar="NAME", help="Only this statistic; * stands for anything; may be repeated."),
    ] = None,
    type_: Annotated[
        str,
        typer.Option(
            "--type",
            "-t",
            metavar="TYPE",
            click_type=OneOf(_TYPES),
            help="server, or clusters for those of endpoints; or counters, gauges, histograms, texts.",
        ),
    ] = "server",
    unused: Annotated[bool, typer.Option("--all", "-a", help="Also those that are 0 or empty.")] = False,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Look again and again, and tell rates.")] = False,
    interval: Annotated[float, typer.Option("--interval", metavar="SECONDS", help="Time between two looks.")] = 5.0,
    polls: Annotated[int, typer.Option("--polls", metavar="N", help="End after so many looks; 0 for never.")] = 0,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FORMAT", click_type=OneOf(_FORMATS), help="table, json, yaml or prometheus."
        ),
    ] = "table",
    selector: SelectorOption = "",
    all_pods: AllPodsOption = False,
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show what a proxy counts and measures, by service.

    A file may be any form of Envoy's page of statistics: text, JSON or Prometheus. Quantiles are those since the proxy
    started.

    Examples:

      meshctl proxy-config stats productpage-v1-abc.default --direction inbound --quantile 0.99

      meshctl proxy-config stats --file stats.json --stat upstream_rq_time --stat 'upstream_rq_5xx'

      meshctl proxy-config stats --address localhost:15000 --watch --stat istio_requests_total
    """
    from meshctl.proxyconfig.stats.pages_of_proxy import cluster_stats, server_stats
    from meshctl.proxyconfig.stats.selection import Selection, missing, select, why_missing
    from meshctl.proxyconfig.stats.stat import Kind

    if interval <= 0:
        raise UsageError("--interval must be more than 0 seconds")
    shares = [_share(text) for text in quantile or ()] or list(_QUANTILES)
    kinds = frozenset({Kind(_KINDS[type_])}) if type_ in _KINDS else frozenset()
    selection = Selection(direction, tuple(stat or ()), kinds, unused)
    file, address = address_in(file, address)
    proxies = Proxies(pods or (), file, selector, all_pods, proxy_admin_port)
    if not proxies.single:
        if address or watch or output in ("prometheus", "prom"):
            what = "--address" if address else "--watch" if watch else f"-o {output}"
            raise UsageError(f"{what} goes with one proxy", hint="name one pod")
        return _show_each(proxies, type_ in ("cluster", "clusters"), selection, shares, output)
    pod = pods[0] if pods else ""
    one_source(pod, file, address)
    if file:
        if watch:
            raise UsageError("--watch needs a running proxy", hint="leave --file out")
        found = _saved(file, pod)
    else:
        ask = admin(pod, address, proxy_admin_port)
        look = cluster_stats if type_ in ("cluster", "clusters") else server_stats
        if watch:
            return _watch(lambda: look(ask), selection, shares, output, interval, polls)
        found = look(ask)
    absent = missing(found, selection.names)
    for name in absent:
        print(why_missing(name), file=sys.stderr)
    if selection.names and len(absent) == len(selection.names):
        return UNREADABLE
    shown = select(found, selection)
    _print(shown, shares, output)
    if not shown and output in ("table", "short") and not unused and not selection.names:
        print("nothing was counted; --all shows what is 0 as well", file=sys.stderr)
    return 0


def _show_each(
    proxies: Proxies,
    of_endpoints: bool,
    selection: Selection,
    shares: Sequence[float],
    output: str,
) -> int:
    """Shows the statistics of several proxies; a name that none of them has is an error, as with one proxy."""
    from meshctl.output.stats import several_text
    from meshctl.proxyconfig.stats import read
    from meshctl.proxyconfig.stats.pages_of_proxy import CLUSTER_PAGES, SERVER_PAGES, cluster_stats, server_stats
    from meshctl.proxyconfig.stats.selection import missing, select, why_missing

    look = cluster_stats if of_endpoints else server_stats

    def understood(pages: Mapping[str, bytes]) -> list[Stat]:
        return read(pages["stats"]) if proxies.file else look(lambda _, path: pages[path])

    pages, code = proxies.pages(*(["stats"] if proxies.file else CLUSTER_PAGES if of_endpoints else SERVER_PAGES))
    found, failed = in_turn({name: partial(understood, of_proxy) for name, of_proxy in pages.items()})
    code = code or failed
    if not found:
        return code
    absent = [name for name in selection.names if all(missing(stats, (name,)) for stats in found.values())]
    for name in absent:
        print(why_missing(name), file=sys.stderr)
    if selection.names and len(absent) == len(selection.names):
        return UNREADABLE
    print(several_text({name: select(stats, selection) for name, stats in found.items()}, shares, output))
    return code


def _saved(file: str, proxy: str) -> list[Stat]:
    from meshctl.proxyconfig.saved import read_saved
    from meshctl.proxyconfig.stats import read

    return read(read_saved(file, "stats", proxy=proxy))


def _watch(look: object, selection: Selection, shares: Sequence[float], form: str, interval: float, polls: int) -> int:
    """Prints the statistics again and again; the first time without rates."""
    from meshctl.proxyconfig.stats.rates import rates
    from meshctl.proxyconfig.stats.selection import select

    assert callable(look)
    before: list[Stat] | None = None
    then = 0.0
    done = 0
    while True:
        found: list[Stat] = look()
        now = time.monotonic()
        shown = select(found, selection)
        _print(shown, shares, form, rates(before, found, now - then) if before is not None else {})
        sys.stdout.flush()
        before, then, done = found, now, done + 1
        if polls and done >= polls:
            return 0
        time.sleep(interval)
        if form in ("table", "short"):
            print()


def _print(
    stats: Sequence[Stat], shares: Sequence[float], form: str, rates: Mapping[Hashable, float] | None = None
) -> None:
    from meshctl.output.stats import json_text, prometheus_text, table_text, yaml_text

    if form in ("table", "short"):
        print(table_text(stats, shares, rates))
    elif form in ("prometheus", "prom"):
        print(prometheus_text(stats), end="")
    else:
        print((json_text if form == "json" else yaml_text)(stats, shares, rates))


def _share(text: str) -> float:
    """A share between 0 and 1 out of `0.99`, `99`, `p99` or `99%`."""
    try:
        value = float(text.lower().removeprefix("p").removesuffix("%"))
    except ValueError:
        value = -1.0
    if value > 1 or text[:1] in "pP" or text.endswith("%"):
        value = round(value / 100, 6)
    if not 0 <= value <= 1:
        raise UsageError(f"--quantile cannot be {text!r}", hint="write a share of all values, such as 0.99")
    return value
