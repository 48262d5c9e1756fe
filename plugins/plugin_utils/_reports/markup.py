# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one door through which text gets into a page, and the small parts that pages are made of."""

from __future__ import annotations

import html
import typing as t

from ...module_utils._plan.render import shown_text
from .figures import counted, grouped, size
from .report import Step
from .task_results import visible

MINUS = "−"
_CLASSES = {"+": "a", "~": "c", "-": "d"}


def safe(text: str) -> str:
    """One line of text of unknown origin: what would not be seen is escaped, then what HTML takes for its own."""
    return html.escape(shown_text(visible(text).encode()), quote=True)


def prose(text: str) -> str:
    """Text in which line ends are only blanks."""
    return safe(" ".join(text.split()))


def name(text: str) -> str:
    """A path, name or digest. It is a run of text of its own, whatever the direction of its letters."""
    return f"<bdi>{safe(text)}</bdi>"


def css_class(sign: str) -> str:
    return _CLASSES.get(sign, "u")


def sign(text: str) -> str:
    """The sign of a step."""
    return f"<b>{MINUS if text == '-' else safe(text)}</b>"


def marks(counts: t.Sequence[int], sent: int = 0) -> str:
    """``+3 ~1 −2, 1.2 MB``; what is 0 is left out."""
    parts = [
        f'<span class="{css_class(char)}">{MINUS if char == "-" else char}{grouped(count)}</span>'
        for char, count in zip(_CLASSES, counts)
        if count
    ]
    text = " ".join(parts)
    return f"{text}, {size(sent)}" if sent else text


def sizes(step: Step) -> str:
    """``1.8 kB → 2.0 kB``, as far as it is known."""
    before = step.before.size if step.before else None
    after = step.after.size if step.after else None
    if before is not None and after is not None:
        return f"{size(before)} → {size(after)}" if size(before) != size(after) else size(after)
    known = before if before is not None else after
    return "" if known is None else size(known)


def path(step: Step, below: t.Callable[[str], str]) -> str:
    """The path of a step, with what it is renamed from and where a link leads and led."""
    target = step.after.target if step.after else ""
    previous = step.before.target if step.before else ""
    text = f"{name(below(step.source))} → {name(below(step.path))}" if step.source else name(below(step.path))
    text += f" → {name(target)}" if target else ""
    return text + (f" (was {name(previous)})" if previous and previous != target else "")


def folded(summary: str, body: str, *, is_open: bool = False, css: str = "") -> str:
    """What opens and closes without a script."""
    attributes = (f' class="{css}"' if css else "") + (" open" if is_open else "")
    return f"<details{attributes}><summary>{summary}</summary>\n{body}\n</details>\n"


def section(identity: str, heading: str, body: str, remark: str = "") -> str:
    """A part of the page, or nothing where it has no body. Remarks are HTML."""
    told = f'<p class="soft">{remark}</p>\n' if remark else ""
    return f'<section id="{identity}">\n<h2>{heading}</h2>\n{told}{body}\n</section>\n' if body else ""


def definitions(pairs: t.Iterable[tuple[str, str]], css: str = "") -> str:
    """A definition list. Terms and values are HTML; pairs without a value are left out."""
    rows = [f"<div><dt>{term}</dt> <dd>{value}</dd></div>" for term, value in pairs if value]
    return f'<dl class="{css}">\n' + "\n".join(rows) + "\n</dl>\n" if rows else ""


def more(count: int, word: str, where: str = "") -> str:
    return f'<p class="soft">… and {counted(count, f"more {word}", f"more {word}s")}{where}.</p>' if count > 0 else ""
