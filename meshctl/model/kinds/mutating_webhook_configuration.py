"""MutatingWebhookConfiguration (admissionregistration.k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

MUTATING_WEBHOOK_CONFIGURATION = Kind("admissionregistration.k8s.io", "MutatingWebhookConfiguration", namespaced=False)
