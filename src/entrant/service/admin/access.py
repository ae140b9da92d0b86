"""How people get into the console: set-up links for members, and the workspace's OpenID provider."""

from __future__ import annotations

from msgspec import Struct

from entrant.db.engine import Database, Tx
from entrant.service.oauth.fetch import FetchError, require_address
from entrant.service.sealing import seal, unseal
from entrant.service.sign_in import make_link
from entrant.service.strangers import NOWHERE
from entrant.store import sign_in, workspaces
from entrant.store.sign_in import SignInProvider
from entrant.workspace.audit import Deed
from entrant.workspace.errors import InvalidSetting
from entrant.workspace.model import Workspace

from .edit import Edit, read, write
from .members import get_member

MAX_SETTING = 2_000  # characters of an issuer, a client id or a secret


class SetupLink(Struct, frozen=True, rename="camel"):
    """A link by which a member sets their password, once; `path` follows the public URL.

    The secret is behind the `#`, which browsers send to no server and no proxy logs.
    """

    workspace: str
    user_name: str
    path: str


class SignInView(Struct, frozen=True, rename="camel"):
    """The OpenID provider of a workspace, without the client's secret."""

    issuer: str
    client_id: str


class OpenIdClient(Struct, frozen=True):
    """What signing in by OpenID needs."""

    issuer: str
    client_id: str
    client_secret: str


def create_setup_link(database: Database, slug: str, member: str) -> SetupLink:
    """A new set-up link for a member, named by id or userName; earlier ones end."""

    def change(edit: Edit) -> SetupLink:
        found = get_member(edit, member)
        if not found.active:
            raise InvalidSetting(f"{found.doc['userName']} is inactive; invite them again first")
        return setup_link(edit.tx, edit.workspace, found.id, found.doc["userName"])

    return write(database, slug, Deed("member.link", member), change)


def setup_link(tx: Tx, workspace: Workspace, member_id: str, user_name: str) -> SetupLink:
    """A new set-up link for a member of a workspace that is locked."""
    secret = make_link(tx, workspace, member_id)
    return SetupLink(workspace.slug, user_name, f"/console/{workspace.slug}/set-up#{secret}")


def show_sign_in(database: Database, slug: str) -> SignInView | None:
    """The OpenID provider, if there is one."""

    def look(tx: Tx, workspace: Workspace) -> SignInView | None:
        found = sign_in.find(tx, workspace.id)
        return None if found is None else SignInView(found.issuer, found.client_id)

    return read(database, slug, look)


def has_sign_in(database: Database, slug: str) -> bool:
    """Whether there is an OpenID provider; False, after the same work, where there is no such workspace."""
    return database.read(lambda tx: _provider(tx, slug) is not None)


def _provider(tx: Tx, slug: str) -> SignInProvider | None:
    workspace = workspaces.find(tx, slug)
    return sign_in.find(tx, workspace.id if workspace else NOWHERE)


def find_openid_client(database: Database, slug: str) -> OpenIdClient | None:
    """The OpenID provider with the client's secret, for signing in; None if there is none, or no such workspace."""

    def look(tx: Tx) -> OpenIdClient | None:
        found = _provider(tx, slug)
        if found is None:
            return None
        return OpenIdClient(found.issuer, found.client_id, unseal(tx, found.sealed_secret))

    return database.read(look)


def set_sign_in(database: Database, slug: str, issuer: str, client_id: str, secret: str) -> SignInView:
    """Let members sign in by an OpenID provider; an empty secret leaves the one that is there."""
    issuer, client_id = issuer.strip(), client_id.strip()
    try:
        fits = not require_address(issuer, private=True).query
    except FetchError:
        fits = False
    if not fits:
        raise InvalidSetting("The issuer is an address such as https://login.example.com")
    if not client_id or max(map(len, (issuer, client_id, secret))) > MAX_SETTING:
        raise InvalidSetting("Enter the client id that the provider has given for this workspace")

    def change(edit: Edit) -> SignInView:
        before = sign_in.find(edit.tx, edit.workspace.id)
        if not secret and before is None:
            raise InvalidSetting("Enter the client secret that the provider has given for this workspace")
        sealed = seal(edit.tx, secret) if secret or before is None else before.sealed_secret
        sign_in.put(edit.tx, edit.workspace.id, SignInProvider(issuer, client_id, sealed))
        return SignInView(issuer, client_id)

    return write(database, slug, Deed("sign-in.set", None, {"issuer": issuer, "clientId": client_id}), change)


def remove_sign_in(database: Database, slug: str) -> None:
    """Let nobody sign in by an OpenID provider any more."""
    write(database, slug, Deed("sign-in.remove"), lambda edit: sign_in.remove(edit.tx, edit.workspace.id))
