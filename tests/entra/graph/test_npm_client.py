"""Microsoft's client for JavaScript, `@microsoft/microsoft-graph-client`, against the emulator (graph-surface 9.9).

It only works over https: over http it sends no token and follows no link. So the script trusts the emulator's own
authority, as a user's does.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import msgspec
import pytest

from tests.entra.graph.serving import emulator

FILES = Path(__file__).parent / "npm"


def program(name: str) -> str:
    """The path of `node` or `npm`; raises FileNotFoundError with what to install."""
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"the tests need {name}: apt-get install nodejs npm")
    return found


def cache() -> Path:
    """Where modules are kept from one run to the next, by what the lock file says."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    lock = hashlib.sha256((FILES / "package-lock.json").read_bytes()).hexdigest()[:12]
    return home / "entrant" / f"graph-client-{lock}"


@pytest.fixture(scope="module")
def modules() -> Path:
    """The folder in which the client is installed; the first run installs it, exactly as locked."""
    folder = cache()
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as text:
        new = Path(text) / "modules"
        new.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(FILES / name, new)
        command = [program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=new, capture_output=True, text=True, check=False, timeout=240)
        assert done.returncode == 0, f"npm ci failed: {done.stderr}"
        try:
            new.rename(folder)
        except OSError:
            assert folder.exists()  # another process was first
    return folder


def test_a_script_works_over_https(modules: Path, tmp_path: Path) -> None:
    with emulator(tmp_path) as served:
        done = subprocess.run(
            [program("node"), FILES / "script.mjs"],
            env={
                "PATH": os.environ["PATH"],
                "MODULES": str(modules),
                "BASE_URL": f"{served.https}/",
                "TOKEN": served.token(),
                "NODE_EXTRA_CA_CERTS": served.authority,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    assert done.returncode == 0, done.stderr
    assert msgspec.json.decode(done.stdout) == {
        "created": ["Js1", "Js2", "Js3", "Js4", "Js5"],
        "paged": ["Js1", "Js2", "Js3", "Js4", "Js5"],
        "count": 5,
        "updated": "Engineer",
        "schedule": "Paused",
        "refusal": [True, 404, "Request_ResourceNotFound"],
        "delta": ["changed"],
    }
