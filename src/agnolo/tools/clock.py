"""The time of day, anywhere."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Unpack
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agnolo.ports.toolkit import Toolkit, ToolkitOptions
from agnolo.vocabulary.errors import ToolArgumentsError


def get_current_time(timezone: str = "UTC") -> str:
    """Get the current date and time.

    Args:
        timezone (str): IANA name of the time zone, such as Europe/Paris.
    """
    now = datetime.now(_zone(timezone))
    return f"{now.isoformat(timespec='seconds')} ({now:%A}, {timezone})"


def _zone(name: str) -> tzinfo:
    # UTC needs no time zone database, which not every system has.
    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ToolArgumentsError(f"timezone {name!r} is unknown: use an IANA name such as Europe/Paris") from unknown


class ClockTools(Toolkit):
    """Tells the current time."""

    def __init__(self, **options: Unpack[ToolkitOptions]) -> None:
        super().__init__(name="clock", tools=[get_current_time], **options)
