"""The server's own log on standard error: lines for people, or one JSON object a line for machines.

A record may carry `facts`, a dict that becomes members of its JSON object; `request_id` is one of them.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import msgspec

from entrant.config import Config, LogFormat, Switch

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


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
    handler.setFormatter(JsonFormatter() if config.log_format is LogFormat.JSON else logging.Formatter(FORMAT))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    if config.access_log is Switch.ON:
        logging.getLogger("entrant.access").setLevel(logging.INFO)
