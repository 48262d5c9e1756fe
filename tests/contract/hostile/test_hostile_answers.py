# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents that are to wear the client down: each ends in a named error, in bounded time and memory.

Without the bounds, the client would keep a gigabyte of attribute, expand entities, or parse for minutes.
"""

from __future__ import annotations

import base64
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import ListingIncomplete
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.remote_tree import tree_of
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client_config import ClientConfig
from ansible_collections.edgeops.netstorage.tests.contract.hostile.bounded_calls import (
    call_in_process,
    call_in_subprocess,
    is_bounded,
)
from ansible_collections.edgeops.netstorage.tests.contract.hostile.hostile_server import (
    CHUNKED,
    PLAIN,
    Stream,
    answered,
    byte_by_byte,
    endless,
)
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import Server, answer, xml

ROOTS = {"stat": b"stat", "dir": b"stat", "list": b"list", "du": b"du"}
DECLARED = b'<?xml version="1.0" encoding="UTF-8"?>\n'
BOMB = b"".join(b'<!ENTITY e%d "%s">' % (depth + 1, b"&e%d;" % depth * 10) for depth in range(12))
ENOUGH = 16 << 20  # bytes that the server may get rid of, those in the buffers of the system among them

Make = t.Callable[[bytes], Stream]

ENDLESS: dict[str, Make] = {
    "an attribute of a gigabyte": lambda root: answered(b'<%s><file type="file" name="' % root, lambda: endless(b"a")),
    "an attribute that comes byte by byte": lambda root: answered(
        lambda: byte_by_byte([b'<%s><file type="file" name="' % root]),
        lambda: byte_by_byte(endless(b"a", 4 << 20)),
        head=CHUNKED,
    ),
    "an attribute of references": lambda root: answered(b'<%s><file name="' % root, lambda: endless(b"&#65;")),
    "a name of a gigabyte": lambda root: answered(b"<%s><" % root, lambda: endless(b"a")),
    "a tag with attributes without end": lambda root: answered(b"<%s><file " % root, lambda: endless(b"a='b' ")),
    "a comment without end": lambda root: answered(b"<%s><!--" % root, lambda: endless(b"a ")),
    "an instruction without end": lambda root: answered(b"<%s><?a " % root, lambda: endless(b"a ")),
    "nesting without end": lambda root: answered(b"<%s>" % root, lambda: endless(b"<a>")),
    "nesting without end, of rows": lambda root: answered(b"<%s>" % root, lambda: endless(b"<file type='dir' name='a'>")),
    "entities in entities": lambda root: answered(
        DECLARED + b'<!DOCTYPE x [<!ENTITY e0 "ha">' + BOMB + b"]><%s>&e12;</%s>" % (root, root)
    ),
    "entities without end": lambda root: answered(DECLARED + b"<!DOCTYPE x [", lambda: endless(b'<!ENTITY a "b">')),
    "a document type of somebody else": lambda root: answered(
        DECLARED + b'<!DOCTYPE %s SYSTEM "file:///etc/passwd"><%s/>' % (root, root)
    ),
    "bytes that are nothing": lambda root: answered(lambda: endless(b"\xff\x00")),
    "blanks before the document": lambda root: answered(b"<?", lambda: endless(b" ")),
}


@pytest.mark.parametrize("verb", ROOTS)
@pytest.mark.parametrize("case", ENDLESS)
def test_what_would_never_end(case: str, verb: str) -> None:
    measured = call_in_subprocess(ENDLESS[case](ROOTS[verb]), verb)
    assert measured.error == "BadReply", measured
    assert measured.requests == 1, "it is not asked for again"
    assert measured.sent < ENOUGH, measured
    is_bounded(measured)


@pytest.mark.parametrize("verb", ["download", "digest"])
def test_content_that_never_ends(verb: str) -> None:
    """A diff looks at the beginning only; a proof knows how long the file should be."""
    measured = call_in_subprocess(answered(lambda: endless(b"a")), verb)
    assert measured.error == ("BadReply" if verb == "digest" else "")
    assert measured.sent < ENOUGH, measured
    is_bounded(measured)


def row(verb: str, attributes: bytes) -> bytes:
    return DECLARED + b"<%s><file %s/></%s>" % (ROOTS[verb], attributes, ROOTS[verb])


LONG = b"9" * 400
WRONG = {
    "no type": b'name="site" size="1"',
    "no name": b'type="file" size="1"',
    "no size": b'type="file" name="site"',
    "two names": b'type="dir" name="site" name_base64="c2l0ZQ=="',
    "a name that is no base64": b'type="dir" name_base64="%%%"',
    "a negative size": b'type="file" name="site" size="-1"',
    "a size with a fraction": b'type="file" name="site" size="1.5"',
    "a size that is a word": b'type="file" name="site" size="many"',
    "a size beyond 64 bits": b'type="file" name="site" size="18446744073709551616"',
    "a size of 400 digits": b'type="file" name="site" size="%s"' % LONG,
    "a size in other digits": 'type="file" name="site" size="\u0663"'.encode(),
    "a negative time": b'type="dir" name="site" mtime="-1"',
    "a time that is a date": b'type="dir" name="site" mtime="yesterday"',
    "a digest that is none": b'type="file" name="site" size="1" md5="xyz"',
    "half an answer to implicit": b'type="dir" name="site" implicit="perhaps"',
    "an attribute twice": b'type="dir" type="file" name="site"',
    "a name in another encoding": b'type="dir" name="\xff"',
    "a name with a control character": b'type="dir" name="&#27;"',
    "an entity that nobody declared": b'type="dir" name="&site;"',
    "a bracket in an attribute": b'type="dir" name="<site"',
}


@pytest.mark.parametrize("verb", ["stat", "dir", "list"])
@pytest.mark.parametrize("case", WRONG)
def test_rows_of_wrong_types(case: str, verb: str) -> None:
    measured = call_in_process(answered(row(verb, WRONG[case])), verb)
    assert (measured.error, measured.requests) == ("BadReply", 1), measured


ROOT = {
    "nothing": b"",
    "another root": DECLARED + b"<html><body>Sign in</body></html>",
    "no XML": b"Not what you asked for\n",
    "half a document": DECLARED + b"<list><file",
    "a second document": DECLARED + b"<stat/><stat/><list/><du/>",
    "usage without figures": DECLARED + b"<du><du-info/></du>",
    "negative usage": DECLARED + b'<du><du-info files="-1" bytes="1"/></du>',
    "UTF-16": "<stat/>".encode("utf-16"),
    "an encoding that is none": b'<?xml version="1.0" encoding="klingon"?><stat/>',
    "two resumes": DECLARED + b'<list><resume start="/a"/><resume start="/b"/></list>',
    "compressed": base64.b64decode("H4sIAAAAAAAAAw=="),
}


@pytest.mark.parametrize("verb", ROOTS)
@pytest.mark.parametrize("case", ROOT)
def test_documents_of_wrong_kinds(case: str, verb: str) -> None:
    measured = call_in_process(answered(ROOT[case]), verb)
    assert measured.error in ("BadReply", "NotXml", "Truncated"), measured
    assert len(measured.message) < 500


def test_a_coding_that_was_not_asked_for_is_not_even_unpacked() -> None:
    """A bomb of zeros in zeros."""
    head = PLAIN.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
    for verb in (*ROOTS, "download", "digest"):
        measured = call_in_subprocess(answered(lambda: endless(b"\x1f\x8b"), head=head), verb)
        assert (measured.error, measured.requests) == ("BadReply", 1)
        assert measured.sent < ENOUGH
        is_bounded(measured)


@pytest.mark.parametrize("name", ["a", "a" * 200])
def test_a_tree_that_is_its_own_child(name: str) -> None:
    """Where ``list`` is not to be had, the walk with ``dir`` would follow it for ever, or as deep as Python can call."""
    server = Server()
    child = f'<file type="dir" name="{name}"/>'
    server.handler = lambda request: answer(501) if request.action == "list" else xml("stat", child)
    connection = ClientConfig(f"127.0.0.1:{server.port}", "tester", "a-key-of-the-hostile-suite", protocol="http")
    with Client(connection) as client, pytest.raises(ListingIncomplete, match="paths of more than 8192 bytes"):
        for _entry in tree_of(client, b"/123456/site", Entry(b"site", Kind.DIRECTORY), True):
            pass
    assert len(server.requests) < 8192
    server.close()
