# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys of upload accounts in the emulated Configuration API. What they open is in ``test_provisioned_access.py``."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.config.config_api import ACCOUNT, GROUP, Caller, changed, flaws
from netstorage_emulator.control import Control

ONE = "upload-accounts/deploy-bot"
SSH = [f"ssh-ed25519 {base64.b64encode(bytes([number] * 51)).decode()} ops@example.com" for number in range(2)]
PASSWORD = "pass9word"


@pytest.fixture(autouse=True)
def _account(first: Caller) -> None:
    first.made("storage-groups", GROUP)
    first.made("upload-accounts", ACCOUNT)


def keys(caller: Caller, kind: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = caller.get(ONE)["keys"][kind]
    return found


def add(caller: Caller, number: int = 1) -> list[str]:
    return [caller.ask("PUT", f"{ONE}/keys/g2o").json()["key"] for _time in range(number)]


def test_the_server_makes_an_http_api_key(first: Caller) -> None:
    reply = first.ask("PUT", f"{ONE}/keys/g2o")
    assert (reply.status_code, list(reply.json())) == (200, ["key"])
    (other,) = add(first)
    shown = keys(first, "g2o")
    assert [key["key"] for key in shown] == [reply.json()["key"], other]
    assert len(other) == 48
    assert shown[0].items() >= {"user": "deploy-bot", "isActive": True, "lastModifiedBy": "first-person"}.items()
    assert len({key["id"] for key in shown}) == 2
    assert first.get(ONE)["hasHttpApiAccess"] is True
    assert first.get(ONE)["changeHistory"][-1]["changeType"] == "G2O"


@pytest.mark.parametrize(("setting", "names"), [("key", {"key"}), ("entry", {
    "key", "id", "user", "isActive", "lastModifiedBy", "lastModifiedDate"})])
def test_what_a_new_key_is_answered(first: Caller, control: Control, setting: str, names: set[str]) -> None:
    control.set_knobs(g2o_put_answer=setting)
    assert set(first.ask("PUT", f"{ONE}/keys/g2o").json()) == names


@pytest.mark.parametrize(("setting", "status", "is_taken"), [("ignored", 200, False), ("taken", 200, True), (400, 400, False)])
def test_a_key_that_the_client_chose(first: Caller, control: Control, setting: object, status: int, is_taken: bool) -> None:
    control.set_knobs(g2o_put_key=setting)
    reply = first.ask("PUT", f"{ONE}/keys/g2o", {"key": "x" * 48})
    assert reply.status_code == status
    assert [key["key"] == "x" * 48 for key in keys(first, "g2o")] == ([is_taken] if status == 200 else [])


@pytest.mark.parametrize(("setting", "status", "kept"), [(400, 400, slice(0, 3)), ("replaces_oldest", 200, slice(1, 4))])
def test_there_are_three_http_api_keys(first: Caller, control: Control, setting: object, status: int, kept: slice) -> None:
    control.set_knobs(fourth_key=setting)
    made: list[object] = list(add(first, 3))
    reply = first.ask("PUT", f"{ONE}/keys/g2o")
    assert reply.status_code == status
    made += [reply.json().get("key")]
    assert [key["key"] for key in keys(first, "g2o")] == made[kept]


@pytest.mark.parametrize(("setting", "names"), [("id", {"id"}), ("identity", {"identity"}), ("both", {"id", "identity"})])
def test_the_identity_of_a_key_has_a_name(first: Caller, control: Control, setting: str, names: set[str]) -> None:
    control.set_knobs(key_identity=setting)
    add(first)
    (key,) = keys(first, "g2o")
    assert {name for name in ("id", "identity") if name in key} == names
    (number,) = {key[name] for name in names}
    assert first.ask("DELETE", f"{ONE}/keys/g2o/{number}").status_code == 200


def test_a_key_is_switched_off_and_removed(first: Caller) -> None:
    add(first, 2)
    old, new = (f"{ONE}/keys/g2o/{key['id']}" for key in keys(first, "g2o"))
    assert first.ask("POST", f"{old}/disable").status_code == 200
    assert [key["isActive"] for key in keys(first, "g2o")] == [False, True]
    assert first.ask("POST", f"{old}/enable").status_code == 200
    assert [key["isActive"] for key in keys(first, "g2o")] == [True, True]
    assert first.ask("DELETE", old).status_code == 200
    assert [f"{ONE}/keys/g2o/{key['id']}" for key in keys(first, "g2o")] == [new]
    assert flaws(first.ask("DELETE", old)) == ["identity"]
    assert [change["action"] for change in first.get(ONE)["changeHistory"]][-3:] == ["DISABLED", "ENABLED", "DELETED"]


@pytest.mark.parametrize("kind", ["ftp", "rsync"])
def test_passwords_are_never_shown(first: Caller, kind: str) -> None:
    reply = first.ask("PUT", f"{ONE}/keys/{kind}", {"key": PASSWORD, "comments": "ours"})
    assert (reply.status_code, reply.text) == (200, "")
    (key,) = keys(first, kind)
    assert key.items() >= {"comments": "ours", "isActive": True}.items()
    assert PASSWORD not in first.ask("GET", ONE).text
    assert first.get(ONE)[f"{kind}Enabled"] is True
    for wrong in ("short", "only-letters", "123456789", "aaa111bbb", "x" * 10 + "1" * 11):
        reply = first.ask("PUT", f"{ONE}/keys/{kind}", {"key": wrong})
        assert flaws(reply) == ["key"]
        assert wrong not in reply.text
    assert first.ask("POST", f"{ONE}/keys/{kind}/{key['id']}/disable").status_code == 200
    assert first.get(ONE)[f"{kind}Enabled"] is False


def test_a_changed_ftp_password_has_another_identity(first: Caller, control: Control) -> None:
    first.ask("PUT", f"{ONE}/keys/ftp", {"key": PASSWORD, "comments": "ours"})
    (before,) = keys(first, "ftp")
    assert first.ask("PUT", f"{ONE}/keys/ftp/{before['id']}", {"key": "other1other"}).status_code == 200
    (after,) = keys(first, "ftp")
    assert (after["id"] == before["id"], after["comments"]) == (False, "ours")
    assert control.contract()["upload_accounts"][0]["secrets"]["ftp"] == ["other1other"]
    assert flaws(first.ask("PUT", f"{ONE}/keys/ftp/{before['id']}", {"key": PASSWORD})) == ["identity"]
    assert "message" in first.ask("POST", f"{ONE}/keys/ftp/{after['id']}/extend").json()


def test_all_rsync_passwords_are_removed(first: Caller) -> None:
    for password in (PASSWORD, "other1other"):
        first.ask("PUT", f"{ONE}/keys/rsync", {"key": password})
    assert len(keys(first, "rsync")) == 2
    assert first.ask("DELETE", f"{ONE}/keys/rsync").status_code == 200
    assert keys(first, "rsync") == []


def test_an_ssh_key_is_added_once(first: Caller) -> None:
    for ssh in SSH:
        assert first.ask("PUT", f"{ONE}/keys/ssh", {"key": ssh, "emailId": "ops@example.com"}).status_code == 200
    same = {"key": SSH[0].replace("ops@example.com", "another comment"), "comments": "new"}
    assert flaws(first.ask("PUT", f"{ONE}/keys/ssh", same)) == ["key"]
    assert first.ask("PUT", f"{ONE}/keys/ssh/?update=true", same).status_code == 200
    assert [(key["key"], key["comments"]) for key in keys(first, "ssh")] == [(SSH[0], "new"), (SSH[1], "")]
    assert flaws(first.ask("PUT", f"{ONE}/keys/ssh", {"key": "ssh-rsa not-base64"})) == ["key"]


@pytest.mark.parametrize(("setting", "statuses"), [("ssh", [400, 200, 200, 200]), ("all", [400] * 4), ("none", [200] * 4)])
def test_the_last_key_of_a_type_is_kept(first: Caller, control: Control, setting: str, statuses: list[int]) -> None:
    control.set_knobs(last_key=setting)
    kinds = {"ssh": {"key": SSH[0]}, "ftp": {"key": PASSWORD}, "rsync": {"key": PASSWORD}, "g2o": None}
    for kind, document in kinds.items():
        assert first.ask("PUT", f"{ONE}/keys/{kind}", document).status_code == 200
    assert [first.ask("DELETE", f"{ONE}/keys/{kind}/{keys(first, kind)[0]['id']}").status_code for kind in kinds] == statuses


@pytest.mark.parametrize(("setting", "number"), [("no", 0), ("yes", 1)])
def test_access_by_http_can_bring_a_key(first: Caller, control: Control, setting: str, number: int) -> None:
    control.set_knobs(http_access_makes_key=setting)
    made = first.made("upload-accounts", changed(ACCOUNT, uploadAccountId="other", enableHttpApiAccess=True))
    assert len(made["keys"]["g2o"]) == number


def test_a_new_account_brings_its_keys(first: Caller, control: Control) -> None:
    given = {"g2o": [{"key": "k" * 48}], "ftp": [{"key": PASSWORD}], "ssh": [{"key": SSH[0]}]}
    made = first.made("upload-accounts", changed(ACCOUNT, uploadAccountId="other", keys=given))
    assert made["keys"]["g2o"][0]["key"] == "k" * 48
    assert control.contract()["upload_accounts"][1]["secrets"] == {
        "g2o": ["k" * 48], "ftp": [PASSWORD], "ssh": [SSH[0]], "rsync": []}
    many = changed(ACCOUNT, uploadAccountId="many", keys={"g2o": [{"key": f"{number}" * 48} for number in range(4)]})
    assert flaws(first.ask("POST", "upload-accounts", many)) == ["keys.g2o"]


def test_a_secret_that_is_refused_is_not_repeated(first: Caller) -> None:
    given = {"g2o": [{"key": "with a blank"}], "ssh": [{"key": "nothing of that kind"}]}
    for members in ({"keys": {kind: given[kind]}} for kind in given):
        reply = first.ask("POST", "upload-accounts", changed(ACCOUNT, uploadAccountId="other", **members))
        assert flaws(reply)[0].endswith("key")
        assert not [secret for secret in ("with a blank", "nothing of that kind") if secret in reply.text]
