# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Registered results, as filters get them: one result, those of a loop, or a list of both."""

from __future__ import annotations

import collections.abc as c
import typing as t

from ..module_utils._model.errors import BadOptions

Result = t.Mapping[str, t.Any]


def results_of(value: object) -> t.Iterator[Result]:
    """The single results, in their order. A task that was skipped, or failed before it had a plan, has none."""
    if isinstance(value, c.Mapping):
        if isinstance(value.get("results"), list):
            yield from results_of(value["results"])
        elif "plan" in value or "changed_paths" in value or value.get("failed"):
            yield value
        elif not value.get("skipped"):
            raise BadOptions("This is not the result of a task of edgeops.netstorage.", hint=_GIVE)
    elif isinstance(value, c.Sequence) and not isinstance(value, (str, bytes)):
        for one in value:
            yield from results_of(one)
    else:
        raise BadOptions(f"A result is a dictionary, and this is of the type {type(value).__name__}.", hint=_GIVE)


def mappings(value: object) -> list[Result]:
    """The dictionaries of a list that a result should have. Anything else in it was not made by this collection."""
    found = value if isinstance(value, list) else []
    return [one for one in found if isinstance(one, c.Mapping)]


_GIVE = "Give the filter what a task of this collection registered, or a list of such results."
