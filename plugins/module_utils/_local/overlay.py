# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tree of rendered templates, laid over the tree that the templates lie in.

The templates themselves are not part of the wanted tree; the rendered files are, under the name without the last suffix. Filters
see that name. Both trees are streams in key order, and so is the result.
"""

from __future__ import annotations

import heapq
import operator
import os
import typing as t

from .._model.entries import Entry, Kind, Rendered
from .._model.errors import BadSource
from .._model.filters import Filter, Patterns
from .._model.paths import shown
from .walk import Tree, Wanted

_KEY = operator.attrgetter("key")
_HINT = "Rename it, or write the patterns of templates so that they do not match it."


class _Parting(Filter):
    """A filter that also distinguishes templates from other files."""

    def __init__(self, taken: Filter, templates: Patterns) -> None:
        super().__init__(taken.include.parsed, taken.exclude.parsed, pattern_usage=taken.pattern_usage)
        self.everything = False
        self._templates = templates


class Plain(_Parting):
    """Takes everything but the templates."""

    def takes(self, key: bytes) -> bool:
        return super().takes(key) and (key.endswith(b"/") or not self._templates.match(key))


class OnlyTemplates(_Parting):
    """Takes the templates whose result the filters include."""

    def takes(self, key: bytes) -> bool:
        if key.endswith(b"/"):
            return super().takes(key)
        return self._templates.match(key) and super().takes(without_suffix(key))


def without_suffix(name: bytes) -> bytes:
    """``a/index.html.j2`` -> ``a/index.html``. BadSource where there is none."""
    stem, suffix = os.path.splitext(name)
    if len(suffix) < 2:
        raise BadSource(f"{shown(name)} is a template and has no suffix to drop", hint=_HINT)
    return stem


def templates_in(tree: Tree, templates: Patterns) -> t.Iterator[tuple[bytes, bytes]]:
    """Each template of a tree of ``OnlyTemplates``, and the name of its result. BadSource where there cannot be one."""
    for found in tree.entries():
        if isinstance(found, Entry) and found.kind is Kind.DIRECTORY:
            continue
        if not isinstance(found, Entry) and found.name.endswith(b"/"):
            continue  # what cannot be read is reported when the whole tree is read
        if not isinstance(found, Entry) or found.kind is not Kind.FILE:
            why = "a symlink; set links: follow to render what it leads to" if isinstance(found, Entry) else found.why
            raise BadSource(f"The template {shown(found.name)} is {why}", hint=_HINT)
        name = without_suffix(found.name)
        _refuse_twin(tree, templates, found.name, name)
        yield found.name, name


def _refuse_twin(tree: Tree, templates: Patterns, template: bytes, name: bytes) -> None:
    """Refuses another file of that name, unless it is a template itself and gets another name."""
    other = tree.local(name)
    if os.path.lexists(other) and not (os.path.isfile(other) and templates.match(name)):
        raise twins(template, name, name)


def twins(one: bytes, other: bytes, name: bytes) -> BadSource:
    """The error for two sources with the same resulting name."""
    hint = "Remove or rename one of them."
    return BadSource(f"{shown(one)} and {shown(other)} would both become {shown(name)}", hint=hint)


class Overlay:
    """The static files of ``below``, a tree of ``Plain``, and the rendered ones of ``above``."""

    def __init__(self, below: Tree, above: Tree, templates: Patterns) -> None:
        self._below, self._above, self._templates = below, above, templates

    def local(self, name: bytes) -> bytes:
        """Where the entry ``name`` lies on this machine."""
        rendered = self._above.local(name)
        return rendered if os.path.lexists(rendered) else self._below.local(name)

    def holds(self, name: bytes, directory: bool) -> bool:
        """Whether either tree has an entry of this name now, a directory or anything else, filters aside."""
        if self._above.holds(name, directory):
            return True
        return (directory or not self._templates.match(name)) and self._below.holds(name, directory)

    def entries(self) -> t.Iterator[Wanted]:
        """The wanted stream. A directory of both trees comes once."""
        rendered = (entry if _is_directory(entry) else Rendered(*entry)._replace(mtime=None) for entry in self._above.entries())
        last = b""
        for entry in heapq.merge(self._below.entries(), rendered, key=_KEY):
            if _is_directory(entry):
                if entry.key == last:
                    continue
                last = entry.key
            yield entry


def _is_directory(entry: Wanted) -> bool:
    return isinstance(entry, Entry) and entry.kind is Kind.DIRECTORY
