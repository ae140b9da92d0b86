"""One cycle of the emulator in a process of its own, as `entrant entra sync` runs one, and what it took.

`python -m tests.bench.one_cycle DATABASE SERVICE_PRINCIPAL` prints it as JSON.
"""

from __future__ import annotations

import os
import sys
import time

import msgspec

from entrant.entra.jobs import operations
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.jobs.secrets import open_vault
from entrant.entra.store import open_tenant, tenant

from .procs import forget_peak, peak_bytes, resident_bytes


class Took(msgspec.Struct, frozen=True):
    """What a cycle did and took: real and processor seconds, and bytes resident before it and at most."""

    requests: int
    failures: int
    """Of objects: a disabled manager, who is not provisioned, is a reference that fails by right."""
    exported: int
    """Objects of which something was written."""
    seconds: float
    cpu: float
    before: int
    peak: int


def provisioner(url: str) -> Provisioner:
    """The emulator's database, opened as its commands open it."""
    database = open_tenant(url)
    return Provisioner(database, open_vault(url, {}), database.read(lambda tx: tenant.get(tx).id))


def run(url: str, service_principal: str) -> Took:
    """Run the cycle."""
    p, own = provisioner(url), os.getpid()
    job = operations.job_of(p, service_principal).id
    before = resident_bytes(own)
    forget_peak(own)
    began, cpu = time.perf_counter(), time.process_time()
    counters = operations.run_cycle(p, job).counters
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    p.db.close()
    return Took(counters.requests, counters.fail, counters.exported, seconds, cpu, before, peak_bytes(own))


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(run(*sys.argv[1:])))
