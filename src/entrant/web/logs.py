"""The server's own log on standard error: lines for people, or one JSON object a line for machines.

A record may carry `facts`, a dict that becomes members of its JSON object; `request_id` is one of them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from entrant.config import Config, LogFormat, Switch

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


MINUTE = 60.0  # seconds
LINES = 60  # of one place in the code, within a minute
SOURCE_LINES = 6_000  # of the access log, for one source address, within a minute
MAX_COUNTED = 10_000  # places and addresses that are counted apart; the rest shares one count


class Bounded(logging.Filter):
    """Keeps anybody from filling the disk with lines of the log (product 9.10).

    Of what one place in the code says, or the access log of one source (`record.source`), only so much is written
    within a minute. The first line that is written afterwards says how many were left out.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._began = clock()
        self._written: dict[object, int] = {}
        self._left_out: dict[object, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is written."""
        now = self._clock()
        if now - self._began >= MINUTE:
            self._began = now
            self._written.clear()
        source = getattr(record, "source", None)
        key: object = (record.pathname, record.lineno, source)
        if key not in self._written and len(self._written) >= MAX_COUNTED:
            key = None
        written = self._written[key] = self._written.get(key, 0) + 1
        if written > (LINES if source is None else SOURCE_LINES):
            if key in self._left_out or len(self._left_out) < MAX_COUNTED:
                self._left_out[key] = self._left_out.get(key, 0) + 1
            return False
        if left_out := self._left_out.pop(key, 0):
            record.msg, record.args = f"{record.getMessage()} ({left_out} lines like this were left out)", None
            record.facts = {**getattr(record, "facts", {}), "left_out": left_out}
        return True


class JsonFormatter(logging.Formatter):
    """Writes a record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        facts = getattr(record, "facts", None)
        if isinstance(facts, dict):
            line |= facts
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


def set_up(config: Config) -> None:
    """Write the log as the settings say."""
    handler = logging.StreamHandler()
    handler.addFilter(Bounded())
    handler.setFormatter(JsonFormatter() if config.log_format is LogFormat.JSON else logging.Formatter(FORMAT))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    if config.access_log is Switch.ON:
        logging.getLogger("entrant.access").setLevel(logging.INFO)
