r"""Regular expressions as Entra's documentation writes them, which is .NET's way, on the `regex` library.

It knows what .NET knows and Python's `re` does not, such as `\p{Lu}`, and gives up after a time: no expression that an
administrator writes can stop the engine, nor hold the interpreter, which others have while the library matches.
Named groups are `(?<name>…)`, and a replacement refers to groups by `$1` and `${name}`.
"""

from __future__ import annotations

from functools import lru_cache

import regex

from entrant.entra.model import BadValue

MAX_PATTERN = 1_000  # characters of a regular expression
MAX_MATCHED = 10_000  # characters of a value that a regular expression is tried on
MAX_PARTS = 20_000  # characters and classes once `{n}` is written out, which is what compiling costs
TIME_LIMIT = 1.0  # seconds for one value; usual ones take microseconds

_NET = regex.compile(r"\\k<(?P<back>\w+)>|(?P<escape>\\.)|\(\?'(?P<quoted>[A-Za-z_]\w*)'", regex.DOTALL)
_PART = regex.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(?P<least>\d+)(?:,(?P<most>\d*))?\}|.", regex.DOTALL)
_COMMENT = regex.compile(r"\(\?(?:#|[A-Za-z-]*x)")
_REFERENCE = regex.compile(r"\$(?:\$|&|(\d+)|\{(\w+)\})")


@lru_cache(maxsize=256)
def compile_pattern(text: str) -> regex.Pattern[str]:
    """A regular expression; raises BadValue."""
    if len(text) > MAX_PATTERN:
        raise BadValue(f"a regular expression is longer than {MAX_PATTERN:,} characters")
    if _COMMENT.search(text):
        raise BadValue(f'the regular expression "{text}" has a comment; leave it out')
    if _parts(text) > MAX_PARTS:
        raise BadValue(f'the regular expression "{text}" repeats so much that it has more than {MAX_PARTS:,} parts')
    try:
        return regex.compile(_NET.sub(_translated, text))
    except (regex.error, RecursionError, OverflowError) as problem:
        raise BadValue(f'"{text}" is no regular expression: {problem}') from problem


def _parts(text: str) -> int:
    """How many parts an expression has when each repetition is written out, about."""
    groups = [[0, 0]]  # of each open group: the parts before the last one, and those of the last one
    for part in _PART.finditer(text):
        if part["least"]:
            groups[-1][1] *= max(1, int((part["most"] or part["least"])[:9]))
            continue
        if part[0] == ")" and len(groups) > 1:
            size = sum(groups.pop())
        elif part[0] == "(":
            groups.append([0, 0])
            continue
        else:
            size = 1
        groups[-1] = [sum(groups[-1]), size]
    return sum(map(sum, groups))


def _translated(found: regex.Match[str]) -> str:
    r"""What the library writes otherwise: `\k<name>` and `(?'name'…)`. An escaped character stays as it is."""
    if found["escape"]:
        return found["escape"]
    return f"(?P={found['back']})" if found["back"] else f"(?P<{found['quoted']}>"


def search(pattern: str, text: str) -> regex.Match[str] | None:
    """The first place where a regular expression matches; raises BadValue."""
    compiled = compile_pattern(pattern)
    try:
        return compiled.search(_bounded(text), timeout=TIME_LIMIT, concurrent=True)
    except TimeoutError as problem:
        raise _too_slow(pattern) from problem


def substitute(pattern: str, text: str, replacement: str, group: str | None = None) -> str:
    """A text with what matches replaced, or with one group of it; raises BadValue."""
    compiled = compile_pattern(pattern)
    if group is not None:
        require_group(pattern, group)

    def replaced(match: regex.Match[str]) -> str:
        return expand(match, replacement) if group is None else _with_group(match, group, replacement)

    try:
        return compiled.sub(replaced, _bounded(text), timeout=TIME_LIMIT, concurrent=True)
    except TimeoutError as problem:
        raise _too_slow(pattern) from problem


def require_group(pattern: str, group: str) -> None:
    """Raise BadValue unless a regular expression has a group of that name."""
    if group not in compile_pattern(pattern).groupindex:
        raise BadValue(f'the regular expression "{pattern}" has no group "{group}"')


def expand(match: regex.Match[str], replacement: str) -> str:
    """A replacement with the references to groups filled in. A group that there is not stays as it is written."""

    def fill(reference: regex.Match[str]) -> str:
        match reference[0]:
            case "$$":
                return "$"
            case "$&":
                return found[0]
        name = reference[1] or reference[2]
        group = int(name) if name.isdigit() else name
        known = group in found.re.groupindex if isinstance(group, str) else group <= found.re.groups
        return (found[group] or "") if known else reference[0]

    found = match
    return _REFERENCE.sub(fill, replacement)


def _with_group(match: regex.Match[str], group: str, new: str) -> str:
    """What was found, with only one of its groups replaced."""
    if match[group] is None:
        return match[0]
    start, end = match.start(group) - match.start(), match.end(group) - match.start()
    return match[0][:start] + new + match[0][end:]


def _bounded(text: str) -> str:
    if len(text) > MAX_MATCHED:
        raise BadValue(f"a regular expression is tried on at most {MAX_MATCHED:,} characters")
    return text


def _too_slow(pattern: str) -> BadValue:
    return BadValue(f'the regular expression "{pattern}" takes longer than {TIME_LIMIT:g} second on this value')
