# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules that ask NetStorage's Configuration API."""

from __future__ import annotations

import os
import typing as t

from .._edgegrid.credential_sources import secrets_in
from .._model.errors import NetStorageError
from .._provisioning.account_options import UploadAccountOptions
from .._provisioning.config_info import ConfigInfo
from .._provisioning.cp_code import CpCodeTask
from .._provisioning.flow import Task, run_task
from .._provisioning.key_options import UploadKeyOptions
from .._provisioning.options import ConfigInfoOptions, CpCodeOptions, StorageGroupOptions
from .._provisioning.storage_group import StorageGroupTask
from .._provisioning.upload_account import UploadAccountTask
from .._provisioning.upload_key import UploadKeyTask
from .._queries.base import Answer
from .._threads.cancellation import Cancellation
from .command import Command, Params, failed_values
from .config_specs import BESIDE
from .reading import read
from .specs import spec_of

Declared = t.TypeVar("Declared")


def _command(declared: type[Declared], make: t.Callable[[Declared], Task]) -> Command:
    def work(params: Params, check: bool, diff: bool, cancellation: Cancellation) -> Answer:
        """Secrets may come from the environment or a file, where Ansible does not see them, so they are told for masking."""
        secrets = secrets_in(os.environ)
        try:
            done = run_task(make(read(declared, params)), os.environ, cancellation, check, diff)
        except NetStorageError as error:
            return Answer(failed_values(error), [], error, secrets)
        done.secrets = [*secrets, *done.secrets]
        return done

    return Command(spec_of(declared, BESIDE), work)


CONFIG_INFO = _command(ConfigInfoOptions, ConfigInfo)
CP_CODE = _command(CpCodeOptions, CpCodeTask)
STORAGE_GROUP = _command(StorageGroupOptions, StorageGroupTask)
UPLOAD_ACCOUNT = _command(UploadAccountOptions, UploadAccountTask)
UPLOAD_KEY = _command(UploadKeyOptions, UploadKeyTask)
