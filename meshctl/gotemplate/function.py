"""Functions of templates: Python functions whose annotations say what they take.

| annotation | Go's parameter |
| --- | --- |
| `str`, `bool`, `int`, `float`, `Int64`... | the type itself |
| `Any` | `interface {}`: no value becomes None |
| `list[Any]`, `list[str]`, `dict[str, Any]`, `dict[str, str]` | lists and maps of these; no value is an empty one |
| `Raw` | the argument as it stands; no value is `MISSING` |
| `Annotated[Any, GoType]` | that type |
| `*rest: X` | any number of X |
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Annotated, Any

from meshctl.gotemplate import types
from meshctl.gotemplate.types import GoType
from meshctl.gotemplate.values import Float32, Int32, Int64, Uint8, Uint32, Uint64

Raw = Annotated[Any, types.RAW]

_TYPES: dict[Any, GoType] = {
    str: types.STRING,
    bool: types.BOOL,
    int: types.INT,
    float: types.FLOAT64,
    bytes: types.BYTES,
    Any: types.ANY,
    list[Any]: types.ANY_LIST,
    list[str]: types.STRING_LIST,
    dict[str, Any]: types.ANY_MAP,
    dict[str, str]: types.STRING_MAP,
    Int32: types.INT32,
    Int64: types.INT64,
    Uint8: types.UINT8,
    Uint32: types.UINT32,
    Uint64: types.UINT64,
    Float32: types.FLOAT32,
}

FunctionMap = typing.Mapping[str, Callable[..., Any]]
"""Functions by the names that templates call them by."""


class Function:
    """A function with the types of its parameters.

    A first parameter named `run` is not the template's to give: it gets the rendering itself (for functions that render
    templates).
    """

    __slots__ = ("call", "parameters", "variadic", "wants_run")

    def __init__(self, call: Callable[..., Any], *, is_method: bool = False) -> None:
        self.call = call
        self.parameters: list[GoType] = []
        self.variadic: GoType | None = None
        self.wants_run = False
        hints = typing.get_type_hints(call, include_extras=True)
        for at, parameter in enumerate(inspect.signature(call).parameters.values()):
            if at == 0 and (is_method or parameter.name == "run"):
                self.wants_run = not is_method
                continue
            found = go_type(hints.get(parameter.name, Any))
            if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
                self.variadic = found
            elif parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
                self.parameters.append(found)


def go_type(annotation: Any) -> GoType:
    """The type that an annotation of a parameter stands for; raises `TypeError` if it stands for none."""
    found = _TYPES.get(annotation)
    if found is not None:
        return found
    for extra in getattr(annotation, "__metadata__", ()):
        if isinstance(extra, GoType):
            return extra
    if isinstance(annotation, type) and isinstance(getattr(annotation, "go_type", None), GoType):
        declared: GoType = annotation.go_type  # type: ignore[attr-defined]
        return declared
    raise TypeError(f"{annotation!r} stands for no type of templates")


_KNOWN: dict[tuple[Callable[..., Any], bool], Function] = {}


def function(call: Callable[..., Any], *, is_method: bool = False) -> Function:
    """The function of a Python function or, for methods, of one that takes the receiver first."""
    found = _KNOWN.get((call, is_method))
    if found is None:
        found = _KNOWN[call, is_method] = Function(call, is_method=is_method)
    return found
