"""The workload that a pod belongs to, as the proxy reports it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from meshctl.inject.pod_templates import PodTemplate, text_of

_CRON_JOB_RUN = re.compile(r"(.+)-[0-9]{8,10}", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Identity:
    """Kind, version and name of a workload; the name may be unknown."""

    kind: str
    api_version: str
    namespace: str
    name: str


def identity(template: PodTemplate, default_namespace: str = "") -> Identity:
    """The identity of what a pod template belongs to.

    A template has the identity of its object. A pod has that of the controller that owns it, as far as names tell it.
    """
    metadata = template.owner.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    name, namespace = _text(metadata, "name"), _text(metadata, "namespace") or default_namespace
    if template.pod_path:
        return Identity(template.kind, str(template.owner["apiVersion"]), namespace, name)
    owner = _controller(metadata) if _text(metadata, "generateName") else None
    if owner is None:
        return Identity("Pod", "v1", namespace, name)
    labels = metadata.get("labels")
    kind, api_version, owner_name = _refined(owner, labels if isinstance(labels, dict) else {})
    return Identity(kind, api_version, namespace, owner_name or name)


def _controller(metadata: Mapping[str, Any]) -> Mapping[str, Any] | None:
    references = metadata.get("ownerReferences")
    for reference in references if isinstance(references, list) else ():
        if isinstance(reference, dict) and reference.get("controller") is True:
            return reference
    return None


def _refined(owner: Mapping[str, Any], labels: Mapping[str, Any]) -> tuple[str, str, str]:
    """Kind, version and name of what stands behind a controller: Deployments make ReplicaSets, CronJobs make Jobs."""
    kind, api_version, name = _text(owner, "kind"), _text(owner, "apiVersion"), _text(owner, "name")
    if kind == "ReplicaSet":
        for label, behind, version in (
            ("pod-template-hash", "Deployment", api_version),
            ("rollouts-pod-template-hash", "Rollout", "v1alpha1"),
        ):
            suffix = _text(labels, label)
            if suffix and name.endswith(suffix):
                return behind, version, name.removesuffix(f"-{suffix}")
    elif kind == "ReplicationController" and _text(labels, "deploymentconfig"):
        return "DeploymentConfig", api_version, _text(labels, "deploymentconfig")
    elif kind == "Job" and (run := _CRON_JOB_RUN.fullmatch(name)):
        return "CronJob", "batch/v1", run.group(1)
    return kind, api_version, name


def _text(data: Mapping[str, Any], key: str) -> str:
    return text_of(data.get(key))
