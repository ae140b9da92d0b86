"""The command line: where the parts are put together."""

from .app import main

__all__ = ["main"]
