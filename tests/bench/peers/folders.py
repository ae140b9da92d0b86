"""A folder for each peer in the user's cache: its packages, of the versions that are written here, installed the first time.

They are no dependencies of the project. A folder is of one list of packages: another list has another folder.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

DONE = "installed"  # a file that stands for a folder that is complete


def cache() -> Path:
    """Where the folders are."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "entrant-bench"


def folder(name: str, packages: Sequence[str]) -> Path:
    """The folder of a peer with these packages, whether or not it is there."""
    return cache() / f"{name}-{hashlib.sha256(' '.join(packages).encode()).hexdigest()[:8]}"


def python(name: str, packages: Sequence[str]) -> Path:
    """A virtual environment with packages of PyPI."""
    made = folder(name, packages)
    if not (made / DONE).exists():
        venv.create(made, with_pip=True, clear=True)
        run([made / "bin" / "python", "-m", "pip", "install", "-qq", *packages], made)
    return made


def node(name: str, packages: Sequence[str]) -> Path:
    """A folder with packages of the npm registry; their install scripts are not run. Raises FileNotFoundError without npm."""
    made = folder(name, packages)
    if not (made / DONE).exists():
        if not (npm := shutil.which("npm")):
            raise FileNotFoundError(f"{name} needs Node.js and npm: apt-get install nodejs npm")
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        (made / "package.json").write_text("{}")
        run([npm, "install", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error", *packages], made)
    return made


def run(command: Sequence[str | Path], made: Path) -> None:
    """Install into a folder, which is complete then."""
    subprocess.run(command, cwd=made, check=True, stdout=sys.stderr)
    (made / DONE).touch()
