"""Every input that fuzzing has found worth keeping still does no harm; `make fuzz` looks for more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"


@pytest.mark.parametrize("target", TARGETS)
def test_the_saved_corpus_does_no_harm(target: str) -> None:
    inputs = sorted((CORPUS / target).iterdir())

    assert inputs
    for file in inputs:
        TARGETS[target](file.read_bytes())
