"""The data that injection templates see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshctl.gotemplate import types
from meshctl.gotemplate.types import GoType, StructField, pointer_to
from meshctl.gotemplate.values import Pointer, Struct
from meshctl.inject.annotations import IMAGE_TYPE
from meshctl.inject.go_types import go_type
from meshctl.inject.identity import Identity
from meshctl.inject.images import image
from meshctl.inject.protobuf import MESH_CONFIG, PROXY_CONFIG, Message
from meshctl.inject.settings import Settings, as_text

PROXY_ID = 1337
"""User and group of the proxy, whose traffic the redirection lets through."""


def _full_name(value: Struct) -> str:
    return f"{value.data.get('Namespace', '')}/{value.data.get('Name', '')}"


_TYPE_META = GoType(
    "v1.TypeMeta",
    "struct",
    fields={"Kind": StructField("kind", types.STRING), "APIVersion": StructField("apiVersion", types.STRING)},
)
_DEPLOYMENT_META = GoType(
    "types.NamespacedName",
    "struct",
    fields={"Namespace": StructField("Namespace", types.STRING), "Name": StructField("Name", types.STRING)},
    methods={"String": _full_name},
)
_FIELDS: Mapping[str, GoType] = {
    "TypeMeta": _TYPE_META,
    "DeploymentMeta": _DEPLOYMENT_META,
    "ObjectMeta": go_type("v1.ObjectMeta"),
    "Spec": go_type("v1.PodSpec"),
    "ProxyConfig": go_type("*" + PROXY_CONFIG),
    "MeshConfig": go_type("*" + MESH_CONFIG),
    "Values": types.ANY_MAP,
    "Revision": types.STRING,
    "NativeSidecars": types.BOOL,
    "ProxyImage": types.STRING,
    "ProxyInitImage": types.STRING,
    "ProxyUID": types.INT64,
    "ProxyGID": types.INT64,
    "InboundTrafficPolicyMode": types.STRING,
    "CompliancePolicy": types.STRING,
}
_ROOT = GoType(
    "inject.SidecarTemplateData",
    "struct",
    fields={name: StructField(name, kind) for name, kind in _FIELDS.items()},
)
_ROOT_POINTER = pointer_to(_ROOT)

COMMON = frozenset({
    "Values", "Revision", "NativeSidecars", "ProxyUID", "ProxyGID", "InboundTrafficPolicyMode", "CompliancePolicy",
    "ProxyConfig", "MeshConfig",
})  # fmt: skip
"""Fields that are the same for all pods of the same proxy config."""


class TemplateData:
    """Makes the data of one pod after another; what all pods have in common is made once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        mode = settings.mesh.get("inboundTrafficPolicy", {}).get("mode", 0)
        localhost = _number("istio.mesh.v1alpha1.MeshConfig.InboundTrafficPolicy.Mode", "LOCALHOST")
        values = Struct(_ROOT, {"Values": settings.values}).field("Values")
        self._fixed = {
            "Values": values,
            "Revision": settings.revision,
            "NativeSidecars": settings.native_sidecars,
            "ProxyUID": PROXY_ID,
            "ProxyGID": PROXY_ID,
            "InboundTrafficPolicyMode": "localhost" if mode == localhost else "passthrough",
            "CompliancePolicy": settings.environment.get("COMPLIANCE_POLICY", ""),
        }
        self._default_config: Message = settings.mesh["defaultConfig"]
        self._mesh = _message(MESH_CONFIG, settings.mesh)
        self._proxy_config = _message(PROXY_CONFIG, self._default_config)
        self._images: dict[tuple[str, str], tuple[str, str]] = {}

    def root(
        self, metadata: Mapping[str, Any], spec: Mapping[str, Any], identity: Identity, proxy_config: Message
    ) -> Pointer:
        """The data of one pod."""
        mesh, config = self._mesh, self._proxy_config
        if proxy_config is not self._default_config:
            config = _message(PROXY_CONFIG, proxy_config)
            mesh = _message(MESH_CONFIG, {**self._settings.mesh, "defaultConfig": proxy_config})
        annotations = metadata.get("annotations") or {}
        proxy_image, init_image = self._image_names(
            annotations.get(IMAGE_TYPE, ""), proxy_config.get("image", {}).get("imageType", "")
        )
        return Pointer(
            _ROOT_POINTER,
            Struct(
                _ROOT,
                {
                    **self._fixed,
                    "TypeMeta": Struct(_TYPE_META, {"kind": identity.kind, "apiVersion": identity.api_version}),
                    "DeploymentMeta": Struct(
                        _DEPLOYMENT_META, {"Namespace": identity.namespace, "Name": identity.name}
                    ),
                    "ObjectMeta": Struct(_FIELDS["ObjectMeta"], metadata),
                    "Spec": Struct(_FIELDS["Spec"], spec),
                    "ProxyConfig": config,
                    "MeshConfig": mesh,
                    "ProxyImage": proxy_image,
                    "ProxyInitImage": init_image,
                },
            ),
        )

    def _image_names(self, annotated: str, configured: str) -> tuple[str, str]:
        found = self._images.get((annotated, configured))
        if found is None:
            settings = self._settings
            names = settings.value("global", {})
            found = self._images[annotated, configured] = (
                image(names, as_text(settings.value("global.proxy.image")), annotated, configured),
                image(names, as_text(settings.value("global.proxy_init.image")), annotated),
            )
        return found


def _message(name: str, message: Message) -> Pointer:
    return Pointer(go_type("*" + name), Struct(go_type(name), message))


def _number(enum: str, word: str) -> int:
    from meshctl.inject.go_types import table

    found: int = table()["enums"][enum][word]
    return found
