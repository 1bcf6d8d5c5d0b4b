"""`meshctl profile list|dump|diff`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from meshctl.cli.installing import FilesOption, ManifestsOption, SetOption
from meshctl.cli.values import PROFILES, PROFILES_OR_FILES, OneOf
from meshctl.errors import UsageError

Printed = Annotated[
    str,
    typer.Option(
        "--output", "-o", metavar="FORMAT", click_type=OneOf(("yaml", "json", "flags")), help="yaml, json or flags."
    ),
]


def profile_list(manifests: ManifestsOption = "") -> int:
    """List the profiles that an installation can start from.

    Example: meshctl profile list
    """
    from meshctl.charts.profiles import profile_names

    print("Profiles:")
    for name in profile_names(manifests):
        print(f"    {name}")
    return 0


def profile_dump(
    profile: Annotated[
        str, typer.Argument(metavar="[PROFILE]", click_type=PROFILES, help="Profile; the default one without.")
    ] = "",
    filename: FilesOption = None,
    sets: SetOption = None,
    config_path: Annotated[
        str,
        typer.Option("--config-path", "-p", metavar="PATH", help="Print this part of spec only: components.pilot."),
    ] = "",
    output: Printed = "yaml",
    manifests: ManifestsOption = "",
) -> int:
    """Print what a profile sets, on its own or with your files and flags on top of it.

    Examples:

      meshctl profile dump demo

      meshctl profile dump -f operator.yaml -p values.global -o flags
    """
    from meshctl.charts.installation import merged_operator
    from meshctl.charts.trees import leaves, value_at
    from meshctl.documents import write_json, write_yaml

    if profile and filename:
        raise UsageError("a profile and files cannot be given together", hint="write spec.profile in the file")
    chosen = [*([f"profile={profile}"] if profile else []), *(sets or [])]
    found: Any = merged_operator(filename or (), chosen, package=manifests)
    if config_path or output == "flags":
        found = found["spec"]
        if config_path:
            found = value_at(found, config_path)
            if found is None:
                raise UsageError(f"the profile sets nothing at {config_path!r}", hint="paths begin below spec")
    if output == "json":
        print(write_json(found, indent=2))
    elif output == "yaml":
        print(write_yaml(found), end="")
    else:
        for path, value in leaves(found, config_path):
            print(f"{path}={value if isinstance(value, str) else write_json(value)}")
    return 0


def profile_diff(
    first: Annotated[
        str,
        typer.Argument(
            metavar="PROFILE|FILE", click_type=PROFILES_OR_FILES, help="A profile, or a file that names one."
        ),
    ],
    second: Annotated[
        str, typer.Argument(metavar="PROFILE|FILE", click_type=PROFILES_OR_FILES, help="What to compare it with.")
    ],
    manifests: ManifestsOption = "",
) -> int:
    """Show what differs between two profiles, or between files on top of their profiles.

    Exit codes: 79 when they differ, 0 when they are the same.

    Example: meshctl profile diff default demo
    """
    import difflib

    from meshctl.charts.installation import merged_operator
    from meshctl.charts.profiles import profile_names
    from meshctl.documents import write_yaml
    from meshctl.errors import FINDING

    texts = []
    for name in (first, second):
        is_profile = name in profile_names(manifests)
        found = (
            merged_operator(sets=[f"profile={name}"], package=manifests)
            if is_profile
            else merged_operator([name], package=manifests)
        )
        found["spec"].pop("profile", None)  # the names differ always
        found["spec"].pop("installPackagePath", None)
        texts.append(write_yaml(found).splitlines())
    lines = list(difflib.unified_diff(texts[0], texts[1], first, second, lineterm=""))
    print("\n".join(lines) if lines else f"{first} and {second} set the same")
    return FINDING if lines else 0
