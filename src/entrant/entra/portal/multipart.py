"""The parts of a form of the media type `multipart/form-data` (RFC 7578), as forms with files are sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from entrant.entra.model import BadValue

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MEDIA_TYPE = "multipart/form-data"
MAX_PARTS = 1_000


def is_multipart(content_type: str) -> bool:
    """Whether a body of that type has parts."""
    return content_type.partition(";")[0].strip().lower() == MEDIA_TYPE


def parse_parts(content_type: str, body: bytes) -> list[tuple[str, str]]:
    """Names and contents in the order of the parts; a file's name and media type do not matter. Raises BadValue."""
    found = _Parts()
    try:
        parser = MultipartParser(parse_options_header(content_type)[1][b"boundary"], found.callbacks())
        parser.write(body)
        parser.finalize()
    except (FormParserError, KeyError) as exc:
        raise BadValue("the form cannot be read") from exc
    if not found.ended:
        raise BadValue("the form cannot be read: its end is missing")
    return [(part.name(), part.text()) for part in found.parts]


@dataclass
class _Part:
    disposition: bytearray = field(default_factory=bytearray)
    content: bytearray = field(default_factory=bytearray)

    def name(self) -> str:
        options = parse_options_header(bytes(self.disposition))[1]
        return _text(options.get(b"name", b""), "the name of a field")

    def text(self) -> str:
        is_file = b"filename" in parse_options_header(bytes(self.disposition))[1]
        return _text(bytes(self.content), "the file" if is_file else "a field").removeprefix("\N{BYTE ORDER MARK}")


@dataclass
class _Parts:
    """What the parser has come across."""

    parts: list[_Part] = field(default_factory=list)
    header: bytearray = field(default_factory=bytearray)
    ended: bool = False

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_part_data": lambda data, start, end: self.parts[-1].content.extend(data[start:end]),
            "on_header_begin": self.header.clear,
            "on_header_field": lambda data, start, end: self.header.extend(data[start:end]),
            "on_header_value": self._value,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.parts) == MAX_PARTS:
            raise BadValue(f"a form has at most {MAX_PARTS:,} fields")
        self.parts.append(_Part())

    def _value(self, data: bytes, start: int, end: int) -> None:
        if self.header.lower() == b"content-disposition":
            self.parts[-1].disposition.extend(data[start:end])

    def _end(self) -> None:
        self.ended = True


def _text(content: bytes, what: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as exc:
        raise BadValue(f"{what} is not text in UTF-8") from exc
