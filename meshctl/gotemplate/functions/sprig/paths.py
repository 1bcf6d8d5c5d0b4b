"""Paths with slashes."""

from __future__ import annotations

from meshctl.gotemplate.function import FunctionMap


def base(path: str) -> str:
    """The last part of a path."""
    if not path:
        return "."
    return path.rstrip("/").rpartition("/")[2] or "/"


def clean(path: str) -> str:
    """The shortest path to the same place."""
    rooted = path.startswith("/")
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part == ".." and rooted:
            continue
        elif part not in ("", "."):
            parts.append(part)
    return ("/" if rooted else "") + "/".join(parts) or "."


def directory(path: str) -> str:
    """All but the last part of a path."""
    return clean(path[: path.rfind("/") + 1])


def extension(path: str) -> str:
    """The end of the last part of a path, from its last dot on."""
    name = path[path.rfind("/") + 1 :]
    return name[name.rfind(".") :] if "." in name else ""


def is_absolute(path: str) -> bool:
    """Whether a path begins at the root."""
    return path.startswith("/")


_PATHS: FunctionMap = {"base": base, "clean": clean, "dir": directory, "ext": extension, "isAbs": is_absolute}

PATHS: FunctionMap = {
    **_PATHS,
    "osBase": base,
    "osClean": clean,
    "osDir": directory,
    "osExt": extension,
    "osIsAbs": is_absolute,
}
