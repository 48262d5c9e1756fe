# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all read-only modules and lookups share: a client that can be cancelled, and the shape of the result."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from .._model.errors import NetStorageError, Stopped
from .._threads.cancellation import Cancellation
from .._usage_api.client import Client
from .._usage_api.client_config import ClientConfig

AT_A_TIME = 16  # concurrent requests


@dataclasses.dataclass
class Answer:
    """What was found, in plain values.

    notes    what is reported to the user although nothing failed
    error    why the task fails although there is a result, None where it does not
    secrets  what was read of them elsewhere than in the options; they are masked like those
    """

    values: dict[str, t.Any]
    notes: list[str] = dataclasses.field(default_factory=list)
    error: NetStorageError | None = None
    secrets: t.Sequence[str] = ()


@contextlib.contextmanager
def asking(config: ClientConfig, cancellation: Cancellation) -> t.Iterator[Client]:
    with Client(config, cancellation=cancellation) as client:
        try:
            yield client
        except Stopped as error:
            raise Stopped(
                f"Stopped before everything was read: {error.message}", path=error.path, hint="Run the task again."
            ) from error
