"""CustomResourceDefinition (apiextensions.k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

CUSTOM_RESOURCE_DEFINITION = Kind("apiextensions.k8s.io", "CustomResourceDefinition", namespaced=False)
