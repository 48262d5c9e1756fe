# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From an empty contract to a key that was replaced, and back, under random knobs and faults; each task until it succeeds."""

from __future__ import annotations

import contextlib
import dataclasses
import random
import typing as t
from pathlib import Path
from tempfile import TemporaryDirectory

from ansible_collections.edgeops.netstorage.tests.contract.provisioning.config_scene import (
    CLIENTS,
    CODES,
    CONTRACT,
    CONTRACT_LOADED,
    EDGERC,
    ConfigScene,
    Done,
)
from ansible_collections.edgeops.netstorage.tests.contract.provisioning.test_doubtful_changes import ALONE, FAULTS
from ansible_collections.edgeops.netstorage.tests.soak.rows import Progress, Row, how_many
from ansible_collections.edgeops.netstorage.tests.soak.series import Ran, Series
from netstorage_emulator.config_knobs import CONFIG_TABLE
from netstorage_emulator.control import Running, running

RUNS = 300
ID = "deploy-bot"
_WHAT = "storage groups, accounts and keys are made, changed and deleted under random faults: one of each, and a working key"
_TRIES, _DISTURBED = 10, 3  # how often a task is repeated, and how often of it with faults
_HOUR = 3_600_000  # milliseconds
_ZONES = ["europe", "global"]
_KINDS = {"kind": "reset", "when": "before_answer", "done": False}
_EDITS: tuple[tuple[str, dict[str, t.Any]], ...] = (
    ("group", {"storage_group": "shop", "cp_codes": [{"cp_code": CODES[0], "serve_from_zip": True}]}),
    ("group", {"storage_group": "shop", "cp_codes": [{"cp_code": CODES[1], "use_ssl": True}], "zones": ["us"]}),
    ("account", {"upload_account_id": ID, "read_only": True}),
    ("account", {"upload_account_id": ID, "email": "other@example.test", "cp_codes": [{"cp_code": CODES[0]}]}),
    ("account", {"upload_account_id": ID, "enabled": False}),
    ("key", {"upload_account_id": ID, "type": "ssh", "key": "ssh-rsa QUFBQQ== first"}),
    ("key", {"upload_account_id": ID, "type": "rsync", "key": "pass word 1", "comments": "a"}),
)


@dataclasses.dataclass
class Story:
    """One run: its own random choices, and what it has hit."""

    config: ConfigScene
    usage_host: str
    folder: Path
    chance: random.Random
    injected: int = 0

    def play(self) -> None:
        self.config.control.set_knobs(**self._knobs())
        code = self._until_done("cp_code", {"contract_id": CONTRACT, "cp_code_name": "shop"}).values["cp_code"]
        rows = [{"cp_code": one} for one in (code, CODES[0])]
        made = {"storage_group": "shop", "contract_id": CONTRACT, "domain_prefix": "shop", "zones": _ZONES, "cp_codes": rows}
        self._until_done("group", made)
        account = {"upload_account_id": ID, "storage_group": "shop", "email": "ops@example.test", "cp_codes": rows[:1]}
        self._until_done("account", account)
        key = {
            "upload_account_id": ID, "key_file": str(self.folder / "key"), "protocol": "http", "host": self.usage_host,
            "rotate": True, "overlap_hours": 0, "probe_path": f"/{code}",
        }  # fmt: skip
        while self._until_done("key", key).values["step"] != "nothing":
            pass
        for module, options in self.chance.sample(_EDITS, self.chance.randint(2, len(_EDITS))):
            self._until_done(module, options)
        self._one_of_each(code)
        self._delete()

    # -- one task

    def _until_done(self, module: str, options: dict[str, t.Any], who: str = "") -> Done:
        """Each try by any of the two API clients; where it succeeds, it is repeated and finds nothing to do."""
        done = None
        for number in range(_TRIES):
            self.config.control.clear_faults()
            if number < _DISTURBED:
                self._disturb()
            done = self._try(module, options, who)
            self.config.control.propagate()
            if not done.code:
                break
        assert done is not None
        self.config.control.clear_faults()
        assert not done.code, f"{module} {options}: {done.values['msg']}"
        if "rotate" not in options:
            again = self._try(module, options, who)
            assert (again.code, again.changed, again.sent) == ("", False, []), f"{module} {options}: {again.values}"
        return done

    def _try(self, module: str, options: dict[str, t.Any], who: str) -> Done:
        by = who or self.chance.choice(sorted(CLIENTS))
        foreseen = self.config.run(module, check=True, who=by, **options)
        assert foreseen.sent == [], f"check mode of {module} sent {foreseen.sent}"
        done = self.config.run(module, who=by, **options)
        told = str([foreseen.values, done.values])
        secrets = [client["client_secret"] for client in CLIENTS.values()]
        secrets += [secret for account in self.config.control.contract()["upload_accounts"] for secret in _secrets(account)]
        assert not any(secret in told for secret in secrets), f"{module} shows a secret"
        self._still_works()
        return done

    def _disturb(self) -> None:
        """Lost responses of changes, and reads that fail: as for the service, a run that ends there was killed."""
        for _number in range(self.chance.randint(0, 2)):
            fault = {**self.chance.choice(FAULTS), "action": f"config:{self.chance.choice(('POST', 'PUT', 'DELETE'))} *"}
            self.config.control.add_faults(fault)
            self.injected += 1
        if self.chance.random() < 0.3:
            after = self.chance.randint(1, 6)
            self.config.control.add_faults({**_KINDS, "action": "config:GET *", "nth": after, "times": 3})
            self.injected += 1

    # -- what holds

    def _still_works(self) -> None:
        """Where an account has had a key, one is switched on."""
        for account in self.config.control.contract()["upload_accounts"]:
            keys = account["keys"]["g2o"]
            assert not keys or any(key["isActive"] for key in keys), "an account is without a key that is switched on"
            assert len(keys) <= 3, f"an account has {len(keys)} HTTP API keys"

    def _one_of_each(self, code: int) -> None:
        contract = self.config.control.contract()
        named = [row for row in contract["cp_codes"] if row.get("cpcodeName") == "shop"]
        assert [row["cpcodeId"] for row in named] == [code], f"CP codes of one name: {named}"
        assert len(self.config.groups()) == 1, "two storage groups"
        assert [row["uploadAccountId"] for row in contract["upload_accounts"]] == [ID]
        held = (self.folder / "key").read_text(encoding="utf-8").strip()
        assert held in _secrets(self.config.account()), "key_file has another key"

    def _delete(self) -> None:
        """The account, then the group with its content, by two persons."""
        self._until_done("account", {"upload_account_id": ID, "state": "absent"})
        self.config.fill(CODES[0])
        gone = {"storage_group": "shop", "state": "absent", "allow_content": True, "force_delete": True}
        assert self._until_done("group", gone, who="first").values["delete_pending"]
        assert len(self.config.groups()) == 1, "one person has deleted content"
        self._until_done("group", {**gone, "second_approval": True}, who="second")
        assert self.config.groups() == [], "the second person has approved, and the storage group is there"

    def _knobs(self) -> dict[str, t.Any]:
        """About half of the knobs in another setting, but for those that change outcomes."""
        chosen: dict[str, t.Any] = {"propagation_config": self.chance.choice((0, _HOUR))}
        for knob in CONFIG_TABLE:
            settings = [value for value in knob.settings if (knob.name, value) not in ALONE]
            if not knob.number and self.chance.random() < 0.5:
                chosen[knob.name] = self.chance.choice(settings)
        return chosen


def _secrets(account: dict[str, t.Any]) -> list[str]:
    return [secret for kind, held in account["secrets"].items() for secret in held if kind != "ssh"]


@dataclasses.dataclass
class Contract:
    """The testbed: an emulator of the Configuration API."""

    emulator: Running
    folder: Path

    def __post_init__(self) -> None:
        self.usual = self.emulator.control.knobs()

    def attempt(self, seed: int) -> Ran:
        control = self.emulator.control
        control.load_contract(CONTRACT_LOADED)
        own = self.folder / str(seed)
        own.mkdir()
        scene = ConfigScene(control, self.emulator.api_host)
        story = Story(scene, self.emulator.host_port, own, random.Random(f"contract {seed}"))
        try:
            story.play()
        finally:
            control.clear_faults()
            control.set_knobs(**self.usual)
            control.reset_tree()
        return Ran(injected=story.injected)


def stage(seed: int, scale: float, progress: Progress) -> Row:
    with TemporaryDirectory(prefix="netstorage-soak-") as name, _emulator(Path(name)) as emulator:
        seeds = range(seed, seed + how_many(RUNS, scale))
        return Series("provisioning", _WHAT, [Contract(emulator, Path(name))], Contract.attempt).run(seeds, progress)


@contextlib.contextmanager
def _emulator(folder: Path) -> t.Iterator[Running]:
    edgerc = folder / "edgerc"
    edgerc.write_text(EDGERC, encoding="utf-8")
    more = ["--config-limit", "100000"]
    with running(account="soak", key="an-emulated-key-of-some-length", cp_codes=["123456"], edgerc=edgerc, more=more) as emulator:
        yield emulator
