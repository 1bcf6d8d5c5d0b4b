"""Ingress (networking.k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

INGRESS = Kind("networking.k8s.io", "Ingress", "ingresses")
