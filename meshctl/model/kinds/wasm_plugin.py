"""WasmPlugin (extensions.istio.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

WASM_PLUGIN = Kind("extensions.istio.io", "WasmPlugin", versions=("v1alpha1",))
