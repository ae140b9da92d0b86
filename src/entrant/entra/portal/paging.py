"""Lists that are paged by key: the place where a page ended is part of the address of the next one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from entrant.entra import directory
from entrant.entra.model import DirectoryObject, Kind
from entrant.entra.store import objects
from entrant.entra.store.objects import Place

from .visit import Visit, url

PAGE = 50
MAX_SEARCH = 120  # characters of a search: no name is found by more of them
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """A page of a list, and the addresses of the first and the next page; None where there is none."""

    items: Sequence[T]
    newest: str | None
    older: str | None


def place(visit: Visit) -> tuple[str, str]:
    """Where the page before ended; two empty texts at the beginning."""
    return visit.query("after"), visit.query("id")


def listed(found: Sequence[T], visit: Visit, path: tuple[str, ...], key: Callable[[T], tuple[str, str]], **query: str,
) -> Listed[T]:  # fmt: skip
    """A page out of what was read with one more than a page holds."""
    items = found[:PAGE]
    last = key(items[-1]) if len(found) > PAGE else None
    return Listed(
        items,
        url(*path, **query) if any(place(visit)) else None,
        url(*path, **query, after=last[0], id=last[1]) if last else None,
    )


def search_of(visit: Visit) -> str:
    """What is searched for."""
    return visit.query("q").strip()[:MAX_SEARCH]


def objects_page(
    visit: Visit, kind: Kind, path: tuple[str, ...], where: Place = Place.DIRECTORY
) -> Listed[DirectoryObject]:
    """Users or groups in the order of display names."""
    text = search_of(visit)
    if not text:
        found = directory.page_of(visit.db, kind, place=where, after=place(visit), most=PAGE + 1)
        return listed(found, visit, path, objects.key)
    seen = directory.search_page(visit.db, kind, text, place=where, after=place(visit), most=PAGE)
    return Listed(
        seen.objects,
        url(*path, q=text) if any(place(visit)) else None,
        url(*path, q=text, after=seen.next[0], id=seen.next[1]) if seen.next else None,
    )


def choices(visit: Visit, most: int = 20) -> list[DirectoryObject]:
    """Groups and users to choose from, by what is searched for."""
    text, kinds = search_of(visit), (Kind.GROUP, Kind.USER)
    if not text:
        return [each for kind in kinds for each in directory.page_of(visit.db, kind, most=most)]
    return [each for kind in kinds for each in directory.search_page(visit.db, kind, text, most=most).objects]
