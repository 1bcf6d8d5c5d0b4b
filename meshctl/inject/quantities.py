"""Quantities in the form in which Kubernetes writes them: `2000m` is `2`, `1024Mi` is `1Gi`.

Source: the rules of canonical form in the documentation of `resource.Quantity`: no precision is lost, no fraction is
written, and the suffix is the largest that allows both.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

_QUANTITY = re.compile(
    r"([+-]?)([0-9]+\.?[0-9]*|\.[0-9]+)(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?[0-9]{1,3}))?", re.ASCII
)
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_SUFFIXES = {power: suffix for suffix, power in _DECIMAL.items()}
_NANO = 10**9
_LONG = 18
"""So many digits fit in 64 bits, whatever they are."""
_HIGHEST = 2**63 - 1
_LONGEST = 100


@lru_cache(maxsize=4096)
def canonical(text: str) -> str | None:
    """The canonical form of a quantity; None for a text that is none."""
    match = _QUANTITY.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    sign, digits, binary, decimal, exponent = match.groups()
    power = int(exponent) if exponent else _DECIMAL[decimal or ""]
    if _stays(digits, binary, power):
        return text
    number = Fraction(f"0{digits}" if digits.startswith(".") else digits.removesuffix("."))
    if binary:
        number *= 1024 ** _BINARY.index(binary)
    else:
        number *= Fraction(10) ** power
    # Nothing is finer than a billionth: what is gets rounded away from zero.
    number = Fraction(-(-number * _NANO // 1), _NANO)
    if not number:
        return "0"
    if binary:
        number = min(number, Fraction(_HIGHEST))
    sign = "-" if sign == "-" else ""
    if binary and number >= 1024 and number.denominator == 1:
        return f"{sign}{_in_binary(int(number))}"
    return f"{sign}{_in_decimal(number, 'e' if exponent else '')}"


def _stays(digits: str, binary: str | None, power: int) -> bool:
    """Whether Kubernetes takes a spelling for canonical and writes it again as it was, as it does with `1.250`."""
    whole, _, fraction = digits.partition(".")
    whole = whole.lstrip("0") or "0"
    shifted = whole + fraction
    if binary:
        steps = _BINARY.index(binary)
        return not fraction and len(whole) + 3 * steps < 15 and int(whole) % 8 != 0
    power -= len(fraction)
    is_short = len(shifted) <= _LONG and power >= -9
    return is_short and power % 3 == 0 and not shifted.endswith("000") and shifted[0] != "0"


def _in_binary(number: int) -> str:
    steps = 0
    while number % 1024 == 0 and steps < len(_BINARY) - 1:
        number //= 1024
        steps += 1
    return f"{number}{_BINARY[steps]}"


def _in_decimal(number: Fraction, mark: str) -> str:
    """With a suffix, or with an exponent behind a mark; the power is always one of a thousand."""
    power = -9
    whole = int(number * _NANO)
    while whole % 1000 == 0 and (mark or power < max(_SUFFIXES)):
        whole //= 1000
        power += 3
    if mark:
        return f"{whole}{mark}{power}" if power else str(whole)
    return f"{whole}{_SUFFIXES[power]}"
