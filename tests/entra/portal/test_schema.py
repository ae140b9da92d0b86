"""The schema as a file: downloaded, uploaded, refused with a sentence when it cannot be read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from entrant.entra.jobs import operations
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.model import Kind, ServicePrincipal
from entrant.entra.portal.forms import MAX_FORM
from entrant.entra.portal.multipart import MAX_PARTS
from entrant.scim.wire import Request
from tests.support.portal import HOST, Tab


@pytest.fixture
def tenant_url(tmp_path: Path, tenant_file: Path) -> str:
    """One engine is enough: the operations behind the forms have tests of their own."""
    return f"sqlite:///{shutil.copy(tenant_file, tmp_path / 'entra.db')}"


@pytest.fixture
def address(app: ServicePrincipal) -> str:
    """The schema editor."""
    return f"/apps/{app.id}/provisioning/schema"


UPLOAD = {"do": "upload"}
MULTIPART = "multipart/form-data; boundary=b"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a byte order mark"])
def test_a_file_takes_the_place_of_the_schema(
    tab: Tab, p: Provisioner, app: ServicePrincipal, address: str, mark: bytes
) -> None:
    document = json.loads(tab.get(f"{address}.json").read())
    first = document["synchronizationRules"][0]["objectMappings"][0]["attributeMappings"].pop()

    page = tab.follow(tab.upload(address, UPLOAD, schema=mark + json.dumps(document).encode()))

    mapping = operations.load_schema(p, operations.job_of(p, app.id).id).mapping_of(Kind.USER)
    assert mapping is not None
    assert mapping.find(first["targetAttributeName"]) is None
    assert "Mapping saved" in page or 'role="status"' in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choose a file"),
        (b'{"kept":', "not valid JSON"),
        (b"{}", "schema"),
        (b'{"kept": "\xe2\x80\xae"', "not valid JSON"),
    ],
)
def test_a_file_without_a_schema_is_refused_on_the_page(tab: Tab, address: str, content: bytes, said: str) -> None:
    answer = tab.upload(address, UPLOAD, schema=content)

    page = answer.read().decode()
    assert answer.status == 409
    assert said in page.partition('role="alert"')[2].partition("</div>")[0]
    assert b"kept" not in content or "kept" in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe{\x00}\x00", "The file is not text in UTF-8."),
        (b"{\x00}", "NUL character"),
        (b" " * MAX_FORM, f"{MAX_FORM:,} are the most"),
    ],
    ids=["UTF-16", "NUL", "too long"],
)
def test_a_file_that_is_no_text_is_refused(tab: Tab, address: str, content: bytes, said: str) -> None:
    answer = tab.upload(address, UPLOAD, schema=content)

    assert answer.status == 400
    assert said in answer.read().decode()


def test_an_upload_needs_the_token_of_its_page(tab: Tab, address: str) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="do"\r\n\r\nupload\r\n--b--\r\n'

    answer = tab.handle(Request("POST", address, "", {"host": HOST, "content-type": MULTIPART}, body))

    assert answer.status == 403


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (MULTIPART, b""),
        (MULTIPART, b"schema=x"),
        (MULTIPART, b'--b\r\nContent-Disposition: form-data; name="do"\r\n\r\nupl'),
        (MULTIPART, b"--b\r\n: x\r\n\r\n\r\n--b--\r\n"),
        (MULTIPART, b"--b\r\n" + b"a: b\r\n" * 5_000 + b"\r\n\r\n--b--\r\n"),
        (MULTIPART, b'--b\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nx\r\n--b--\r\n'),
        (MULTIPART, b"--b\r\na: b\r\n\r\nx\r\n" * (MAX_PARTS + 1) + b"--b--\r\n"),
        ("multipart/form-data", b"--b--\r\n"),
        ("multipart/form-data; boundary=" + "b" * 5_000, b"--b--\r\n"),
        ("multipart/form-data; boundary=é", b"--b--\r\n"),
    ],
)
def test_parts_that_cannot_be_read_are_refused(tab: Tab, address: str, media_type: str, body: bytes) -> None:
    answer = tab.handle(Request("POST", address, "", {"host": HOST, "content-type": media_type}, body))

    assert answer.status == 400


def test_a_part_without_a_name_is_no_token(tab: Tab, address: str) -> None:
    answer = tab.handle(
        Request("POST", address, "", {"host": HOST, "content-type": MULTIPART}, b"--b\r\na: b\r\n\r\nx\r\n--b--\r\n")
    )

    assert answer.status == 403
