# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a server says, made fit to be quoted: without secrets, without markup, in one line and short. Pure.

A proxy's error page may echo the request, with its ``Proxy-Authorization`` and our signature in it, in whatever escaping a
page needs.
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

QUOTED = 200  # characters
_FEWEST = 8  # characters of a secret that was cut off in the middle of a text
_FEWEST_AT_END = 4
_LEFT_OUT = "(left out: it repeats secrets of the request)"
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})")
_HIDDEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.I | re.S)
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|<[^<>]*(?:>|\Z)", re.S)


def spellings(secret: str) -> set[str]:
    """A secret as it may stand in a page, a header or a log: as it is, in base64, and escaped for HTML, URLs and JSON."""
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
    """Whether a secret is there in a way that nobody thought of: escaped letter by letter, in pieces between tags, in UTF-16."""
    for _layer in range(2):
        text = _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), html.unescape(unquote(text)))
    bare = _squeezed(_TAG.sub("", text))
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
        text = html.unescape(_TAG.sub(" ", _HIDDEN.sub(" ", text)))
    text = without_secrets(" ".join(text.split()), secrets)  # once more: markup may have hidden one
    line = shown(text.encode("utf-8", "replace"))
    return line if len(line) <= QUOTED else line[:QUOTED].rstrip() + " …"
