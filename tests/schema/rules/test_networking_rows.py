"""The rows of the networking kinds: every one has a case that breaks it and one that just keeps it.

Their cases name rows line by line: `# want IST0106 VS6` marks a message (codes, then the rows that demand it), and
`# row VS6` a near miss, a line that looks like a mistake by this row and is none. `rows.txt` lists the rows; one that
no case can break has its reason beside it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent

_BROKEN = re.compile(r"# want (?:(?:IST|MESH)\d{4}(?:, *)?)+((?: [A-Z]+\d+)*)")
_KEPT = re.compile(r"# row((?: [A-Z]+\d+)+)")
_ROW = re.compile(r"(?P<row>[A-Z]+\d+)(?:  (?P<reason>\S.*))?")


@cache
def rows() -> dict[str, str]:
    """Every row, with the reason why no case breaks it, if there is one."""
    lines = (HERE / "rows.txt").read_text(encoding="utf-8").splitlines()
    found = [_ROW.fullmatch(line) for line in lines if line and not line.startswith("#")]
    assert all(found), "a row is an ID, and two blanks behind it a reason where it has one"
    return {match["row"]: match["reason"] or "" for match in found if match}


def marked(pattern: re.Pattern[str]) -> set[str]:
    """The rows that the cases name in marks of a form."""
    texts = [case.read_text(encoding="utf-8") for case in HERE.glob("*/*.yaml")]
    return {row for text in texts for match in pattern.finditer(text) for row in match[1].split()}


def unreasoned() -> set[str]:
    """The rows that need cases."""
    return {row for row, reason in rows().items() if not reason}


def test_marks_name_known_rows() -> None:
    assert marked(_BROKEN) | marked(_KEPT) <= rows().keys()


def test_every_row_is_broken_by_a_case() -> None:
    assert unreasoned() - marked(_BROKEN) == set()


def test_every_row_is_just_kept_by_a_case() -> None:
    assert unreasoned() - marked(_KEPT) == set()


def test_reasons_are_for_rows_that_no_case_breaks() -> None:
    assert marked(_BROKEN) & rows().keys() <= unreasoned()
