# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was provisioned through the emulated Configuration API works on the Usage API, and works no more when it is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.config.config_api import (
    ACCOUNT,
    CODES,
    CONTRACT,
    GROUP,
    Caller,
    changed,
)
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import Client
from netstorage_emulator.control import Control, Running

ONE = "upload-accounts/deploy-bot"
Status = Callable[..., int]


@pytest.fixture
def status(emulator: Running) -> Iterator[Status]:
    """The status of an upload with a key, and of a listing with ``reads``."""
    client = Client(emulator.port)

    def asked(key: str, path: str = f"/{CODES[0]}/a", *, reads: bool = False, account: str = "deploy-bot") -> int:
        signing = {"key": key, "account": account}
        answer = client.get(path, "dir", **signing) if reads else client.put(path, b"x", **signing)
        return answer.status

    yield asked
    client.close()


def with_key(first: Caller) -> str:
    """The key of a new account in a new group."""
    first.made("storage-groups", changed(GROUP, cpcodes=[{"cpcodeId": CODES[0]}, {"cpcodeId": CODES[1]}]))
    first.made("upload-accounts", ACCOUNT)
    return new_key(first)


def new_key(first: Caller) -> str:
    return str(first.ask("PUT", f"{ONE}/keys/g2o").json()["key"])


def path_of(first: Caller, number: int) -> str:
    return f"{ONE}/keys/g2o/{first.get(ONE)['keys']['g2o'][number]['id']}"


def test_from_nothing_to_an_upload(first: Caller, status: Status) -> None:
    code = first.ask("POST", "cpcodes", {"contractId": CONTRACT, "cpcodeName": "site"}).json()["cpcodeId"]
    first.made("storage-groups", changed(GROUP, cpcodes=[{"cpcodeId": code}]))
    first.made("upload-accounts", changed(ACCOUNT, accessConfig={"cpcodes": [{"cpcodeId": code}]}))
    key = new_key(first)
    assert status(key, f"/{code}/index.html") == 200
    assert status(key, f"/{CODES[1]}/index.html") == 403
    assert status("another-key", f"/{code}/index.html") == 403
    (directory,) = first.get("storage-groups/2000001")["cpcodes"]
    assert (directory["numberOfFiles"], directory["numberOfBytes"]) == (1, 1)


def test_what_is_pending_does_not_work_yet(first: Caller, control: Control, status: Status) -> None:
    control.set_knobs(propagation_config=60_000)
    key = with_key(first)
    assert (status(key), first.get(ONE)["hasPendingPropagation"]) == (403, True)
    control.propagate()
    assert (status(key), first.get(ONE)["hasPendingPropagation"]) == (200, False)
    other = new_key(first)
    assert [status(key), status(other)] == [200, 403]
    control.propagate()
    assert [status(key), status(other)] == [200, 200], "both keys work"


@pytest.mark.parametrize(("setting", "meanwhile"), [("propagated", 200), ("at_once", 403)])
def test_a_key_that_is_disabled_stops_to_work(first: Caller, control: Control, status: Status, setting: str,
                                              meanwhile: int) -> None:
    old, new = with_key(first), new_key(first)
    control.set_knobs(propagation_config=60_000, key_disable=setting)
    first.ask("POST", f"{path_of(first, 0)}/disable")
    assert [status(old), status(new)] == [meanwhile, 200]
    control.propagate()
    assert [status(old), status(new)] == [403, 200]
    first.ask("POST", f"{path_of(first, 0)}/enable")
    first.ask("DELETE", path_of(first, 1))
    control.propagate()
    assert [status(old), status(new)] == [200, 403]


def test_an_account_that_is_switched_off_or_gone(first: Caller, status: Status) -> None:
    key = with_key(first)
    seen = [status(key)]
    for method, path in (("POST", f"{ONE}/disable"), ("POST", f"{ONE}/enable"), ("DELETE", ONE)):
        assert first.ask(method, path).status_code == 200
        seen.append(status(key))
    assert seen == [200, 403, 200, 403]


def test_an_account_of_a_group_that_is_gone(first: Caller, second: Caller, status: Status) -> None:
    key = with_key(first)
    assert status(key) == 200
    first.ask("DELETE", "storage-groups/2000001")
    assert status(key) == 200, "one person alone changes nothing"
    second.ask("DELETE", "storage-groups/2000001")
    assert status(key) == 403


def test_a_cp_code_that_left_its_group(first: Caller, status: Status) -> None:
    key = with_key(first)
    first.ask("PUT", ONE, {"accessConfig": {"cpcodes": [{"cpcodeId": code} for code in CODES[:2]]}})
    assert status(key, f"/{CODES[1]}/", reads=True) == 200
    first.ask("DELETE", f"storage-groups/2000001/cpcodes/{CODES[1]}")
    assert status(key, f"/{CODES[1]}/", reads=True) == 403
    assert status(key) == 200


def test_an_account_may_only_read(first: Caller, control: Control, status: Status) -> None:
    key = with_key(first)
    control.load([{"key": f"/{CODES[0]}/a", "content": "a"}])
    first.ask("PUT", ONE, {"accessConfig": {"hasReadOnlyAccess": True}})
    assert [status(key), status(key, f"/{CODES[0]}", reads=True)] == [403, 200]


def test_an_account_is_limited_to_directories(first: Caller, status: Status) -> None:
    key = with_key(first)
    codes = [{"cpcodeId": CODES[0], "subDirectoryRestrictions": [f"/{CODES[0]}/site"]}, {"cpcodeId": CODES[1]}]
    assert first.ask("PUT", ONE, {"accessConfig": {"cpcodes": codes}}).status_code == 200
    paths = (f"/{CODES[0]}/site/a", f"/{CODES[0]}/other", f"/{CODES[1]}/anywhere")
    assert [status(key, path) for path in paths] == [200, 403, 200]


@pytest.mark.parametrize(("setting", "expected"), [("none", 403), ("all", 200)])
def test_an_account_without_cp_codes(first: Caller, control: Control, status: Status, setting: str, expected: int) -> None:
    control.set_knobs(account_no_cpcodes=setting)
    first.made("storage-groups", GROUP)
    first.made("upload-accounts", changed(ACCOUNT, accessConfig=None))
    assert status(new_key(first)) == expected


def test_an_account_takes_the_place_of_one_of_the_command_line(first: Caller, status: Status) -> None:
    own = {"account": "tester", "key": "a-key-of-the-emulator", "path": "/123456/a"}
    assert status(**own) == 200
    first.made("storage-groups", GROUP)
    first.made("upload-accounts", changed(ACCOUNT, uploadAccountId="tester", keys={"g2o": [{"key": "k" * 48}]}))
    assert [status(**own), status("k" * 48, account="tester")] == [403, 200]
