"""`…/synchronization/secrets` and `validateCredentials` (graph-surface 9.7, entra-client 4, 21.3.2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from entrant.entra.graph.answer import NO_CONTENT, Answer, collection
from entrant.entra.graph.call import Call
from entrant.entra.graph.errors import GraphError, bad_value
from entrant.entra.graph.service_principals import service_principal_id
from entrant.entra.jobs import operations
from entrant.entra.jobs.connection import MissingParameter, MixedCredentials, UnknownKey
from entrant.scim.wire import Json

from .jobs import find_job, fragment


def get_secrets(call: Call) -> Answer:
    """The connection by its keys; secrets are masked."""
    values = operations.get_secrets(call.provisioner, service_principal_id(call))
    pairs = [{"key": key, "value": value} for key, value in values.items()]
    return collection(call.context(fragment(call, "secrets")), pairs)


def put_secrets(call: Call) -> Answer:
    """Set keys of the connection, untested."""
    values = _pairs(call.body().get("value"), "value")
    with _refusals():
        operations.put_secrets(call.provisioner, service_principal_id(call), values)
    return NO_CONTENT


def validate(call: Call) -> Answer:
    """Test a connection: the one in the body, or the saved one. The path may name a job."""
    body = call.body()
    use_saved = body.get("useSavedCredentials") in {True, "true", "True"}
    given = body.get("credentials")
    if given is None and not use_saved:
        raise _missing("A value for 'credentials' is required.")
    job_id = find_job(call).id if len(call.keys) > 1 else None
    with _refusals():
        operations.validate_credentials(
            call.provisioner,
            service_principal_id(call),
            _pairs(given or [], "credentials"),
            job_id=job_id,
            use_saved=use_saved,
        )
    return NO_CONTENT


def _pairs(value: Json, name: str) -> dict[str, str]:
    """Keys and values as Graph writes them; a value may be null for empty."""
    if not isinstance(value, list) or not all(isinstance(pair, dict) for pair in value):
        raise bad_value(f"'{name}' must be a collection of objects with 'key' and 'value'.")
    pairs: dict[str, str] = {}
    for pair in value:
        key, text = pair.get("key"), pair.get("value") or ""
        if not isinstance(key, str) or not isinstance(text, str):
            raise bad_value(f"'{name}' must be a collection of objects with 'key' and 'value', both of them text.")
        pairs[key] = text
    return pairs


@contextmanager
def _refusals() -> Iterator[None]:
    """The refusals of connections as Graph's errors (9.7)."""
    try:
        yield
    except operations.CredentialsRejected as exc:
        inner = {"innerError": {"code": exc.code, "message": str(exc)}}
        raise GraphError(HTTPStatus.BAD_REQUEST, "CredentialValidationUnavailable", str(exc), inner=inner) from exc
    except MissingParameter as exc:
        raise _missing(str(exc)) from exc
    except (UnknownKey, MixedCredentials) as exc:
        raise GraphError(HTTPStatus.INTERNAL_SERVER_ERROR, "InternalError", str(exc)) from exc


def _missing(message: str) -> GraphError:
    return GraphError(HTTPStatus.BAD_REQUEST, "RequestMissingRequiredParameter", message)
