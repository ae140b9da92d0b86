"""What a peer did with one case."""

from __future__ import annotations

from dataclasses import dataclass

from tests.bench.measure import Figures


@dataclass(frozen=True, slots=True)
class PeerLine:
    """The figures of a case, or why there are none: it was answered wrongly, or not at all."""

    name: str
    key: str
    title: str
    figures: Figures | None
    refused: str = ""
    durable: bool = False
    """Whether the peer keeps what it is told in the PostgreSQL server of the run."""
