"""Go's layouts of dates: an example of the wanted text, for the second of January 2006 at 15:04:05."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from meshctl.gotemplate.errors import FunctionError

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

_PARTS = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|__2|_2(?!006)|002|0[1-6]|15"
    r"|Z07:00:00|Z070000|Z07:00|Z0700|Z07|-07:00:00|-070000|-07:00|-0700|-07|PM|pm|[.,]0+(?![0-9])|[.,]9+(?![0-9])|[1-5]"
)

Fields = dict[str, int]


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta(0)


def _zone(moment: datetime, part: str) -> str:
    seconds = round(_offset(moment).total_seconds())
    if part[0] == "Z" and seconds == 0:
        return "Z"
    sign = "-" if seconds < 0 else "+"
    hours, rest = divmod(abs(seconds), 3600)
    colon = ":" if ":" in part else ""
    text = f"{sign}{hours:02d}"
    if len(part) > 3:
        text += f"{colon}{rest // 60:02d}"
    return text + (f"{colon}{rest % 60:02d}" if len(part) > 6 else "")


def zone_name(moment: datetime) -> str:
    """The abbreviation of a moment's time zone, or its offset if it has none."""
    name = moment.tzname()
    return name if name and not name.startswith(("UTC+", "UTC-")) else _zone(moment, "-0700")


def _fraction(moment: datetime, part: str) -> str:
    digits = f"{moment.microsecond:06d}000"
    digits = digits[: len(part) - 1].ljust(len(part) - 1, "0")
    if part[1] == "0":
        return part[0] + digits
    digits = digits.rstrip("0")
    return part[0] + digits if digits else ""


_FORMATS: dict[str, Callable[[datetime], str]] = {
    "January": lambda t: MONTHS[t.month - 1],
    "Jan": lambda t: MONTHS[t.month - 1][:3],
    "1": lambda t: str(t.month),
    "01": lambda t: f"{t.month:02d}",
    "Monday": lambda t: DAYS[t.weekday()],
    "Mon": lambda t: DAYS[t.weekday()][:3],
    "2": lambda t: str(t.day),
    "_2": lambda t: f"{t.day:2d}",
    "02": lambda t: f"{t.day:02d}",
    "__2": lambda t: f"{t.timetuple().tm_yday:3d}",
    "002": lambda t: f"{t.timetuple().tm_yday:03d}",
    "15": lambda t: f"{t.hour:02d}",
    "3": lambda t: str((t.hour + 11) % 12 + 1),
    "03": lambda t: f"{(t.hour + 11) % 12 + 1:02d}",
    "4": lambda t: str(t.minute),
    "04": lambda t: f"{t.minute:02d}",
    "5": lambda t: str(t.second),
    "05": lambda t: f"{t.second:02d}",
    "2006": lambda t: f"{t.year:04d}",
    "06": lambda t: f"{t.year % 100:02d}",
    "PM": lambda t: "PM" if t.hour >= 12 else "AM",
    "pm": lambda t: "pm" if t.hour >= 12 else "am",
    "MST": zone_name,
}


def written(moment: datetime, layout: str) -> str:
    """The moment in the form of the layout."""

    def part(found: re.Match[str]) -> str:
        text = found.group()
        if text in _FORMATS:
            return _FORMATS[text](moment)
        return _fraction(moment, text) if text[0] in ".," else _zone(moment, text)

    return _PARTS.sub(part, layout)


_PATTERNS: dict[str, str] = {
    "January": "(?P<month_name>(?i:" + "|".join(MONTHS) + "))",
    "Jan": "(?P<month_name>(?i:" + "|".join(name[:3] for name in MONTHS) + "))",
    "Monday": "(?i:" + "|".join(DAYS) + ")",
    "Mon": "(?i:" + "|".join(name[:3] for name in DAYS) + ")",
    "1": "(?P<month>[0-9]{1,2})",
    "01": "(?P<month>[0-9]{2})",
    "2": " ?(?P<day>[0-9]{1,2})",
    "_2": " ?(?P<day>[0-9]{1,2})",
    "02": "(?P<day>[0-9]{2})",
    "__2": " {0,2}(?P<yearday>[0-9]{1,3})",
    "002": "(?P<yearday>[0-9]{3})",
    "15": "(?P<hour>[0-9]{2})",
    "3": "(?P<hour12>[0-9]{1,2})",
    "03": "(?P<hour12>[0-9]{2})",
    "4": "(?P<minute>[0-9]{1,2})",
    "04": "(?P<minute>[0-9]{2})",
    "5": "(?P<second>[0-9]{1,2})(?:[.,](?P<fraction>[0-9]+))?",
    "05": "(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?",
    "2006": "(?P<year>[0-9]{4})",
    "06": "(?P<year2>[0-9]{2})",
    "PM": "(?P<half>AM|PM)",
    "pm": "(?P<half>am|pm)",
    "MST": "(?P<zone>[A-Z]{3,5}|[+-][0-9]{2})",
}


def _pattern(part: str) -> str:
    if part in _PATTERNS:
        return _PATTERNS[part]
    if part[0] in ".,":
        return "" if part[1] == "9" else rf"[.,](?P<fraction>[0-9]{{{len(part) - 1}}})"
    colon = ":" if ":" in part else ""
    text = "[+-][0-9]{2}" + (f"{colon}[0-9]{{2}}" if len(part) > 3 else "")
    text += f"{colon}[0-9]{{2}}" if len(part) > 6 else ""
    return f"(?P<offset>Z|{text})" if part[0] == "Z" else f"(?P<offset>{text})"


def _expression(layout: str) -> str:
    pieces: list[str] = []
    at = 0
    seconds = False
    for found in _PARTS.finditer(layout):
        pieces.append(re.escape(layout[at : found.start()]).replace("\\ ", " *"))
        at = found.end()
        pattern = _pattern(found.group())
        if found.group()[0] in ".,":
            if seconds:  # the seconds take a fraction in any case
                continue
        seconds = found.group() in ("5", "05")
        pieces.append(pattern)
    pieces.append(re.escape(layout[at:]).replace("\\ ", " *"))
    return "".join(pieces)


def parsed(text: str, layout: str, local: tzinfo) -> datetime:
    """The moment that a text in the form of the layout stands for; raises `FunctionError`."""
    try:
        found = re.fullmatch(_expression(layout), text)
    except re.error:
        raise FunctionError(f"{layout!r} names a part of the date twice") from None
    if not found:
        raise FunctionError(f"{text!r} is no date of the form {layout!r}")
    return _moment(found.groupdict(), text, local)


def _moment(parts: dict[str, Any], text: str, local: tzinfo) -> datetime:
    def number(name: str, default: int) -> int:
        return int(parts[name]) if parts.get(name) else default

    year = number("year", 1)
    if parts.get("year2"):
        year = int(parts["year2"]) + (1900 if int(parts["year2"]) >= 69 else 2000)
    month = number("month", 1)
    if parts.get("month_name"):
        month = [name[:3].lower() for name in MONTHS].index(parts["month_name"][:3].lower()) + 1
    hour = number("hour", 0)
    if parts.get("hour12"):
        hour = int(parts["hour12"])
        if hour > 12:
            raise FunctionError(f"{text!r} has no such hour")
    half = (parts.get("half") or "").upper()
    hour = hour % 12 + 12 if half == "PM" and hour <= 12 else 0 if half == "AM" and hour == 12 else hour
    fraction = int(((parts.get("fraction") or "") + "000000")[:6])
    try:
        moment = datetime(year, month, number("day", 1), hour, number("minute", 0), number("second", 0), fraction)
        if parts.get("yearday"):
            moment = moment.replace(month=1, day=1) + timedelta(days=int(parts["yearday"]) - 1)
    except ValueError as error:
        raise FunctionError(f"{text!r} is no date: {error}") from None
    return moment.replace(tzinfo=_parsed_zone(parts, local))


def _parsed_zone(parts: dict[str, Any], local: tzinfo) -> tzinfo:
    offset = parts.get("offset")
    if offset == "Z" or parts.get("zone") in ("UTC",):
        return UTC
    if offset:
        digits = offset[1:].replace(":", "").ljust(6, "0")
        delta = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]), seconds=int(digits[4:]))
        return timezone(-delta if offset[0] == "-" else delta) if delta else UTC
    if parts.get("zone"):
        return timezone(timedelta(0), parts["zone"])
    return local
