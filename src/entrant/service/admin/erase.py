"""A person is erased: their values leave members, provisioning log and audit log (product.md 2.11, decision 0010).

First the member goes, with all that the audit log said of them, in one transaction that also notes what still has to be
taken out of the provisioning log. That is done a page at a time; what was interrupted is finished by the next hourly
clean-up, or by the same command.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import partial

import msgspec
from msgspec import structs

from entrant.db.engine import Database, Lane, Tx
from entrant.scim.wire import Json
from entrant.service.sign_in import forget_tries
from entrant.store import accounts, audit, groups, guard, log, members, sessions, settings, traffic, workspaces
from entrant.workspace.audit import ERASE, Actor, AuditEntry, Deed, content
from entrant.workspace.erasure import Eraser, Person
from entrant.workspace.errors import InvalidSetting, NoSuch
from entrant.workspace.model import LogEntry, Member, Source, Workspace

from .edit import PAGE, Edit, current_actor, get_workspace, write
from .views import ErasedView

PENDING = "erasing:"
"""Before the names of settings that hold what has to be taken out of a provisioning log: workspace and pseudonym."""
MAX_ENTRIES = 500  # of the audit log that one of its entries names


def erase_member(database: Database, slug: str, name: str) -> ErasedView:
    """Erase a member, or somebody who was one, by id or userName; raises NoSuch, LastAdmin, InvalidSetting."""
    workspace = database.read(lambda tx: get_workspace(tx, slug))
    member = database.read(partial(_find, workspace_id=workspace.id, name=name))
    person = Person(f"erased-{secrets.token_hex(6)}")
    member_id = member.id if member is not None else name
    person.identifying.add(member_id)
    person.member = member_id
    if member is not None:
        person.learn(member.doc)
    _learn_from_logs(database, workspace.id, member_id, person)
    person.shared = _of_others(database, workspace.id, person) - {member_id}
    if member is None and person.identifying == {name} and not _is_known(database, workspace.id, Eraser(person)):
        raise NoSuch(f'There is no member "{name}" in {slug}, and there was none whom its logs remember')
    change = partial(_erase, member_id=member_id, person=person, actor=current_actor())
    count = write(database, slug, Deed(ERASE, member_id), change)
    return ErasedView(slug, person.pseudonym, count, _finish(database, workspace, person))


def finish_erasures(database: Database) -> int:
    """Finish what was interrupted; how many erasures that were."""
    found = {each.id: each for each in database.read(workspaces.list_all, Lane.SLOW)}
    pending = database.read(lambda tx: settings.beginning(tx, PENDING))
    for name, text in pending:
        workspace = found.get(name.split(":")[1])
        if workspace is not None:
            _finish(database, workspace, msgspec.json.decode(text, type=Person))
    return len(pending)


def _find(tx: Tx, workspace_id: str, name: str) -> Member | None:
    return members.find(tx, workspace_id, name) or members.find_by_user_name(tx, workspace_id, name)


def _learn_from_logs(database: Database, workspace_id: str, member_id: str, person: Person) -> None:
    """Take note of what they were called before."""
    for logged in database.read(lambda tx: log.about(tx, workspace_id, member_id), Lane.SLOW):
        person.learn({"userName": logged.resource_name or ""})
        person.learn(list(logged.changes))
        person.learn(logged.body)
    for entry in _audit(database, workspace_id):
        details: dict[str, Json] = msgspec.json.decode(entry.details)
        if entry.actor.id == member_id and entry.actor.name is not None:
            person.identifying.add(entry.actor.name)
        about = [details] if entry.target == member_id else []
        about += [role for role in details.get("roles", ()) if role.get("member") == member_id]
        about += [details] if details.get("member") == member_id else []
        about += [
            side
            for identity in details.get("identities", ())
            if identity.get("member") == member_id
            for side in (identity["before"], identity["after"])
        ]
        for said in about:
            person.learn({"userName": said.get("userName", ""), "emails": said.get("emails", said.get("email", ""))})
            person.learn({"userName": said.get("subject", "")})  # who they are at their sign-in provider


def _of_others(database: Database, workspace_id: str, person: Person) -> set[str]:
    """Values of a person that name another member, a group, or somebody else in the audit log.

    Whoever makes a user chooses its values: that must not take another's name out of the log.
    """
    values = person.identifying | person.names

    def named(tx: Tx) -> Iterator[str]:
        for value in values:
            people = [
                members.find_by_user_name(tx, workspace_id, value),
                accounts.find_by_email(tx, workspace_id, value),
            ]
            of_another = any(each is not None and each.id != person.member for each in people)
            if of_another or groups.find_by_display_name(tx, workspace_id, value) is not None:
                yield value

    others = set(database.read(lambda tx: list(named(tx)), Lane.SLOW))
    logged = {text.casefold() for entry in _audit(database, workspace_id) for text in _other_names(entry, person)}
    return others | {value for value in values if value.casefold() in logged}


def _other_names(entry: AuditEntry, person: Person) -> Iterator[str]:
    """What an entry of the audit log calls others."""
    details: dict[str, Json] = msgspec.json.decode(entry.details)
    said: list[Json] = [entry.actor.name] if entry.actor.id != person.member else []
    said += [role.get("userName") for role in details.get("roles", ()) if role.get("member") != person.member]
    if person.member not in {entry.target, details.get("member")}:
        said += [details.get("userName"), details.get("email")]
    return (text for text in said if isinstance(text, str))


def _is_known(database: Database, workspace_id: str, eraser: Eraser) -> bool:
    def seen() -> Iterator[bool]:
        yield from (_erased_audit(entry, eraser, 0) is not None for entry in _audit(database, workspace_id))
        yield from (_erased_log(entry, eraser, "") is not None for entry in _log(database, workspace_id))

    return any(seen())


def _erase(edit: Edit, member_id: str, person: Person, actor: Actor) -> int:
    """Remove the member and what the audit log says of them; how many of its entries that were."""
    tx, workspace_id = edit.tx, edit.workspace.id
    if actor.id == member_id:
        raise InvalidSetting("Nobody can erase themselves: whoever does it is in the audit log")
    member = members.find(tx, workspace_id, member_id)
    if member is not None:
        if member.protected:
            raise InvalidSetting("This member is protected; take the protection away first")
        members.delete(tx, workspace_id, member, edit.revision, changes=edit.member_changes)
        if member.source is Source.PROVISIONED:  # those who were invited are not counted
            workspaces.count(tx, workspace_id, users=-1)
        edit.changes.call(member_id, person.pseudonym)
    sessions.end_all(tx, workspace_id, [member_id])
    accounts.end_links(tx, workspace_id, [member_id])
    forget_tries(tx, workspace_id, person.own)
    guard.forget_person(tx, workspace_id, member_id, person.own, person.pseudonym)
    eraser = Eraser(person)
    for connection, probe in traffic.probes(tx, workspace_id).items():
        traffic.reword_probe(tx, workspace_id, connection, eraser.operation(probe.operation))
    changed = _erase_audit(tx, workspace_id, eraser)
    for start in range(MAX_ENTRIES, len(changed), MAX_ENTRIES):
        deed = Deed(ERASE, person.pseudonym, {"entries": changed[start : start + MAX_ENTRIES]})
        audit.append(tx, workspace_id, actor, deed)
    edit.note(person.pseudonym, entries=changed[:MAX_ENTRIES])
    settings.put(tx, _pending(workspace_id, person), msgspec.json.encode(asdict(person)).decode())
    return len(changed)


def _erase_audit(tx: Tx, workspace_id: str, eraser: Eraser) -> list[Json]:
    """The number and the new content of each entry that has lost something."""
    head = audit.head(tx, workspace_id)
    number, after, changed = (head.sequence + 1 if head else 1), 0, list[Json]()
    while page := audit.following(tx, workspace_id, after=after, most=PAGE):
        for entry in page:
            erased = _erased_audit(entry, eraser, number)
            if erased is not None:
                audit.erase(tx, workspace_id, erased)
                changed.append([erased.sequence, content(workspace_id, erased)])
        after = page[-1].sequence
    return changed


def _erased_audit(entry: AuditEntry, eraser: Eraser, number: int) -> AuditEntry | None:
    """The entry without what it says of them; None if it says nothing."""
    details: Json = msgspec.json.decode(entry.details)
    eraser = eraser.of(entry.target, entry.actor.id)
    cleaned = eraser.value(details)
    actor = Actor(entry.actor.channel, eraser.text(entry.actor.id) or "", eraser.text(entry.actor.name))
    after = replace(entry, actor=actor, target=eraser.text(entry.target), detail=eraser.text(entry.detail))
    if cleaned != details:
        after = replace(after, details=msgspec.json.encode(cleaned).decode())
    return None if after == entry else replace(after, salt=None, erased=number)


def _finish(database: Database, workspace: Workspace, person: Person) -> int:
    """Take them out of the provisioning log, and forget what they were called; how many entries that were."""
    eraser, count = Eraser(person), 0
    for page in _log_pages(database, workspace.id):
        erased = [each for entry in page if (each := _erased_log(entry, eraser, person.pseudonym)) is not None]
        if erased:
            database.write(workspace.slug, partial(_write_log, workspace_id=workspace.id, entries=erased))
            count += len(erased)
    database.write(workspace.slug, lambda tx: settings.remove(tx, _pending(workspace.id, person)))
    return count


def _write_log(tx: Tx, workspace_id: str, entries: list[LogEntry]) -> None:
    for entry in entries:
        log.erase(tx, workspace_id, entry)


def _erased_log(entry: LogEntry, eraser: Eraser, pseudonym: str) -> LogEntry | None:
    """The entry without what it says of them; None if it says nothing. Of a body nothing is left."""
    eraser = eraser.of(entry.resource_id)
    operation = eraser.operation(entry.operation)
    quoted = [entry.resource_id, entry.resource_name, entry.detail, entry.body, list(entry.changes), entry.operation]
    if not eraser.concerns(quoted):
        cleaned = structs.replace(entry, operation=operation, detail=eraser.text(entry.detail))
        return None if cleaned == entry else cleaned
    theirs = eraser.concerns([entry.resource_id, entry.resource_name])
    return structs.replace(
        entry,
        operation=operation,
        resource_id=eraser.text(entry.resource_id),
        resource_name=eraser.text(entry.resource_name),
        detail=eraser.text(entry.detail),
        changes=() if theirs else tuple(eraser.value(change) for change in entry.changes),
        body=None if entry.body is None else {"erased": pseudonym},
    )


def _pending(workspace_id: str, person: Person) -> str:
    return f"{PENDING}{workspace_id}:{person.pseudonym}"


def _log_pages(database: Database, workspace_id: str) -> Iterator[list[LogEntry]]:
    after = ""
    while page := database.read(partial(log.following, workspace_id=workspace_id, after=after, most=PAGE), Lane.SLOW):
        yield page
        after = page[-1].id


def _log(database: Database, workspace_id: str) -> Iterator[LogEntry]:
    return (entry for page in _log_pages(database, workspace_id) for entry in page)


def _audit(database: Database, workspace_id: str) -> Iterator[AuditEntry]:
    after = 0
    while page := database.read(partial(audit.following, workspace_id=workspace_id, after=after, most=PAGE), Lane.SLOW):
        yield from page
        after = page[-1].sequence
