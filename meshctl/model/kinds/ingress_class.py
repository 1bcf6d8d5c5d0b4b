"""IngressClass (networking.k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

INGRESS_CLASS = Kind("networking.k8s.io", "IngressClass", "ingressclasses", namespaced=False)
