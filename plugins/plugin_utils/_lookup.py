# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the lookups share: the options of the connection, and errors and warnings without the key in them."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from ansible.errors import AnsibleLookupError
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.text.formatters import human_to_bytes
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

from ..module_utils._ansible.reading import read
from ..module_utils._http.connector import IMPORT_ERROR
from ..module_utils._model.errors import BadOptions, NetStorageError
from ..module_utils._model.lists import listed
from ..module_utils._model.masking import masked
from ..module_utils._queries.base import Answer
from ..module_utils._tasks.location import refuse_long_numbers
from ..module_utils._tasks.options import Common
from ..module_utils._threads.cancellation import Cancellation
from ..module_utils._threads.process_tree import ProcessTree
from ._secrets import registered

_SIZES = ("max_bandwidth", "max_size")
Read = t.TypeVar("Read")


class AskingLookup(LookupBase):  # type: ignore[misc]
    """A lookup that sends requests. It runs in a worker or in Ansible itself, so it installs no signal handlers: a signal ends
    the process, and nothing has been changed."""

    def prepare(self, variables: t.Mapping[str, t.Any] | None, given: t.Mapping[str, t.Any]) -> None:
        """Reads the options. Variables come as they are written, so those of ours are templated first."""
        ours = {name: value for name, value in (variables or {}).items() if name.startswith("netstorage_")}
        self.set_options(var_options={name: self._templar.template(value) for name, value in ours.items()}, direct=given)

    @contextlib.contextmanager
    def asked(self) -> t.Iterator[Cancellation]:
        """Converts errors of the collection to Ansible's, masked: nothing else masks the errors of a lookup."""
        if IMPORT_ERROR is not None:
            raise AnsibleLookupError(missing_required_lib("requests"))
        cancellation = Cancellation(ProcessTree.of_this_process())
        keys = registered([str(self.get_option("key") or "")])
        try:
            yield cancellation
        except NetStorageError as error:
            raise AnsibleLookupError(masked(str(error), keys)) from None

    def reported(self, answer: Answer) -> dict[str, t.Any]:
        """The values of an answer. Its notes are displayed as warnings without the key, as those of modules are."""
        for note in answer.notes:
            Display().warning(masked(note, [str(self.get_option("key"))]))
        return answer.values

    def read_options(self, declared: type[Read], path: list[t.Any]) -> Read:
        """The options of a class out of ``_tasks/options.py``; the terms are the ``path``. Raises BadOptions."""
        params = self.get_options()
        for field in dataclasses.fields(Common):
            if field.default is dataclasses.MISSING and not params[field.name]:
                raise BadOptions(
                    f"{field.name} is not given",
                    hint=f"Set the variable netstorage_{field.name} or NETSTORAGE_{field.name.upper()} where ansible runs; "
                    "module_defaults do not reach lookups.",
                )
        refuse_long_numbers(params)
        sizes = {name: _size(name, params[name]) for name in _SIZES if name in params}
        return read(declared, {**params, **sizes, "path": listed("path", list(path))})


def _size(option: str, text: str | None) -> int | None:
    """Bytes, from a number or a text such as ``20M``."""
    try:
        size: int | None = None if text is None else human_to_bytes(text)
    except ValueError as error:
        raise BadOptions(f"{option}: {text!r} is not a valid size", hint="Write it like 20M.") from error
    return size
