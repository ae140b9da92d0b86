"""Which attributes an answer has: `attributes`, `excludedAttributes` and `returned` (RFC 7644 §3.9, RFC 7643 §7)."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from .errors import InvalidPath, InvalidValue
from .filter import Path
from .parser import parse_path
from .schema import Attribute, Resource, ResourceType, Returned
from .wire import Json

MAX_PATHS = 200  # attribute names in one parameter


class Projection(msgspec.Struct, frozen=True):
    """What was asked for. Names that no schema has are ignored, as RFC 7644 §3.9 has them not match."""

    attributes: tuple[Path, ...] = ()
    excluded: tuple[Path, ...] = ()

    @property
    def plain(self) -> bool:
        """Nothing was asked: every attribute comes that is returned by default."""
        return not self.attributes and not self.excluded

    def wants(self, name: str) -> bool:
        """Whether the core attribute of that name, returned by default, is in the answer in any part."""
        lowered = name.lower()
        if self.attributes:
            return any(path.name.lower() == lowered for path in self.attributes)
        return not any(path.name.lower() == lowered and path.sub is None for path in self.excluded)


PLAIN = Projection()


def parse_projection(attributes: Json, excluded: Json) -> Projection:
    """Read the two parameters, each a comma-separated text, a list of texts, or None; raises InvalidValue."""
    if attributes and excluded:
        raise InvalidValue("ask for attributes or for excludedAttributes, not for both")
    return Projection(_paths("attributes", attributes), _paths("excludedAttributes", excluded))


def _paths(name: str, value: Json) -> tuple[Path, ...]:
    if not value:
        return ()
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names) or len(names) > MAX_PATHS:
        raise InvalidValue(f"{name} must be a list of at most {MAX_PATHS} attribute names")
    try:
        return tuple(parse_path(n.strip()) for n in names if n.strip())
    except InvalidPath as exc:
        raise InvalidValue(f"{name}: {exc.detail}") from exc


def project(resource: Resource, type_: ResourceType, projection: Projection) -> Resource:
    """The resource with the attributes that are to be returned; what is returned always stays."""
    if projection.plain and not type_.on_request:
        return resource
    kept: Resource = {}
    for name, value in resource.items():
        extension = type_.find_extension(name)
        if extension is None:
            attribute = type_.find_attribute(name)
            inner = (
                value
                if attribute is None
                else _select(attribute, value, _about(projection, None, type_.schema.id, name))
            )
        else:
            inner = {
                n: selected
                for n, v in value.items()
                if (a := extension.find(n))
                and (selected := _select(a, v, _about(projection, extension.id, "", n))) is not None
            }
        if inner is not None and inner != {}:
            kept[name] = inner
    return kept


class _About(msgspec.Struct, frozen=True):
    """What a projection says of one attribute: asked for whole, or in parts; excluded whole, or in parts."""

    listed: bool
    whole: bool
    subs: frozenset[str]
    out: bool
    subs_out: frozenset[str]


def _about(projection: Projection, urn: str | None, core: str, name: str) -> _About:
    def mine(path: Path) -> bool:
        home = (path.urn or core).lower()
        if urn is not None and f"{path.urn}:{path.name}".lower() == urn.lower():
            return True  # the whole extension, named by its URN
        return home == (urn or core).lower() and path.name.lower() == name.lower()

    asked = [path for path in projection.attributes if mine(path)]
    excluded = [path for path in projection.excluded if mine(path)]
    return _About(
        listed=bool(projection.attributes),
        whole=any(path.sub is None for path in asked),
        subs=frozenset(path.sub.lower() for path in asked if path.sub),
        out=any(path.sub is None for path in excluded),
        subs_out=frozenset(path.sub.lower() for path in excluded if path.sub),
    )


def _select(attribute: Attribute, value: Json, about: _About) -> Json:
    """The value, a part of it, or None if it is not returned."""
    if attribute.returned is Returned.ALWAYS:
        return value
    if attribute.returned is Returned.NEVER:
        return None
    if about.listed:
        return value if about.whole else _parts(value, lambda n: n.lower() in about.subs) if about.subs else None
    if about.out or attribute.returned is Returned.REQUEST:
        return None
    return _parts(value, lambda n: n.lower() not in about.subs_out) if about.subs_out else value


def _parts(value: Json, keep: Callable[[str], bool]) -> Json:
    """A complex value, or each of several, with only the sub-attributes to keep; None if nothing is left."""
    if isinstance(value, list):
        return [part for item in value if (part := _parts(item, keep))] or None
    return {n: v for n, v in value.items() if keep(n)} if isinstance(value, dict) else value
