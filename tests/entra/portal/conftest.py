"""The portal of a new tenant, on either engine, and an application in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from entrant.db.engine import Database
from entrant.entra import directory
from entrant.entra.jobs import operations
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.jobs.secrets import open_vault
from entrant.entra.model import ServicePrincipal
from entrant.entra.portal.access import PortalAccess
from entrant.entra.portal.handler import Portal
from entrant.entra.store import tenant as tenants
from tests.support.portal import Tab

KEY = {"ENTRANT_ENTRA_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}


@pytest.fixture
def p(tenant: Database, tenant_url: str) -> Provisioner:
    """The emulator."""
    return Provisioner(tenant, open_vault(tenant_url, KEY), tenant.read(lambda tx: tenants.get(tx).id))


@pytest.fixture
def tab(p: Provisioner) -> Iterator[Tab]:
    """A browser in front of the portal."""
    portal = Portal(p, PortalAccess())
    yield Tab(portal.handle)
    portal.close()


@pytest.fixture
def app(p: Provisioner) -> ServicePrincipal:
    """An application with a provisioning job that is not connected."""
    made = directory.create_app(p.db, "Acme")
    operations.create_job(p, made.id)
    return made
