"""Dates and durations."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated, Any

from meshctl.gotemplate.errors import FunctionError
from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.functions.sprig.layouts import DAYS, MONTHS, parsed, written
from meshctl.gotemplate.numbers import INT64_MAX, INT64_MIN
from meshctl.gotemplate.types import GoType
from meshctl.gotemplate.values import Int64, Pointer, Struct, type_of

_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_DURATION = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h)")
_SECOND = 1_000_000_000
_LONG_UNITS = (("y", 365 * 24 * 3600), ("mo", 30 * 24 * 3600), ("d", 24 * 3600), ("h", 3600), ("m", 60), ("s", 1))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FULL = "2006-01-02 15:04:05.999999999 -0700 MST"


def duration_text(nanoseconds: int) -> str:
    """A duration as Go writes it: `1h0m0s`, `1.5s`, `20ms`."""
    if nanoseconds == 0:
        return "0s"
    sign, rest = "-" if nanoseconds < 0 else "", abs(nanoseconds)
    for unit in ("ns", "µs", "ms"):
        if rest < _SECOND and rest < _UNITS[unit] * 1000:
            return sign + _decimal(rest, _UNITS[unit]) + unit
    minutes, rest = divmod(rest, 60 * _SECOND)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return sign + text + _decimal(rest, _SECOND) + "s"


def _decimal(value: int, unit: int) -> str:
    whole, rest = divmod(value, unit)
    part = str(rest).rjust(len(str(unit)) - 1, "0").rstrip("0") if rest else ""
    return f"{whole}.{part}" if part else str(whole)


def parse_duration(text: str) -> int:
    """The nanoseconds of a duration as Go writes it; raises `FunctionError`."""
    body = text[1:] if text[:1] in ("+", "-") else text
    found = 0
    if body != "0":
        if not body or _DURATION.sub("", body):
            raise FunctionError(f"{text!r} is no duration")
        for piece in _DURATION.findall(body):
            unit = re.sub(r"[0-9.]", "", piece)
            whole, _, part = piece.removesuffix(unit).partition(".")
            found += int(whole or 0) * _UNITS[unit] + int(part or 0) * _UNITS[unit] // 10 ** len(part)
    found = -found if text.startswith("-") else found
    if not INT64_MIN <= found <= INT64_MAX:
        raise FunctionError(f"{text!r} is too long a duration")
    return found


def local_zone() -> tzinfo:
    """The time zone of the machine."""
    return datetime.now().astimezone().tzinfo or UTC


def _at(receiver: Struct) -> datetime:
    found: datetime = receiver.data["moment"]
    return found


def _struct(moment: datetime) -> Struct:
    return Struct(TIME, {"moment": moment})


def _nanoseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


DURATION = GoType(
    "time.Duration",
    "int64",
    methods={
        "Hours": lambda receiver: receiver / (3600 * _SECOND),
        "Microseconds": lambda receiver: Int64(int(receiver / 1000)),
        "Milliseconds": lambda receiver: Int64(int(receiver / 1_000_000)),
        "Minutes": lambda receiver: receiver / (60 * _SECOND),
        "Nanoseconds": lambda receiver: Int64(receiver),
        "Seconds": lambda receiver: receiver / _SECOND,
        "String": lambda receiver: duration_text(int(receiver)),
    },
)


class Duration(int):
    """Go's time.Duration: nanoseconds."""

    go_type = DURATION


class _Month(int):
    go_type = GoType("time.Month", "int", methods={"String": lambda receiver: MONTHS[receiver - 1]})


class _Weekday(int):
    go_type = GoType("time.Weekday", "int", methods={"String": lambda receiver: DAYS[receiver - 1]})


def _format(receiver: Struct, layout: str) -> str:
    return written(_at(receiver), layout)


def _add_date(receiver: Struct, years: int, months: int, days: int) -> Struct:
    moment = _at(receiver)
    month = moment.month - 1 + months
    year = moment.year + years + month // 12
    return _struct(moment.replace(year=year, month=month % 12 + 1, day=1) + timedelta(days=moment.day - 1 + days))


TIME = GoType(
    "time.Time",
    "struct",
    methods={
        "Add": lambda receiver, nanoseconds: _struct(_at(receiver) + timedelta(microseconds=int(nanoseconds) // 1000)),
        "AddDate": _add_date,
        "Day": lambda receiver: _at(receiver).day,
        "Format": _format,
        "Hour": lambda receiver: _at(receiver).hour,
        "IsZero": lambda receiver: _at(receiver) == datetime(1, 1, 1, tzinfo=UTC),
        "Local": lambda receiver: _struct(_at(receiver).astimezone(local_zone())),
        "MarshalJSON": lambda receiver: f'"{written(_at(receiver), "2006-01-02T15:04:05.999999999Z07:00")}"',
        "Minute": lambda receiver: _at(receiver).minute,
        "Month": lambda receiver: _Month(_at(receiver).month),
        "Nanosecond": lambda receiver: _at(receiver).microsecond * 1000,
        "Second": lambda receiver: _at(receiver).second,
        "String": lambda receiver: written(_at(receiver), _FULL),
        "UTC": lambda receiver: _struct(_at(receiver).astimezone(UTC)),
        "Unix": lambda receiver: Int64(_nanoseconds(_at(receiver)) // _SECOND),
        "UnixMilli": lambda receiver: Int64(_nanoseconds(_at(receiver)) // 1_000_000),
        "UnixNano": lambda receiver: Int64(_nanoseconds(_at(receiver))),
        "Weekday": lambda receiver: _Weekday(_at(receiver).isoweekday() % 7),
        "Year": lambda receiver: _at(receiver).year,
        "YearDay": lambda receiver: _at(receiver).timetuple().tm_yday,
    },
)
Time = Annotated[Any, TIME]
_ZERO = datetime(1, 1, 1, tzinfo=UTC)


def now() -> Struct:
    """The time."""
    return _struct(datetime.now().astimezone())


def _moment(value: Any) -> datetime:
    """The moment that a value stands for: a time, or seconds since 1970; anything else means now."""
    if isinstance(value, Pointer):
        value = value.target
    if isinstance(value, Struct) and value.go_type is TIME:
        return _at(value)
    if type_of(value).name in ("int", "int32", "int64"):
        return (_EPOCH + timedelta(seconds=int(value))).astimezone(local_zone())
    return datetime.now().astimezone()


def date(layout: str, value: Any) -> str:
    """A time in the form of a layout, in the time zone of the machine."""
    return written(_moment(value).astimezone(local_zone()), layout)


def date_in_zone(layout: str, value: Any, zone: str) -> str:
    """A time in the form of a layout, in a time zone; UTC if there is no such zone."""
    return written(_moment(value).astimezone(_zone(zone)), layout)


def _zone(name: str) -> tzinfo:
    import zoneinfo

    if name == "Local":
        return local_zone()
    try:
        return UTC if name in ("", "UTC") else zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return UTC


def html_date(value: Any) -> str:
    """The day of a time for an HTML form."""
    return date("2006-01-02", value)


def html_date_in_zone(value: Any, zone: str) -> str:
    """The day of a time in a time zone for an HTML form."""
    return date_in_zone("2006-01-02", value, zone)


def must_date_modify(change: str, value: Time) -> Struct:
    """A time moved by a duration."""
    return _struct(_at(value) + timedelta(microseconds=parse_duration(change) // 1000))


def date_modify(change: str, value: Time) -> Struct:
    """A time moved by a duration, or not if it is none."""
    try:
        return must_date_modify(change, value)
    except FunctionError:
        return _struct(_at(value))


def must_to_date(layout: str, text: str) -> Struct:
    """The time that a text in the form of a layout stands for."""
    return _struct(parsed(text, layout, local_zone()))


def to_date(layout: str, text: str) -> Struct:
    """The time that a text in the form of a layout stands for, or the first day of year 1."""
    try:
        return must_to_date(layout, text)
    except FunctionError:
        return _struct(_ZERO)


def unix_epoch(value: Time) -> str:
    """The seconds since 1970."""
    return str(_nanoseconds(_at(value)) // _SECOND)


def ago(value: Any) -> str:
    """How long ago a time was, in whole seconds."""
    elapsed = datetime.now(UTC) - _moment(value)
    return duration_text(round(elapsed.total_seconds()) * _SECOND)


def duration(value: Any) -> str:
    """A number of seconds as a duration; only strings and int64 are taken for numbers."""
    seconds = 0
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,20}", value):
        seconds = min(max(int(value), INT64_MIN), INT64_MAX)
    elif type_of(value).name == "int64":
        seconds = int(value)
    nanoseconds = (seconds * _SECOND + (1 << 63)) % (1 << 64) - (1 << 63)
    return duration_text(nanoseconds)


def duration_round(value: Any) -> str:
    """A duration in its greatest unit: years, months, days, hours, minutes or seconds."""
    nanoseconds = 0
    if isinstance(value, str):
        try:
            nanoseconds = parse_duration(value)
        except FunctionError:
            nanoseconds = 0
    elif isinstance(value, Struct) and value.go_type is TIME:
        nanoseconds = _nanoseconds(datetime.now(UTC)) - _nanoseconds(_at(value))
    elif type_of(value).name == "int64":
        nanoseconds = int(value)
    for unit, seconds in _LONG_UNITS:
        if abs(nanoseconds) > seconds * _SECOND:
            return f"{abs(nanoseconds) // (seconds * _SECOND)}{unit}"
    return "0s"


DATES: FunctionMap = {
    "ago": ago,
    "date": date,
    "dateInZone": date_in_zone,
    "dateModify": date_modify,
    "date_in_zone": date_in_zone,
    "date_modify": date_modify,
    "duration": duration,
    "durationRound": duration_round,
    "htmlDate": html_date,
    "htmlDateInZone": html_date_in_zone,
    "mustDateModify": must_date_modify,
    "mustToDate": must_to_date,
    "must_date_modify": must_date_modify,
    "now": now,
    "toDate": to_date,
    "unixEpoch": unix_epoch,
}
