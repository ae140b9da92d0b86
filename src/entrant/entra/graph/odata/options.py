"""The query of a request as values: which options it has, each parsed for the type of entity it is about.

Options are recognized with or without `$`, as Graph does. One that is unknown, repeated or not offered is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode

from entrant.entra.graph.errors import GraphError, bad_request, unsupported_query
from entrant.scim.text import fault

from .evaluate import Predicate
from .expression import Expression
from .order import Key, parse_orderby
from .parser import parse_filter
from .projection import Selection, parse_expand, parse_select
from .search import parse_search
from .types import EntityType

MAX_QUERY_LENGTH = 32_768  # characters; far above what a client was seen to send
MAX_PAGE = 999  # graph-surface 9.2
DEFAULT_PAGE = 100
_KNOWN = frozenset(
    {
        *("select", "expand", "filter", "orderby", "top", "skiptoken", "deltatoken", "count", "search", "format"),
        "skip",
    }
)


@dataclass(frozen=True, slots=True)
class Options:
    """What a request asks for of a collection or an entity."""

    selection: Selection
    filter: Expression | None = None
    order: tuple[Key, ...] = ()
    search: Predicate | None = None
    top: int | None = None
    count: bool = False
    skiptoken: str | None = None
    deltatoken: str | None = None
    raw: Mapping[str, str] = field(default_factory=dict)
    """The options as text, by their names without `$`."""


def parse_query(query: str) -> dict[str, str]:
    """A raw query as options by their names without `$`; other parameters are ignored, as Graph does."""
    if len(query) > MAX_QUERY_LENGTH:
        raise GraphError(414, "BadRequest", f"The query is longer than {MAX_QUERY_LENGTH} characters.")
    raw: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, max_num_fields=100, errors="strict"):
        key = name.removeprefix("$").lower()
        if key not in _KNOWN:
            if name.startswith("$"):
                raise bad_request(f"The query parameter '{name[:80]}' is not supported.")
            continue
        if key in raw:
            raise bad_request(
                f"Query option '${key}' was specified more than once, but it must be specified at most once."
            )
        problem = fault([value])
        if problem is not None:
            raise bad_request(f"The query option '${key}' {problem}.")
        raw[key] = value
    return raw


def parse_options(query: str, type_: EntityType) -> Options:
    """The options of a request about entities of this type; raises GraphError (400)."""
    try:
        raw = parse_query(query)
    except ValueError as exc:
        raise bad_request("The query is not percent-encoded UTF-8, or has too many parameters.") from exc
    if "skip" in raw:
        raise unsupported_query("'$skip' is not supported by the service; follow '@odata.nextLink'.")
    return Options(
        selection=Selection(
            parse_select(raw["select"], type_) if raw.get("select") else None,
            parse_expand(raw["expand"], type_) if raw.get("expand") else (),
        ),
        filter=parse_filter(raw["filter"], type_) if "filter" in raw else None,
        order=parse_orderby(raw["orderby"], type_) if raw.get("orderby") else (),
        search=parse_search(raw["search"], type_) if "search" in raw else None,
        top=_top(raw.get("top")),
        count=_boolean(raw.get("count", "false")),
        skiptoken=raw.get("skiptoken"),
        deltatoken=raw.get("deltatoken"),
        raw=raw,
    )


def link_query(raw: Mapping[str, str], **changes: str | None) -> str:
    """A query with some options changed, or left out where None: what a `nextLink` ends with."""
    options = {**raw, **changes}
    pairs = [(f"${name}", value) for name, value in options.items() if value is not None]
    return urlencode(pairs, safe="$", quote_via=quote)


def _top(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= MAX_PAGE or len(text) > len("000999"):
        raise bad_request(f"Invalid page size specified: '{text[:20]}'. Must be between 1 and {MAX_PAGE} inclusive.")
    return int(text)


def _boolean(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise bad_request(
            f"Invalid value '{text[:20]}' for $count query option found. Valid values are 'true', 'false'."
        )
    return text.lower() == "true"
