"""JSON of any size, decoded without holding the interpreter: a long text of it is read piece by piece.

To decode is one call, during which nothing else of the process runs: 8 MiB of small values take it over a second. In
pieces the same takes little longer, and whatever else waits for the interpreter has it in between.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from .text import MAX_TEXT
from .wire import Json

PIECE = 65_536  # bytes of JSON decoded at a time
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+){0,%d}"' % MAX_TEXT  # a pair of escaped surrogates counts twice
_PLAIN = rb'[^][{},"]*+(?:' + _STRING + rb'[^][{},"]*+)*'
_SMALL = rb'[{[](?:[^][{}"]{0,99}+' + _STRING + rb'){0,20}[^][{}"]{0,99}+[]}]'  # a list or object with none within
_RUN = re.compile(rb"(?:" + _PLAIN + rb"(?:" + _SMALL + rb"\s*+)?,){1,500}", re.DOTALL)
"""Members that are simple or small, to a comma: most of a long message is such, and is passed over quickly."""
_MARK = re.compile(_PLAIN + rb"([][{},])", re.DOTALL)
"""The next bracket or comma that is in no string."""
_NAME = re.compile(rb"\s*+" + _STRING, re.DOTALL)


class TooLong(msgspec.DecodeError):
    """A text or number of the message is longer than any may be."""


def decode(body: bytes) -> Json:
    """The JSON value that bytes say; raises TooLong, msgspec.DecodeError, UnicodeDecodeError or RecursionError."""
    if len(body) <= PIECE:
        return msgspec.json.decode(body)
    msgspec.json.decode(body, type=msgspec.Raw)  # makes no values, and raises if this is no JSON
    return _Reader(body).read()


@dataclass(slots=True)
class _Open:
    """A list or object that has begun. `value` is None while nothing of it has been decoded."""

    brackets: tuple[bytes, bytes]
    start: int
    """Where that begins which has not been decoded."""
    last: int
    """Where its last member begins."""
    value: Json = None


class _Reader:
    """Walks valid JSON from bracket to bracket, and decodes whenever a piece has come together."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._open: list[_Open] = []

    def read(self) -> Json:
        """The value."""
        at = 0
        while True:
            if self._open and (run := _RUN.match(self._body, at)) is not None:
                at = run.end()
                self._comma(at)
            found = _MARK.match(self._body, at)
            if found is None:
                raise TooLong
            at = found.end()
            match found[1]:
                case b"[":
                    self._open.append(_Open((b"[", b"]"), at, at))
                case b"{":
                    self._open.append(_Open((b"{", b"}"), at, at))
                case b",":
                    self._comma(at)
                case _:
                    done = self._close(at)
                    if not self._open:
                        return msgspec.json.decode(self._body) if done is None else done.value

    def _comma(self, at: int) -> None:
        here = self._open[-1]
        if at - here.start > PIECE:
            self._take(here, at - 1)
            here.start = at
        here.last = at

    def _close(self, at: int) -> _Open | None:
        """End the innermost list or object; that if it is the whole value and was decoded on the way."""
        here = self._open.pop()
        if here.value is None:  # a part of the piece that what is around it is in
            return None
        self._take(here, at - 1)
        if not self._open:
            return here
        around = self._open[-1]
        self._take(around, around.last)
        if isinstance(around.value, list):
            around.value.append(here.value)
        else:
            opening = self._body.index(here.brackets[0], self._end_of_name(around.last))
            name = self._body[around.last : opening].rstrip().removesuffix(b":")
            around.value[msgspec.json.decode(name)] = here.value
        around.start = at
        return None

    def _end_of_name(self, at: int) -> int:
        found = _NAME.match(self._body, at)
        return at if found is None else found.end()

    def _take(self, here: _Open, end: int) -> None:
        """Decode the members up to `end`, behind those that have been."""
        first, last = here.brackets
        inner = self._body[here.start : end].strip().strip(b",")
        part = msgspec.json.decode(first + inner + last)
        if here.value is None:
            here.value = part
        elif isinstance(part, list):
            here.value += part
        else:
            here.value.update(part)
