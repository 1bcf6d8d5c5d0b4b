"""ValidatingAdmissionPolicyBinding (admissionregistration.k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

VALIDATING_ADMISSION_POLICY_BINDING = Kind(
    "admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding", namespaced=False
)
