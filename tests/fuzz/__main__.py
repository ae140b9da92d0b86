"""`python -m tests.fuzz TARGET SECONDS`: fuzz with atheris from the saved corpus, and add to it what is new.

What makes a target fail is left there too, as crash-* or timeout-*, which the tests then run too.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]  # only `make fuzz` installs it

with atheris.instrument_imports(include=["entrant"]):
    from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
SECONDS_PER_INPUT = 5  # one that takes longer is a failure
MAX_LENGTH = 4_096  # bytes of an input


def main() -> None:
    """Fuzz one target for so many seconds."""
    target, seconds = sys.argv[1:]
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={seconds}",
        f"-timeout={SECONDS_PER_INPUT}",
        f"-max_len={MAX_LENGTH}",
        f"-dict={CORPUS / 'words.dict'}",
        f"-artifact_prefix={folder}/",
        str(folder),
    ]
    atheris.Setup([sys.argv[0], *options], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
