"""Sessions that have been seen: what their browsers ask counts for their workspace, not for their source address."""

from __future__ import annotations

MAX_KNOWN = 10_000


class Known:
    """Sessions by the workspace and the secret. It decides only who waits for whom, so that forgetting is harmless."""

    def __init__(self) -> None:
        self._seen: dict[int, None] = {}

    def add(self, slug: str, secret: str) -> None:
        """Remember a session that is open."""
        if len(self._seen) >= MAX_KNOWN:
            self._seen = {}
        self._seen[hash((slug, secret))] = None

    def has(self, slug: str, secret: str) -> bool:
        """Whether a session was open when it was last looked at."""
        return hash((slug, secret)) in self._seen
