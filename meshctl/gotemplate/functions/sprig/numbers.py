"""Numbers."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import reduce
from typing import Any

from meshctl.gotemplate.errors import FunctionError
from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.functions.casts import text_of, to_float, to_int64, wrapped
from meshctl.gotemplate.numbers import INT64_MAX, INT64_MIN
from meshctl.gotemplate.sizes import bounded
from meshctl.gotemplate.types import INT_LIST
from meshctl.gotemplate.values import Int64, TypedList

_EXACT = Context(prec=800, rounding=ROUND_HALF_UP)
_DIVISION = Decimal(1).scaleb(-16)


def atoi(text: str) -> int:
    """The decimal number that the text is, or 0; too great ones become the greatest one."""
    if not re.fullmatch(r"[+-]?[0-9]{1,400}", text):
        return 0
    return min(max(int(text), INT64_MIN), INT64_MAX)


def int_(value: Any) -> int:
    """The value as a whole number."""
    return int(to_int64(value))


def int64(value: Any) -> Int64:
    """The value as a whole number of 64 bits."""
    return to_int64(value)


def float64(value: Any) -> float:
    """The value as a floating-point number."""
    return to_float(value)


def to_decimal(value: Any) -> Int64:
    """The number that the value's text is when read as an octal one."""
    text = text_of(value)
    if not re.fullmatch(r"[+-]?[0-7]{1,30}", text) or not INT64_MIN <= int(text, 8) <= INT64_MAX:
        return Int64(0)
    return Int64(int(text, 8))


def add1(value: Any) -> Int64:
    """One more."""
    return wrapped(to_int64(value) + 1)


def add(*values: Any) -> Int64:
    """The sum."""
    return wrapped(sum(map(to_int64, values)))


def sub(first: Any, second: Any) -> Int64:
    """The difference."""
    return wrapped(to_int64(first) - to_int64(second))


def mul(first: Any, *others: Any) -> Int64:
    """The product."""
    return reduce(lambda a, b: wrapped(int(a) * int(b)), map(to_int64, others), to_int64(first))


def _quotient(first: int, second: int) -> int:
    if second == 0:
        raise FunctionError("a division by zero")
    return abs(first) // abs(second) * (1 if (first < 0) == (second < 0) else -1)


def div(first: Any, second: Any) -> Int64:
    """The whole part of the quotient."""
    return wrapped(_quotient(to_int64(first), to_int64(second)))


def mod(first: Any, second: Any) -> Int64:
    """The remainder of a division, with the sign of the first number."""
    a, b = to_int64(first), to_int64(second)
    return wrapped(a - b * _quotient(a, b))


def max_(first: Any, *others: Any) -> Int64:
    """The greatest of the whole numbers."""
    return max(map(to_int64, (first, *others)))


def min_(first: Any, *others: Any) -> Int64:
    """The least of the whole numbers."""
    return min(map(to_int64, (first, *others)))


def maxf(first: Any, *others: Any) -> float:
    """The greatest of the numbers."""
    return reduce(lambda a, b: b if b > a else a, map(to_float, (first, *others)))


def minf(first: Any, *others: Any) -> float:
    """The least of the numbers."""
    return reduce(lambda a, b: b if b < a else a, map(to_float, (first, *others)))


def _decimal(value: Any) -> Decimal:
    number = to_float(value)
    if math.isnan(number) or math.isinf(number):
        raise FunctionError(f"cannot calculate with {number}")
    return Decimal(repr(number))


def _calculated(operation: Callable[[Decimal, Decimal], Decimal], first: Any, others: tuple[Any, ...]) -> float:
    """Calculations in decimal digits, so that a tenth and two tenths are three tenths."""
    return float(reduce(operation, map(_decimal, others), _decimal(first)))


def add1f(value: Any) -> float:
    """One more, with decimals."""
    return _calculated(_EXACT.add, value, (1,))


def addf(*values: Any) -> float:
    """The sum, with decimals."""
    return _calculated(_EXACT.add, 0, values)


def subf(first: Any, *others: Any) -> float:
    """The difference, with decimals."""
    return _calculated(_EXACT.subtract, first, others)


def mulf(first: Any, *others: Any) -> float:
    """The product, with decimals."""
    return _calculated(_EXACT.multiply, first, others)


def _divided(first: Decimal, second: Decimal) -> Decimal:
    if second == 0:
        raise FunctionError("a division by zero")
    return _EXACT.quantize(_EXACT.divide(first, second), _DIVISION)


def divf(first: Any, *others: Any) -> float:
    """The quotient, with decimals."""
    return _calculated(_divided, first, others)


def ceil(value: Any) -> float:
    """The least whole number that is not below the value."""
    return _whole(math.ceil, value)


def floor(value: Any) -> float:
    """The greatest whole number that is not above the value."""
    return _whole(math.floor, value)


def _whole(operation: Callable[[float], int], value: Any) -> float:
    number = to_float(value)
    if math.isnan(number) or math.isinf(number):
        return number
    return math.copysign(float(operation(number)), number)


def round_(value: Any, places: int, *on: float) -> float:
    """The number with so many decimals; `on` is the fraction from which it is rounded up, one half by default."""
    try:
        power = 10.0**places
    except OverflowError:
        power = math.inf
    shifted = power * to_float(value)
    if math.isnan(shifted) or math.isinf(shifted) or power == 0:
        return math.nan if math.isinf(power) or power == 0 else shifted
    up = math.modf(shifted)[0] >= (on[0] if on else 0.5)
    return _whole(math.ceil if up else math.floor, shifted) / power


def until_step(start: int, stop: int, step: int) -> TypedList:
    """The numbers from a start up or down to a stop, which is left out."""
    if (stop < start) != (step < 0) or step == 0:
        return TypedList(INT_LIST)
    numbers = range(start, stop, step)
    bounded(len(numbers))
    return TypedList(INT_LIST, numbers)


def until(count: int) -> TypedList:
    """The numbers from 0 up or down to a count, which is left out."""
    return until_step(0, count, -1 if count < 0 else 1)


def seq(*numbers: int) -> str:
    """Numbers with spaces between them: to an end, from a start to an end, or with a step in the middle."""
    if not numbers or len(numbers) > 3:
        return ""
    start = numbers[0] if len(numbers) > 1 else 1
    end = numbers[-1]
    direction = -1 if end < start else 1
    step = numbers[1] if len(numbers) == 3 else direction
    if len(numbers) == 3 and direction < 0 < step:
        return ""
    return " ".join(map(str, until_step(start, end + direction, step)))


def rand_int(low: int, high: int) -> int:
    """A number from the low one up to the high one, which is left out; a different one each time."""
    if high <= low:
        raise FunctionError(f"there is no number from {low} up to {high}")
    return random.randrange(low, high)  # noqa: S311 - as random as sprig's


NUMBERS: FunctionMap = {
    "add": add,
    "add1": add1,
    "add1f": add1f,
    "addf": addf,
    "atoi": atoi,
    "biggest": max_,
    "ceil": ceil,
    "div": div,
    "divf": divf,
    "float64": float64,
    "floor": floor,
    "int": int_,
    "int64": int64,
    "max": max_,
    "maxf": maxf,
    "min": min_,
    "minf": minf,
    "mod": mod,
    "mul": mul,
    "mulf": mulf,
    "randInt": rand_int,
    "round": round_,
    "seq": seq,
    "sub": sub,
    "subf": subf,
    "toDecimal": to_decimal,
    "until": until,
    "untilStep": until_step,
}
