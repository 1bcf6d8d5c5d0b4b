"""Where the data files that ship with meshctl lie."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def folder(name: str) -> Path:
    """The folder `schemas` or `completions`.

    In a wheel they lie inside the package (`pyproject.toml`, force-include), in a checkout or an editable
    install beside it.
    """
    package = Path(__file__).parent
    shipped = package / "_data" / name
    return shipped if shipped.is_dir() else package.parent / name
