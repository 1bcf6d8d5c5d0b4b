"""Route configurations: virtual hosts, their routes, and what becomes of a request."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from meshctl.proxyconfig.envoy import NO_METADATA, Metadata
from meshctl.proxyconfig.matchers import HeaderMatcher, RegexMatcher, RouteMatch, RuntimeFraction

_NOTHING = msgspec.Raw()


class ClusterWeight(Struct, frozen=True):
    """One of several clusters that share the requests of a route."""

    name: str = ""
    cluster_header: str = ""
    weight: int = 0
    metadata_match: msgspec.Raw = _NOTHING
    host_rewrite_literal: str = ""
    request_headers_to_add: msgspec.Raw = _NOTHING
    request_headers_to_remove: list[str] = []
    response_headers_to_add: msgspec.Raw = _NOTHING
    response_headers_to_remove: list[str] = []
    typed_per_filter_config: dict[str, msgspec.Raw] = {}


class WeightedClusters(Struct, frozen=True):
    """Clusters that share the requests of a route by weight."""

    clusters: list[ClusterWeight] = []
    total_weight: int | None = None
    header_name: str = ""
    runtime_key_prefix: str = ""


class RetryPolicy(Struct, frozen=True):
    """When and how often a failed request is sent again."""

    retry_on: str = ""
    num_retries: int = 1
    per_try_timeout: str = ""
    retriable_status_codes: list[int] = []
    retriable_headers: list[HeaderMatcher] = []


class MirrorPolicy(Struct, frozen=True):
    """A cluster that gets a copy of some requests."""

    cluster: str = ""
    cluster_header: str = ""
    runtime_fraction: RuntimeFraction | None = None


class RegexRewrite(Struct, frozen=True):
    """A path rewritten by a regular expression."""

    pattern: RegexMatcher = RegexMatcher()
    substitution: str = ""


class RouteAction(Struct, frozen=True):
    """Sends a request to a cluster."""

    cluster: str = ""
    cluster_header: str = ""
    weighted_clusters: WeightedClusters | None = None
    cluster_specifier_plugin: str = ""
    inline_cluster_specifier_plugin: msgspec.Raw = _NOTHING
    metadata_match: msgspec.Raw = _NOTHING
    prefix_rewrite: str = ""
    regex_rewrite: RegexRewrite | None = None
    path_rewrite_policy: msgspec.Raw = _NOTHING
    host_rewrite_literal: str = ""
    auto_host_rewrite: bool = False
    host_rewrite_header: str = ""
    host_rewrite_path_regex: RegexRewrite | None = None
    timeout: str = ""
    idle_timeout: str = ""
    max_stream_duration: msgspec.Raw = _NOTHING
    retry_policy: RetryPolicy | None = None
    request_mirror_policies: list[MirrorPolicy] = []
    hash_policy: msgspec.Raw = _NOTHING
    upgrade_configs: msgspec.Raw = _NOTHING
    cluster_not_found_response_code: str = "SERVICE_UNAVAILABLE"

    @property
    def clusters(self) -> list[str]:
        """The names of the clusters that requests may go to, in order."""
        if self.weighted_clusters:
            return [part.name for part in self.weighted_clusters.clusters if part.name]
        return [self.cluster] if self.cluster else []


class RedirectAction(Struct, frozen=True):
    """Answers with another place."""

    https_redirect: bool = False
    scheme_redirect: str = ""
    host_redirect: str = ""
    port_redirect: int = 0
    path_redirect: str = ""
    prefix_rewrite: str = ""
    regex_rewrite: RegexRewrite | None = None
    response_code: str = "MOVED_PERMANENTLY"
    strip_query: bool = False


class DirectResponse(Struct, frozen=True):
    """Answers itself."""

    status: int = 0
    body: msgspec.Raw = _NOTHING


class Route(Struct, frozen=True):
    """What becomes of the requests that a match takes; one of the actions is set."""

    name: str = ""
    match: RouteMatch = RouteMatch()
    route: RouteAction | None = None
    redirect: RedirectAction | None = None
    direct_response: DirectResponse | None = None
    filter_action: msgspec.Raw = _NOTHING
    non_forwarding_action: msgspec.Raw = _NOTHING
    metadata: Metadata = NO_METADATA
    decorator: msgspec.Raw = _NOTHING
    typed_per_filter_config: dict[str, msgspec.Raw] = {}
    request_headers_to_add: msgspec.Raw = _NOTHING
    request_headers_to_remove: list[str] = []
    response_headers_to_add: msgspec.Raw = _NOTHING
    response_headers_to_remove: list[str] = []


class RouteList(Struct, frozen=True):
    """Several routes at one end of a tree of matches."""

    routes: list[Route] = []


class VirtualHost(Struct, frozen=True):
    """The routes of some domains; the first that matches counts."""

    name: str = ""
    domains: list[str] = []
    routes: list[Route] = []
    matcher: msgspec.Raw = _NOTHING
    """A tree of matches instead of `routes`."""

    require_tls: str = "NONE"
    retry_policy: RetryPolicy | None = None
    request_mirror_policies: list[MirrorPolicy] = []
    metadata: Metadata = NO_METADATA
    typed_per_filter_config: dict[str, msgspec.Raw] = {}
    request_headers_to_add: msgspec.Raw = _NOTHING
    request_headers_to_remove: list[str] = []
    response_headers_to_add: msgspec.Raw = _NOTHING
    response_headers_to_remove: list[str] = []


class RouteConfiguration(Struct, frozen=True):
    """The virtual hosts among which the host of a request decides."""

    name: str = ""
    virtual_hosts: list[VirtualHost] = []
    metadata: Metadata = NO_METADATA
    ignore_port_in_host_matching: bool = False
    vhost_header: str = ""
    """The header that decides instead of the host."""

    ignore_path_parameters_in_path_matching: bool = False
    max_direct_response_body_size_bytes: int | None = None
    request_mirror_policies: list[MirrorPolicy] = []
    typed_per_filter_config: dict[str, msgspec.Raw] = {}
