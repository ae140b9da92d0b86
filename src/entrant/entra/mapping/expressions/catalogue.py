"""The functions of the language and their parameters (entra-client 18.3, 18.4), as Graph's `functions` lists them.

The names of `Replace`'s and `Switch`'s parameters are those of the schema that Graph returns.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrant.scim.wire import Json


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; only the last one of a function may occur several times."""

    name: str
    type: str = "String"
    required: bool = True
    multiple: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function and how it may be called."""

    name: str
    parameters: tuple[Parameter, ...] = ()

    @property
    def least(self) -> int:
        """How many arguments it needs. One that is left empty counts, since it holds a place."""
        needed = [place for place, parameter in enumerate(self.parameters, 1) if parameter.required]
        return _LEAST.get(self.name, needed[-1] if needed else 0)

    @property
    def most(self) -> int | None:
        """How many arguments it takes; None if there is no end."""
        repeated = bool(self.parameters) and self.parameters[-1].multiple
        return None if repeated else len(self.parameters)

    def keys(self, count: int) -> tuple[str, ...]:
        """The parameter that each of `count` arguments belongs to."""
        names = tuple(parameter.name for parameter in self.parameters)
        if self.name == "FormatDateTime" and count == len(names) - 1:
            return tuple(name for name in names if name != "dateTimeStyles")  # the older form has no styles
        return names[:count] if count <= len(names) else names + names[-1:] * (count - len(names))


_LEAST = {"FormatDateTime": 3, "SelectUniqueValue": 2, "Switch": 4}
"""Where the parameters do not say it: the older form without styles; two rules; one pair of key and value."""


def _parameter(text: str) -> Parameter:
    """`name:Type`, with `?` behind it if it is optional, `*` if it may occur several times."""
    name, _, type_ = text.rstrip("?*").partition(":")
    return Parameter(name, type_ or "String", required="?" not in text, multiple="*" in text)


def _function(text: str) -> Function:
    name, *parameters = text.split()
    return Function(name, tuple(_parameter(parameter) for parameter in parameters))


_SIGNATURES = """
    Append source suffix
    AppRoleAssignments source
    AppRoleAssignmentsComplex source
    AssertiveAppRoleAssignmentsComplex source
    BitAnd value1:Integer value2:Integer
    CBool expression
    CDate expression
    Coalesce source*
    ConvertToBase64 source
    ConvertToUTF8Hex source
    Count attribute
    CStr value
    DateAdd interval value:Integer dateTime
    DateDiff interval date1 date2
    DateFromNum value:Integer
    DefaultDomain
    FormatDateTime source dateTimeStyles? inputFormat outputFormat
    Guid
    IgnoreFlowIfNullOrEmpty expression
    IIF condition:Boolean valueIfTrue valueIfFalse
    InStr value1 value2 start:Integer? compareType:Integer?
    IsNothing source:Boolean
    IsNull expression
    IsNullOrEmpty expression
    IsPresent expression
    IsString expression
    Item attribute index:Integer
    Join separator source*
    Len source
    Left string numChars:Integer
    Mid source start:Integer length:Integer
    NormalizeDiacritics source
    Not source:Boolean
    Now
    NumFromDate value
    PCase source wordSeparators?
    Prepend prefix source
    RandomString length:Integer minimumNumbers:Integer minimumSpecialCharacters:Integer minimumCapital:Integer \
minimumLowerCase:Integer charactersToAvoid?
    Redact expression
    RemoveDuplicates attribute
    Replace source Find? RegularExpression? RegularExpressionGroupName? Replacement? ReplacementPropertyName? Template?
    SelectUniqueValue uniqueValueRule*
    SingleAppRoleAssignment source
    Split source delimiter
    StripSpaces source
    Switch source defaultValue? switchValue*?
    ToLower source culture?
    ToUpper source culture?
    Word string wordNumber:Integer delimiters
"""

FUNCTIONS = {function.name: function for line in _SIGNATURES.strip().splitlines() for function in [_function(line)]}
"""Every function by its name. `Coalesce` takes its default as the last of its sources, which is the same thing."""


def functions_json() -> list[Json]:
    """What `GET …/schema/functions` lists. Graph's description names a function by `id`, its example by `name`."""
    return [
        {
            "id": function.name,
            "name": function.name,
            "parameters": [
                {
                    "allowMultipleOccurrences": parameter.multiple,
                    "name": parameter.name,
                    "required": parameter.required,
                    "type": parameter.type,
                }
                for parameter in function.parameters
            ],
        }
        for function in FUNCTIONS.values()
    ]
