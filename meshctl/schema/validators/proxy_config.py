"""ProxyConfig, the object: what its schema cannot say (PC1, PC2)."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.kinds.proxy_config import PROXY_CONFIG
from meshctl.model.resource import Resource
from meshctl.schema.rules.labels import label_selector
from meshctl.schema.rules.metadata import annotation_rules
from meshctl.schema.rules.reporting import not_negative
from meshctl.schema.validators import validator


@validator(PROXY_CONFIG)
def proxy_config(resource: Resource) -> Iterator[Message]:
    """Checks a proxy configuration."""
    yield from annotation_rules(resource)
    yield from label_selector(resource.spec["selector"])
    yield from not_negative(resource.spec["concurrency"])
