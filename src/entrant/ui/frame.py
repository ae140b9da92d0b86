"""What stands around a page: the product, the place, the navigation, who is signed in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NavItem:
    """A link of the navigation. `current` if it leads to the page that is shown or to what that page is part of."""

    label: str
    href: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class NavSection:
    """Links under a heading; None is no heading. `named` if the heading is the name of what the links are about."""

    label: str | None
    items: tuple[NavItem, ...]
    named: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """Who is signed in, and where a form signs them out."""

    name: str
    profile: str | None
    sign_out: str | None


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of one page. `csrf` is the token for its forms; `place` the workspace or tenant."""

    title: str
    product: str
    home: str
    place: str | None = None
    sections: tuple[NavSection, ...] = ()
    account: Account | None = None
    csrf: str = ""
    trail: tuple[NavItem, ...] = ()
    """The pages above this one, outermost first."""
