"""`entrant entra`: the emulator of Microsoft Entra ID on the command line."""

from .app import app

__all__ = ["app"]
