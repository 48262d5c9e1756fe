# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP API keys of an account: that there is one, that deploys get it, and that it is replaced when it is too old.

Which step is due is decided in ``_config/rotation.py``. The service shows HTTP API keys in clear, so a key that was made by a run
whose response was lost, or that died, is not lost.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import time
import typing as t

from .._config.accounts import key_id_of
from .._config.differences import Change, added, removed
from .._config.groups import cp_codes_of, hosts_of, id_of, is_gone
from .._config.members import Document, number_of, rows_of
from .._config.rotation import Due, KeyFile, KeyState, Step, due
from .._local.whole_file import whole_file
from .._model.errors import BadReply, BadSource, GuardTripped, NotFound
from .flow import Run
from .key_options import UploadKeyOptions
from .key_proof import proof_config, works
from .key_work import WHAT, KeyWork, is_active, shown_keys

_LARGEST_FILE = 4096  # bytes
_PATIENCE = 1.0  # days in which a new key may not work yet, although nothing is pending


class AllKeys(KeyWork):
    """All HTTP API keys of an account."""

    def __init__(self, options: UploadKeyOptions, account: Document) -> None:
        super().__init__(options, account)
        self._due = Due(Step.NOTHING)
        self._proved = False

    @property
    def _active(self) -> list[Document]:
        return [key for key in self.keys if is_active(key)]

    # -- looking

    def plan(self, run: Run) -> None:
        options = self.options
        states = key_states(self.keys, time.time())
        newest = self._active[-1] if self._active else {}
        if options.rotate and newest and [one.age for one in states if one.identity == key_id_of(newest)] == [None]:
            raise BadReply(f"The service does not say how old the HTTP API key {key_id_of(newest)} is")
        self._due = due(states, bool(run.outcome.pending), self._file(), options.rules)
        if self._due.needs_proof:
            self._prove(run, newest, next(one.age or 0.0 for one in states if one.identity == key_id_of(newest)))
        going = [key for key in self.keys if key_id_of(key) in self._due.keys]
        if self._due.step is Step.DISABLE:
            self.refuse_taking(run, going, "switched off")
        elif self._due.step is Step.REMOVE:
            self.refuse_taking(run, going, "removed")
        if self._due.why:
            run.outcome.note(self._due.why)
        run.outcome.changes = self._changes()
        self.tell(run)

    def foreseen(self) -> list[dict[str, t.Any]]:
        step, about = self._due.step, self._due.keys
        rows = shown_keys(self.keys)
        if step is Step.REMOVE:
            return [row for row in rows if row["identity"] not in about]
        if step is Step.DISABLE:
            return [{**row, "is_active": row["is_active"] and row["identity"] not in about} for row in rows]
        return [*rows, {"identity": None, "is_active": True}] if step is Step.MAKE else rows

    def _changes(self) -> list[Change]:
        step, path = self._due.step, self.options.key_file
        if step is Step.MAKE:
            return [added(WHAT, "g2o[new]", {"is_active": True}), *([Change("~", "key_file", path, None, "the new key")]
                    if path is not None and not self._active else [])]  # fmt: skip
        if step is Step.SWITCH:
            return [Change("~", "key_file", path or "", None, f"key {self._due.keys[0]}")]
        if step is Step.DISABLE:
            return [Change("~", WHAT, f"g2o[{one}].is_active", True, False) for one in self._due.keys]
        if step is Step.REMOVE:
            return [removed(WHAT, f"g2o[{one}]", {"is_active": False}) for one in self._due.keys]
        return []

    def _file(self) -> KeyFile:
        """Raises BadSource."""
        path = self.options.key_file
        if path is None:
            return KeyFile.UNUSED
        try:
            with open(path, "rb") as file:
                held = file.read(_LARGEST_FILE).decode("utf-8", "replace").strip()
        except FileNotFoundError:
            return KeyFile.OTHER
        except OSError as error:
            raise BadSource(f"key_file: {path} cannot be read: {error.strerror}", path=os.fsencode(path)) from error
        places = [place for place, key in enumerate(self._active) if key.get("key") == held and held]
        if not places:
            return KeyFile.OTHER
        return KeyFile.NEWEST if places[-1] == len(self._active) - 1 else KeyFile.OLDER

    def _prove(self, run: Run, key: Document, age: float) -> None:
        """See the newest key work, or wait for it. Raises GuardTripped (``key_not_working``)."""
        host, path = self._where(run)
        at = proof_config(self.options.api, host, self.options.protocol, self.options.upload_account_id, _text(key))
        if works(at, path):
            self._proved = True
            return
        told = f"The newest HTTP API key ({key_id_of(key)}) does not work at {host} on {path}"
        if age > _PATIENCE:
            hint = "Is that the host of the account's storage group, and a path that the account may see (probe_path)?"
            raise GuardTripped("key_not_working", f"{told}, so the older ones stay", hint=hint)
        self._due = Due(Step.WAIT, why=f"{told} yet, so the older ones stay.")

    def _where(self, run: Run) -> tuple[str, str]:
        """The host and a path that the account may see. Raises NotFound."""
        options = self.options
        access = self.account.get("accessConfig")
        rows = rows_of(access.get("cpcodes")) if isinstance(access, dict) else []
        paths = [
            str(one) for row in rows for one in row.get("subDirectoryRestrictions") or [f"/{number_of(row.get('cpcodeId'))}"]
        ]
        host, path = options.host, options.probe_path or next(iter(paths), None)
        if host is None or path is None:
            groups = run.api.groups()
            run.outcome.keep_secret(groups)
            number = number_of(self.account.get("storageGroupId"))
            group = next((one for one in groups if id_of(one) == number and not is_gone(one)), {})
            host = host or hosts_of(group).get("usage")
            path = path or next((f"/{cp_code}" for cp_code in cp_codes_of(group)), None)
        if host is None or path is None:
            hint = "Set host, as ns_sync has it, and probe_path, a directory that the account may see."
            raise NotFound("Nobody can say where the newest HTTP API key is to be proved", hint=hint)
        return host, path

    # -- changing

    def carry_out(self, run: Run) -> None:
        step = self._due.step
        if step is Step.MAKE:
            self._make(run)
        elif step is Step.SWITCH:
            self._write(run, self._active[-1])
        for identity in self._due.keys:
            if step is Step.DISABLE:
                self.switch(run, identity, False)
            elif step is Step.REMOVE:
                self.remove(run, identity)

    def _make(self, run: Run) -> None:
        """One PUT without a body. What is new afterwards is the key, also where the response was lost."""
        before, is_first = {key_id_of(key) for key in self.keys}, not self._active
        response = run.change("make_key", "PUT", self.own)
        told = response.document.get("key") if isinstance(response.document, dict) else None
        if isinstance(told, str):
            run.outcome.secrets.append(told)
        self.look(run, response, lambda keys: any(key_id_of(key) not in before for key in keys), "a new HTTP API key")
        if is_first:
            self._write(run, self._active[-1])

    def _write(self, run: Run, key: Document) -> None:
        """Raises LocalFailed."""
        if self.options.key_file is None:
            return
        with whole_file(os.fsencode(self.options.key_file)) as file:
            file.write(f"{_text(key)}\n".encode())
        run.outcome.is_changed = True

    # -- telling

    def tell(self, run: Run) -> None:
        super().tell(run)
        values, newest = run.outcome.values, self._active[-1] if self._active else None
        values["identity"] = None if newest is None else key_id_of(newest)
        values["step"] = self._due.step.value
        is_waited_for = self._due.step is Step.WAIT and not self._proved
        values["key_pending"] = bool(run.outcome.pending) or self._due.step is Step.MAKE or is_waited_for
        if self.options.key_file is None and newest is not None and newest.get("key"):  # the task has no_log: true
            values["key"] = newest["key"]
            with contextlib.suppress(ValueError):
                while True:
                    run.outcome.secrets.remove(newest["key"])


def _text(key: Document) -> str:
    """Raises BadReply."""
    text = key.get("key")
    if not isinstance(text, str) or not text:
        raise BadReply(f"The service does not show the HTTP API key {key_id_of(key)}")
    return text


def key_states(keys: t.Sequence[Document], now: float) -> list[KeyState]:
    """Keys of a document.

    Args:
        now: seconds since the epoch.
    """
    return [KeyState(key_id_of(key), key.get("isActive") is not False, _age(key.get("lastModifiedDate"), now)) for key in keys]


def _age(made: object, now: float) -> t.Optional[float]:
    """In days. Python 3.9 reads neither the ``Z`` nor fractions of any length."""
    if not isinstance(made, str):
        return None
    try:
        at = datetime.datetime.strptime(made.split(".")[0].rstrip("Z")[:19], "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        return None
    return (now - at.replace(tzinfo=datetime.timezone.utc).timestamp()) / 86_400
