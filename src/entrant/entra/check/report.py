"""A report for machines and for people who were not there: JSON, JUnit XML, one HTML page that needs nothing else."""

from __future__ import annotations

from functools import cache
from xml.etree import ElementTree as ET

from jinja2 import Environment, PackageLoader, StrictUndefined

from entrant.entra.model import Exchange
from entrant.scim.wire import Json

from .model import Outcome, Report, Result, Suite

TITLES = {
    Suite.FLOWS: "Entra's flows",
    Suite.USERS: "Microsoft's gallery: users",
    Suite.GROUPS: "Microsoft's gallery: groups",
    Suite.SCIM: "Microsoft's gallery: SCIM",
    Suite.EXACT: "Exactness",
    Suite.OKTA: "Okta",
    Suite.IPSIE: "IPSIE AL1 and AL2",
    Suite.INTEROP: "SCIM interoperability profile",
}


def json_of(report: Report) -> Json:
    """The whole report."""
    return {
        "endpoint": report.endpoint,
        "provider": report.provider,
        "prefix": report.prefix,
        "began": report.began,
        "interrupted": report.interrupted,
        "summary": {str(result): count for result, count in report.count().items()},
        "notes": list(report.notes),
        "notDeleted": list(report.left),
        "checks": [_outcome(each) for each in report.outcomes],
    }


def junit(report: Report) -> str:
    """JUnit XML: a suite each, a warning as a skipped test that says why."""
    root = ET.Element("testsuites", name=f"entrant check {report.endpoint}")
    for suite in dict.fromkeys(each.check.suite for each in report.outcomes):
        outcomes = [each for each in report.outcomes if each.check.suite == suite]
        failures = sum(each.result is Result.FAILED for each in outcomes)
        skipped = sum(each.result in {Result.SKIPPED, Result.WARNING} for each in outcomes)
        node = ET.SubElement(
            root,
            "testsuite",
            name=suite,
            tests=str(len(outcomes)),
            failures=str(failures),
            skipped=str(skipped),
            timestamp=report.began[:19],
            time=f"{sum(each.milliseconds for each in outcomes) / 1000:.3f}",
        )
        for each in outcomes:
            _case(node, each)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode")


def html(report: Report) -> str:
    """One page."""
    suites = dict.fromkeys(each.check.suite for each in report.outcomes)
    grouped = [(TITLES[suite], [each for each in report.outcomes if each.check.suite == suite]) for suite in suites]
    return _templates().get_template("report.html").render(report=report, suites=grouped, counts=report.count())


def _outcome(outcome: Outcome) -> Json:
    check = outcome.check
    return {
        "name": check.name,
        "suite": check.suite,
        "statement": check.statement,
        "title": check.title,
        "optional": check.optional,
        "result": outcome.result,
        "reason": outcome.reason or None,
        "next": outcome.next_step or None,
        "requests": outcome.requests,
        "milliseconds": outcome.milliseconds,
        "exchanges": [_exchange(each) for each in outcome.exchanges],
    }


def _exchange(exchange: Exchange) -> Json:
    return {
        "method": exchange.method,
        "target": exchange.target,
        "body": exchange.body,
        "status": exchange.status,
        "answer": exchange.answer,
        "milliseconds": exchange.milliseconds,
    }


def _case(suite: ET.Element, outcome: Outcome) -> None:
    check = outcome.check
    case = ET.SubElement(
        suite, "testcase", classname=check.suite, name=check.name, time=f"{outcome.milliseconds / 1000:.3f}"
    )
    message = _printable(outcome.reason)
    if outcome.result is Result.FAILED:
        lines = [f"{check.title} ({check.statement})", outcome.reason, outcome.next_step]
        lines += [f"{e.method} {e.target}\n{e.body}\n-> {e.status}\n{e.answer}" for e in outcome.exchanges]
        ET.SubElement(case, "failure", message=message).text = _printable("\n".join(lines))
    elif outcome.result is not Result.PASSED:
        warned = "warning: " if outcome.result is Result.WARNING else ""
        ET.SubElement(case, "skipped", message=f"{warned}{message}")


def _printable(text: str) -> str:
    """A text without the characters that XML 1.0 cannot hold."""
    return "".join(each if each in "\n\t" or each.isprintable() else "?" for each in text)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader(__package__, "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
