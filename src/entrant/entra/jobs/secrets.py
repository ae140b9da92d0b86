"""Encryption of what must not be read in the database: connection secrets and signing keys.

The key is in a file of its own, readable by its owner alone, so that a copy of the database gives nothing away.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography.fernet import Fernet, InvalidToken

from entrant.entra.model import EntraError

KEY_VARIABLE = "ENTRANT_ENTRA_KEY"
KEY_FILE = "entra.key"  # in the working directory, where there is no database file to put it beside
MASKED = "*"  # Graph's; tells nothing of the length of what it stands for
OPEN_KEYS = frozenset(
    {
        "AuthenticationType",
        "BaseAddress",
        "FederatedAudience",
        "Oauth2ClientId",
        "Oauth2Scope",
        "Oauth2TokenExchangeUri",
        "SkipOutOfScopeDeletions",
        "SyncAll",
        "SyncNotificationSettings",
    }
)
"""Keys of a connection whose values are no secrets: shown as they are."""


class Unreadable(EntraError):
    """A value was encrypted with another key than the one at hand."""


class Vault:
    """Encrypts and decrypts values. Its text tells nothing of them or of the key."""

    def __init__(self, key: bytes) -> None:
        """`key` is a Fernet key: 32 bytes, URL-safe base64. Raises Unreadable."""
        try:
            self._fernet = Fernet(key)
        except ValueError as exc:
            raise Unreadable(f"{KEY_VARIABLE} is no key: 32 bytes in URL-safe base64") from exc

    def seal(self, value: str) -> str:
        """The value, encrypted."""
        return self._fernet.encrypt(value.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """The value that was encrypted; raises Unreadable."""
        try:
            return self._fernet.decrypt(sealed.encode("ascii")).decode()
        except InvalidToken as exc:
            raise Unreadable(
                "the stored secrets were encrypted with another key; restore the key file or connect the app again"
            ) from exc


def open_vault(database_url: str, environment: Mapping[str, str]) -> Vault:
    """The vault of a database; makes its key file if there is none."""
    given = environment.get(KEY_VARIABLE, "")
    return Vault(given.encode() if given else _read_or_make(key_file(database_url)))


def key_file(database_url: str) -> Path:
    """Where the key of a database is: beside its file, `entra.db.key`."""
    path = database_url.removeprefix("sqlite:///")
    return Path(f"{path}.key") if path != database_url else Path(KEY_FILE)


def masked(values: Mapping[str, str]) -> dict[str, str]:
    """The values of a connection as they may be shown."""
    return {key: value if key in OPEN_KEYS or not value else MASKED for key, value in values.items()}


def is_masked(value: str) -> bool:
    """Whether a value stands for the one that is stored."""
    return bool(value) and not value.strip("*")


def _read_or_make(file: Path) -> bytes:
    """The key in a file, made if there is none; of several processes that start together one makes it."""
    try:
        return file.read_bytes().strip()
    except FileNotFoundError:
        pass
    except OSError as exc:
        raise Unreadable(f"the key file {file} cannot be read: {exc.strerror}") from exc
    try:
        with NamedTemporaryFile(dir=file.parent) as draft:  # mode 0600
            draft.write(Fernet.generate_key())
            draft.flush()
            with suppress(FileExistsError):
                os.link(draft.name, file)  # all at once: nobody ever reads half a key
        return file.read_bytes().strip()
    except OSError as exc:
        raise Unreadable(f"the key file {file} cannot be made: {exc.strerror}") from exc
