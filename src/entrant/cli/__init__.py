"""The command line: where the parts are put together."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

FIRST_PROCESS = 1  # of a container: the kernel drops the signals for which it has set up nothing


def main() -> None:
    """The command `entrant`, which SIGTERM ends from its first moment: whoever stops a container waits for that."""
    if os.getpid() == FIRST_PROCESS:
        signal.signal(signal.SIGTERM, _end)
    from .app import main as run  # noqa: PLC0415  takes a second, in which it may be told to end

    run()


def _end(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
