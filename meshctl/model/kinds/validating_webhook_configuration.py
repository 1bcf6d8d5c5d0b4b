"""ValidatingWebhookConfiguration (admissionregistration.k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

VALIDATING_WEBHOOK_CONFIGURATION = Kind(
    "admissionregistration.k8s.io", "ValidatingWebhookConfiguration", namespaced=False
)
