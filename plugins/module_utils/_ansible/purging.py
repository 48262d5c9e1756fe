# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module that purges. It has no plan of steps, and asks another API than the others."""

from __future__ import annotations

import os

from .._edgegrid.credential_sources import secrets_in
from .._model.errors import NetStorageError
from .._purge.options import PurgeOptions
from .._purge.purge_outcome import LISTED
from .._purge.purging import credentials_of, purge
from .._queries.base import Answer
from .._threads.cancellation import Cancellation
from .command import Command, Params, failed_values
from .purge_specs import BESIDE
from .reading import read
from .specs import spec_of


def _work(params: Params, check: bool, _diff: bool, cancellation: Cancellation) -> Answer:
    """The secrets may come from the environment or a file, where Ansible does not see them, so they are told for masking."""
    secrets, notes = secrets_in(os.environ), list[str]()
    try:
        options = read(PurgeOptions, params)
        found, notes = credentials_of(options, check, os.environ)
        secrets += found.credentials.secrets if found is not None else []
        done = purge(options, found, check, cancellation)
    except NetStorageError as error:
        return Answer(failed_values(error), notes, error, secrets)
    told = [*notes, *done.notes]
    return Answer({**done.values, **({"notes": told[:LISTED]} if told else {})}, told[:LISTED], done.error, secrets)


PURGE = Command(spec_of(PurgeOptions, BESIDE), _work)
