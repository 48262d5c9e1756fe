# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Upload accounts in the emulated Configuration API. Their keys are in ``test_upload_keys.py``."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.config.config_api import (
    ACCOUNT,
    CODES,
    GROUP,
    Caller,
    changed,
    flaws,
)
from netstorage_emulator.control import Control

ONE = "upload-accounts/deploy-bot"
CONTACT = {"newTechnicalContact": {"firstName": "Ops", "lastName": "Team", "email": "ops@example.com"}}


@pytest.fixture(autouse=True)
def _group(first: Caller) -> None:
    first.made("storage-groups", GROUP)


def access(**members: object) -> dict[str, object]:
    return {"accessConfig": {"cpcodes": [{"cpcodeId": CODES[0]}], **members}}


def test_an_upload_account_is_made(first: Caller) -> None:
    made = first.made("upload-accounts", changed(ACCOUNT, technicalContactInfo=CONTACT, enableHttpApiAccess=True))
    assert made.items() >= {
        "uploadAccountId": "deploy-bot", "storageGroupId": 2000001, "storageGroupName": "shop", "email": "ops@example.com",
        "uploadAccountStatus": "ACTIVE", "hasHttpApiAccess": True, "hasFileManagerAccess": False, "isEditable": True,
        "hasPendingPropagation": False, "technicalContactInfo": CONTACT, "lastModifiedBy": "first-person",
        "keys": {"ssh": [], "ftp": [], "rsync": [], "g2o": []}}.items()
    assert "status" not in made
    (change,) = made["changeHistory"]
    assert (change["changeType"], change["action"], change["propagated"]) == ("UPLOAD_ACCOUNT", "ADDED", True)
    (code,) = made["accessConfig"]["cpcodes"]
    assert code.items() >= {"cpcodeId": CODES[0], "storageGroup": {"storageGroupId": 2000001, "storageGroupName": "shop"}}.items()
    assert first.get(ONE) == made
    assert [first.get(f"upload-accounts?storageGroupId={number}")["items"] for number in (2000001, 7)] == [[made], []]


@pytest.mark.parametrize(("members", "field"), [
    ({"email": None}, "email"), ({"uploadAccountId": "Deploy Bot"}, "uploadAccountId"), ({"storageGroupId": 7}, "storageGroupId"),
    ({"uploadAccountStatus": "NEW"}, "uploadAccountStatus"), ({"ruleSetId": 7}, "ruleSetId"), ({"email": "nobody"}, "email"),
    (access(cpcodes=[{"cpcodeId": CODES[1]}]), "accessConfig.cpcodes[0].cpcodeId"),
    (access(cpcodes=[{"cpcodeId": CODES[0], "subDirectoryRestrictions": ["/7/x"]}]),
     "accessConfig.cpcodes[0].subDirectoryRestrictions"),
    ({"technicalContactInfo": {}}, "technicalContactInfo"), ({"keys": {"ftp": [{"key": "short"}]}}, "key"),
])
def test_a_wrong_upload_account_is_refused(first: Caller, members: dict[str, object], field: str) -> None:
    assert flaws(first.ask("POST", "upload-accounts", changed(ACCOUNT, **members))) == [field]
    assert first.get("upload-accounts") == {"items": []}


def test_the_name_of_an_upload_account_is_there_once(first: Caller) -> None:
    first.made("upload-accounts", ACCOUNT)
    assert flaws(first.ask("POST", "upload-accounts", ACCOUNT)) == ["uploadAccountId"]


@pytest.mark.parametrize("setting", ["merge", "replace"])
def test_an_upload_account_is_changed(first: Caller, control: Control, setting: str) -> None:
    first.made("upload-accounts", changed(ACCOUNT, enableFileManagerAccess=True, **access(loginDirectory=f"/{CODES[0]}")))
    control.set_knobs(put_account=setting)
    reply = first.ask("PUT", ONE, {"email": "new@example.com", "accessConfig": {"hasReadOnlyAccess": True}})
    assert reply.status_code == 200
    after = reply.json()
    assert (after["email"], after["accessConfig"]["hasReadOnlyAccess"]) == ("new@example.com", True)
    assert after["hasFileManagerAccess"] == (setting == "merge")
    assert len(after["accessConfig"]["cpcodes"]) == (1 if setting == "merge" else 0)
    assert [change["action"] for change in after["changeHistory"]] == ["ADDED", "UPDATED"]
    assert setting == "merge" or flaws(first.ask("PUT", ONE, {"isVisible": False})) == ["email"]


@pytest.mark.parametrize(("setting", "status"), [("groups_400", 200), ("ignored", 200), (400, 400)])
def test_unknown_members_of_upload_accounts(first: Caller, control: Control, setting: object, status: int) -> None:
    """As in a live test of Akamai's: what GET showed is sent back."""
    whole = first.made("upload-accounts", ACCOUNT)
    control.set_knobs(put_unknown_member=setting)
    reply = first.ask("PUT", ONE, whole)
    assert reply.status_code == status
    unknown = {"changeHistory", "hasPendingPropagation", "accessConfig.cpcodes[0].storageGroup"}
    assert status == 200 or unknown <= set(flaws(reply))
    hidden = ("changeHistory", "lastModifiedDate")
    after = first.get(ONE)
    assert {**after, **{name: whole[name] for name in hidden}} == whole


@pytest.mark.parametrize(("setting", "names"), [("upload_account_status", {"uploadAccountStatus"}), ("status", {"status"}),
                                                ("both", {"status", "uploadAccountStatus"})])
def test_the_status_of_an_account_has_a_name(first: Caller, control: Control, setting: str, names: set[str]) -> None:
    first.made("upload-accounts", changed(ACCOUNT, uploadAccountStatus="INACTIVE"))
    control.set_knobs(account_status=setting)
    shown = first.get(ONE)
    assert {name: shown[name] for name in ("status", "uploadAccountStatus") if name in shown} == dict.fromkeys(names, "INACTIVE")


def test_an_account_is_switched_off_and_on(first: Caller) -> None:
    first.made("upload-accounts", ACCOUNT)
    seen = []
    for word in ("disable", "disable", "enable"):
        assert first.ask("POST", f"{ONE}/{word}").status_code == 200
        seen.append(first.get(ONE)["uploadAccountStatus"])
    assert seen == ["INACTIVE", "INACTIVE", "ACTIVE"]
    assert [change["action"] for change in first.get(ONE)["changeHistory"]] == ["ADDED", "DISABLED", "ENABLED"]


def test_an_upload_account_is_deleted(first: Caller) -> None:
    first.made("upload-accounts", ACCOUNT)
    assert first.ask("DELETE", ONE).status_code == 200
    assert first.get("upload-accounts") == {"items": []}


@pytest.mark.parametrize("status", [400, 403, 404])
def test_the_id_of_no_upload_account(first: Caller, control: Control, status: int) -> None:
    control.set_knobs(unknown_id=status)
    for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/enable"), ("PUT", "/keys/g2o")):
        document = {} if method == "PUT" else None
        assert flaws(first.ask(method, f"upload-accounts/nobody{path}", document), status) == ["uploadAccountId"]


@pytest.mark.parametrize(("setting", "status"), [(400, 200), ("accounts_too", 400), ("allowed", 200)])
def test_a_pending_account_is_edited_or_not(first: Caller, control: Control, setting: object, status: int) -> None:
    control.set_knobs(edit_while_pending=setting, propagation_config=60_000)
    assert first.made("upload-accounts", ACCOUNT)["hasPendingPropagation"] is True
    assert first.ask("PUT", ONE, {"email": "new@example.com"}).status_code == status
    control.propagate()
    assert first.get(ONE)["hasPendingPropagation"] is False
    assert all(change["propagated"] for change in first.get(ONE)["changeHistory"])


@pytest.mark.parametrize("setting", [400, "allowed"])
def test_what_is_pending_is_added_to_or_not(first: Caller, control: Control, setting: object) -> None:
    control.set_knobs(add_while_pending=setting, propagation_config=60_000)
    other = {"storageGroupName": "other", "domainPrefix": "other", "cpcodes": [{"cpcodeId": CODES[1]}]}
    group = first.made("storage-groups", changed(GROUP, **other))["storageGroupId"]
    account = changed(ACCOUNT, storageGroupId=group, accessConfig={"cpcodes": [{"cpcodeId": CODES[1]}]})
    keys = [("g2o", None), ("ssh", {"key": "ssh-rsa QUFBQQ== a"}), ("rsync", {"key": "pass word 1"})]
    asked = [("POST", "upload-accounts", account), *(("PUT", f"{ONE}/keys/{kind}", document) for kind, document in keys)]
    for method, path, document in asked:
        if setting == 400:
            assert first.ask(method, path, document).status_code == 400
            control.propagate()
        assert first.ask(method, path, document).ok


@pytest.mark.parametrize(("setting", "expected"), [("no", False), ("yes", True)])
def test_an_account_that_does_not_say_may_write_or_not(first: Caller, control: Control, setting: str, expected: bool) -> None:
    control.set_knobs(read_only_default=setting)
    assert first.made("upload-accounts", ACCOUNT)["accessConfig"]["hasReadOnlyAccess"] is expected


@pytest.mark.parametrize(("setting", "kept"), [("shown", True), ("absent", False)])
def test_an_undocumented_member_is_kept(first: Caller, control: Control, setting: str, kept: bool) -> None:
    control.set_knobs(zip_auto_index=setting)
    assert ("enableZipFileAutoIndex" in first.made("upload-accounts", ACCOUNT)) == kept
    assert first.ask("PUT", ONE, {"enableZipFileAutoIndex": True}).status_code == 200
    control.set_knobs(zip_auto_index="shown")
    assert first.get(ONE)["enableZipFileAutoIndex"] is kept


def test_an_account_that_may_not_be_edited(first: Caller) -> None:
    first.made("upload-accounts", changed(ACCOUNT, isEditable=False))
    assert flaws(first.ask("PUT", ONE, {"email": "new@example.com"})) == ["uploadAccountId"]
    assert first.ask("PUT", ONE, {"isEditable": True}).status_code == 200
