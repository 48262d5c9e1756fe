# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every odd form of the XML answers that docs/usage-api.md#responses names, whole and byte by byte."""

from __future__ import annotations

import base64
from xml.sax.saxutils import quoteattr

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadReply
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api import xml_parser
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.xml_parser import (
    Page,
    PageParser,
    Row,
    Truncated,
)
from hypothesis import given
from hypothesis import strategies as st

MD5 = "9b0459" + "0" * 26


def parsed(document: bytes, root: str = "stat", step: int | None = None) -> Page:
    parser = PageParser(root)
    for start in range(0, len(document), step or len(document) or 1):
        parser.feed(document[start : start + (step or len(document))])
    return parser.close()


def in_utf8(*rows: str, root: str = "stat") -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} directory="/1/x">\n{"".join(rows)}</{root}>\n'.encode()


def in_latin1(*rows: str) -> bytes:
    return f'<?xml version="1.0" encoding="ISO-8859-1"?>\n<stat>{"".join(rows)}</stat>\n'.encode("latin-1")


OAS_DIR = f"""<?xml version="1.0" encoding="ISO-8859-1"?>
<stat directory="/1234/example">
 <file type="dir" name="directory" bytes="0" files="2" mtime="1632757634"/>
 <file type="symlink" name="foo" target="bar" mtime="1641500414"/>
 <file type="file" name="passwd" size="2604" md5="{MD5}" mtime="1626900592"/>
 <file type="dir" name="impl" bytes="2604" files="1" implicit="true"/>
 <resume start="/1234/example/x"/>
</stat>
""".encode()


@pytest.mark.parametrize("step", [None, 1, 7])
def test_the_documented_dir_answer(step: int | None) -> None:
    page = parsed(OAS_DIR, step=step)
    assert page.rows == [
        Row(Kind.DIRECTORY, b"directory", None, None, 1632757634, None, False),
        Row(Kind.SYMLINK, b"foo", None, None, 1641500414, b"bar", False),
        Row(Kind.FILE, b"passwd", 2604, MD5, 1626900592, None, False),
        Row(Kind.DIRECTORY, b"impl", None, None, None, None, True),
    ]
    assert page.resume == b"/1234/example/x"


def test_a_list_row_without_mtime_and_target() -> None:
    page = parsed(in_utf8('<file type="symlink" name="1/foo"/>', '<file type="dir" name="1/d/"/>', root="list"), "list")
    assert page.rows[0] == Row(Kind.SYMLINK, b"1/foo", None, None, None, None, False)
    assert page.rows[1].name == b"1/d/"


def test_an_empty_directory_is_one_closed_element() -> None:
    assert parsed(b'<?xml version="1.0" encoding="UTF-8"?>\n<stat directory="/824137/test"/>\n') == Page([], None, None)


def test_an_answer_of_the_legacy_store() -> None:
    declaration = b'<?xml version="1.0" encoding="ISO-8859-1"?>\n'
    document = declaration + b'<stat directory="/1">\n\t<file type="dir" name="a" mtime="1"/>\n</stat>'
    assert parsed(document).rows[0].name == b"a"


def test_du_gives_files_and_bytes() -> None:
    page = parsed(in_utf8('<du-info files="21" bytes="2613"/>', root="du"), "du")
    assert page.usage == (21, 2613)


def test_names_in_latin1_are_one_byte_a_character() -> None:
    page = parsed(in_latin1('<file type="dir" name="caf\xe9 \xff"/>'))
    assert page.rows[0].name == b"caf\xe9 \xff"


def test_names_in_utf8_are_their_bytes() -> None:
    assert parsed(in_utf8('<file type="dir" name="café €"/>')).rows[0].name == "café €".encode()


def test_escapes_of_every_kind() -> None:
    page = parsed(in_utf8('<file type="dir" name="&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#10;é&#233;"/>'))
    assert page.rows[0].name == "<>&\"'AB\néé".encode()
    assert parsed(in_latin1('<file type="dir" name="&#233;"/>')).rows[0].name == b"\xe9"


def test_base64_forms_of_all_attributes() -> None:
    def coded(value: bytes) -> str:
        return base64.b64encode(value).decode()

    page = parsed(
        in_utf8(
            '<file type="dir" name_base64="bm90VVRGLTjAwC8=" mtime="5"/>',
            f'<file type="symlink" name_base64="{coded(bytes([1, 255]))}" target_base64="{coded(bytes([254]))}"/>',
            f'<resume start_base64="{coded(b"/1/" + bytes([253]))}"/>',
        )
    )
    assert [row.name for row in page.rows] == [b"notUTF-8\xc0\xc0/", b"\x01\xff"]
    assert page.rows[1].target == b"\xfe"
    assert page.resume == b"/1/\xfd"


def test_a_target_may_be_empty_and_is_not_missing() -> None:
    assert parsed(in_utf8('<file type="symlink" name="a" target=""/>')).rows[0].target == b""


def test_what_is_unknown_is_ignored() -> None:
    page = parsed(
        in_utf8(
            '<file type="file" name="a" size="1" colour="red"><note>hello <b/></note></file>',
            '<file type="socket" name="b"/>',
            "<statistics><file name='inner'/></statistics>",
            '<file type="dir" name="c" implicit="FALSE"/>',
        )
    )
    assert [row.name for row in page.rows] == [b"a", b"c"]
    assert (page.rows[0].md5, page.rows[0].mtime) == (None, None)


def test_digests_are_lower_case() -> None:
    assert parsed(in_utf8(f'<file type="file" name="a" size="0" md5="{MD5.upper()}"/>')).rows[0].md5 == MD5


def test_the_largest_number() -> None:
    assert parsed(in_utf8(f'<file type="file" name="a" size="{2**64 - 1}"/>')).rows[0].size == 2**64 - 1


@pytest.mark.parametrize(
    "row",
    [
        '<file name="a" size="1"/>',
        '<file type="file" size="1"/>',
        '<file type="file" name="a"/>',
        '<file type="file" name="a" size="-1"/>',
        '<file type="file" name="a" size="+1"/>',
        '<file type="file" name="a" size="1.5"/>',
        '<file type="file" name="a" size=""/>',
        '<file type="file" name="a" size=" 1"/>',
        '<file type="file" name="a" size="1_0"/>',
        '<file type="file" name="a" size="٣"/>',
        f'<file type="file" name="a" size="{2**64}"/>',
        '<file type="file" name="a" size="' + "9" * 5000 + '"/>',
        '<file type="file" name="a" size="1" mtime="-5"/>',
        '<file type="dir" name="a" mtime="yesterday"/>',
        '<file type="file" name="a" size="1" md5="0123"/>',
        '<file type="file" name="a" size="1" md5="' + "g" * 32 + '"/>',
        '<file type="dir" name="a" implicit="maybe"/>',
        '<file type="dir" name="a" name_base64="YQ=="/>',
        '<file type="dir" name_base64="Y*Q="/>',
        '<file type="dir" name_base64="YQ"/>',
        '<file type="dir" name_base64="é"/>',
        '<file type="dir" name="' + "n" * (xml_parser.MAX_VALUE + 1) + '"/>',
        "<resume/>",
        '<resume start=""/>',
        '<resume start="a"/><resume start="b"/>',
        '<du-info files="1"/>',
        '<du-info files="1" bytes="x"/>',
        "<a>" * 20 + "</a>" * 20,
    ],
    ids=lambda row: row[:60],
)
def test_rows_that_are_wrong(row: str) -> None:
    with pytest.raises(BadReply) as caught:
        parsed(in_utf8(row))
    assert not isinstance(caught.value, Truncated)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "document",
    [
        b'<?xml version="1.0"?><!DOCTYPE stat [<!ENTITY a "b">]><stat/>',
        b'<?xml version="1.0"?><!DOCTYPE stat SYSTEM "http://127.0.0.1/x.dtd"><stat/>',
        b'<?xml version="1.0" encoding="UTF-16"?><stat/>',
        b'<?xml version="1.0" encoding="windows-1252"?><stat/>',
        '<?xml version="1.0"?><stat/>'.encode("utf-16"),
        b"<!DOCTYPE HTML PUBLIC '-//IETF//DTD HTML 2.0//EN'><HTML></HTML>",
        b"<html><body>Sign in to the network</body></html>",
        b"<list/>",
        b"Not found\n",
        b'<?xml version="1.0" encoding="UTF-8"?><stat><file type="dir" name="\xff"/></stat>',
        b"<stat><file></stat>",
        b"<stat/><stat/>",
        b"<stat x='" + b"y" * (xml_parser.MAX_PENDING + 100),
    ],
    ids=lambda document: document[:60],
)
def test_documents_that_are_wrong(document: bytes) -> None:
    with pytest.raises(BadReply) as caught:
        parsed(document, step=1000)
    assert not isinstance(caught.value, Truncated)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_another_encoding_is_seen_in_pieces_of_any_size(step: int) -> None:
    with pytest.raises(BadReply, match="UTF-16"):
        parsed("<stat/>".encode("utf-16"), step=step)


@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("document", [b"l\0", b"\0<", "<stat/>".encode("utf-16-le"), "<stat/>".encode("utf-16-be")])
def test_a_zero_byte_is_no_beginning_in_pieces_of_any_size(document: bytes, step: int) -> None:
    with pytest.raises(BadReply) as caught:
        parsed(document, step=step)
    assert not isinstance(caught.value, Truncated)


@given(st.integers(min_value=0, max_value=len(OAS_DIR.rstrip()) - 1))
def test_a_document_that_ends_early_is_truncated(length: int) -> None:
    with pytest.raises(Truncated):
        parsed(OAS_DIR[:length])


def test_a_reference_beyond_the_encoding_is_no_name() -> None:
    with pytest.raises(BadReply):
        parsed(in_latin1('<file type="dir" name="&#8364;"/>'))


LEGAL = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufffe\uffff"), min_size=1)


@given(LEGAL)
def test_every_name_comes_back_from_utf8(name: str) -> None:
    assert parsed(in_utf8(f'<file type="dir" name={quoteattr(name)}/>')).rows[0].name == name.encode()


@given(st.binary(min_size=1))
def test_every_name_comes_back_from_base64(name: bytes) -> None:
    coded = base64.b64encode(name).decode()
    assert parsed(in_utf8(f'<file type="dir" name_base64="{coded}"/>'), step=5).rows[0].name == name
