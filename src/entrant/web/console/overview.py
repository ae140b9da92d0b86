"""The overview: is the sync healthy, who is in, what wants attention, and what to do about each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from entrant.service.admin import approve_held, list_held, reject_held
from entrant.service.admin.overview import ConnectionState, Overview, show_overview
from entrant.ui import Bar
from entrant.ui.text import ago, number

from . import held
from .advice import advise
from .render import Look, page
from .visit import Reply, Visit, redirect


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that wants attention: what it is, what to do, and where."""

    kind: str
    title: str
    todo: str
    href: str
    link: str


def show(visit: Visit) -> Reply:
    """The page. Its script loads it again every few seconds; without one it is as it was when it was asked for."""
    found = show_overview(visit.database, visit.slug)
    waiting = list_held(visit.database, visit.slug, waiting=True, names=held.SHOWN)
    return page(
        visit,
        "overview.html",
        Look("Overview", "overview"),
        found=found,
        held=waiting,
        what=held.WHAT,
        health=_health(found),
        problems=list(_problems(visit, found)),
        refused=[(entry, advise(entry, _provider(found, entry.connection))) for entry in found.problems],
        bars=[Bar(f"{hour.hour[11:]}:00", hour.entries, hour.refused) for hour in found.hours],
        count=lambda value: f"{number(value)}{' or more' if value >= found.counts.bound else ''}",
    )


def act(visit: Visit) -> Reply:
    """Decide a change that is held."""
    if visit.form.get("do") == "approve":
        approve_held(visit.database, visit.slug, visit.form.get("held", ""))
        return redirect(visit.url(done="approved"))
    reject_held(visit.database, visit.slug, visit.form.get("held", ""))
    return redirect(visit.url(done="rejected"))


def _health(found: Overview) -> tuple[str, str, str]:
    """The state of the sync: kind of badge, word, sentence."""
    states = [state for state in found.connections if state.connection.enabled]
    if not found.connections:
        return "plain", "not set up", "No identity provider is connected yet."
    if not states:
        return "warn", "off", "SCIM provisioning is switched off: every request is refused."
    if all(state.connection.last_contact is None for state in states):
        return "info", "waiting", "The provider has not been here yet. Test the connection there."
    if any(state.late for state in states):
        return "bad", "late", "The provider has missed its cycles: it may be stopped, or hold its job in quarantine."
    if found.refused:
        return "warn", "with refusals", "The provider is in touch, and some of what it asked was refused."
    return "good", "healthy", "The provider is in touch and nothing was refused within a day."


def _problems(visit: Visit, found: Overview) -> Iterator[Problem]:
    settings = visit.url("settings/scim")
    if not found.connections:
        yield Problem(
            "info",
            "SCIM provisioning is off",
            "Turn it on to get the base URL and the token for your identity provider.",
            settings,
            "Set up SCIM provisioning",
        )
    if found.counts.admins == 1:
        yield Problem(
            "info",
            "There is one admin",
            "If they leave, nobody can be removed as admin before another is made one. Make a second.",
            visit.url("members"),
            "Choose a member",
        )
    if not found.protected:
        yield Problem(
            "warn" if found.connections else "info",
            "No admin is protected",
            "A provider can change or remove every admin. "
            + ("Protect at least one." if found.connections else "Protect at least one before you turn on SCIM."),
            visit.url("members", state="admin"),
            "Choose an admin",
        )
    for state in found.connections:
        yield from _of_connection(state, settings, found.now)


def _of_connection(state: ConnectionState, settings: str, now: str) -> Iterator[Problem]:
    if state.late:
        yield Problem(
            "bad",
            f"No contact since {ago(state.connection.last_contact or now, now)}",
            "Look at the provisioning job in your identity provider: start it, or restart it if it is in quarantine.",
            settings,
            "Connection",
        )
    if state.connection.enabled and not state.tokens:
        yield Problem(
            "warn",
            "The connection has no bearer token that works",
            "Regenerate it and enter the new one in your identity provider, unless it signs in by OAuth.",
            settings,
            "Regenerate the token",
        )
    elif state.expires is not None:
        yield Problem(
            "warn",
            f"The bearer token ends {ago(state.expires, now)}",
            "Regenerate it with an overlap, and enter the new one in your identity provider in that time.",
            settings,
            "Regenerate the token",
        )


def _provider(found: Overview, connection_id: str | None) -> str | None:
    return next((s.connection.provider for s in found.connections if s.connection.id == connection_id), None)
