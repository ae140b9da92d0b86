"""The portal's CSV templates, in whatever language it wrote them: only `[property]` in a title is constant.

Titles are `<label> [property] <Required or nothing>`; the example row and the words for yes and no are the language's
(entra-tools 10.1 to 10.6).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from entrant.entra.mapping.attributes import ATTRIBUTES, property_of
from entrant.entra.mapping.properties import PROPERTIES
from entrant.entra.model import BadValue, Kind

KEY = "userPrincipalName"
"""What a template for creating users must have a column of."""
_TITLE = re.compile(r"(?P<label>[^\[]*)\[(?P<name>[^\]]+)\]")
_PAIR = re.compile(r"\((?P<yes>[^/()]+)/(?P<no>[^/()]+)\)")
_YES = frozenset({"yes", "true", "1", "ja", "oui", "sí", "si", "sì", "sim", "tak", "はい", "是"})
_NO = frozenset({"no", "false", "0", "nein", "non", "não", "nie", "いいえ", "否"})
_EXAMPLES = frozenset(
    {"example", "beispiel", "exemple", "ejemplo", "esempio", "exemplo", "voorbeeld", "przykład", "例", "示例"}
)
_OTHERS = {
    "inviteeemail": "inviting guests",
    "memberobjectidorupn": "the members of a group",
}
"""Templates of the portal that create no users, by a column that they alone have."""
_NAMES = {
    name.casefold(): property_of(Kind.USER, name) or name
    for name in (*PROPERTIES[Kind.USER], *ATTRIBUTES[Kind.USER], KEY, "manager", "id")
}


@dataclass(frozen=True, slots=True)
class Column:
    """What the cells of a column are."""

    name: str
    """A property of Graph; empty if the column has no title."""
    blocks: bool = False
    """Its yes means that the account is not enabled."""
    yes: frozenset[str] = _YES
    no: frozenset[str] = _NO

    def enabled(self, text: str) -> bool:
        """What a cell of `accountEnabled` says; raises BadValue."""
        word = text.casefold()
        if not word:
            return True
        # The pair in the title counts first: a language may have a word for no that is another's for yes.
        for words, says in ((self.yes - _NO, True), (self.no - _YES, False), (_YES, True), (_NO, False)):
            if word in words:
                return says is not self.blocks
        raise BadValue(f'"{text}" is neither yes nor no')


def read_columns(path: object, titles: Sequence[str]) -> list[Column]:
    """The columns of a file of that name; raises BadValue if it is no template for creating users."""
    columns = [_column(title) for title in titles]
    names = {column.name for column in columns}
    for name in names:
        if name.casefold() in _OTHERS:
            what = _OTHERS[name.casefold()]
            raise BadValue(f"{path} is the template for {what}; only the one for creating users can be imported")
    if KEY not in names:
        raise BadValue(f"{path} has no column [{KEY}]; its first line, after the version, names the columns")
    if names - {""} == {KEY}:
        raise BadValue(
            f"{path} has no column but [{KEY}], as the template for deleting users;"
            " only the one for creating users can be imported"
        )
    return columns


def is_example(first_cell: str) -> bool:
    """Whether a row is the one that the portal's template shows: `Example: Chris Green`."""
    word, colon, _ = first_cell.replace("\N{FULLWIDTH COLON}", ":").partition(":")
    return bool(colon) and word.strip().casefold() in _EXAMPLES


def _column(title: str) -> Column:
    match = _TITLE.search(title)
    given = (match["name"] if match else title).strip()
    name = _NAMES.get(given.casefold(), given)
    label = match["label"].strip().casefold() if match else ""
    pair = _PAIR.search(label)
    # With a label it is the template's question whether sign-in is blocked; bare, it is Graph's property.
    blocks = name == "accountEnabled" and label != "" and "enabled" not in label
    if pair is None:
        return Column(name, blocks)
    return Column(name, blocks, _YES | {pair["yes"].strip()}, _NO | {pair["no"].strip()})
