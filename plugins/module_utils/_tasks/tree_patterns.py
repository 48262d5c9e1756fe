# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of a tree that hold patterns, read once."""

from __future__ import annotations

import typing as t

from .._model.filters import Patterns
from .._model.pattern_syntax import Places
from .options import FetchOptions, SyncOptions


def read_patterns(options: SyncOptions | FetchOptions, names: t.Sequence[str], places: Places) -> dict[str, Patterns]:
    """The patterns of each of the options.

    Raises:
        BadOptions: one can match nothing.
    """
    return {name: Patterns(getattr(options, name), name, places) for name in names}
