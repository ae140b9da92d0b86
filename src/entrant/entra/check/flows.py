"""The emulator's flows as checks, in both dialects (entra-client §20)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from entrant.entra.engine.switches import Flag

from .bench import Bench
from .model import Check, Skipped, Suite
from .stories import STORIES, Story


def flow_checks(flags: tuple[Flag, ...] = (Flag.OFF, Flag.ON)) -> tuple[Check, ...]:
    """F1 to F28 in these dialects: `F1`, and `F1-flag` with `aadOptscim062020` in the Tenant URL."""
    return tuple(
        Check(
            f"F{story.number}{'-flag' if flag is Flag.ON else ''}",
            Suite.FLOWS,
            f"entra-client §20 F{story.number}",
            story.title + (", with aadOptscim062020" if flag is Flag.ON else ""),
            partial(_run, story, flag),
        )
        for story in STORIES
        for flag in flags
    )


def _run(story: Story, flag: Flag, bench: Bench) -> None:
    if not bench.groups and "group " in story.script:
        raise Skipped("the endpoint has no groups")
    bench.tenant.job = replace(
        bench.tenant.job, switches=replace(bench.tenant.job.switches, flag_aadoptscim062020=flag)
    )
    bench.run(story.script)
    if story.act is not None:
        story.act(bench)
    if story.ends is not None:
        bench.must_be(story.ends)
