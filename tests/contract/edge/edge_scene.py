# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deploys to an emulator, purges of its edges, and looks at them, without waiting."""

from __future__ import annotations

import pathlib
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.changing import SYNC
from ansible_collections.edgeops.netstorage.plugins.module_utils._edge.verify_options import VerifyOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._edge.verifying import verify
from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid.api_settings import ApiSettings
from ansible_collections.edgeops.netstorage.plugins.module_utils._purge.options import PurgeOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._purge.purging import credentials_of, purge
from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.base import Answer
from ansible_collections.edgeops.netstorage.tests.contract.edgegrid.purge_scene import ACCESS, SECRET, TOKEN
from ansible_collections.edgeops.netstorage.tests.fake_cancellation import FakeCancellation
from netstorage_emulator.control import Running

HOST, URL, BASE = "www.example.com", "http://www.example.com", "/123456/www"
ACCOUNT, KEY = "tester", "a-key-of-the-contract-suite"
MTIME = 1_600_000_000


class Link(t.NamedTuple):
    """A symlink in a site."""

    target: str


class EdgeScene:
    """``then`` says what happens in the sleep after the so-manieth round of looks; ``slept`` what was slept."""

    def __init__(self, emulator: Running, folder: pathlib.Path) -> None:
        self.emulator, self.control = emulator, emulator.control
        self.plan, self._site = folder / "plan.json", folder / "site"
        self.slept: list[float] = []
        self.then: dict[int, t.Callable[[], object]] = {}
        self._now = 0.0
        self._version = 0
        self.cancellation = FakeCancellation(self._sleep)

    def _sleep(self, seconds: float) -> None:
        self._now += seconds
        self.slept.append(seconds)
        self.then.get(len(self.slept), lambda: None)()

    def deploy(self, files: t.Mapping[str, str | bytes | Link], *, check: bool = False, **options: t.Any) -> dict[str, t.Any]:
        """The files become all that there is, each deploy with a newer mtime."""
        self._version += 1
        for old in sorted(self._site.rglob("*"), reverse=True) if self._site.exists() else ():
            old.rmdir() if old.is_dir() else old.unlink()
        for name, content in files.items():
            file = self._site / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Link):
                file.symlink_to(content.target)
            else:
                file.write_bytes(content.encode() if isinstance(content, str) else content)
        self._site.mkdir(exist_ok=True)
        given = {
            "host": self.emulator.host_port, "protocol": "http", "account": ACCOUNT, "key": KEY, "root": "/123456", "path": "www",
            "src": str(self._site), "delete": True, "max_delete": "100 %", "mtime": str(MTIME + self._version),
            "plan_file": str(self.plan), **options,
        }  # fmt: skip
        params = ArgumentSpecValidator(SYNC.spec).validate(given).validated_parameters
        done = SYNC.carry_out(params, check, False)
        assert not done.values.get("failed"), done.values["msg"]
        return dict(done.values)

    def purge(self, urls: t.Sequence[str], method: t.Literal["invalidate", "delete"] = "delete") -> None:
        settings = ApiSettings(self.emulator.api_host, TOKEN, ACCESS, SECRET, api_protocol="http")
        options = PurgeOptions(settings, urls=urls, method=method)
        found, _notes = credentials_of(options, False, {})
        assert purge(options, found, False, FakeCancellation()).error is None

    def look(self, **options: t.Any) -> Answer:
        """By default at what the last deploy says."""
        given: dict[str, t.Any] = {"connect_to": self.emulator.edge(), "use_proxy": False, "within": 0, **options}
        if not {"urls", "expect"} & set(given):
            given = {"plan_file": str(self.plan), "url": URL, "base": BASE, **given}
        return verify(VerifyOptions(**given), self.cancellation, lambda: self._now)

    def visits(self, since: int) -> list[str]:
        """The requests to edges, as ``get /a.html``."""
        found = [entry for entry in self.control.journal(since) if str(entry["action"]).startswith("edge:")]
        return [f"{entry['action'].removeprefix('edge:')} {entry['path']}" for entry in found]
