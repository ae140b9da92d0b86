"""What docs/deployment.md, its unit and the Containerfile say, against what the program does (product 9.1).

That they work under systemd, Podman and Docker themselves was tried by hand; the guide says with which versions.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_group

from entrant.cli.app import build
from entrant.config import Config, variable
from entrant.web.server import GRACE_SECONDS
from tests.support.server import serving

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "deployment.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
IMAGE = (ROOT / "Containerfile").read_text().replace("\\\n", " ")
NEW_PROCESSES = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child")

HELD_UP = """
import importlib.abc, sys
class HoldUp(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "entrant.cli.app":
            print("importing", flush=True)
            sys.stdin.read()
sys.meta_path.insert(0, HoldUp())
from entrant.cli import main
main()
"""
"""The command, held up in the middle of its imports until its input ends."""


def unit() -> configparser.RawConfigParser:
    """The unit; of a setting that stands there twice, the last."""
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names of systemd have capitals
    parser.read(ROOT / "docs" / "deployment" / "entrant@.service")
    return parser


def instruction(name: str) -> str:
    """The arguments of the last instruction of that name in the Containerfile."""
    *_, last = re.finditer(rf"^{name} +(.*)$", IMAGE, re.MULTILINE)
    return last[1]


def assert_understood(words: list[str]) -> None:
    """The command exists, and has these options."""
    command = get_group(build())
    for word in words:
        if isinstance(command, TyperGroup):
            command = command.commands[word]  # type: ignore[assignment]  # a group or what it ends in
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def guide_command(first: str) -> list[str]:
    """The words of the one command of the guide that begins so."""
    (line,) = [line for block in BLOCKS for line in block.replace("\\\n", " ").splitlines() if line.startswith(first)]
    return shlex.split(line, comments=True)


def test_the_unit_starts_a_command_that_exists() -> None:
    program, *words = unit()["Service"]["ExecStart"].split()

    assert program == "/opt/entrant/bin/entrant"
    assert_understood(words)


def test_the_unit_reads_the_settings_and_has_the_folder_that_the_guide_names() -> None:
    service = unit()["Service"]

    assert f"Put the settings into `{service['EnvironmentFile']}`" in GUIDE
    assert service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"
    assert f"--home-dir {service['WorkingDirectory']} " in GUIDE


def test_whoever_stops_the_service_waits_until_requests_have_ended() -> None:
    run = guide_command("podman run --detach")

    assert int(unit()["Service"]["TimeoutStopSec"]) > GRACE_SECONDS
    assert int(run[run.index("--stop-timeout") + 1]) > GRACE_SECONDS


def test_settings_of_the_guide_mean_the_same_to_systemd_and_to_a_shell(tmp_path: Path) -> None:
    """To a shell, `&` ends a command: an address with parameters needs quotes."""
    lines = [line for block in BLOCKS for line in block.splitlines() if re.match(r"ENTRANT_\w+=", line)]
    assert len({line for line in lines if "postgresql" in line}) == 1
    for line in lines:
        name, _, value = line.partition("=")
        (tmp_path / "entrant.env").write_text(line)
        script = f'set -a; . "$0"; set +a; printenv {name}'
        told = subprocess.run(
            ["sh", "-ec", script, tmp_path / "entrant.env"], capture_output=True, text=True, check=True
        )

        assert told.stdout == value.strip("'") + "\n"


def test_the_image_starts_a_command_that_exists_with_settings_that_exist() -> None:
    entry: list[str] = json.loads(instruction("ENTRYPOINT"))
    rest: list[str] = json.loads(instruction("CMD"))
    settings = set(re.findall(r"\bENTRANT_[A-Z_]+", instruction("ENV")))

    assert entry == ["entrant"]
    assert_understood(rest)
    assert settings <= {variable(name) for name in Config.__dataclass_fields__}


def test_the_image_runs_as_a_user_that_is_known_by_number_not_to_be_root() -> None:
    user, group = instruction("USER").split(":")

    assert int(user) > 0
    assert int(group) > 0
    assert f"runs as user {user}" in GUIDE


def test_the_image_is_built_in_the_format_that_has_health_checks() -> None:
    build_words = guide_command("podman build --format")

    assert instruction("HEALTHCHECK")
    assert build_words[build_words.index("--format") + 1] == "docker"


def test_the_health_check_of_the_image_passes_while_the_service_is_ready(database_url: str) -> None:
    check = instruction("HEALTHCHECK").partition(" CMD ")[2]
    with serving(database_url) as server:
        program, *words = json.loads(check.replace("http://127.0.0.1:8000", server.url))
        ready = subprocess.run([sys.executable, *words], capture_output=True, check=False)
    gone = subprocess.run([sys.executable, *words], capture_output=True, check=False)

    assert program == "python"
    assert (ready.returncode, gone.returncode) == (0, 1)


def test_the_first_process_of_a_container_is_ended_while_it_starts() -> None:
    """The kernel drops signals for such a process unless it has said what to do with them."""
    if subprocess.run([*NEW_PROCESSES, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("processes cannot be numbered anew here")
    with subprocess.Popen(
        [*NEW_PROCESSES, sys.executable, "-c", HELD_UP, "serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as outside:
        assert outside.stdout is not None
        assert outside.stdout.readline() == "importing\n"
        (first,) = Path(f"/proc/{outside.pid}/task/{outside.pid}/children").read_text().split()
        os.kill(int(first), signal.SIGTERM)

        assert outside.wait(30) == 128 + signal.SIGTERM
