# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changes inside of files: texts as unified diffs, images side by side."""

from __future__ import annotations

import base64
import binascii
import difflib
import html
import re
import typing as t

from ...module_utils._plan.render import shown_text
from .figures import counted, size
from .markup import folded, marks, name, prose, section
from .report import Content, Report

LINES = 2000
_CONTEXT = 3
_OPEN = 3  # changed texts that are open when the page is
_TAGS = {"+": "ins", "-": "del", "@": "span"}  # by the first character of a line
_DATA = re.compile(r"data:(image/[a-z+]+);base64,([A-Za-z0-9+/]+={0,2})\Z")
# The first bytes of each raster format. An SVG is text; in an <img> it runs nothing and fetches nothing.
_MAGIC: dict[str, re.Pattern[bytes]] = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
    "image/avif": re.compile(rb".{4}ftypavi[fs]", re.DOTALL),
    "image/svg+xml": re.compile(rb"\s*<|\xef\xbb\xbf\s*<"),
}


def texts(report: Report) -> str:
    changed = [one for one in report.texts if one.before and one.after][:_OPEN]
    blocks = [_text(report, one, is_open=one in changed) for one in report.texts]
    remarks = "".join(f'<p class="soft">Not shown: {prose(remark)}.</p>\n' for remark in dict.fromkeys(report.remarks) if remark)
    return section("texts", "Texts", "".join(blocks) + remarks)


def _text(report: Report, content: Content, *, is_open: bool) -> str:
    rows = list(_diff(content))
    added, removed = (sum(row.startswith(f"<{tag}>") for row in rows) for tag in ("ins", "del"))
    state = " (new)" if not content.before else " (deleted)" if not content.after else ""
    left = len(rows) - LINES
    tail = f'\n<p class="soft">… and {counted(left, "more line")}, which are not shown here.</p>' if left > 0 else ""
    told = f'<span class="n">({marks((added, 0, removed))})</span>' if added or removed else ""
    body = f'<pre class="diff">{"".join(rows[:LINES])}</pre>{tail}' if rows else '<p class="soft">No line differs.</p>'
    return folded(f"{name(report.below(content.path))}{state} {told}", body, is_open=is_open, css="text")


def _diff(content: Content) -> t.Iterator[str]:
    """Lines with a real end each, so that they are lines without a style too."""
    old, new = (_lines(side) for side in (content.before, content.after))
    for line in list(difflib.unified_diff(old, new, n=_CONTEXT, lineterm=""))[2:]:
        text = html.escape(line, quote=True) + "\n"
        tag = _TAGS.get(line[0])
        yield f"<{tag}>{text}</{tag}>" if tag else text


def _lines(text: str | None) -> list[str]:
    return shown_text((text or "").encode("utf-8", "backslashreplace")).splitlines()


def images(report: Report) -> str:
    return section("images", "Images", "".join(_pair(report, one) for one in report.images))


def _pair(report: Report, content: Content) -> str:
    label = report.below(content.path)
    before, after = _side(content.before, "Before", "new", label), _side(content.after, "After", "gone", label)
    return f'<article class="pair">\n<h3>{name(label)}</h3>\n<div class="sides">\n{before}{after}</div>\n</article>\n'


def _side(url: str | None, word: str, absent: str, label: str) -> str:
    if url is None:
        return f'<figure class="none"><p>{absent}</p><figcaption>{word}: nothing</figcaption></figure>\n'
    kind, content = image_of(url)
    if not kind:
        return f'<figure class="none"><p>not shown</p><figcaption>{word}: not an image of a known kind</figcaption></figure>\n'
    source = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    alt = f"{word}: {prose(label)}"
    return f'<figure><img src="{source}" alt="{alt}"><figcaption>{word}: {size(len(content))}</figcaption></figure>\n'


def image_of(url: str) -> tuple[str, bytes]:
    """The kind and the bytes of a ``data:`` URL; nothing unless it is an image of a kind whose first bytes say so."""
    match = _DATA.match(url)
    if not match or match.group(1) not in _MAGIC:
        return "", b""
    try:
        content = base64.b64decode(match.group(2), validate=True)
    except (binascii.Error, ValueError):
        return "", b""
    return (match.group(1), content) if _MAGIC[match.group(1)].match(content) else ("", b"")
