"""`proxy-config route`: the routes of each virtual host."""

from __future__ import annotations

import re
from collections.abc import Iterator

from meshctl.proxyconfig.dump import ConfigDump, Entry, State
from meshctl.proxyconfig.errors import NothingFoundError
from meshctl.proxyconfig.go_order import go_ordered
from meshctl.proxyconfig.origins import origin
from meshctl.proxyconfig.routes import Route, RouteConfiguration, VirtualHost
from meshctl.proxyconfig.view import Filters, View
from meshctl.proxyconfig.views.route_action import DETAILS, destinations_text, details
from meshctl.proxyconfig.views.route_match import conditions_text, methods_text, path_text
from meshctl.proxyconfig.virtual_hosts import serving

Item = Entry[RouteConfiguration]

COLUMNS = ("NAME", "VHOST NAME", "DOMAINS", "MATCH", "VIRTUAL SERVICE")
COUNT_COLUMNS = ("NAME", "VIRTUAL HOSTS")

_SHOWN_DOMAINS = 2
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


def select(dump: ConfigDump, filters: Filters) -> list[Item]:
    """The configurations of that name, in the order of the table."""
    known = [entry for entry in dump.routes if entry.state is not State.REJECTED]
    if not known:
        raise NothingFoundError("no routes found")
    found = [entry for entry in known if filters.name in ("", entry.resource.name)]
    if filters.host or filters.match or filters.destination:
        found = [entry for entry in found if any(True for _ in _hosts(entry.resource, filters))]
    return ordered(found)


def _hosts(configuration: RouteConfiguration, filters: Filters) -> Iterator[tuple[VirtualHost, list[Route]]]:
    """The virtual hosts, each with those of its routes, that are asked for."""
    if filters.host:
        best = serving(configuration, filters.host)
        hosts = [best] if best else []
    else:
        hosts = configuration.virtual_hosts
    for host in hosts:
        routes = [route for route in shown_routes(host) if _is_wanted(route, filters)]
        if routes or not (filters.match or filters.destination):
            yield host, routes


def _is_wanted(route: Route, filters: Filters) -> bool:
    if filters.match:
        text = " ".join((path_text(route.match), methods_text(route.match), conditions_text(route.match)))
        if filters.match not in text:
            return False
    return filters.destination in destinations_text(route)


def ordered(items: list[Item]) -> list[Item]:
    """By number where two names are numbers; where others end up follows from how Go sorts."""
    numbered = [(_number(item.resource.name), item) for item in items]
    return [
        item for _, item in go_ordered(numbered, lambda a, b: a[0] is not None and b[0] is not None and a[0] < b[0])
    ]


def _number(name: str) -> int | None:
    return int(name) if _INTEGER.fullmatch(name) else None


def rows(item: Item, filters: Filters) -> Iterator[tuple[str, ...]]:
    """A row for each route of each virtual host, or one for all."""
    configuration = item.resource
    if not filters.verbose:
        yield configuration.name, str(len(configuration.virtual_hosts))
        return
    for host, routes in _hosts(configuration, filters):
        domains = domains_text(host.domains)
        if not host.routes:
            yield configuration.name, host.name, domains, "/*", "404"
        for route in routes:
            yield configuration.name, host.name, domains, path_text(route.match), origin(route.metadata.config)


def wide_rows(item: Item, filters: Filters) -> Iterator[tuple[str, ...]]:
    """A row for each route with all that it asks of a request and does with it; its domains in full."""
    configuration = item.resource
    for host, routes in _hosts(configuration, filters):
        domains = ", ".join(host.domains)
        if not host.routes:
            yield configuration.name, host.name, domains, "/*", "404", *["-"] * len(DETAILS)
        for route in routes:
            yield (
                configuration.name,
                host.name,
                domains,
                path_text(route.match),
                origin(route.metadata.config),
                methods_text(route.match),
                conditions_text(route.match),
                *details(route, host),
            )


def shown_routes(host: VirtualHost) -> list[Route]:
    """The routes but for those that only let traffic pass to where it was going anyway."""
    return [route for route in host.routes if not (route.route and route.route.cluster == "PassthroughCluster")]


def domains_text(domains: list[str]) -> str:
    """Up to two domains, without those that say the same as another one does."""
    if len(domains) == 1:
        return domains[0]
    known = set(domains)
    shown = [domain for domain in domains if not _has_port(domain) and not _is_longer_form(domain, known)]
    text = ", ".join(shown[:_SHOWN_DOMAINS])
    return f"{text} + {len(shown) - _SHOWN_DOMAINS} more..." if len(shown) > _SHOWN_DOMAINS else text


def _has_port(domain: str) -> bool:
    """As in istioctl, which takes short IPv6 addresses for such too."""
    return ":" in domain and not (domain.count(":") > 2 and domain.endswith("]"))


def _is_longer_form(domain: str, known: set[str]) -> bool:
    return any(domain.endswith(end) and domain.removesuffix(end) in known for end in (".svc.cluster.local", ".svc"))


VIEW: View[Item] = View(
    name="route",
    columns=lambda filters: COLUMNS if filters.verbose else COUNT_COLUMNS,
    wide_columns=DETAILS,
    wide_rows=wide_rows,
    select=select,
    rows=rows,
    resource_name=lambda item: item.resource.name,
    raw=lambda item: item.raw,
)
