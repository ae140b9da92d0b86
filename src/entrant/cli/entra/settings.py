"""`entrant entra app settings APP`: thresholds, notifications, target object actions, switches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

import typer

from entrant.cli.output import AsJson, console, print_facts, print_json, print_rows, yes_no
from entrant.config import ConfigError
from entrant.entra.engine.switches import describe_switches, parse_switches, print_switches
from entrant.entra.jobs import operations
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.jobs.views import JobView, Settings
from entrant.entra.mapping.schema import TargetAction
from entrant.entra.model import Kind
from entrant.entra.store import DEFAULT_DATABASE
from entrant.scim.wire import Json

from .opening import App, DatabaseUrl, emulator, find_app

ACTIONS = {"create": TargetAction.ADD, "update": TargetAction.UPDATE, "delete": TargetAction.DELETE}
OFF = "off"


def add_to(apps: typer.Typer) -> None:
    """Add the command to `entrant entra app`."""
    apps.command()(settings)


def settings(
    app: App,
    delete_threshold: Annotated[
        str | None, typer.Option(metavar="N|off", help="The most deletions of a cycle that are sent; 500 is usual.")
    ] = None,
    notify: Annotated[str | None, typer.Option(metavar="MAIL|off", help="Who would get mail about failures.")] = None,
    skip_out_of_scope_deletions: Annotated[
        str | None, typer.Option(metavar="on|off", help="Send nothing when an object leaves the scope.")
    ] = None,
    user_actions: Annotated[
        str | None, typer.Option(metavar="LIST", help="What is done with users: create,update,delete.")
    ] = None,
    group_actions: Annotated[
        str | None, typer.Option(metavar="LIST", help="What is done with groups: create,update,delete.")
    ] = None,
    switch: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Turn a switch of the engine; repeatable.")
    ] = None,
    switches: Annotated[bool, typer.Option("--switches", help="List all switches and what they do.")] = False,
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Show an application's settings, or change those that are given."""
    with emulator(database) as p:
        principal = find_app(p, app)
        job = operations.job_of(p, principal.id)
        wanted = _changed(job.settings, delete_threshold, notify, skip_out_of_scope_deletions, switch or [])
        if wanted != job.settings:
            operations.put_settings(p, job.id, wanted)
        for kind, text in ((Kind.USER, user_actions), (Kind.GROUP, group_actions)):
            if text is not None:
                operations.set_actions(p, job.id, kind, _actions(text))
        job = operations.job_of(p, principal.id)
        shown = _shown(p, job)
    if as_json:
        print_json(shown)
    elif switches:
        _print_switches(job.settings)
    else:
        _print(shown)


def _changed(
    before: Settings, threshold: str | None, notify: str | None, skip: str | None, switches: list[str]
) -> Settings:
    after = before
    if threshold is not None:
        after = replace(after, delete_threshold=None if threshold == OFF else _number(threshold))
    if notify is not None:
        after = replace(after, notify=notify != OFF, recipients="" if notify == OFF else notify)
    if skip is not None:
        if skip not in {"on", OFF}:
            raise ConfigError("--skip-out-of-scope-deletions is on or off")
        after = replace(after, skip_out_of_scope_deletions=skip == "on")
    if switches:
        turned = dict(_pair(text) for text in switches)
        after = replace(after, switches=parse_switches({**print_switches(after.switches), **turned}))
    return after


def _shown(p: Provisioner, job: JobView) -> Json:
    schema = operations.load_schema(p, job.id)
    usual = print_switches(Settings().switches)
    names = {action: name for name, action in ACTIONS.items()}
    actions = {
        each.source: [names[action] for action in TargetAction if action in each.actions]
        for each in schema.rule.object_mappings
    }
    return {
        "jobId": job.id,
        "tenantUrl": job.tenant_url,
        "scope": "all" if job.sync_all else "assigned",
        "deleteThreshold": job.settings.delete_threshold,
        "notify": job.settings.recipients if job.settings.notify else None,
        "skipOutOfScopeDeletions": job.settings.skip_out_of_scope_deletions,
        "userActions": actions.get(Kind.USER, []),
        "groupActions": actions.get(Kind.GROUP, []),
        "switches": {
            name: value for name, value in print_switches(job.settings.switches).items() if value != usual[name]
        },
    }


def _print(shown: Json) -> None:
    threshold = shown["deleteThreshold"]
    print_facts(
        {
            "Job": shown["jobId"],
            "Tenant URL": shown["tenantUrl"] or "not connected",
            "Scope": f"{shown['scope']} users and groups",
            "Deletion threshold": "off" if threshold is None else f"{threshold:,}",
            "Notify": shown["notify"] or "nobody",
            "Skip out-of-scope deletions": yes_no(shown["skipOutOfScopeDeletions"]),
            "Users": ", ".join(shown["userActions"]) or "nothing",
            "Groups": ", ".join(shown["groupActions"]) or "nothing",
            "Switches": _turned(shown["switches"]),
        }
    )


def _turned(switches: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in switches.items()) or "all as usual"


def _print_switches(settings: Settings) -> None:
    values = print_switches(settings.switches)
    print_rows(
        describe_switches(),
        {
            "Switch": lambda row: row.name,
            "Value": lambda row: values[row.name],
            "Usual": lambda row: row.default,
            "What it does": lambda row: row.doc.text,
            "Statement": lambda row: row.doc.statements,
        },
        as_json=False,
        empty="",
    )
    console().print()


def _actions(text: str) -> frozenset[TargetAction]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in names if name not in ACTIONS]:
        raise ConfigError(f'"{unknown[0]}" is no action; write create, update and delete, joined by commas')
    return frozenset(ACTIONS[name] for name in names)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ConfigError(f'--delete-threshold is "{text}"; write a whole number, or off')
    return int(text)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f'"{text}" turns no switch; write it as read_mode=by_filter')
    return name.strip(), value.strip()
