# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What filters get: a registered result, those of a loop, a plan document that was read from its file, or a list of these."""

from __future__ import annotations

import collections.abc as c
import re
import typing as t

from ...module_utils._model.errors import BadOptions
from ...module_utils._model.paths import shown

Result = t.Mapping[str, t.Any]

SCHEMA = "edgeops.netstorage/plan/1"
_SCHEMA = re.compile(r"edgeops\.netstorage/plan/1(\.[0-9]+)?\Z")


def results_of(value: object, *, documents: bool = False) -> t.Iterator[Result]:
    """The single results, in their order. A task that was skipped, or failed before it had a plan, has none.

    Args:
        value: what the filter was given.
        documents: whether plan documents are taken as well.

    Raises:
        BadOptions: something in it is neither; a document has another schema than this version reads.
    """
    if isinstance(value, c.Mapping):
        if isinstance(value.get("results"), list):
            yield from results_of(value["results"], documents=documents)
        elif documents and "schema" in value:
            yield _document(value)
        elif "plan" in value or "changed_paths" in value or value.get("failed"):
            yield value
        elif not value.get("skipped"):
            raise BadOptions("This is not the result of a task of edgeops.netstorage.", hint=_GIVE)
    elif isinstance(value, c.Sequence) and not isinstance(value, (str, bytes)):
        for one in value:
            yield from results_of(one, documents=documents)
    else:
        hint = f"{_GIVE} {_READ}" if documents else _GIVE
        raise BadOptions(f"A result is a dictionary, and this is of the type {type(value).__name__}.", hint=hint)


def is_document(value: Result) -> bool:
    return "schema" in value


def count(option: str, value: object, least: int) -> int:
    """An option that is a number, which a template may have made a text. BadOptions."""
    text = str(value)
    if not text.isdecimal() or len(text) > _DIGITS or int(text) < least:
        raise BadOptions(f"{option} is not a whole number of at least {least}.")
    return int(text)


def mappings(value: object) -> list[Result]:
    """The dictionaries of a list that a result should have. Anything else in it was not made by this collection."""
    found = value if isinstance(value, list) else []
    return [one for one in found if isinstance(one, c.Mapping)]


def mapping(value: object) -> Result:
    """A dictionary that a result should have; an empty one where it has something else."""
    return value if isinstance(value, c.Mapping) else {}


def text(value: object) -> str:
    """A text or number that a result should have; nothing where it has something else."""
    return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def number(value: object) -> int:
    """A count that a result should have; 0 where it has something else."""
    return int(value) if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def visible(value: str) -> str:
    """Text of unknown origin in which control and direction characters are escaped."""
    return shown(value.encode("utf-8", "backslashreplace"))


def _document(value: Result) -> Result:
    schema = value["schema"]
    if not isinstance(schema, str) or not _SCHEMA.match(schema):
        raise BadOptions(
            f"This document has the schema {visible(str(schema))[:200]}, and this version reads {SCHEMA}.",
            hint="Make the report with the version of the collection that wrote the document.",
        )
    return value


_DIGITS = 18
_GIVE = "Give the filter what a task of this collection registered, or a list of such results."
_READ = "A plan document has to be read from its file: lookup('ansible.builtin.file', name) | from_json."
