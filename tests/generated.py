"""Generated files, and the command that writes them anew: `python -m tests.generated`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from meshctl.cli.completion import command_tree
from meshctl.output.completions import FILES, SHELLS

ROOT = Path(__file__).parent.parent


def generated() -> Mapping[Path, str]:
    """Every generated file of the project with what it has to hold."""
    tree = command_tree()
    return {ROOT / "completions" / FILES[shell]: write(tree) for shell, write in SHELLS.items()}


def main() -> None:
    """Writes the files that differ."""
    for path, text in generated().items():
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
