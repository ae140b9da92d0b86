"""Every function of the expression language (entra-client 18.3-18.7); the examples are the documented ones."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Callable

import pytest

from entrant.entra.mapping.attributes import Value, role
from entrant.entra.mapping.expressions.arguments import EvaluationFailed
from entrant.entra.mapping.expressions.catalogue import FUNCTIONS, functions_json
from entrant.entra.mapping.expressions.evaluate import _FUNCTIONS
from entrant.entra.model import BadValue

Result = Callable[..., Value]
PHONE = r'"\\+(?<isdCode>\\d* )(?<phoneNumber>\\d{10})"'

TEXT = [
    ('Append("John.Doe@contoso.com", ".test")', "John.Doe@contoso.com.test"),
    ('Append([none], ".test")', None),
    ('Append("a", [none])', "a"),
    ('Append(Mid("John", 1, 3), Mid("Doe", 1, 5))', "JohDoe"),
    ('Prepend("dr-", "x")', "dr-x"),
    ('Prepend("dr-", [none])', None),
    ('Join(" ", "Jane", "Doe")', "Jane Doe"),
    ('Join(" ", [none], "Doe")', "Doe"),
    ('Join(", ", "", "Doe", "John")', "Doe, John"),
    ('Join("", "a", "b")', "ab"),
    ('Join("-", [many], "c")', "a-b-c"),
    ('Join(" ", [none], [none])', None),
    ('Left("John Doe", 3)', "Joh"),
    ('Left("John", 0)', ""),
    ('Left("John", -1)', "John"),
    ('Left("John", 9)', "John"),
    ("Left([none], 3)", ""),
    ('Len("abcd")', 4),
    ('Len("Grüße")', 5),
    ("Len([none])", 0),
    ('Mid("Redmond", 2, 3)', "edm"),
    ('Mid("Redmond", 5, 99)', "ond"),
    ('Mid("Redmond", 50, 3)', ""),
    ("Mid([none], 1, 3)", None),
    ('InStr("The quick brown fox","quick")', 5),
    ('InStr("repEated","e",3,vbBinaryCompare)', 7),
    ('InStr("repEated","e",3,vbTextCompare)', 4),
    ('InStr("repEated","x")', 0),
    ('InStr([none],"x")', None),
    ('StripSpaces(" Jo hn ")', "John"),
    ('ToLower("ÄBC")', "äbc"),
    ('ToLower("TITLE", "tr-TR")', "t\u0131tle"),
    ('ToUpper("title")', "TITLE"),
    ('ToUpper("title", "tr-TR")', "T\u0130TLE"),
    ("ToUpper([none])", None),
    ('Word("The quick brown fox",3," ")', "brown"),
    ('Word("This,string!has&many separators",3,",!&#")', "has"),
    ('Word("one two",3," ")', ""),
    ('Word("one two",0," ")', ""),
    ('Word("one",1," ")', "one"),
    ('Word("one",1,"")', ""),
    ('Word([none],1," ")', ""),
    ('PCase("PABLO GONSALVES (SECOND)")', "Pablo Gonsalves (Second)"),
    ('PCase("PINTO-DE\'SILVA", " \'-")', "Pinto-De'Silva"),
    ('PCase("o\'brien-smith")', "O'brien-Smith"),
    ('PCase(Join(" ","GREGORY","JAMES"))', "Gregory James"),
    ('PCase("a-b c", " ")', "A-b C"),
    ('NormalizeDiacritics("Zoë")', "Zoe"),
    ('NormalizeDiacritics("ä æ Æ ø Ø œ ß ł Ł İ \u0131 ā̃ ṻ E̊̄")', "a ae AE oe OE oe ss l L I i a u E"),
    ('NormalizeDiacritics("Юлий 日本")', "Юлий 日本"),
    ('ConvertToBase64("Hello world!")', "SABlAGwAbABvACAAdwBvAHIAbABkACEA"),
    ('ConvertToUTF8Hex("Hello world!")', "48656C6C6F20776F726C6421"),
    ('ConvertToUTF8Hex("é")', "C3A9"),
    ("ConvertToBase64([none])", None),
    ("CStr(12)", "12"),
    ("CStr([yes])", "True"),
    ('Split("PermissionSetOne, PermissionSetTwo", ",")', ("PermissionSetOne", "PermissionSetTwo")),
    ('Split([none], ",")', None),
    ('Replace("john.doe@contoso.com", "@contoso.com", , , "", , )', "john.doe"),
    ('Replace("EN-US", "-", , , "_", , )', "EN_US"),
    ('Replace("aXbx", "x", , , "-", , )', "aXb-"),
    ('Replace([none], "x", , , "-", , )', None),
    ('Replace("jsmith","<username>", , , , , "<username>@contoso.com")', "jsmith@contoso.com"),
    (f'Replace("+91 9998887777", , {PHONE}, , "${{phoneNumber}}", , )', "9998887777"),
    ('Replace("+1 (999) 888-7777", , "[()\\\\s+-]+", , "", , )', "19998887777"),
    ('Replace("545 Tremont Street", ,"(?<streetNumber>^\\\\d*)","streetNumber", "888", , )', "888 Tremont Street"),
    ('Replace("Tremont Street", ,"(?<streetNumber>^\\\\d+)","streetNumber", "888", , )', "Tremont Street"),
    ('Replace("jsmith@contoso.com", , "(?<Suffix>@(.)*)", "Suffix", "", , )', "jsmith"),
    (f'Replace([none], , {PHONE}, "phoneNumber" , , "+91 8887779999", )', "8887779999"),
    (f'Replace("kept", , {PHONE}, "phoneNumber" , , "+91 8887779999", )', "kept"),
    (f'Replace([none], , {PHONE}, "phoneNumber" , , [none], )', None),
    ('Replace("john_doe72", , "[a-zA-Z_]*", , "", , )', "72"),
    ('Replace("a1", , "(a)(1)", , "$2$1$$", , )', "1a$"),
]

DATES = [
    ('CDate("2020-03-16-07:00")', "3/16/2020 7:00:00 AM"),
    ('CDate("2021-06-30+08:00")', "6/29/2021 4:00:00 PM"),
    ('CDate("2009-06-15T01:45:30-07:00")', "6/15/2009 8:45:30 AM"),
    ('CDate("2009-06-15T00:00:00.1234567Z")', "6/15/2009 12:00:00 AM"),
    ('CDate("8/25/2021 5:41:18 PM")', "8/25/2021 5:41:18 PM"),
    ('CDate("15 June 2009")', "6/15/2009 12:00:00 AM"),
    ("CDate([none])", None),
    ("Now()", "7/2/2021 3:33:38 PM"),
    ('DateAdd("d", 7, CDate("2012-03-16-07:00"))', "3/23/2012 7:00:00 AM"),
    ('DateAdd("d", -10, CDate("2012-03-16-07:00"))', "3/6/2012 7:00:00 AM"),
    ('DateAdd("ww", 2, CDate("2012-03-16-07:00"))', "3/30/2012 7:00:00 AM"),
    ('DateAdd("m", 10, CDate("2012-03-16-07:00"))', "1/16/2013 7:00:00 AM"),
    ('DateAdd("yyyy", 2, CDate("2012-03-16-07:00"))', "3/16/2014 7:00:00 AM"),
    ('DateAdd("m", 1, CDate("2021-01-31"))', "2/28/2021 12:00:00 AM"),
    ('DateAdd("h", 25, CDate("2021-01-31"))', "2/1/2021 1:00:00 AM"),
    ('DateAdd("n", 1, CDate("2021-01-31"))', "1/31/2021 12:01:00 AM"),
    ('DateAdd("s", -1, CDate("2021-01-31"))', "1/30/2021 11:59:59 PM"),
    ('DateAdd("d", 1, [none])', None),
    ('DateDiff("d", CDate("2021-08-18+08:00"), CDate("2021-08-31+08:00"))', 13),
    ('DateDiff("d", CDate("8/25/2021 5:41:18 PM"), CDate("2012-03-16-07:00"))', -3449),
    ('DateDiff("ww", CDate("8/25/2021 5:41:18 PM"), CDate("2012-03-16-07:00"))', -493),
    ('DateDiff("m", CDate("8/25/2021 5:41:18 PM"), CDate("2012-03-16-07:00"))', -113),
    ('DateDiff("yyyy", CDate("8/25/2021 5:41:18 PM"), CDate("2012-03-16-07:00"))', -9),
    ('DateDiff("d", CDate("2021-08-31+08:00"), CDate("2021-08-31+08:00"))', 0),
    ('DateDiff("h", CDate("2021-08-24"), CDate("2021-08-25"))', 24),
    ('DateDiff("n", CDate("2021-08-24"), CDate("2021-08-25"))', 1440),
    ('DateDiff("s", CDate("2021-08-24"), CDate("2021-08-25"))', 86400),
    ('DateDiff("m", CDate("2021-01-31"), CDate("2021-02-28"))', 0),
    ('DateDiff("d", [none], Now())', None),
    ("DateFromNum(129699324000000000)", "1/1/2012 11:00:00 PM"),
    ("DateFromNum([none])", None),
    (
        'NumFromDate(Join("", FormatDateTime("2020-12-31-08:00", ,"yyyy-MM-ddzzz", "yyyy-MM-dd"), " 23:59:59-08:00"))',
        "132539615990000000",
    ),
    ("NumFromDate(DateFromNum(129699324000000000))", "129699324000000000"),
    ('FormatDateTime("20150123105347.1Z", , "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")', "2015-01-23"),
    ('FormatDateTime("20150123105347.1Z", "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")', "2015-01-23"),
    ('FormatDateTime(CDate("2020-03-16-07:00"), , "M/d/yyyy h:mm:ss tt", "o")', "2020-03-16T07:00:00.0000000Z"),
    ('FormatDateTime([none], , "yyyy", "yy")', None),
]

LOGIC = [
    ('Switch("NSW", "d", "QLD", "q", "NSW", "n")', "n"),
    ('Switch("nsw", "d", "NSW", "n")', "d"),
    ('Switch("x", , "NSW", "n")', None),
    ('Switch([none], "Default Value", "true", "1", "", "0")', "0"),
    ('Switch([none], , "False", "True", "True", "False")', None),
    ('Switch([yes], , "False", "True", "True", "False")', "False"),
    ('IIF([c]="USA","yes","no")', "yes"),
    ('IIF([c]="usa","yes","no")', "no"),
    ('IIF([c]<>"USA","yes","no")', "no"),
    ('IIF([none]="","yes","no")', "no"),
    ('IIF([none]<>"USA","yes","no")', "no"),
    ('IIF(IsNullOrEmpty([none]),"yes","no")', "no"),
    ('IIF(IsPresent([c]),"yes","no")', "yes"),
    ('IIF([n] > 5,"yes","no")', "yes"),
    ('IIF([n] >= 12,"yes","no")', "yes"),
    ('IIF([n] < 9,"yes","no")', "no"),
    ('IIF([n] <= 100,"yes","no")', "yes"),
    ('IIF("b" > "a","yes","no")', "yes"),
    ('IIF(Now() > CDate("2021-07-01"),"yes","no")', "yes"),
    ('IIF(DateDiff("d", Now(), CDate("2021-07-05")) > 5, "False", "True")', "True"),
    ('IIF([yes]="true", "a", "b")', "a"),
    ('IIF([c]="USA", [none], CDate("nonsense"))', None),
    ("Coalesce([none],[c])", "USA"),
    ('Coalesce([none],[none],"")', ""),
    ("Coalesce([none],[none])", None),
    ("Not([yes])", False),
    ('Not("False")', True),
    ("Not([none])", True),
    ("CBool([c] = [c])", True),
    ("CBool(0)", False),
    ("CBool(3)", True),
    ('CBool("true")', True),
    ("IsNull([none])", True),
    ('IsNull("")', False),
    ('IsNullOrEmpty("")', True),
    ('IsPresent("")', False),
    ('IsPresent("x")', True),
    ("IsNothing([none])", True),
    ("IsString([c])", True),
    ("IsString(3)", False),
    ("BitAnd(&HF, &HF7)", 7),
    ('BitAnd("6", 3)', 2),
    ("BitAnd([none], 3)", None),
    ("Redact([c])", "USA"),
    ("IgnoreFlowIfNullOrEmpty([c])", "USA"),
    ("DefaultDomain()", "contoso.com"),
]

LISTS = [
    ("Count([many])", 2),
    ("Count([none])", 0),
    ("Item([many], 1)", "a"),
    ("Item([many], 2)", "b"),
    ("Item([many], 3)", None),
    ("Item([many], 0)", None),
    ('RemoveDuplicates(Split("a,b,a", ","))', ("a", "b")),
    ("SingleAppRoleAssignment([roles])", "admin"),
    ("SingleAppRoleAssignment([none])", None),
    ("AppRoleAssignments([roles])", ("admin", "Reader")),
    ("AppRoleAssignmentsComplex([roles])", (role("1", "admin", "Admin"), role("2", None, "Reader"))),
    ("AppRoleAssignmentsComplex([none])", None),
    ("AssertiveAppRoleAssignmentsComplex([none])", ()),
    ("Item([roles], 2)", "Reader"),
]


NESTED: list[tuple[str, Value, dict[str, Value]]] = [
    (
        "Switch(IsPresent([mgr]),[mgr], IsPresent([skip]),[skip], IsPresent([director]),[director])",
        "d",
        {"mgr": "m", "director": "d"},
    ),
    (
        'Join("", 1000, Replace(ConvertToUTF8Hex([objectId]), , "[a-zA-Z_]*", , "", , ))',
        "100031",
        {"objectId": "1"},
    ),
    (
        'NumFromDate(Join("",FormatDateTime([endDate], ,"M/d/yyyy hh:mm:ss tt","yyyy-MM-dd")," 23:59:59-08:00"))',
        "132539615990000000",
        {"endDate": "12/31/2020 12:00:00 AM"},
    ),
    (
        'Switch([Active], , "1", IIF(DateDiff("d", Now(), CDate([hired])) > 5, "False", "True"), "0", "False")',
        "True",
        {"Active": "1", "hired": "2021-07-03-07:00"},
    ),
    (
        'IgnoreFlowIfNullOrEmpty(Switch([prefix], "", "3443", "Dr.", "3444", "Prof.", "3445", "Prof. Dr."))',
        "",
        {"prefix": "1"},
    ),
    ('Switch(ToLower([statusFlag]), "0", "true", "1", "false", "0")', "1", {"statusFlag": "TRUE"}),
    (
        'ToLower(Join("@", NormalizeDiacritics(StripSpaces(Join(".",  [first], [last]))), "contoso.com"))',
        "john.smith@contoso.com",
        {"first": "Jo hn", "last": "Smïth"},
    ),
    ('IIF([country]="USA",IIF([state]="CA","True","False"),"False")', "True", {"country": "USA", "state": "CA"}),
    ('Switch([country],[country],"","Other")', "Other", {}),
    ('Switch([country],[country],"","Other")', "Chile", {"country": "Chile"}),
    ("CStr([dn])", "cn=Joe,dc=contoso,dc=com", {"dn": "cn=Joe,dc=contoso,dc=com"}),
    ('Replace([title],"Product Developer", , , "Software Engineer", , )', "Software Engineer",
     {"title": "Product Developer"}),
]  # fmt: skip
"""The examples of the reference that put functions into each other, or that have attributes."""


@pytest.mark.parametrize(("text", "value", "given"), NESTED)
def test_the_examples_of_the_reference_hold(result: Result, text: str, value: Value, given: dict[str, Value]) -> None:
    assert result(text, **given) == value


def test_the_default_name_of_inbound_provisioning_is_made(result: Result) -> None:
    """Entra-tools 8.2: Microsoft's own default for `userPrincipalName`."""
    text = (
        'Join("", Replace([userName], , "(?<Suffix>@(.)*)", "Suffix", "", , ),'
        ' RandomString(3, 3, 0, 0, 0, ), "@", DefaultDomain())'
    )

    assert re.fullmatch(r"adele\d{3}@contoso\.com", str(result(text, userName="adele@example.com")))


DIACRITICS = """
a äàâãåáąăāā́ā̀ā̂ā̃ǟā̈ǡa̱å̄|c çčćc̄c̱|d ďd̄ḏ|e ëèéêęěėēḗḕē̂ē̃ê̄e̱ë̄e̊̄|g ğḡg̱|i ïîìíıīī́ī̀ī̂ī̃i̱|l ľłl̄ḹḻ|n ñńňn̄ṉ|o öòőõôóōṓṑō̂ō̃ȫō̈ǭȭȱo̱|r řr̄ṟṝ
s šśșşs̄s̱|t ťțt̄ṯ|u üùûúůűūū́ū̀ū̂ū̃u̇̄ǖṻṳ̄u̱|y ÿýȳȳ́ȳ̀ȳ̃y̱|z źžżz̄ẕ|ae æǣ|oe øø̄œ̄|ss ß
"""


@pytest.mark.parametrize("row", DIACRITICS.replace("\n", "|").strip("|").split("|"))
def test_diacritics_are_taken_off_as_in_the_table_of_the_reference(result: Result, row: str) -> None:
    plain, _, letters = row.partition(" ")
    bases = [sign for sign in unicodedata.normalize("NFC", letters) if not unicodedata.combining(sign)]

    assert result(f'NormalizeDiacritics("{letters}")') == plain * len(bases)
    capitals = letters.upper().replace("SS", "ẞ").replace("\u0130", "I\u0307").replace("I", "İ", 1)
    assert result(f'NormalizeDiacritics("{capitals}")') == plain.upper() * len(bases)


@pytest.mark.parametrize(("text", "value"), [*TEXT, *DATES, *LOGIC, *LISTS])
def test_functions_give_the_documented_values(result: Result, text: str, value: Value) -> None:
    roles = (role("1", "admin", "Admin"), role("2", None, "Reader"))

    assert result(text, c="USA", n=12, yes=True, many=("a", "b"), roles=roles) == value


def test_every_function_is_implemented_listed_and_tried_here() -> None:
    texts = " ".join(text for text, _ in [*TEXT, *DATES, *LOGIC, *LISTS])
    elsewhere = {"Guid", "RandomString", "SelectUniqueValue"}

    assert set(_FUNCTIONS) == set(FUNCTIONS) == {entry["name"] for entry in functions_json()}
    assert [name for name in FUNCTIONS if f"{name}(" not in texts and name not in elsewhere] == []


def test_the_catalogue_lists_parameters_as_graph_does() -> None:
    listed = {entry["name"]: entry["parameters"] for entry in functions_json()}

    assert listed["Join"] == [
        {"allowMultipleOccurrences": False, "name": "separator", "required": True, "type": "String"},
        {"allowMultipleOccurrences": True, "name": "source", "required": True, "type": "String"},
    ]
    assert [parameter["name"] for parameter in listed["Switch"]] == ["source", "defaultValue", "switchValue"]
    assert [parameter["required"] for parameter in listed["Switch"]] == [True, False, False]
    assert listed["DefaultDomain"] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('CDate("yesterday")', 'CDate: "yesterday" is no date'),
        ('DateAdd("w", 1, Now())', '"w" is no interval'),
        ('DateAdd("yyyy", 99999, Now())', "out of range"),
        ('DateAdd("d", 99999999999999999999, Now())', "out of range"),
        ("DateFromNum(99999999999999999999999)", "out of range"),
        ('DateAdd("d", "x", Now())', "argument 2 must be a whole number"),
        ('FormatDateTime("2015", , "yyyy-MM", "yyyy")', 'no date of the form "yyyy-MM"'),
        ('FormatDateTime("2015", , "yyyy", "")', "the output format is missing"),
        ('Mid("abc", 0, 1)', "first character has the number 1"),
        ('InStr("abc", "b", 0)', "first character has the number 1"),
        ("RandomString(257,0,0,0,0)", "at most 256"),
        ("RandomString(3,2,2,0,0)", "at least the sum"),
        ('RandomString(3,1,0,0,0,"0123456789")', "no character is left"),
        ('SelectUniqueValue("a")', "it takes 2 or more"),
        ('SelectUniqueValue("a", "b")', "only for provisioning from an HR system"),
        ('Replace("a", , "(", , "", , )', "no regular expression"),
        ('Replace("a", , "(a)", "x", "", , )', 'no group "x"'),
        ('Replace(Replace(Replace("aaaaaaaaaa", "a", , , "' + "a" * 300 + '", , ), "a", , , "' + "a" * 300 + '", , ), "a", , , "b", , )', "longer than 100,000"),
    ],
)  # fmt: skip
def test_what_cannot_be_evaluated_says_why(result: Result, text: str, words: str) -> None:
    with pytest.raises(BadValue, match=r".") as refusal:
        result(text)

    assert words in str(refusal.value)


def test_guids_and_random_texts_come_from_the_given_chance(result: Result) -> None:
    assert uuid.UUID(str(result("Guid()"))).version == 4
    assert result("Guid()") == result("Guid()")


@pytest.mark.parametrize("avoid", ["", "?,"])
def test_random_texts_keep_the_minimums_and_leave_out_what_is_to_be_avoided(result: Result, avoid: str) -> None:
    text = str(result(f'RandomString(30,5,4,3,2,"{avoid}")'))

    assert len(text) == 30
    assert sum(sign.isdigit() for sign in text) >= 5
    assert sum(sign.isupper() for sign in text) >= 3
    assert sum(sign.islower() for sign in text) >= 2
    assert sum(not sign.isalnum() for sign in text) >= 4
    assert not set(avoid) & set(text)


def test_random_texts_have_only_the_kinds_that_were_asked_for(result: Result) -> None:
    text = str(result("RandomString(6,3,0,0,3)"))

    assert sorted((sum(sign.isdigit() for sign in text), sum(sign.islower() for sign in text))) == [3, 3]


def test_an_attribute_that_is_missing_is_null_and_no_failure(result: Result) -> None:
    assert result("[nothing]") is None
    with pytest.raises(EvaluationFailed):
        result("Item([nothing], [nothing])")
