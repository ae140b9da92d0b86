"""What a restart clears (entra-client 13.6 to 13.8): a pure decision; the store does the clearing."""

from __future__ import annotations

from dataclasses import dataclass

from entrant.entra.model import BadValue


@dataclass(frozen=True, slots=True)
class Reset:
    """Graph's `synchronizationJobRestartScope`, one field a flag."""

    watermark: bool = False
    """The next cycle is an initial one."""
    escrows: bool = False
    """Nothing waits to be repeated."""
    quarantine: bool = False
    """The job leaves quarantine."""
    links: bool = False
    """Links, exported values and memberships are forgotten: `ConnectorDataStore`."""
    allow_deletions: bool = False
    """The next cycle's deletions are let through: `ForceDeletes`."""


ORDINARY = Reset(watermark=True, escrows=True, quarantine=True)
FULL = Reset(watermark=True, escrows=True, quarantine=True, links=True)
STARTED = Reset(quarantine=True)
"""What *Start* clears (13.8)."""
MAPPINGS_CHANGED = Reset(watermark=True, escrows=True, quarantine=True)
"""What a change of mappings or scoping filters clears (12.1.3, 15.9)."""

_SCOPES = {
    "none": Reset(),
    "watermark": Reset(watermark=True),
    "escrows": Reset(escrows=True),
    "quarantinestate": Reset(quarantine=True),
    "connectordatastore": Reset(links=True),
    "full": FULL,
    "forcedeletes": Reset(allow_deletions=True),
}


def parse_reset(scope: str) -> Reset:
    """A `resetScope`: flags joined by commas, in any case. An empty one is an ordinary restart; raises BadValue."""
    names = [name.strip() for name in scope.split(",") if name.strip()]
    unknown = [name for name in names if name.lower() not in _SCOPES]
    if unknown:
        raise BadValue(f'"{unknown[0]}" is no reset scope')
    if not names:
        return ORDINARY
    given = [_SCOPES[name.lower()] for name in names]
    return Reset(
        watermark=any(each.watermark for each in given),
        escrows=any(each.escrows for each in given),
        quarantine=any(each.quarantine for each in given),
        links=any(each.links for each in given),
        allow_deletions=any(each.allow_deletions for each in given),
    )
