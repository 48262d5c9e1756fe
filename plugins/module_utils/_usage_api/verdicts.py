# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a response comes from the service itself, and what of it may be quoted. Pure.

A captive portal, a filtering proxy or a firewall responds as well, with 200 and a page, or with 404 and a page. Such a response
proves nothing: a change may or may not have been carried out, and an object may exist although the response is 404. All recorded
responses of an ObjectStore have one ``Server`` header, no type on texts, and texts of a few words.

A proxy's error page may also echo the request, with its ``Proxy-Authorization`` and our signature in it, in whatever escaping a
page needs. So what is quoted is without secrets, without markup, in one line and short.
"""

from __future__ import annotations

import base64
import html
import json
import re
import typing as t
from urllib.parse import quote, quote_plus, unquote

from .._model.masking import PART, masked
from .._model.paths import shown

LONGEST_TEXT = 256  # bytes of the text of a success
_PLAIN = frozenset({"", "text/plain"})
_UNCODED = frozenset({"", "identity"})
PAGES = frozenset({"text/html", "application/xhtml+xml"})
"""Media types of pages for people."""
_TAGS = re.compile(r"<(?:!doctype\s+html|html|head|body|title|script|meta|iframe)[\s>/]", re.I)
# What FileStore sends as text/html (docs/usage-api.md#filestore), without blanks at the end.
_FILESTORE_DONE = frozenset(
    {"<HTML>Request Processed</HTML>", "<HTML><p><tt>Request Processed</tt></p></HTML>"}
)
_FILESTORE_ERROR = re.compile(r'\s*<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2\.0//EN">')
_FILESTORE_ABSENT = 'File not found."'
_FILESTORE_REFUSES = frozenset({400, 401, 403, 405, 406, 409, 412, 416})
_FILESTORE_SERVER = "apache"
_RECORDED = ("akamainetstorage", _FILESTORE_SERVER)
_ABSENT_OR_TAKEN = frozenset({404, 409})
_BEFORE = "\xef\xbb\xbf \t\r\n"  # a byte order mark as latin-1, and blanks
_MARKS = ("<", "{", "[{", "\xfe", "\xff")  # how markup, JSON and UTF-16 begin

QUOTED = 200  # characters
_FEWEST = 8  # characters of a secret that was cut off in the middle of a text
_FEWEST_AT_END = 4
_LEFT_OUT = "(left out: it repeats secrets of the request)"
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})")
_HIDDEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.I | re.S)
_MARKUP = re.compile(r"<!--.*?(?:-->|\Z)|<[^<>]*(?:>|\Z)", re.S)


class Said(t.NamedTuple):
    """The metadata of a response.

    Args:
        status: of the response.
        kind: its Content-Type as it was sent, empty where there was none; of HEAD that of the object, so left out here.
        server: its Server header, None where there was none.
        text: the beginning of its body, bytes as latin-1 characters; longer than LONGEST_TEXT where the body is.
        coding: its Content-Encoding, empty where there was none.
        is_whole: whether the body was complete, or longer than the part that is read.
    """

    status: int
    kind: str
    server: str | None
    text: str
    coding: str = ""
    is_whole: bool = True

    @property
    def media_type(self) -> str:
        return self.kind.partition(";")[0].strip().lower()

    @property
    def is_page(self) -> bool:
        """Whether it is markup or JSON, which the service never sends in response to a change."""
        text = self.text
        if self.media_type in PAGES or "\0" in text:
            return True
        return text.lstrip(_BEFORE).startswith(_MARKS) or _TAGS.search(text) is not None


def is_markup(head: bytes) -> bool:
    """Whether the beginning of a body has tags of a page in it. In the service's XML no value has a ``<``."""
    return _TAGS.search(head.decode("latin-1")) is not None


def doubt_of_success(said: Said, known: t.Collection[str]) -> str:
    """Why a 2xx response to a change does not prove that it was carried out; empty where it does.

    Args:
        known: the Server headers of responses that were proved to come from the service; empty as long as there is none.
    """
    if said.status == 200 and said.media_type in PAGES and said.text.strip() in _FILESTORE_DONE:
        return ""
    if said.status not in (200, 204):
        return f"the service sends 200 or 204, not {said.status}"
    if said.coding not in _UNCODED:
        return f"it is encoded as {said.coding[:40]!r}"
    if said.is_page:
        return "it is a page"
    if not said.is_whole:
        return "it is incomplete"
    if said.status == 200 and said.media_type not in _PLAIN:
        return f"it has the type {said.media_type[:40]!r}"
    if said.status == 200 and len(said.text) > LONGEST_TEXT:
        return f"its text has more than {LONGEST_TEXT} bytes"
    return _foreign(said, known)


def doubt_of_refusal(said: Said, known: t.Collection[str]) -> str:
    """Why a 4xx response does not come from the service; empty if nothing indicates that. ``known`` as above."""
    if said.is_page:
        return "" if _is_filestore(said, known) else "it is a page"
    if said.status not in _ABSENT_OR_TAKEN:
        return ""
    if said.coding not in _UNCODED or said.media_type not in _PLAIN:
        return f"it has the type {said.media_type[:40]!r}"
    return _foreign(said, known)


def is_foreign(said: Said, known: t.Collection[str]) -> bool:
    """Whether a 5xx response comes from an intermediary, which cannot know what becomes of the request."""
    return said.is_page or bool(_foreign(said, known))


def _foreign(said: Said, known: t.Collection[str]) -> str:
    """Until a response of this service was proved, the recorded Server headers are used."""
    if said.server is None or said.server in known or (not known and said.server.lower().startswith(_RECORDED)):
        return ""
    other = sorted(known)[0] if known else "AkamaiNetStorage"
    return f"its server is {said.server[:40]!r}, and that of the service's responses {other[:40]!r}"


def _is_filestore(said: Said, known: t.Collection[str]) -> bool:
    """FileStore runs under Apache, and its refusals are pages of Apache's; but what it does not find it says in a text."""
    server = said.server or ""
    if not server.lower().startswith(_FILESTORE_SERVER) or (known and server not in known):
        return False
    if said.status == 404:
        return said.text.strip() == _FILESTORE_ABSENT
    return said.status in _FILESTORE_REFUSES and _FILESTORE_ERROR.match(said.text) is not None


def spellings(secret: str) -> set[str]:
    """A secret as it may occur in a page, a header or a log: as it is, in base64, and escaped for HTML, URLs and JSON."""
    raw = secret.encode("utf-8", "surrogateescape")
    misread = raw.decode("latin-1")  # as what is malformed is decoded
    found = {secret, misread, base64.b64encode(raw).decode("ascii"), base64.urlsafe_b64encode(raw).decode("ascii")}
    for one in tuple(found):
        found |= {html.escape(one), quote(one, safe=""), quote_plus(one), json.dumps(one)[1:-1]}
        found |= {html.escape(one, quote=False), one.rstrip("=")}
    return {one for one in found if one}


def without_secrets(text: str, secrets: t.Iterable[str]) -> str:
    """The text with masks in the place of secrets, and of what is left of a secret that was cut off.

    Args:
        secrets: each in all its ``spellings``.
    """
    text = masked(text, secrets)
    for secret in secrets:
        text = _without_beginning(text, secret)
    return text


def _without_beginning(text: str, secret: str) -> str:
    """A quote that ends within a secret shows its beginning."""
    head, at = secret[:_FEWEST], 0
    while len(head) == _FEWEST and (at := text.find(head, at)) >= 0:
        end = at + _FEWEST
        while end < len(text) and end - at < len(secret) and text[end] == secret[end - at]:
            end += 1
        text = text[:at] + PART + text[end:]
        at += len(PART)
    for length in range(min(len(secret) - 1, _FEWEST), _FEWEST_AT_END - 1, -1):
        if text.endswith(secret[:length]):
            return text[:-length] + PART
    return text


def _is_hidden_in(text: str, secrets: t.Iterable[str]) -> bool:
    """Whether a secret is hidden in another way: escaped letter by letter, in pieces between tags, in UTF-16."""
    for _layer in range(2):
        text = _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), html.unescape(unquote(text)))
    bare = _squeezed(_MARKUP.sub("", text))
    return any(len(letters) >= _FEWEST and letters in bare for letters in map(_squeezed, secrets))


def _squeezed(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def quoted(body: bytes, secrets: t.Iterable[str]) -> str:
    """The first words of a body for people, at most QUOTED characters."""
    text = masked(body.decode("utf-8", "backslashreplace"), secrets)
    if _is_hidden_in(text, secrets):
        return _LEFT_OUT
    text = without_secrets(text, secrets)
    if "<" in text:
        text = html.unescape(_MARKUP.sub(" ", _HIDDEN.sub(" ", text)))
    text = without_secrets(" ".join(text.split()), secrets)  # once more: markup may have hidden one
    line = shown(text.encode("utf-8", "replace"))
    return line if len(line) <= QUOTED else line[:QUOTED].rstrip() + " …"
