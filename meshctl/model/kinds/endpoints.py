"""Endpoints (core) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

ENDPOINTS = Kind("", "Endpoints", "endpoints")
