"""Which statistics are gauges: two of Envoy's three forms of the page do not tell them from counters."""

from __future__ import annotations

import re

_GAUGES = re.compile(
    r"""
    .*(?:_active|_open|bytes_buffered|total_buffered|_soft_drain|clusters_inflated|_overloaded|_draining|_warming|\.version|\.update_time|config_reload_time_ms
       |warming_state|max_host_weight|streams_active|deferred_stream_close|pending_send_bytes|connected_state
       |active_(?:clusters|configs)|warming_clusters|workers_(?:started|pinned)|lb_subsets_active|_pressure
       |membership_(?:total|healthy|degraded|excluded)|circuit_breakers\.[^.]+\.remaining_\w+
       |ejections_active|control_plane\.identifier|cluster_manager\.active_clusters|fips_mode)
    | server\.(?:concurrency|days_until_first_cert_expiring|hot_restart_epoch|live|memory_allocated|memory_heap_size
       |memory_physical_size|parent_connections|seconds_until_first_ocsp_response_expiring|state
       |stats_recent_lookups|total_connections|uptime)
    | runtime\.(?:admin_overrides_active|num_keys|num_layers|deprecated_feature_seen_since_process_start)
    | .*\.(?:refresh_interval|scaled_percent|days_until_first_cert_expiring|expiration_unix_time_seconds)
    | istiocustom\.istio_build.*
    | istio_build
    """,
    re.VERBOSE,
)


def is_gauge(name: str) -> bool:
    """Whether the statistic of that name may also fall."""
    return _GAUGES.fullmatch(name) is not None
