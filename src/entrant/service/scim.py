"""The SCIM service: a function from `Request` to `Response`, and the one place that turns errors into answers.

A request is served by one work (`db.engine`): read in a snapshot, or written in the workspace's batch. Either way
the token is looked up in the same transaction, so that what was switched off is off at once (product.md 1.3).
"""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Callable
from functools import partial

import msgspec

from entrant.config import Config
from entrant.db import engine
from entrant.db.engine import Cancel, Database, TimeLimit, Tx
from entrant.scim import errors
from entrant.scim.errors import ScimError
from entrant.scim.wire import Request, Response
from entrant.store import log, workspaces

from . import bulk, strangers
from .access import Opener, Visit
from .call import Call
from .cursors import Cursors
from .endpoints import is_bulk, is_read, look_ahead, read, route_write
from .limits import Buckets
from .perform import SchemasChanged, error_response, perform
from .probes import is_probe, note_probe
from .record import describe, note_contact
from .room import Limits

logger = logging.getLogger(__name__)

TOO_OFTEN = "this connection sends more requests than it may; repeat this one after the time in Retry-After"
TOO_SLOW = "this filter takes too long here; use an attribute that has an index, such as userName or externalId"


class Read(msgspec.Struct, frozen=True):
    """How a read went: its answer or its refusal, and the call it became if it was let in."""

    call: Call | None
    outcome: Response | ScimError


class Service:
    """SCIM for every workspace of one database. Keeps nothing that another process must know."""

    def __init__(self, database: Database, config: Config, buckets: Buckets | None = None) -> None:
        """`buckets` are those of the connections."""
        self._database = database
        self._buckets = buckets
        self._opener = Opener(config.public_url, Limits.of(config))
        self._cursors = Cursors(database)
        self._max_body = config.max_body

    def handle(self, request: Request) -> Response:
        """Serve one request and wait for the answer."""
        answers: queue.SimpleQueue[Response] = queue.SimpleQueue()
        visit = self.receive(request)
        if isinstance(visit, Response):
            return visit
        self.serve(visit, answers.put)
        return answers.get()

    def receive(self, request: Request) -> Visit | Response:
        """Who asks, or why they are not served; its body is not looked at, and may be set afterwards.

        What is sent with a token that opens nothing is no connection's, so that nobody uses up the limit of one whose
        token they do not have.
        """
        visit = self._opener.visit(request)
        if visit is None:
            return error_response(errors.NotFound("SCIM is served below /scim/v2/{workspace}"))
        if self._buckets is not None and visit.connection is not None:
            seconds = self._buckets.wait(visit.connection, time.monotonic())
            if seconds:
                return error_response(errors.TooManyRequests(TOO_OFTEN, seconds))
        return visit

    def serve(self, visit: Visit, reply: Callable[[Response], None]) -> Cancel:
        """Serve one request; `reply` is called exactly once, on this thread or on one of the database's.

        Returns what to call when nobody waits for the answer any more.
        """
        if is_read(visit):
            return self._submit_read(visit, reply)
        return self._submit_write(visit, partial(self._write, visit), reply)

    def _submit_read(self, visit: Visit, reply: Callable[[Response], None]) -> Cancel:
        """A read that is refused, or that used a tolerance, is followed by a write that notes it."""

        def done(result: Read | None, failure: BaseException | None) -> None:
            if result is None:
                if not isinstance(failure, TimeLimit):
                    reply(self._failed(visit, failure))
                    return
                result = Read(None, errors.TooMany(TOO_SLOW))
            if isinstance(result.outcome, ScimError):
                self._submit_write(visit, partial(refuse, visit, result.call, result.outcome), reply)
                return
            reply(result.outcome)
            probe = is_probe(visit)
            if result.call is not None and (probe or result.call.used or result.call.contact_is_old):
                self._database.submit_write(visit.slug, partial(_note, result.call, visit, probe), _forget)

        # A token that opens another workspace, or none that is known yet, takes nothing of this one's share.
        return self._database.submit_read(partial(self._read, visit), done, key=visit.slug if visit.expected else "")

    def _submit_write(self, visit: Visit, work: Callable[[Tx], Response], reply: Callable[[Response], None]) -> Cancel:
        def done(response: Response | None, failure: BaseException | None) -> None:
            reply(self._failed(visit, failure) if response is None else response)

        return self._database.submit_write(visit.slug, work, done)

    def _read(self, visit: Visit, tx: Tx) -> Read:
        """Serve a read. A refusal is a value here: its log entry needs a write of its own."""
        call: Call | None = None
        try:
            call = self._open(visit, tx)
            return Read(call, read(call, visit, self._database, self._cursors, self._max_body))
        except ScimError as refusal:
            return Read(call, refusal)

    def _write(self, visit: Visit, tx: Tx) -> Response:
        """Serve a write and log it. What a refused write had changed is undone before its log entry is made."""
        call: Call | None = None
        try:
            call = self._open(visit, tx)
            if is_bulk(visit):
                return bulk.run(call, visit)
            response = perform(call, route_write(visit))
        except SchemasChanged:
            tx.memo.clear()
            return self._write(visit, tx)  # only once more: now the workspace is locked
        except ScimError as refusal:
            return refuse(visit, call, refusal, tx)
        log.append(tx, call.workspace.id, describe(visit, call, response.status, tx.now))
        note_contact(call, tx)
        return response

    def _open(self, visit: Visit, tx: Tx) -> Call:
        """The call that a visit becomes; raises Unauthorized."""
        owner = self._opener.look_ahead(visit, tx)
        if owner is not None:
            look_ahead(visit, tx, owner)
        return self._opener.open(visit, tx)

    def _failed(self, visit: Visit, failure: BaseException | None) -> Response:
        """The answer when a work was not done: 503 if it may be repeated, else 500 and a line in the server's log."""
        if isinstance(failure, engine.Unavailable):
            return error_response(errors.Unavailable("the database is not available; repeat the request later"))
        # Without the query: its filter may name people.
        line = f"{visit.request.method} {visit.path or '/'}"
        logger.error("request %s failed: %s", visit.request_id, line, exc_info=failure)
        return error_response(ScimError(f"an error inside the service; its log has the request id {visit.request_id}"))


def refuse(visit: Visit, call: Call | None, refusal: ScimError, tx: Tx) -> Response:
    """Log a refusal, if there is a workspace to log it in, and answer it."""
    response = error_response(refusal)
    if call is None:
        tx.everywhere()  # the address may be a new workspace's, and the token was looked for in the old one
    workspace = workspaces.find(tx, visit.slug) if call is None else call.workspace
    entry = describe(visit, call, response.status, tx.now, refusal)
    if isinstance(refusal, errors.Unauthorized):
        strangers.note(tx, workspace, entry)
    elif workspace is not None:
        log.append(tx, workspace.id, entry)
    if call is not None:
        note_contact(call, tx)
    return response


def _note(call: Call, visit: Visit, probe: bool, tx: Tx) -> None:  # noqa: FBT001  bound by partial
    """Remember what a read that was answered leaves behind."""
    note_contact(call, tx)
    if probe:
        note_probe(call, visit, tx)


def _forget(_result: None, _failure: BaseException | None) -> None:
    """When the last contact could not be noted, the next request notes it."""
