"""`meshctl experimental export-charts`."""

from __future__ import annotations

from typing import Annotated

import typer


def export_charts(
    directory: Annotated[str, typer.Argument(metavar="DIRECTORY", help="Folder to write to; new or empty.")],
) -> int:
    """Write the charts and profiles of meshctl to a folder, for plain Helm or to change them.

    Give the folder to --manifests, or a chart in it to helm install.

    Example: meshctl experimental export-charts istio/ && helm template istio/charts/istiod
    """
    from pathlib import Path

    from meshctl.charts.chart import CHARTS, chart
    from meshctl.charts.errors import NotWrittenError
    from meshctl.charts.profiles import profile_names, profile_text
    from meshctl.output.writing import write_folder

    folder = Path(directory)
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise NotWrittenError(f"{directory} is there and not empty", hint="name a new folder")
    for name in CHARTS:
        chart(name).write(folder / "charts" / name)
        print(folder / "charts" / name)
    write_folder(str(folder / "profiles"), {f"{name}.yaml": profile_text(name) for name in profile_names()})
    print(folder / "profiles")
    return 0
