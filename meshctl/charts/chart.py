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
    Schema that its values have to fit, `values_text` is values.yaml as it is written, and `charts` are those within it.
    """

    metadata: Mapping[str, Any]
    values: Mapping[str, Any]
    templates: Mapping[str, str]
    files: Mapping[str, bytes]
    shared: tuple[Path, ...] = ()
    schema: Mapping[str, Any] | None = None
    values_text: str = ""
    charts: tuple[Chart, ...] = ()

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
    *shared, last = folders
    return _of_files(last, {path: file for folder in folders for path, file in files_of(folder)}, tuple(shared))


def _of_files(folder: Path, paths: Mapping[str, Path], shared: tuple[Path, ...] = ()) -> Chart:
    """A chart from its files by their paths below its folder."""
    templates: dict[str, str] = {}
    files: dict[str, bytes] = {}
    within: dict[str, dict[str, Path]] = {}
    for relative, path in paths.items():
        if relative.startswith("templates/"):
            templates[relative] = _text(path, _bytes(path))
        elif relative.startswith("charts/"):
            name, _, below = relative.removeprefix("charts/").partition("/")
            if not name.startswith(("_", ".")):
                within.setdefault(name, {})[below] = path
        elif relative not in _NO_FILES:
            files[relative] = _bytes(path)
    return Chart(
        _metadata(folder),
        _values(folder / "values.yaml"),
        templates,
        files,
        shared,
        _schema(folder / "values.schema.json"),
        _text(folder / "values.yaml", _bytes(folder / "values.yaml")) if (folder / "values.yaml").is_file() else "",
        tuple(_within(folder / "charts" / name, below) for name, below in sorted(within.items())),
    )


def _within(folder: Path, paths: Mapping[str, Path]) -> Chart:
    if folder.is_file():
        raise InstallationError(
            f"{folder} is a chart in one file, which meshctl does not read",
            hint="unpack it: tar -xzf in that folder, then remove the file",
        )
    return _of_files(folder, paths)


def _metadata(folder: Path) -> Tree:
    """What Chart.yaml holds; charts of the first form have their dependencies in a file of its own."""
    found = _mapping(folder / "Chart.yaml")
    requirements = folder / "requirements.yaml"
    return {**_mapping(requirements), **found} if requirements.is_file() else found


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
