# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_upload_key against the emulator: single keys, and the HTTP API keys of an account from the first to the last step."""

from __future__ import annotations

import datetime
import pathlib
import stat
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.provisioning.account_scene import ID, KEY, key, loaded
from ansible_collections.edgeops.netstorage.tests.contract.provisioning.config_scene import ConfigScene, Done
from netstorage_emulator.control import Running

KEYS = f"/storage/v1/upload-accounts/{ID}/keys"
NAMED = {"upload_account_id": ID}
SSH, OTHER_SSH = "ssh-rsa QUFBQQ== first", "ssh-rsa QkJCQg== second"
PASSWORD, OTHER_PASSWORD = "pass word 1", "pass word 2"
SECOND = "another-http-api-key-of-the-account"


def now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def thrice(config: ConfigScene, **options: t.Any) -> Done:
    """In check mode, really, and again; the second."""
    foreseen = config.right("key", check=True, **NAMED, **options)
    done = config.right("key", **NAMED, **options)
    again = config.right("key", **NAMED, **options)
    assert [(one.changed, one.sent) for one in (foreseen, again)] == [(True, []), (False, [])]
    assert foreseen.values["plan"] == done.values["plan"]
    assert done.changed
    told = str([one.values for one in (foreseen, done, again)])
    assert not any(secret in told for secret in (PASSWORD, OTHER_PASSWORD, KEY, SECOND))
    return done


def test_an_ssh_key_is_added_switched_off_and_removed(config: ConfigScene) -> None:
    config.control.load_contract(loaded(keys={"ssh": [{"key": SSH}]}))
    added = thrice(config, type="ssh", key=OTHER_SSH, comments="second")
    assert added.sent == [f"PUT {KEYS}/ssh"]
    number = added.values["identity"]
    assert [row["comments"] for row in added.values["account_keys"]] == ["", "second"]
    off = thrice(config, type="ssh", key=OTHER_SSH + " renamed", enabled=False)
    assert off.sent == [f"POST {KEYS}/ssh/{number}/disable"]
    assert thrice(config, type="ssh", identity=number, state="absent").sent == [f"DELETE {KEYS}/ssh/{number}"]


def test_a_new_key_may_be_switched_off_from_the_start(config: ConfigScene) -> None:
    config.control.load_contract(loaded())
    done = thrice(config, type="rsync", key=PASSWORD, comments="a", enabled=False)
    assert done.sent == [f"PUT {KEYS}/rsync", f"POST {KEYS}/rsync/{done.values['identity']}/disable"]
    assert config.account()["keys"]["rsync"][0]["isActive"] is False


def test_a_password_that_is_there_is_changed_only_on_request(config: ConfigScene) -> None:
    config.control.load_contract(loaded(keys={"ftp": [{"key": PASSWORD, "comments": "a"}]}))
    assert not config.right("key", **NAMED, type="ftp", key=OTHER_PASSWORD).changed
    before = config.right("key", **NAMED, type="ftp", key=PASSWORD).values["identity"]
    for _time in range(2):
        done = config.right("key", **NAMED, type="ftp", key=OTHER_PASSWORD, update_secret="always")
        assert (done.sent, done.paths) == ([f"PUT {KEYS}/ftp/{before}"], [f"~ ftp[{before}].key"])
        before = done.values["identity"]
    (row,) = config.account()["keys"]["ftp"]
    assert (row["comments"], config.account()["secrets"]["ftp"]) == ("a", [OTHER_PASSWORD])


REFUSED: dict[str, tuple[dict[str, t.Any], str]] = {
    "nor account": ({"upload_account_id": "none", "identity": "1"}, "not_found"),
    "no such account": ({"upload_account_id": "none", "type": "ssh", "key": SSH}, "not_found"),
    "no such key": ({"identity": "1"}, "not_found"),
    "last HTTP API key": ({"identity": "7001", "state": "absent"}, "last_key"),
    "last one off": ({"identity": "7001", "enabled": False}, "last_key"),
    "last SSH key": ({"type": "ssh", "key": SSH, "state": "absent", "allow_interruption": True}, "last_key"),
    "two, in use": ({"identity": "7001", "state": "absent", "key_in_use": KEY}, "in_use"),
    "two, with delivery": ({"identity": "7001", "enabled": False}, "delivery_key"),
    "ambiguous": ({"type": "ftp", "key": PASSWORD}, "ambiguous"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_of_a_key_is_refused_before_the_first_change(config: ConfigScene, case: str) -> None:
    ftp = [{"key": PASSWORD}, {"key": OTHER_PASSWORD}]
    g2o = [key(7001, KEY), *([key(7002, SECOND)] if "two" in case else [])]
    config.control.load_contract(loaded(g2o=g2o, keys={"ssh": [{"key": SSH}], "ftp": ftp}, delivery="delivery" in case))
    options, code = REFUSED[case]
    for check in (True, False) if case != "no such account" else (False,):
        done = config.run("key", check=check, private={"_no_log": True}, **{**NAMED, **options})
        assert (done.code, done.sent, done.changed, bool(done.values["failure"]["hint"])) == (code, [], False, True)


def test_an_account_that_is_gone_has_no_keys_to_remove(config: ConfigScene) -> None:
    done = config.right("key", **NAMED, identity="7001", state="absent")
    assert (done.sent, done.changed, done.values["account_keys"], "keys" in done.values) == ([], False, [], False)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"rotate": True, "key_file": "/nowhere/at/all"},
        {"key": "chosen-by-myself-1"},
        {"state": "absent"},
        {"enabled": False},
        {"identity": "7001", "rotate": True},
        {"identity": "a/b"},
        {"type": "ssh"},
        {"type": "ssh", "key": "no key"},
        {"type": "ftp", "key": "short"},
        {"type": "ftp", "key": "aaa12345"},
        {"type": "ftp", "key": "onlyletters"},
        {"type": "rsync", "key": PASSWORD, "update_secret": "always"},
        {"type": "rsync", "key": PASSWORD, "email_id": "a@b"},
        {"type": "rsync", "key": PASSWORD, "state": "absent", "enabled": False},
        {"rotate_older_than": 0},
        {"overlap_hours": -1},
        {"keep": 0},
        {"probe_path": "site"},
        {"identity": "7001", "comments": "a"},
    ],
)
def test_odd_options_of_a_key_send_nothing(config: ConfigScene, options: dict[str, t.Any]) -> None:
    mark = config.control.journal_length()
    done = config.run("key", **{**NAMED, **options})
    assert (done.code, config.control.journal(mark)) == ("bad_options", [])


def test_check_mode_foresees_a_key_of_an_account_that_is_not_there_yet(config: ConfigScene) -> None:
    for options in ({"type": "ssh", "key": SSH}, {}):
        foreseen = config.right("key", check=True, private={"_no_log": True}, **NAMED, **options)
        assert (foreseen.changed, foreseen.sent, f"no upload account {ID} yet" in foreseen.values["notes"][0]) == (True, [], True)


# -- the HTTP API keys of an account


class Rotation:
    """Nightly runs, and a deploy that reads its key from the file."""

    def __init__(self, config: ConfigScene, emulator: Running, file: pathlib.Path) -> None:
        self.config, self.file = config, file
        self.options = {**NAMED, "rotate": True, "key_file": str(file), "protocol": "http", "host": emulator.host_port}

    def run(self, **options: t.Any) -> Done:
        return self.config.run("key", **{**self.options, "overlap_hours": 0, **options})

    def steps(self, nights: int) -> list[str]:
        """Each run, in check mode first, which changes nothing and foresees it."""
        found = []
        for _night in range(nights):
            before = self.file.read_text(encoding="utf-8") if self.file.exists() else ""
            foreseen = self.run(check=True)
            assert (foreseen.sent, self.file.read_text(encoding="utf-8") if self.file.exists() else "") == ([], before)
            done = self.run()
            assert done.code == foreseen.code == "", done.values.get("msg")
            assert foreseen.values["plan"] == done.values["plan"]
            assert (foreseen.changed, done.changed) == (bool(done.values["plan"]["changes"]),) * 2
            assert not any(one in str([foreseen.values, done.values]) for one in self.secrets())
            found.append(done.values["step"])
            self.config.control.propagate()
        return found

    def secrets(self) -> list[str]:
        return t.cast("list[str]", self.config.account()["secrets"]["g2o"])

    @property
    def held(self) -> str:
        return self.file.read_text(encoding="utf-8").rstrip("\n")


@pytest.fixture
def rotation(config: ConfigScene, _configured: Running, tmp_path: pathlib.Path) -> Rotation:
    config.control.set_knobs(propagation_config=3_600_000)
    return Rotation(config, _configured, tmp_path / "key")


def test_the_first_key_is_made_and_written(rotation: Rotation) -> None:
    rotation.config.control.load_contract(loaded(g2o=[]))
    assert rotation.steps(3) == ["make", "nothing", "nothing"]
    assert [rotation.held] == rotation.secrets()
    assert stat.S_IMODE(rotation.file.stat().st_mode) == 0o600


def test_an_old_key_is_replaced_in_one_step_a_run(rotation: Rotation) -> None:
    """Another key is made, works after its propagation, is handed over, and only then the old one is switched off."""
    rotation.config.control.load_contract(loaded())
    assert rotation.steps(1) == ["switch"]
    assert rotation.held == KEY
    assert rotation.run().values["step"] == "make"
    assert rotation.held == KEY
    assert [one.values["step"] for one in (rotation.run(), rotation.run(check=True))] == ["wait", "wait"]
    assert rotation.held == KEY
    rotation.config.control.propagate()
    assert rotation.steps(1) == ["switch"]
    assert rotation.held == rotation.secrets()[1]
    assert rotation.run(overlap_hours=1).values["step"] == "wait"
    assert rotation.steps(3) == ["disable", "nothing", "nothing"]
    assert [row["isActive"] for row in rotation.config.account()["keys"]["g2o"]] == [False, True]


def test_the_next_rotation_makes_room_first_and_removes_what_is_off(rotation: Rotation) -> None:
    keys = [key(7001, "off-since-the-last-rotation", is_active=False), key(7002, SECOND)]
    rotation.config.control.load_contract(loaded(g2o=keys))
    assert rotation.steps(6) == ["switch", "make", "switch", "disable", "remove", "nothing"]
    found = rotation.config.account()["keys"]["g2o"]
    assert next((row["id"], row["isActive"]) for row in found) == ("7002", False)
    assert [rotation.held, len(found)] == [rotation.secrets()[1], 2]


@pytest.mark.parametrize("keep", [1, 3])
def test_as_many_keys_stay_as_the_task_says(rotation: Rotation, keep: int) -> None:
    keys = [
        key(7001, "off-1-of-the-keys", is_active=False),
        key(7002, "off-2-of-the-keys", is_active=False),
        key(7003, KEY, made=now()),
    ]
    rotation.config.control.load_contract(loaded(g2o=keys))
    rotation.file.write_text(KEY, encoding="utf-8")
    rotation.options["keep"] = keep
    assert rotation.steps(2) == (["remove", "nothing"] if keep == 1 else ["nothing", "nothing"])
    assert len(rotation.secrets()) == keep


def test_no_old_key_goes_before_the_new_one_works(rotation: Rotation) -> None:
    """Nothing is pending, and still the Usage API refuses the key: it is young, so it is waited for; then it is an error."""
    wrong = {"host": rotation.options["host"], "probe_path": "/999999"}
    rotation.config.control.load_contract(loaded(g2o=[key(7001, KEY), key(7002, SECOND, made=now())]))
    rotation.file.write_text(KEY, encoding="utf-8")
    waited = rotation.run(**wrong)
    assert (waited.values["step"], waited.sent, "does not work" in waited.values["notes"][-1]) == ("wait", [], True)
    rotation.config.control.load_contract(loaded(g2o=[key(7001, KEY), key(7002, SECOND)]))
    failed = rotation.run(**wrong)
    assert (failed.code, failed.sent, rotation.held) == ("key_not_working", [], KEY)


def test_no_old_key_goes_while_the_usage_api_is_down(rotation: Rotation) -> None:
    rotation.config.control.load_contract(loaded(g2o=[key(7001, KEY), key(7002, SECOND)]))
    failed = rotation.run(host="127.0.0.1:9", max_retries=0)
    assert (failed.code, failed.sent) == ("unreachable", [])


def test_a_key_that_delivery_signs_with_stays(rotation: Rotation) -> None:
    rotation.config.control.load_contract(loaded(g2o=[key(7001, KEY), key(7002, SECOND)], delivery=True))
    rotation.file.write_text(SECOND, encoding="utf-8")
    failed = rotation.run()
    assert (failed.code, failed.sent) == ("delivery_key", [])


def test_a_play_that_still_deploys_with_the_old_key_keeps_it(rotation: Rotation) -> None:
    rotation.config.control.load_contract(loaded(g2o=[key(7001, KEY), key(7002, SECOND)]))
    rotation.file.write_text(SECOND, encoding="utf-8")
    failed = rotation.run(key_in_use=KEY)
    assert (failed.code, failed.sent) == ("in_use", [])


def test_a_result_has_the_key_only_where_nobody_shows_it(rotation: Rotation) -> None:
    rotation.config.control.load_contract(loaded(g2o=[]))
    options = {**rotation.options, "key_file": None}
    refused = rotation.config.run("key", **options)
    assert (refused.code, refused.sent, rotation.secrets()) == ("bad_options", [], [])
    made = rotation.config.right("key", private={"_no_log": True}, **options)
    assert ([made.values["key"]], made.values["key_pending"]) == (rotation.secrets(), True)
    rotation.config.control.propagate()
    again = rotation.config.right("key", private={"_no_log": True}, **options)
    assert ([again.values["key"]], again.values["key_pending"], again.changed) == (rotation.secrets(), False, False)


@pytest.mark.parametrize("done", [True, False])
def test_a_run_whose_response_is_lost_leaves_one_new_key(rotation: Rotation, done: bool) -> None:
    rotation.config.control.load_contract(loaded())
    rotation.file.write_text(KEY, encoding="utf-8")
    rotation.config.control.add_faults({"kind": "reset", "when": "before_answer", "done": done, "action": "config:PUT *"})
    lost = rotation.run()
    assert (lost.code == "", lost.changed, len(lost.sent)) == (done, done, 1)
    rotation.config.control.propagate()
    assert rotation.steps(1) == (["switch"] if done else ["make"])
    assert len(rotation.secrets()) == 2


def test_without_rotation_an_old_key_stays(rotation: Rotation) -> None:
    rotation.config.control.load_contract(loaded(g2o=[key(7001, KEY), key(7002, SECOND)]))
    assert rotation.run(rotate=False).values["step"] == "switch"
    assert (rotation.held, rotation.run(rotate=False).values["step"]) == (SECOND, "nothing")
    rotation.file.write_text(KEY, encoding="utf-8")
    assert rotation.run(rotate=False).values["step"] == "nothing"
