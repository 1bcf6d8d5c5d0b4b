"""ValidatingAdmissionPolicy (admissionregistration.k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

VALIDATING_ADMISSION_POLICY = Kind(
    "admissionregistration.k8s.io", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", namespaced=False
)
