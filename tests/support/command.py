"""A command of `entrant` in this process: all that a process of its own does but to start, which takes much longer."""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

import pytest

from entrant.cli import main


def run_here(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["entrant", *words])
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            main()
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else 0
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())
