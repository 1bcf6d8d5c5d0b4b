"""Installation profiles: IstioOperators to start from, all of them on top of `default`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from meshctl.charts.errors import InstallationError, UnknownProfileError
from meshctl.charts.package import package_root
from meshctl.charts.trees import Tree, overlaid
from meshctl.documents import Chunk, DocumentError, decode, parse

DEFAULT = "default"

BUILT_IN = Path(__file__).parent / "profiles"


def profile_names(package: str = "") -> list[str]:
    """The profiles that exist, in order; `package` is a folder with `profiles/` and `charts/` that replaces ours."""
    return sorted(path.stem for path in _folder(package).glob("*.yaml"))


def profile(name: str, package: str = "") -> Tree:
    """The IstioOperator of a profile on top of the default one.

    Raises `UnknownProfileError` for a name without a file, `InstallationError` for a file that cannot be read.
    """
    base = _read(DEFAULT, package)
    return base if name in ("", DEFAULT) else overlaid(base, _read(name, package))


def profile_text(name: str, package: str = "") -> str:
    """The text of the profile's own file."""
    known = profile_names(package)
    if name not in known:
        raise UnknownProfileError(name, known)
    path = _folder(package) / f"{name}.yaml"
    try:
        return decode(path.read_bytes())
    except (OSError, DocumentError) as error:
        raise InstallationError(f"the profile {path} cannot be read: {error}") from error


def _read(name: str, package: str) -> Tree:
    text = profile_text(name, package)
    try:
        found: Any = parse(Chunk(text, 1)).data
    except DocumentError as error:
        raise InstallationError(f"profile {name}, line {error.line}: {error.message}", hint=error.hint) from error
    if not isinstance(found, dict):
        raise InstallationError(f"the profile {name} holds no IstioOperator")
    return found


def _folder(package: str) -> Path:
    return package_root(package) / "profiles" if package else BUILT_IN
