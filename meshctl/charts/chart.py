"""Helm charts: their files, read from a folder or from those that ship with meshctl."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from meshctl.charts.errors import InstallationError, NotWrittenError
from meshctl.charts.ignored_files import files_of
from meshctl.charts.package import chart_folder
from meshctl.charts.trees import Tree, overlaid
from meshctl.documents import Chunk, DocumentError, decode, parse, split

BUILT_IN = Path(__file__).parent

_SHARED = BUILT_IN / "shared"
"""Files that several of our charts have: they are kept once and belong to each of these charts."""

_GATEWAYS = frozenset({"istio-ingress", "istio-egress"})

_NO_FILES = frozenset({"Chart.yaml", "Chart.lock", "values.yaml", "values.schema.json", "requirements.yaml"})
"""What templates do not see among `.Files`."""

CHARTS = ("base", "istiod", "istio-ingress", "istio-egress", "cni", "ztunnel", "gateway", "default")
"""The charts that ship with meshctl."""


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A chart: what Chart.yaml and values.yaml hold, and the texts of its templates and other files by path.

    `shared` are the folders of the templates that it has in common with other charts of ours, `schema` is the JSON
    Schema that its values have to fit, and `values_text` is values.yaml as it is written.
    """

    metadata: Mapping[str, Any]
    values: Mapping[str, Any]
    templates: Mapping[str, str]
    files: Mapping[str, bytes]
    shared: tuple[Path, ...] = ()
    schema: Mapping[str, Any] | None = None
    values_text: str = ""

    @property
    def name(self) -> str:
        """The name in Chart.yaml, with which the names of its templates begin."""
        return str(self.metadata.get("name", ""))

    @property
    def crds(self) -> dict[str, str]:
        """The definitions of kinds that the chart keeps outside its templates, for they are to be there first."""
        return {
            path: content.decode("utf-8", "replace")
            for path, content in self.files.items()
            if path.startswith("crds/") and path.endswith((".yaml", ".yml", ".json"))
        }

    def write(self, folder: Path) -> None:
        """Writes the chart as Helm reads it, with everything that is derived or shared; raises `NotWrittenError`."""
        from meshctl.documents.block import write_block

        texts = {"Chart.yaml": write_block(self.metadata), "values.yaml": self.values_text, **self.templates}
        if self.schema is not None:
            texts["values.schema.json"] = json.dumps(self.schema, indent=2) + "\n"
        contents = {path: text.encode() for path, text in texts.items()} | dict(self.files)
        for path, content in contents.items():
            target = folder / path
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            except OSError as error:
                raise NotWrittenError(
                    f"{target} cannot be written: {(error.strerror or str(error)).lower()}"
                ) from error


def chart(name: str, package: str = "") -> Chart:
    """The chart of that name: ours, or that of a folder with `charts/` (the `manifests/` of a release of Istio).

    Raises `InstallationError` for one that does not exist or cannot be read.
    """
    return _built_in(name) if not package else _read([chart_folder(name, package)])


@cache
def _built_in(name: str) -> Chart:
    if name not in CHARTS:
        raise InstallationError(f"there is no chart {name!r}", hint=f"the charts are {', '.join(CHARTS)}")
    folders = [_SHARED / "every-chart", BUILT_IN / name]
    if name in _GATEWAYS:
        folders.insert(1, _SHARED / "ingress-and-egress")
    found = _read(folders)
    if name != "base":
        return found
    from meshctl.schema.crds import crd_names, crd_yaml

    crds = {f"files/crds/{crd}.yaml": crd_yaml(crd).encode() for crd in crd_names()}
    return replace(found, files={**found.files, **crds})


def chart_profiles(prefix: str = "") -> list[str]:
    """What the profiles of our charts are called that have the prefix: for `platform-` the platforms, and so on."""
    files = (_SHARED / "every-chart" / "files").glob(f"profile-{prefix}*.yaml")
    names = sorted(path.stem.removeprefix(f"profile-{prefix}") for path in files)
    return names if prefix else [name for name in names if "-" not in name]


def _read(folders: list[Path]) -> Chart:
    """A chart from the files of its folder and those of the folders before it, which it has in common with others."""
    templates: dict[str, str] = {}
    files: dict[str, bytes] = {}
    last = folders[-1]
    for folder in folders:
        for relative, path in files_of(folder):
            content = _bytes(path)
            if relative.startswith("templates/"):
                templates[relative] = _text(path, content)
            elif relative.startswith("charts/") and path.name in ("Chart.yaml", path.stem + ".tgz"):
                raise _nested(folder)
            elif relative not in _NO_FILES:
                files[relative] = content
    metadata = _mapping(last / "Chart.yaml")
    if metadata.get("dependencies") or (last / "requirements.yaml").is_file():
        raise _nested(last)
    return Chart(
        metadata,
        _values(last / "values.yaml"),
        templates,
        files,
        tuple(folders[:-1]),
        _schema(last / "values.schema.json"),
        _text(last / "values.yaml", _bytes(last / "values.yaml")) if (last / "values.yaml").is_file() else "",
    )


def _nested(folder: Path) -> InstallationError:
    return InstallationError(
        f"the chart {folder} is made of other charts, which meshctl does not render",
        hint="render it with helm template, and give the outcome to kubectl apply",
    )


def _schema(path: Path) -> Mapping[str, Any] | None:
    if not path.is_file():
        return None
    try:
        found: Any = json.loads(_text(path, _bytes(path)))
    except ValueError as error:
        raise InstallationError(f"{path} is no JSON: {error}") from error
    return found if isinstance(found, dict) else None


def _mapping(path: Path) -> Tree:
    return _parsed(path, Chunk(_text(path, _bytes(path)), 1)) or {}


def _values(path: Path) -> Tree:
    """What values.yaml holds; of several documents each goes over the one before."""
    found: Tree = {}
    if path.is_file():
        for chunk in split(_text(path, _bytes(path))):
            found = overlaid(found, _parsed(path, chunk) or {})
    return found


def _parsed(path: Path, chunk: Chunk) -> Tree | None:
    try:
        found: Any = parse(chunk).data
    except DocumentError as error:
        raise InstallationError(f"{path}, line {error.line}: {error.message}", hint=error.hint) from error
    if found is not None and not isinstance(found, dict):
        raise InstallationError(f"{path} holds no mapping")
    return found


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InstallationError(f"{path} cannot be read: {error.strerror}") from error


def _text(path: Path, content: bytes) -> str:
    try:
        return decode(content)
    except DocumentError as error:
        raise InstallationError(f"{path} is no text: {error.message}") from error
