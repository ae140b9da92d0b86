"""`entrant entra serve` and `certificate`: the emulator as a server."""

from __future__ import annotations

import os
import secrets
import socket
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from entrant.cli.output import AsJson, print_facts, print_json, say
from entrant.config import ConfigError, parse_database
from entrant.entra.graph.access import Access
from entrant.entra.graph.handler import Graph
from entrant.entra.graph.login import Login
from entrant.entra.jobs import world
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.jobs.schedule import Schedule
from entrant.entra.jobs.secrets import key_file
from entrant.entra.portal.access import MIN_PASSWORD, PortalAccess
from entrant.entra.portal.handler import Portal
from entrant.entra.server.certificate import Certificate, ensure_certificate
from entrant.entra.server.edge import Mount, application
from entrant.entra.server.origin import LOOPBACK
from entrant.entra.server.run import Port, listen, run
from entrant.entra.store import DEFAULT_DATABASE, open_tenant

from .opening import DatabaseUrl, provisioner_of

CLIENT_SECRET, TOKEN = "ENTRANT_ENTRA_CLIENT_SECRET", "ENTRANT_ENTRA_GRAPH_TOKEN"
PASSWORD = "ENTRANT_ENTRA_PORTAL_PASSWORD"  # noqa: S105  a variable's name


class ClockChoice(StrEnum):
    """How time passes for the emulator."""

    REAL = "real"
    MANUAL = "manual"


def add_to(root: typer.Typer) -> None:
    """Add the commands to `entrant entra`."""
    root.command()(serve)
    root.command()(certificate)


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port for http; 0 is any that is free.")] = 8080,
    https_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="A port for https too, with a certificate made here.")
    ] = None,
    clock: Annotated[
        ClockChoice | None,
        typer.Option(help="Whether time passes, or stands still until it is wound forward. Left out, as it is."),
    ] = None,
    portal_password: Annotated[
        str,
        typer.Option(
            envvar=PASSWORD,
            help="What the portal asks for; needed for a portal that others can reach. Any user name goes with it.",
        ),
    ] = "",
    database: DatabaseUrl = DEFAULT_DATABASE,
) -> None:
    """Serve the portal, Microsoft Graph and the login endpoints, and run cycles when due, until a signal ends it."""
    url = parse_database("--database", database)
    allowed = _portal_access(host, portal_password)
    ports = [Port(_listen(host, port))]
    if https_port is not None:
        ports.append(Port(_listen(host, https_port), ensure_certificate(_folder(url), _names(host))))
    db = open_tenant(url, serving=True)
    try:
        p = provisioner_of(db, url)
        if clock is not None:
            db.write(world.CLOCK, lambda tx: world.set_manual(tx, manual=clock is ClockChoice.MANUAL))
        access = _access(p, host)
        graph, login = Graph(access).handle, Login(access).handle
        mounts = [
            Mount("/v1.0", graph),
            Mount("/beta", graph),
            *(Mount(prefix, login) for prefix in ("/*/oauth2", "/*/v2.0", "/*/.well-known", "/*/discovery")),
        ]
        portal = Portal(p, allowed) if allowed is not None else None
        if portal is not None:
            mounts.append(Mount("/", portal.handle))
        with Schedule(p):
            try:
                run(application(mounts), ports, lambda: _announce(host, ports, access, allowed))
            finally:
                if portal is not None:
                    portal.close()
    finally:
        db.close()


def certificate(
    name: Annotated[list[str] | None, typer.Option(help="A further host name or address; repeatable.")] = None,
    renew: Annotated[bool, typer.Option("--renew", help="Make a new one even if there is one.")] = False,
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Make the certificate for https, beside the database, and say where it is.

    Clients trust the emulator once they trust the authority: NODE_EXTRA_CA_CERTS or SSL_CERT_FILE names its file.
    """
    folder = _folder(parse_database("--database", database))
    try:
        made = ensure_certificate(folder, name or [], renew=renew)
    except OSError as exc:
        raise ConfigError(f"the certificate cannot be written to {folder}: {exc.strerror}") from exc
    if as_json:
        print_json({"authority": str(made.authority), "certificate": str(made.chain), "key": str(made.key)})
    else:
        print_facts({"Authority": str(made.authority), "Certificate": str(made.chain), "Key": str(made.key)})


def _listen(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as exc:
        raise ConfigError(f"{host} port {port} cannot be listened on: {exc.strerror}") from exc


def _folder(url: str) -> Path:
    """Where the files of an emulator are: beside its database."""
    return key_file(url).parent


def _names(host: str) -> list[str]:
    """What else a certificate must stand for."""
    anywhere = {"0.0.0.0", "::"}  # noqa: S104  compared with, not listened on
    return [socket.gethostname()] if host in anywhere else [host]


def _access(p: Provisioner, host: str) -> Access:
    """Who may call Graph: on this machine alone everybody, unless there is a secret; elsewhere nobody without."""
    secret, token = os.environ.get(CLIENT_SECRET, ""), os.environ.get(TOKEN, "")
    if host not in LOOPBACK and not (secret or token):
        raise ConfigError(
            f"on {host} others can reach the emulator: set {CLIENT_SECRET} or {TOKEN}, for instance to "
            f"{secrets.token_urlsafe(24)}"
        )
    return Access(p, secret, token, open=not (secret or token))


def _portal_access(host: str, password: str) -> PortalAccess | None:
    """Who may see the portal: on this machine alone whoever asks, unless there is a password; elsewhere nobody without.

    None: there is no portal.
    """
    if password and len(password) < MIN_PASSWORD:
        raise ConfigError(f"the portal's password has at least {MIN_PASSWORD} characters")
    return PortalAccess(password) if password or host in LOOPBACK else None


def _announce(host: str, ports: list[Port], access: Access, portal: PortalAccess | None) -> None:
    for port in ports:
        say(f"Entrant's Entra listens on {_url(host, port)}")
        if isinstance(port.certificate, Certificate):
            say(f"Clients of https trust it by {port.certificate.authority}")
    if portal is None:
        say(f"There is no portal, since others could reach it on {host}: set {PASSWORD} to have one")
    if access.open:
        say(f"Graph asks for no token; set {CLIENT_SECRET} or {TOKEN} to have it ask")


def _url(host: str, port: Port) -> str:
    """The address under which this machine reaches what listens there."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared with, not listened on
    scheme, number = "https" if port.certificate else "http", port.socket.getsockname()[1]
    return f"{scheme}://[{reachable}]:{number}" if ":" in reachable else f"{scheme}://{reachable}:{number}"
