"""What the messages of Envoy's API have in common in the JSON that its admin pages write.

A message is a frozen struct: fields that are absent have Envoy's defaults, and those not declared are passed over.
Parts that few callers need are declared as `msgspec.Raw`, their JSON as it stands: reading over them costs next to
nothing, and `decoded` turns one into data.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from meshctl.proxyconfig.errors import DumpError

T = TypeVar("T")

TYPE_PREFIX = "type.googleapis.com/"

_TYPE_FIRST = re.compile(rb'\s*\{\s*"@type"\s*:\s*"([^"\\]*)"')
_NOTHING = msgspec.Raw()
_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}
_MAKING = threading.Lock()


class _Typed(Struct, frozen=True):
    type_url: str = msgspec.field(default="", name="@type")


def decoder(message: type[T]) -> msgspec.json.Decoder[T]:
    """What reads messages of a type. Only one thread may make one: msgspec breaks when two meet a type first."""
    known = _DECODERS.get(message)
    if known is None:
        with _MAKING:
            known = _DECODERS.setdefault(message, msgspec.json.Decoder(message))
    return known


def decode(raw: bytes | bytearray | msgspec.Raw, message: type[T]) -> T:
    """A message out of its JSON. Raises `DumpError` where Envoy would never write that."""
    try:
        try:
            return decoder(message).decode(raw)
        except msgspec.ValidationError:
            return _decode_any_form(raw, message)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DumpError(
            f"this is not as Envoy writes it: {lower_first(str(error))}",
            hint="check that the file is Envoy's own answer, saved whole",
        ) from error


def _decode_any_form(raw: bytes | bytearray | msgspec.Raw, message: type[T]) -> T:
    """A message in forms that protobuf reads too, though Envoy does not write them: `null`, and numbers as texts."""
    data = msgspec.json.encode(_without_nulls(msgspec.json.decode(raw)))
    return msgspec.json.decode(data, type=message, strict=False)


def _without_nulls(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_nulls(value) for key, value in data.items() if value is not None}
    return [_without_nulls(item) for item in data] if isinstance(data, list) else data


def decoded(raw: msgspec.Raw) -> Any:
    """The plain data of a part; None when it is absent."""
    return decode(raw, object) if raw else None


@contextmanager
def plain_data(what: str) -> Iterator[None]:
    """Where parts are read as plain data: what they are not in any dump that Envoy writes is a `DumpError`."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DumpError(
            f"{what}: this is not as Envoy writes it", hint="check that the file is Envoy's own answer, saved whole"
        ) from error


def type_url(raw: msgspec.Raw) -> str:
    """The `@type` of a message that may be of any type, empty without."""
    if not raw:
        return ""
    # Envoy writes the type first; then there is no need to read on.
    found = _TYPE_FIRST.match(memoryview(raw))
    return found[1].decode("utf-8", "replace") if found else decode(raw, _Typed).type_url


class Extension(Struct, frozen=True):
    """A named extension with its configuration: a filter, a transport socket, an access log."""

    name: str = ""
    typed_config: msgspec.Raw = _NOTHING
    config_discovery: msgspec.Raw = _NOTHING
    """Where the configuration comes from by ECDS, instead of `typed_config`."""

    disabled: bool = False
    is_optional: bool = False

    @property
    def type_url(self) -> str:
        """The type of the configuration, with its `type.googleapis.com/`."""
        return type_url(self.typed_config)

    @property
    def type(self) -> str:
        """The type of the configuration: `envoy.extensions.filters.http.router.v3.Router`."""
        return self.type_url.removeprefix(TYPE_PREFIX)

    @property
    def config(self) -> dict[str, Any]:
        """The configuration as plain data, `@type` included; empty without."""
        return decoded(self.typed_config) or {}


class Metadata(Struct, frozen=True):
    """Metadata of a resource, by the filter it is meant for; Istio's own is under `istio`."""

    filter_metadata: dict[str, Any] = {}

    @property
    def istio(self) -> dict[str, Any]:
        """What istiod says about the resource."""
        found = self.filter_metadata.get("istio")
        return found if isinstance(found, dict) else {}

    @property
    def config(self) -> str:
        """The path of the Istio resource that made it, empty without."""
        found = self.istio.get("config", "")
        return found if isinstance(found, str) else ""


NO_METADATA = Metadata()


def lower_first(text: str) -> str:
    """A sentence as it stands within another one; words all in capitals stay so."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
