# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of the modules that ask the Configuration API against an emulator, without waiting."""

from __future__ import annotations

import base64
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.command import Command
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.configuring import (
    CONFIG_INFO,
    CP_CODE,
    STORAGE_GROUP,
    UPLOAD_ACCOUNT,
    UPLOAD_KEY,
)
from ansible_collections.edgeops.netstorage.tests.fake_cancellation import FakeCancellation
from netstorage_emulator.control import Control

CONTRACT = "C-TEST001"
CODES = [1000001, 1000002, 1000003]
CONTRACT_LOADED: dict[str, t.Any] = {"cp_codes": [{"cpcodeId": code, "cpcodeName": f"spare {code}"} for code in CODES]}
CLIENTS = {
    name: {
        "client_token": f"akab-emulator-client-{name}",
        "access_token": f"akab-emulator-access-{name}",
        "client_secret": f"the-secret-of-the-client-{name}",
    }
    for name in ("first", "second")
}
EDGERC = "".join(
    f"[{name}]\n" + "".join(f"{entry} = {value}\n" for entry, value in client.items()) + f"user = {name}-person\n"
    for name, client in CLIENTS.items()
)
COMMANDS: dict[str, Command] = {
    "info": CONFIG_INFO,
    "cp_code": CP_CODE,
    "group": STORAGE_GROUP,
    "account": UPLOAD_ACCOUNT,
    "key": UPLOAD_KEY,
}
GROUP: dict[str, t.Any] = {
    "storage_group": "shop",
    "contract_id": CONTRACT,
    "domain_prefix": "shop",
    "zones": ["europe", "global"],
    "cp_codes": [{"cp_code": CODES[0]}],
}
FILE = base64.b64encode(b"12345").decode()


class Done(t.NamedTuple):
    """The values of a result, and the changes that were sent for it, as ``POST /storage/v1/cpcodes``."""

    values: dict[str, t.Any]
    sent: list[str]

    @property
    def code(self) -> str:
        """Of the failure; nothing where there is none."""
        return str(self.values["failure"]["code"]) if self.values.get("failed") else ""

    @property
    def changed(self) -> bool:
        return bool(self.values["changed"])

    @property
    def paths(self) -> list[str]:
        """Those of the plan, with their signs."""
        return [f"{change['sign']} {change['path']}".rstrip() for change in self.values["plan"]["changes"]]


class ConfigScene:
    """``run`` runs a task. ``slept`` has the seconds that it would have waited, and ``while_asleep`` is called instead."""

    def __init__(self, control: Control, api_host: str) -> None:
        self.control = control
        self._host = api_host
        self.slept: list[float] = []
        self.while_asleep: t.Callable[[], object] = lambda: None

    def run(
        self,
        module: str,
        *,
        check: bool = False,
        who: str = "first",
        private: t.Mapping[str, t.Any] | None = None,
        **options: t.Any,
    ) -> Done:
        """A task, which may fail."""
        command = COMMANDS[module]
        given = {"api_host": self._host, "api_protocol": "http", "idle_timeout": 5.0, "max_retries": 2, **CLIENTS[who], **options}
        checked = ArgumentSpecValidator(command.spec, **command.rules).validate(given)
        assert checked.error_messages == []
        mark = self.control.journal_length()
        answer = command.work({**checked.validated_parameters, **(private or {})}, check, True, self._cancellation())
        values = dict(answer.values)
        if answer.error is not None:
            values.update(failed=True, msg=str(answer.error), failure=answer.error.failure())
        return Done(values, self.changes(mark))

    def right(self, module: str, **options: t.Any) -> Done:
        """A task that does not fail."""
        done = self.run(module, **options)
        assert not done.values.get("failed"), done.values["msg"]
        return done

    def changes(self, mark: int) -> list[str]:
        entries = self.control.journal(mark)
        return [f"{one['method']} {one['path'].partition('?')[0]}" for one in entries if one["method"] != "GET"]

    def fill(self, cp_code: int = CODES[0]) -> None:
        """Put a file into a CP code."""
        self.control.load([{"key": f"/{cp_code}/a", "mtime": 1_600_000_000, "type": "file", "content_base64": FILE}])

    def groups(self) -> list[dict[str, t.Any]]:
        return [group for group in self.control.contract()["storage_groups"] if group["provisionStatus"] != "DEPROVISIONED"]

    def group(self) -> dict[str, t.Any]:
        (found,) = self.groups()
        return found

    def account(self) -> dict[str, t.Any]:
        """The only one."""
        (found,) = self.control.contract()["upload_accounts"]
        return t.cast("dict[str, t.Any]", found)

    def _cancellation(self) -> FakeCancellation:
        def sleep(seconds: float) -> None:
            self.slept.append(seconds)
            self.while_asleep()

        return FakeCancellation(sleep)
