# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan as a tree of directories. Counts come from all steps, whatever is cut from the rows."""

from __future__ import annotations

import dataclasses
import typing as t

from .figures import counted, size
from .markup import css_class, folded, marks, name, path, sign, sizes
from .report import Report, Step

_SIGNS = ("+", "~", "-")
_OPEN = 2  # directories that are open when the page is
_DEEPEST = 40  # below that, the rest of a path is one name


@dataclasses.dataclass
class Node:
    """A directory, with what changes in it and below it."""

    folders: dict[str, Node] = dataclasses.field(default_factory=dict)
    files: list[Step] = dataclasses.field(default_factory=list)
    own: Step | None = None
    counts: list[int] = dataclasses.field(default_factory=lambda: [0, 0, 0])
    sent: int = 0
    steps: int = 0

    def add(self, step: Step) -> None:
        self.steps += 1
        self.sent += step.sent
        if step.sign in _SIGNS:
            self.counts[_SIGNS.index(step.sign)] += step.weight


def tree(report: Report, limit: int) -> str:
    """Nested lists that open and close."""
    top = Node()
    for step in report.steps:
        _put(top, step)
    label, root = _compressed("", top)
    rows = iter(range(limit))
    inside = _inside(root, rows, 1)
    return _folder(f"/{label}" if label else "", root, inside, is_open=True) if report.steps else ""


def _put(top: Node, step: Step) -> None:
    is_folder = step.path.endswith("/") and step.kind in ("mkdir", "rmdir", "quick_delete", "rename")
    *folders, last = (step.path[:-1] if is_folder else step.path).lstrip("/").split("/", _DEEPEST)
    node = top
    node.add(step)
    for folder in [*folders, last] if is_folder else folders:
        if folder not in node.folders:
            node.folders[folder] = Node()
        node = node.folders[folder]
        node.add(step)
    if is_folder and node.own is None:
        node.own = step
    else:
        node.files.append(step)


def _compressed(label: str, node: Node) -> tuple[str, Node]:
    """Directories in which nothing changes but one other are one row with it."""
    while node.own is None and not node.files and len(node.folders) == 1:
        folder, node = next(iter(node.folders.items()))
        label = f"{label}/{folder}" if label else folder
    return label, node


def _inside(node: Node, rows: t.Iterator[int], depth: int) -> str:
    """The items of a directory: directories first, then files, each by name. ``rows`` ends when there may be no more of them."""
    items: list[str] = []
    left = 0
    for folder in sorted(node.folders):
        label, inner = _compressed(folder, node.folders[folder])
        if next(rows, None) is not None:
            items.append(f"<li>{_folder(label, inner, _inside(inner, rows, depth + 1), is_open=depth < _OPEN)}")
        else:
            left += inner.steps
    for step in sorted(node.files, key=lambda one: one.path):
        if next(rows, None) is not None:
            items.append(_file(step))
        else:
            left += 1
    if left:
        items.append(f'<li class="soft">… and {left:,} more below')
    return "<ul>\n" + "\n".join(items) + "\n</ul>" if items else ""


def _folder(label: str, node: Node, inside: str, *, is_open: bool) -> str:
    own = f"{sign(node.own.sign)} " if node.own is not None else ""
    whole = f" ({counted(node.own.objects, 'object')})" if node.own is not None and node.own.objects else ""
    told = f'{own}{name(label + "/")}{whole} <span class="n">({marks(node.counts, node.sent)})</span>'
    css = css_class(node.own.sign) if node.own is not None else ""
    if not inside:
        return f'<span class="leaf {css}">{told}</span>'
    return folded(told, inside, is_open=is_open, css=css)


def _file(step: Step) -> str:
    def last(full: str) -> str:
        return full.rstrip("/").rpartition("/")[2] + ("/" if full.endswith("/") else "")

    below: t.Callable[[str], str] = last if not step.source else str
    figure = size(step.sent) if step.sent else sizes(step)
    return f'<li class="{css_class(step.sign)}">{sign(step.sign)} {path(step, below)}{f" <i>{figure}</i>" if figure else ""}'
