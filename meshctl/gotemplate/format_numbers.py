"""Numbers as Go's `fmt` and `strconv` write them."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

_BASES = {"b": 2, "o": 8, "O": 8, "x": 16, "X": 16}


@dataclass(slots=True)
class Spec:
    """What stands between the percent sign and the verb; `sharp_v` and `plus_v` are the `#` and `+` of `%v`."""

    minus: bool = False
    plus: bool = False
    sharp: bool = False
    space: bool = False
    zero: bool = False
    sharp_v: bool = False
    plus_v: bool = False
    width: int | None = None
    precision: int | None = None


PLAIN = Spec()

EXPONENT = 6
"""The shortest form of a floating-point number has an exponent if that is at least this (or below -4)."""


def padded(text: str, spec: Spec, zero: bool | None = None) -> str:
    """The text filled up to the width, which counts characters."""
    missing = (spec.width or 0) - len(text)
    if missing <= 0:
        return text
    if spec.minus:
        return text + " " * missing
    return ("0" if (spec.zero if zero is None else zero) else " ") * missing + text


def integer(value: int, verb: str, spec: Spec) -> str:
    """An integer by one of the verbs `d b o O x X`."""
    if spec.precision == 0 and value == 0:
        return " " * (spec.width or 0)
    base = _BASES.get(verb, 10)
    digits = _digits(abs(value), base)
    least = spec.precision or 0
    if spec.precision is None and spec.zero and not spec.minus and spec.width is not None:
        least = spec.width - (value < 0 or spec.plus or spec.space)
    digits = digits.rjust(least, "0")
    if spec.sharp:
        digits = {2: "0b", 16: "0x"}.get(base, "") + digits
        if base == 8 and not digits.startswith("0"):
            digits = "0" + digits
    if verb == "X":
        digits = digits.upper()
    if verb == "O":
        digits = "0o" + digits
    sign = "-" if value < 0 else "+" if spec.plus else " " if spec.space else ""
    return padded(sign + digits, spec, zero=False)


def _digits(value: int, base: int) -> str:
    return format(value, {2: "b", 8: "o", 10: "d", 16: "x"}[base])


def unicode(code: int, spec: Spec) -> str:
    """A code point as `U+0041`, with the character itself after it if asked for by `#`."""
    text = f"U+{code % (1 << 64):0{max(spec.precision or 0, 4)}X}"
    if spec.sharp and 0 <= code <= 0x10FFFF and chr(code).isprintable():
        text += f" '{chr(code)}'"
    return padded(text, spec, zero=False)


def float_text(value: float, verb: str, precision: int | None, size: int = 64) -> str:
    """A floating-point number as Go's `strconv` writes it: verbs `e E f g G b x X`; no precision means the shortest."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if verb in "xX":
        return _hexadecimal(value, precision, upper=verb == "X")
    if verb == "b":
        return _binary(value, size)
    if precision is not None:
        if verb in "gG":
            return f"{value:.{max(precision, 1)}{verb}}"
        return f"{value:.{precision}{verb}}"
    sign, digits, exponent = _shortest(value, size)
    if verb in "gG":
        verb = {"g": "e", "G": "E"}[verb] if exponent < -4 or exponent >= EXPONENT else "f"
    if verb in "eE":
        part = "." + digits[1:] if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{part}{verb}{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    whole = digits[: exponent + 1].ljust(exponent + 1, "0")
    part = digits[exponent + 1 :]
    return f"{sign}{whole}.{part}" if part else f"{sign}{whole}"


def _shortest(value: float, size: int) -> tuple[str, str, int]:
    """Sign, digits and decimal exponent of the shortest text that reads back as the same number."""
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    if value == 0:
        return sign, "0", 0
    text = repr(abs(value))
    if size == 32:
        wanted = struct.pack("f", value)
        text = next(t for n in range(17) if struct.pack("f", float(t := f"{value:.{n}e}")) == wanted).lstrip("-")
    mantissa, _, power = text.partition("e")
    whole, _, part = mantissa.partition(".")
    digits = (whole + part).lstrip("0")
    exponent = len(whole) - 1 + int(power or 0)
    if whole == "0":
        exponent = int(power or 0) - 1 - (len(part) - len(part.lstrip("0")))
    return sign, digits.rstrip("0") or "0", exponent


def _hexadecimal(value: float, precision: int | None, upper: bool) -> str:
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    mantissa, exponent = math.frexp(abs(value))
    if value == 0:
        bits, exponent = 0, 0
    else:
        bits, exponent = int(mantissa * (1 << 53)), exponent - 1  # 1 bit before the point, 52 after it
    if precision is not None and precision < 13:
        dropped = 52 - 4 * precision
        half, rest = 1 << (dropped - 1), bits & ((1 << dropped) - 1)
        bits >>= dropped
        bits += rest > half or (rest == half and bits & 1)
        if bits >> (4 * precision) > 1:
            bits, exponent = bits >> 1, exponent + 1
        whole, part = bits >> (4 * precision), f"{bits & ((1 << 4 * precision) - 1):0{precision}x}" if precision else ""
    else:
        whole, part = bits >> 52, f"{bits & ((1 << 52) - 1):013x}"
        part = part.rstrip("0") if precision is None else part.ljust(precision, "0")
    text = f"{sign}0x{whole}{'.' if part else ''}{part}p{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    return text.upper() if upper else text


def _binary(value: float, size: int) -> str:
    width = 53 if size == 64 else 24
    least = -1074 if size == 64 else -149
    mantissa, exponent = math.frexp(abs(value))
    bits, exponent = int(mantissa * (1 << width)), exponent - width
    if value == 0:
        exponent = least
    while exponent < least:
        bits, exponent = bits >> 1, exponent + 1
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    return f"{sign}{bits}p{'-' if exponent < 0 else '+'}{abs(exponent)}"


def floating(value: float, verb: str, spec: Spec, size: int = 64) -> str:
    """A floating-point number by one of the verbs `v b g G x X f F e E`."""
    default = 6 if verb in "feEF" else None
    precision = default if spec.precision is None else spec.precision
    verb = {"v": "g", "F": "f"}.get(verb, verb)
    text = float_text(value, verb, precision, size)
    sign = text[0] if text[0] in "+-" else "+"
    text = text.lstrip("+-")
    special = text in ("Inf", "NaN")
    if spec.space and sign == "+" and not spec.plus:
        sign = " "
    if special:
        keeps_sign = spec.plus or sign != "+" if text == "Inf" else spec.space or spec.plus
        return padded((sign if keeps_sign or (text == "Inf" and sign == "+") else "") + text, spec, zero=False)
    if spec.sharp and verb != "b":
        text = _sharp(text, verb, precision)
    if spec.plus or sign != "+":
        if spec.zero and not spec.minus and spec.width is not None:
            return sign + text.rjust(spec.width - 1, "0")
        return padded(sign + text, spec)
    return padded(text, spec)


def _sharp(text: str, verb: str, precision: int | None) -> str:
    """With a decimal point in any case, and the zeros at the end that the shortest form leaves out."""
    wanted = 0
    if verb in "gGx":
        wanted = 6 if precision is None else precision
    mantissa, tail = text, ""
    for mark in "pP" if verb in "xX" else "pPeE":
        if mark in text:
            mantissa, tail = text[: text.index(mark)], text[text.index(mark) :]
    significant = mantissa.replace(".", "").lstrip("0")
    if verb == "x" and "x" in mantissa:
        significant = mantissa.replace(".", "").replace("0", "", 1)
    missing = wanted - len(significant)
    if "." not in mantissa:
        missing -= mantissa == "0"
        mantissa += "."
    return mantissa + "0" * max(missing, 0) + tail
