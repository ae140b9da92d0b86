"""The law of leniency: a rewrite changes the spelling, never the effect (product.md 6.5, 6.6).

Schemas, resources and standard messages are generated; each tolerance has a generator that spells a standard message
in its way. What the standard message does is computed by the core alone.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any
from unittest import mock

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec import structs

from entrant.scim import leniency
from entrant.scim.errors import ScimError
from entrant.scim.filter import And, CompareOp, Comparison, Filter, Path
from entrant.scim.leniency import GENERIC, STRICT, tolerate_patch, tolerate_resource
from entrant.scim.leniency.messages import MESSAGES, RAW
from entrant.scim.leniency.operations import DECIDED, OPERATIONS
from entrant.scim.operations import LETTER, Op, Sent, parse_operations
from entrant.scim.patch import apply
from entrant.scim.resource import Unknown, parse_resource
from entrant.scim.schema import ENTERPRISE_URN, USER_URN, Attribute, Mutability, Resource, ResourceType, Schema, Type
from entrant.scim.schemas import user_type
from entrant.scim.wire import Json

POLICY = GENERIC.policy
URN = "urn:example:custom:2.0:User"
TEXT = st.sampled_from(["a", "B", "work", "home", "7", "True", "x y", "ä", ""])
SIMPLE: dict[Type, st.SearchStrategy[Json]] = {
    Type.STRING: TEXT,
    Type.REFERENCE: st.sampled_from(["https://example.com/a", "../Users/1"]),
    Type.BOOLEAN: st.booleans(),
    Type.INTEGER: st.integers(-9, 9),
    Type.DECIMAL: st.integers(-9, 9) | st.sampled_from([0.5, -1.25]),
    Type.BINARY: st.sampled_from(["YQ==", "YmM="]),
    Type.DATETIME: st.just("2026-01-01T00:00:00Z"),
}


@dataclass(frozen=True, repr=False)
class Shown(ResourceType):
    """A resource type that an example shows in a line."""

    def __repr__(self) -> str:
        return repr([(a.name, str(a.type), a.multi_valued) for a in self.extensions[-1].attributes])


@st.composite
def types(draw: st.DrawFn) -> ResourceType:
    """The User type with an extension of random simple attributes."""
    kinds = draw(st.lists(st.tuples(st.sampled_from([*SIMPLE]), st.booleans()), min_size=1, max_size=4))
    attributes = tuple(Attribute(f"c{n}", kind, multi_valued=many) for n, (kind, many) in enumerate(kinds))
    user = user_type((Schema(URN, "Custom", "", attributes),))
    return Shown(user.name, user.endpoint, user.description, user.schema, user.extensions)


@dataclass(frozen=True, repr=False)
class Place:
    """An attribute and where it is."""

    urn: str | None
    attribute: Attribute

    def __repr__(self) -> str:
        return str(self.path)

    @property
    def path(self) -> Path:
        """Its path."""
        return Path(self.attribute.name, urn=self.urn)


def places(type_: ResourceType) -> list[Place]:
    """The attributes that can be written and need not be there."""
    found = [Place(None, a) for a in type_.schema.attributes]
    found += [Place(e.id, a) for e in type_.extensions for a in e.attributes]
    return [p for p in found if p.attribute.mutability is Mutability.READ_WRITE and not p.attribute.required]


def single(attribute: Attribute) -> st.SearchStrategy[Json]:
    """One value of the attribute."""
    if attribute.type is not Type.COMPLEX:
        return SIMPLE[attribute.type]
    subs = {s.name: single(s) for s in attribute.sub_attributes if s.mutability is not Mutability.READ_ONLY}
    subs.pop("primary", None)
    first = {next(iter(subs)): subs.pop(next(iter(subs)))}
    return st.fixed_dictionaries(first, optional=subs)


def values(attribute: Attribute) -> st.SearchStrategy[Json]:
    """All values of the attribute."""
    return st.lists(single(attribute), min_size=1, max_size=2) if attribute.multi_valued else single(attribute)


@st.composite
def resources(draw: st.DrawFn, type_: ResourceType) -> Resource:
    """A resource with some attributes."""
    whole: Resource = {"userName": "ada"}
    for place in draw(st.lists(st.sampled_from(places(type_)), max_size=5, unique_by=lambda p: str(p.path))):
        home = whole if place.urn is None else whole.setdefault(place.urn, {})
        home[place.attribute.name] = draw(values(place.attribute))
    return parse_resource(whole, type_, Unknown.REFUSE).resource


@dataclass(frozen=True)
class Said:
    """A standard operation on one attribute, with a path."""

    op: str
    place: Place
    path: Path
    value: Json = None
    many: bool = False

    @property
    def json(self) -> Json:
        """As it is sent."""
        said = {"op": self.op, "path": str(self.path)}
        return said if self.op == "remove" else {**said, "value": self.value}


@st.composite
def operations(draw: st.DrawFn, type_: ResourceType) -> Said:
    """A standard operation: on an attribute, a sub-attribute, or what a filter chooses."""
    place = draw(st.sampled_from(places(type_)))
    attribute, path, op = place.attribute, place.path, draw(st.sampled_from(["add", "replace", "remove"]))
    subs = [s for s in attribute.sub_attributes if s.mutability is Mutability.READ_WRITE and s.name != "primary"]
    texts = [s for s in subs if s.type is Type.STRING]
    if attribute.multi_valued and texts and draw(st.booleans()):
        test = Comparison(Path(draw(st.sampled_from(texts)).name), CompareOp.EQ, draw(TEXT))
        path = structs.replace(path, filter=test)
    if draw(st.booleans()) and subs:
        sub = draw(st.sampled_from(subs))
        return Said(op, place, structs.replace(path, sub=sub.name), draw(single(sub)))
    if path.filter is not None:
        return Said(op, place, path, draw(single(attribute)))
    return Said(op, place, path, draw(values(attribute)), many=attribute.multi_valued)


def message(*said: Json) -> Json:
    """A PatchOp."""
    return {"Operations": list(said)}


def effect(sent: Json, on: Resource, type_: ResourceType, used: list[str]) -> Resource | str:
    """What a tolerant connection makes of a message, or the kind of its refusal."""
    try:
        return apply(tolerate_patch(sent, type_, GENERIC, used).operations, on, type_, POLICY)
    except ScimError as refusal:
        return type(refusal).__name__


def standard_effect(sent: Json, on: Resource, type_: ResourceType) -> Resource | str:
    """What the core alone makes of it, without any tolerance."""
    try:
        return apply(parse_operations(sent, type_, LETTER).operations, on, type_, POLICY)
    except ScimError as refusal:
        return type(refusal).__name__


def is_decided(said: Said) -> bool:
    """Whether it is one of those whose meaning a tolerance changes by its name: a replace with "" ."""
    inner = said.value.values() if isinstance(said.value, dict) and said.path.filter is None else ()
    return said.op == "replace" and (said.value == "" or "" in inner)


DATA = st.data()


@given(DATA)
def test_a_standard_message_is_untouched(data: st.DataObject) -> None:
    """P1: no tolerance accepts it; it does what the core alone makes of it."""
    type_ = data.draw(types())
    said = data.draw(st.lists(operations(type_), min_size=1, max_size=3))
    assume(not any(map(is_decided, said)))
    on, sent, used = data.draw(resources(type_)), message(*(each.json for each in said)), list[str]()
    before = copy.deepcopy((on, sent))

    assert effect(sent, on, type_, used) == standard_effect(sent, on, type_)
    assert used == []
    assert (on, sent) == before
    assert parse_operations(sent, type_, STRICT.policy.__class__(without_path=False)).operations


@given(DATA)
def test_a_standard_resource_is_untouched(data: st.DataObject) -> None:
    """P1, for POST and PUT: what the core reads, it reads alike through the tolerances."""
    type_ = data.draw(types())
    sent, used = data.draw(resources(type_)), list[str]()

    assert tolerate_resource(sent, type_, GENERIC, used) == parse_resource(sent, type_, Unknown.REFUSE)
    assert used == []


# P2: each tolerance with a generator, which spells a standard operation in its way, or says that it has no such way.

NOT_SO = None
Spell = Callable[[st.DataObject, Said, ResourceType], Json]


def in_any_case(data: st.DataObject, said: Said, _: ResourceType) -> Json:
    return {name.upper() if data.draw(st.booleans()) else name.title(): value for name, value in said.json.items()}


def op_in_any_case(data: st.DataObject, said: Said, _: ResourceType) -> Json:
    return {**said.json, "op": data.draw(st.sampled_from([said.op.title(), said.op.upper()]))}


def with_leaf(change: Callable[[Attribute, Json], Json]) -> Spell:
    """Change every simple value that can be changed, wherever it stands."""

    def walk(attribute: Attribute, value: Json) -> Json:
        if isinstance(value, list):
            return [walk(attribute, item) for item in value]
        if isinstance(value, dict):
            subs = {name: attribute.find(name) for name in value}
            return {name: walk(sub, value[name]) for name, sub in subs.items() if sub is not None}
        return change(attribute, value)

    def spell(_: st.DataObject, said: Said, type_: ResourceType) -> Json:
        found = type_.find(said.path.urn, said.path.name, said.path.sub)
        if said.op == "remove" or found is None:
            return NOT_SO
        changed = walk(found.leaf, said.value)
        return (
            NOT_SO
            if msgspec.json.encode(changed) == msgspec.json.encode(said.value)
            else {**said.json, "value": changed}
        )

    return spell


def boolean_text(attribute: Attribute, value: Json) -> Json:
    return str(value) if attribute.type is Type.BOOLEAN else value


def number_text(attribute: Attribute, value: Json) -> Json:
    return str(value) if attribute.type in {Type.INTEGER, Type.DECIMAL} else value


def text_number(attribute: Attribute, value: Json) -> Json:
    return 7 if attribute.type is Type.STRING and value == "7" else value


def wrapped(attribute: Attribute, value: Json) -> Json:
    return {"$ref": None, "value": value} if attribute.type is not Type.COMPLEX else value


def complex_text(attribute: Attribute, value: Json) -> Json:
    if isinstance(value, list):
        return [complex_text(attribute, item) for item in value]
    only = isinstance(value, dict) and value.keys() == {"value"} and isinstance(value["value"], str)
    return value["value"] if only and value["value"] else value


def text_for_complex(_: st.DataObject, said: Said, __: ResourceType) -> Json:
    changed = complex_text(said.place.attribute, said.value)
    return NOT_SO if said.op == "remove" or changed == said.value else {**said.json, "value": changed}


def in_list(_: st.DataObject, said: Said, __: ResourceType) -> Json:
    return NOT_SO if said.op == "remove" or said.many else {**said.json, "value": [said.value]}


def without_list(_: st.DataObject, said: Said, __: ResourceType) -> Json:
    one = said.many and len(said.value) == 1 and said.op != "remove"
    return {**said.json, "value": said.value[0]} if one else NOT_SO


def without_path(said: Said) -> Json:
    """The operation with its path as a key."""
    return NOT_SO if said.op == "remove" else {"op": said.op, "value": {str(said.path): said.value}}


def flat(_: st.DataObject, said: Said, __: ResourceType) -> Json:
    return without_path(said) if any(mark in str(said.path) for mark in ".[") else NOT_SO


def core_object(_: st.DataObject, said: Said, __: ResourceType) -> Json:
    plain = said.place.urn is None and said.path == said.place.path and said.op != "remove"
    return {"op": said.op, "value": {USER_URN: {said.path.name: said.value}}} if plain else NOT_SO


def core_path(_: st.DataObject, said: Said, __: ResourceType) -> Json:
    plain = said.place.urn is None and said.path == said.place.path and said.op != "remove"
    return {"op": said.op, "path": USER_URN, "value": {said.path.name: said.value}} if plain else NOT_SO


def empty_path(_: st.DataObject, said: Said, __: ResourceType) -> Json:
    plain = said.place.urn is None and said.path == said.place.path and said.op != "remove"
    return {"op": said.op, "path": "", "value": {said.path.name: said.value}} if plain else NOT_SO


def dotted(_: st.DataObject, said: Said, __: ResourceType) -> Json:
    urn = said.path.urn
    return {**said.json, "path": str(said.path).replace(f"{urn}:", f"{urn}.")} if urn else NOT_SO


def without_urn(_: st.DataObject, said: Said, __: ResourceType) -> Json:
    return {**said.json, "path": str(structs.replace(said.path, urn=None))} if said.path.urn else NOT_SO


def unquoted(_: st.DataObject, said: Said, __: ResourceType) -> Json:
    test = said.path.filter
    word = (
        isinstance(test, Comparison) and isinstance(test.value, str) and test.value in {"a", "B", "work", "home", "ä"}
    )
    return {**said.json, "path": str(said.path).replace('"', "")} if word else NOT_SO


SPELLINGS: list[tuple[str, Spell]] = [
    ("names_in_any_case", in_any_case),
    ("op_in_any_case", op_in_any_case),
    ("boolean_as_text", with_leaf(boolean_text)),
    ("number_as_text", with_leaf(number_text)),
    ("number_for_text", with_leaf(text_number)),
    ("value_in_object", with_leaf(wrapped)),
    ("text_for_complex", text_for_complex),
    ("list_around_single", in_list),
    ("single_for_list", without_list),
    ("flat_keys", flat),
    ("core_urn", core_object),
    ("core_urn", core_path),
    ("empty_path", empty_path),
    ("urn_with_dot", dotted),
    ("extension_without_urn", without_urn),
    ("unquoted_text", unquoted),
]


@pytest.mark.parametrize(("name", "spell"), SPELLINGS)
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(DATA)
def test_a_tolerated_message_has_the_effect_of_its_standard_spelling(
    name: str, spell: Spell, data: st.DataObject
) -> None:
    """P2, P3: equal effect on every resource, so that nothing else is touched either."""
    type_ = data.draw(types())
    some = [said for said in data.draw(st.lists(operations(type_), min_size=8, max_size=8)) if not is_decided(said)]
    spelled = ((said, spell(data, said, type_)) for said in some)
    said, deviant = next(((s, d) for s, d in spelled if d is not NOT_SO), (None, NOT_SO))
    assume(said is not None)
    assert said is not None
    on, used = data.draw(resources(type_)), list[str]()

    assert effect(message(deviant), on, type_, used) == standard_effect(message(said.json), on, type_)
    assert name in used
    assert set(used) - {name} <= {"text_for_complex"}, "one deviation needs one tolerance"


@settings(max_examples=30)
@given(DATA)
def test_the_order_of_the_tolerances_does_not_matter(data: st.DataObject) -> None:
    """P4: several deviations at once, with the tolerances asked in another order, come to the same."""
    type_ = data.draw(types())
    said = data.draw(operations(type_))
    spelled = [d for _, spell in SPELLINGS[2:] if (d := spell(data, said, type_)) is not NOT_SO]
    assume(bool(spelled) and not is_decided(said))
    deviant = (
        in_any_case(data, Said(**said.__dict__), type_)
        if data.draw(st.booleans())
        else data.draw(st.sampled_from(spelled))
    )
    on, used, again = data.draw(resources(type_)), list[str](), list[str]()
    expected = effect(message(deviant), on, type_, used)
    active = leniency._active(GENERIC)
    order = random.Random(data.draw(st.integers(0, 99)))
    shuffled = structs.replace(active, **{f: tuple(order.sample(t, len(t))) for f, t in structs.asdict(active).items()})

    with mock.patch.object(leniency, "_active", return_value=shuffled):
        assert effect(message(deviant), on, type_, again) == expected
    assert sorted(again) == sorted(used)


@given(DATA)
def test_empty_clears_is_for_replace_alone(data: st.DataObject) -> None:
    """P1, P2: a replace with "" does what one with null does; an add of "" never takes anything away."""
    type_ = data.draw(types())
    said = data.draw(operations(type_))
    on, used = data.draw(resources(type_)), list[str]()
    json = {"path": str(said.path)}

    cleared = effect(message({"op": "replace", **json, "value": ""}), on, type_, used)
    assert cleared == standard_effect(message({"op": "replace", **json, "value": None}), on, type_)
    assert used == ["empty_clears"]
    used.clear()
    added = effect(message({"op": "add", **json, "value": ""}), on, type_, used)
    assert isinstance(added, str) or added.keys() >= on.keys()
    assert "empty_clears" not in used


@given(DATA)
def test_a_remove_with_values_removes_those_and_no_others(data: st.DataObject) -> None:
    """P1, P2: like one remove for each, chosen by value and type; a list that names nothing removes nothing."""
    type_ = data.draw(types())
    place = data.draw(
        st.sampled_from([p for p in places(type_) if p.attribute.multi_valued and p.attribute.find("value")])
    )
    on, named = data.draw(resources(type_)), data.draw(st.lists(single(place.attribute), max_size=3))
    chosen = {"value", "type"} - ({"type"} if place.attribute.name == "members" else set())
    each = []
    for item in named:
        if item.get("value"):
            tests: list[Filter] = [Comparison(Path(n), CompareOp.EQ, item[n]) for n in sorted(chosen & item.keys())]
            each.append({"op": "remove", "path": str(structs.replace(place.path, filter=reduce(And, tests)))})

    used = list[str]()
    after = effect(message({"op": "remove", "path": str(place.path), "value": named}), on, type_, used)

    assert after == (standard_effect(message(*each), on, type_) if each else on)
    assert used == ["remove_with_value"]


JUNK = st.recursive(
    st.none() | st.booleans() | TEXT | st.integers(-9, 9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "type", "$ref", "nope", "givenName", "c0"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def kept(before: Json, after: Json) -> bool:
    """Whether everything that was there is there, but that single values may be others."""
    if isinstance(before, dict):
        return isinstance(after, dict) and all(name in after and kept(it, after[name]) for name, it in before.items())
    if isinstance(before, list):
        return isinstance(after, list) and len(after) >= len(before)
    return after is not None


@settings(max_examples=100)
@given(DATA)
def test_an_add_never_takes_anything_away(data: st.DataObject) -> None:
    """Product 6.5: whatever its value is, and in every form that it may have."""
    type_ = data.draw(types())
    said, value = data.draw(operations(type_)), data.draw(JUNK)
    add = structs_free(said, "add", value)
    on = data.draw(resources(type_))
    for form in forms(add):
        after = effect(message(form), on, type_, [])
        assert isinstance(after, str) or kept(on, after), form


def structs_free(said: Said, op: str, value: Json) -> Said:
    """The same operation with another op and value."""
    return Said(op, said.place, said.path, value, said.many)


def forms(said: Said) -> Iterator[Json]:
    """All forms of an add or replace: with a path, without, under the URN of its schema, in an object under it."""
    path, whole = said.path, str(said.path)
    urn = path.urn or USER_URN
    inner = str(structs.replace(path, urn=None))
    yield {"op": said.op, "path": whole, "value": said.value}
    yield {"op": said.op.title(), "path": f"{urn}:{inner}", "value": said.value}
    yield {"op": said.op, "path": f"{urn}.{inner}", "value": said.value}
    yield {"op": said.op, "value": {whole: said.value}}
    yield {"op": said.op, "value": {f"{urn}:{inner}": said.value}}
    yield {"op": said.op, "path": "", "value": {whole: said.value}}
    yield {"op": said.op, "value": {urn: {inner: said.value}}}
    if path.urn is not None:
        yield {"op": said.op, "path": inner, "value": said.value}
    if path.urn is None or said.op == "add":
        yield {"op": said.op, "path": urn, "value": {inner: said.value}}


@settings(max_examples=100)
@given(DATA)
def test_a_message_means_the_same_in_every_form(data: st.DataObject) -> None:
    """P6: whatever the value, standard, tolerated or neither; also under the names of read-only attributes."""
    type_ = data.draw(types())
    said = data.draw(operations(type_))
    op, value = data.draw(st.sampled_from(["add", "replace"])), data.draw(JUNK | st.just(said.value))
    read_only = Place(ENTERPRISE_URN, Attribute("manager"))
    more = [
        said,
        Said(op, read_only, Path("manager", "displayName", ENTERPRISE_URN)),
        Said(op, read_only, Path("groups")),
    ]
    said = structs_free(data.draw(st.sampled_from(more)), op, value)
    on = data.draw(resources(type_))
    first, *others = (effect(message(form), on, type_, []) for form in forms(said))

    assert all(each == first for each in others)


@settings(max_examples=60)
@given(DATA)
def test_a_post_means_what_a_patch_means_that_adds_it_all(data: st.DataObject) -> None:
    """P6: POST and PUT tolerate what PATCH does."""
    type_ = data.draw(types())
    said = data.draw(operations(type_))
    said = structs_free(said, "add", data.draw(JUNK | st.just(said.value)))
    empty = parse_resource({"userName": "ada"}, type_, Unknown.REFUSE).resource
    expected = effect(message(said.json), empty, type_, [])
    for form in forms(said):
        if form.get("path"):
            continue
        try:
            posted: Resource | str = tolerate_resource(
                {"userName": "ada", **form["value"]}, type_, GENERIC, []
            ).resource
        except ScimError as refusal:
            posted = type(refusal).__name__
        assert posted == expected, form


NAMES = st.sampled_from(
    ["title", "nickName", "password", "nope", "groups", "id", "department", "urn:no:such", "active"]
)


@given(st.dictionaries(NAMES, TEXT | st.booleans(), min_size=1))
def test_no_name_vanishes(value: dict[str, Json]) -> None:
    """P5: each is in an operation, or among those that are named as left out."""
    type_ = user_type(())
    try:
        read = tolerate_patch(message({"op": "add", "value": value}), type_, GENERIC, [])
    except ScimError:
        return
    done = {operation.target.attribute.name for operation in read.operations}
    assert done | {*read.notes.dropped, *read.notes.ignored} >= value.keys()


@given(DATA)
def test_a_rewrite_gives_at_least_one_operation_and_never_another_op(data: st.DataObject) -> None:
    """P5: an operation is never lost, but where a value names nothing at all; no rewrite makes another op of it."""
    type_ = data.draw(types())
    said = data.draw(operations(type_))
    op = data.draw(st.sampled_from(Op))
    key = data.draw(st.sampled_from([said.path, Path(str(said.path)), Path(USER_URN), Path("title")]))
    sent = Sent(op, key, data.draw(JUNK | st.just({USER_URN: {"title": "x"}})))
    for tolerance in (*DECIDED, *OPERATIONS):
        if tolerance.accepts(sent, type_):
            given_back = list(tolerance.rewrite(sent, type_))
            assert all(each.op is op for each in given_back)
            assert given_back or sent.value == {} or tolerance.name == "remove_with_value"
            once = tolerance.name == "core_urn" or not any(tolerance.accepts(each, type_) for each in given_back)
            assert once or any(mark in each.path.name for each in given_back for mark in ".:[")


@given(st.dictionaries(st.sampled_from(["op", "Op", "OP", "path", "Path", "value", "x"]), TEXT | st.just("Add")))
def test_the_names_of_an_operation_are_rewritten_once(raw: dict[str, Any]) -> None:
    """P4; and two spellings of one name are left for the core to refuse."""
    type_ = user_type(())
    for tolerance in (*RAW, *MESSAGES):
        if tolerance.accepts(raw, type_):
            after = tolerance.rewrite(raw, type_)
            assert not tolerance.accepts(after, type_)
            assert tolerance.name == "empty_path" or sorted(map(str, after.values())).__len__() == len(raw)
