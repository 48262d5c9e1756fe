# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of a tree that hold patterns: read once, and told of in the end where they matched nothing."""

from __future__ import annotations

import dataclasses
import typing as t

from .._model.filters import Patterns
from .._model.pattern_syntax import Places
from .._model.sightings import Sightings
from .._plan.outcome import Outcome
from .options import FetchOptions, SyncOptions


def read_patterns(options: SyncOptions | FetchOptions, names: t.Sequence[str], places: Places) -> dict[str, Patterns]:
    """The patterns of each of the options.

    Raises:
        BadOptions: one can match nothing.
    """
    return {name: Patterns(getattr(options, name), name, places) for name in names}


def sightings_of(options: SyncOptions | FetchOptions, given: t.Mapping[str, Patterns]) -> Sightings | None:
    """Of the patterns that the task gave and that are no defaults; None where there are none, and nobody need look."""
    defaults = {field.name: field.default for field in dataclasses.fields(options)}
    own = {name: one.parsed for name, one in given.items() if tuple(getattr(options, name)) != defaults[name]}
    return Sightings(own) if own else None


def report_unmatched(outcome: Outcome, sightings: Sightings | None) -> None:
    """Put what matched nothing into the result, and a note beside it where something nearly matches."""
    outcome.extra["unmatched_patterns"] = {} if sightings is None else sightings.unmatched()
    outcome.notes.extend(() if sightings is None else sightings.notes())
