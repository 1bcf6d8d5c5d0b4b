"""`meshctl proxy-config endpoint` and `eds`: endpoints as the proxy sees them, and as they were sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from meshctl.cli.proxy_admin import SelectorOption
from meshctl.cli.proxy_config import (
    WHOLE_PAGE,
    AddressOption,
    OutputOption,
    PortOption,
    SortOption,
    note,
    show_each,
)
from meshctl.cli.proxy_pages import ADMIN_PORT, ENDPOINTS_PAGE, AdminPortOption, FileOption
from meshctl.cli.proxy_pods import AllPodsOption, PodsArgument, Proxies
from meshctl.cli.values import CLUSTERS, STATUSES

if TYPE_CHECKING:
    from meshctl.proxyconfig.dump import ConfigDump
    from meshctl.proxyconfig.view import Shown

ClusterOption = Annotated[
    str, typer.Option("--cluster", metavar="NAME", click_type=CLUSTERS, help="Whole name of the cluster.")
]
StatusOption = Annotated[
    str, typer.Option("--status", metavar="STATUS", click_type=STATUSES, help="healthy, unhealthy and so on.")
]


def endpoint(
    pods: PodsArgument = None,
    file: FileOption = "",
    output: OutputOption = "short",
    address: AddressOption = "",
    port: PortOption = 0,
    cluster: ClusterOption = "",
    status: StatusOption = "",
    sort_by: SortOption = "",
    selector: SelectorOption = "",
    all_pods: AllPodsOption = False,
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show the endpoints of clusters, and whether the proxy thinks them healthy.

    Read from Envoy's page /clusters?format=json; of a config dump, the endpoints that the control plane sent.

    Examples:

      meshctl proxy-config endpoint productpage-v1-7498b5bd44-bnjmw.default --status unhealthy

      meshctl proxy-config endpoint -f clusters.json --cluster 'outbound|9080||reviews.default.svc.cluster.local'
    """
    from meshctl.cli.proxy_pages import endpoints_page
    from meshctl.output.proxy_config import show
    from meshctl.proxyconfig.cluster_statuses import read_statuses as statuses
    from meshctl.proxyconfig.view import Filters
    from meshctl.proxyconfig.views.endpoint import shown

    filters = Filters(address=address, port=port, cluster=cluster, status=status, bare_address=True)
    proxies = Proxies(pods or (), file, selector, all_pods, proxy_admin_port)
    if not proxies.single:
        return show_each(proxies, ENDPOINTS_PAGE, lambda data: (shown(statuses(data), filters), []), output, sort_by)
    found = endpoints_page(pods[0] if pods else "", file, port=proxy_admin_port)
    if isinstance(found, list):
        show(shown(found, filters), output, sort_by)
        return 0
    return _show_sent_endpoints(found, filters, output, sort_by, required=True)


def eds(
    pods: PodsArgument = None,
    file: FileOption = "",
    output: OutputOption = "short",
    address: AddressOption = "",
    port: PortOption = 0,
    cluster: ClusterOption = "",
    status: StatusOption = "",
    sort_by: SortOption = "",
    selector: SelectorOption = "",
    all_pods: AllPodsOption = False,
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show the endpoints that the control plane sent.

    Example: meshctl proxy-config eds -f config_dump.json --port 9080
    """
    from meshctl.proxyconfig.dump import read
    from meshctl.proxyconfig.errors import MissingEndpointsError
    from meshctl.proxyconfig.sections import ENDPOINTS
    from meshctl.proxyconfig.view import Filters
    from meshctl.proxyconfig.views.eds import select, shown

    filters = Filters(address=address, port=port, cluster=cluster, status=status)
    proxies = Proxies(pods or (), file, selector, all_pods, proxy_admin_port)
    if proxies.single:
        return _show_sent_endpoints(read(proxies.page(WHOLE_PAGE)), filters, output, sort_by, required=False)

    def view(data: bytes) -> tuple[Shown, list[Any]]:
        dump = read(data)
        if not dump.has(ENDPOINTS):
            raise MissingEndpointsError
        return shown(select(dump, filters), filters), []

    return show_each(proxies, WHOLE_PAGE, view, output, sort_by)


def _show_sent_endpoints(dump: ConfigDump, filters: Any, output: str, sort_by: str, *, required: bool) -> int:
    """Shows the endpoints of a config dump, and says so on standard error when it was taken without them."""
    from meshctl.output.proxy_config import show
    from meshctl.proxyconfig.errors import MissingEndpointsError
    from meshctl.proxyconfig.sections import ENDPOINTS
    from meshctl.proxyconfig.views.eds import select, shown

    show(shown(select(dump, filters), filters), output, sort_by)
    if not dump.has(ENDPOINTS):
        error = MissingEndpointsError()
        if required:
            raise error
        note(f"{error.message} ({error.hint})")
    return 0
