"""Refusals as sentences."""

from __future__ import annotations

from entrant.workspace.errors import DomainError


def sentence(refused: DomainError) -> str:
    """What was refused, as a sentence that begins with a capital and ends with a full stop."""
    text = refused.detail
    return f"{text[0].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}"
