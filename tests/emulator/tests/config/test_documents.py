# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bodies of the Configuration API against the published schemas, and any body at all."""

from __future__ import annotations

import json
import pathlib
import random
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.config.config_api import ACCOUNT, CODES, GROUP
from netstorage_emulator.config.edgegrid import ApiClient
from netstorage_emulator.config.requests.documents import SCHEMAS, problems_of
from netstorage_emulator.config.storage.api import StorageApi
from netstorage_emulator.config_knobs import CONFIG_TABLE, ConfigKnobs
from netstorage_emulator.exchange import Answered, Exchange
from netstorage_emulator.knobs import Knobs
from netstorage_emulator.store import Store

CLIENT = ApiClient("tester", "token", "secret", "access", "person")
SSH = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK0wmN/Cr3JXqmLW7u+g9pTh+wyqDHpSQEIQczXkVx9q"
PHONE = {"countryCode": "+49", "areaCode": "30", "number": "5550100"}
EXAMPLES: dict[str, t.Any] = {
    "storage_group_post": {**GROUP, "groupId": 31415, "cpcodes": [{
        "cpcodeId": CODES[0], "ageDeletions": [{"ageDeletionDirectory": f"/{CODES[0]}/logs", "ageDeletionDays": 10.0}],
        "queryStringConversion": {"queryStringConversionMode": "STRIP_ALL_INCOMING_QUERY"},
        "encodingConfig": {"encoding": "UTF_8", "enforceEncoding": True}, "f2hConfig": {"f2hCookies": ["a"]},
        "dirListing": {"maxListSize": -1, "searchOn404": "DO_NOT_SEARCH"}}]},
    "storage_group_put": {"storageGroupName": "new", "cpcodes": [{"cpcodeId": CODES[0], "sendHash": True}]},
    "cpcode_post": {"contractId": "C-TEST001", "cpcodeName": "site"},
    "upload_account_post": {
        **ACCOUNT, "uploadAccountType": "NORMAL", "bruteForceAttackConfig": {"failedLoginThreshold": 3},
        "accessConfig": {"cpcodes": [{"cpcodeId": CODES[0], "subDirectoryRestrictions": [f"/{CODES[0]}/site"]}]},
        "technicalContactInfo": {"newTechnicalContact": {"firstName": "Ops", "phone": PHONE}},
        "keys": {"ssh": [{"key": SSH}], "ftp": [{"key": "pass9word"}], "g2o": [{"key": "k"}]}},
    "upload_account_put": {"email": "new@example.com", "accessConfig": {"hasReadOnlyAccess": True}},
    "ssh_key": {"key": SSH, "comments": "ours"}, "password": {"key": "pass9word"}, "g2o_key": {"key": "chosen"},
    "age_deletions": [{"ageDeletionDirectory": f"/{CODES[0]}/logs", "ageDeletionSizeBytes": 1e10}],
}
ODD: tuple[t.Any, ...] = (None, True, -1, 0, 7, 1e400, float("nan"), 10**30, "", "\ud800", "/", "x" * 300, [], {}, [[]], {"a": 1})
PLACES = {
    "storage_group_post": ("POST", "storage-groups"), "storage_group_put": ("PUT", "storage-groups/2000001"),
    "cpcode_post": ("POST", "cpcodes"), "upload_account_post": ("POST", "upload-accounts"),
    "upload_account_put": ("PUT", "upload-accounts/deploy-bot"), "ssh_key": ("PUT", "upload-accounts/deploy-bot/keys/ssh"),
    "password": ("PUT", "upload-accounts/deploy-bot/keys/ftp"), "g2o_key": ("PUT", "upload-accounts/deploy-bot/keys/g2o"),
    "age_deletions": ("PUT", f"cpcodes/{CODES[0]}/age-deletions")}


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_an_example_is_as_its_schema_has_it(name: str) -> None:
    assert problems_of(name, EXAMPLES[name], unknown="refuse") == []
    for path in paths(EXAMPLES[name]):
        if isinstance(at(EXAMPLES[name], path), dict):
            assert problems_of(name, replaced(EXAMPLES[name], (*path, "unknown"), 1), unknown="refuse"), path
            assert problems_of(name, replaced(EXAMPLES[name], (*path, "unknown"), 1), unknown="drop") == []
        else:
            assert problems_of(name, replaced(EXAMPLES[name], path, None), unknown="drop"), path


def test_each_knob_of_the_configuration_is_turned_in_a_test() -> None:
    here = pathlib.Path(__file__).parent
    texts = "".join(file.read_text(encoding="utf-8") for file in here.glob("test_*.py"))
    assert [knob.name for knob in CONFIG_TABLE if f"{knob.name}=" not in texts and f'"{knob.name}": ' not in texts] == []
    assert {knob.name for knob in CONFIG_TABLE} == set(ConfigKnobs.__annotations__)


def test_every_schema_is_whole() -> None:
    def referred(schema: t.Any) -> t.Iterator[str]:
        if isinstance(schema, dict):
            yield from [schema["$ref"]] if "$ref" in schema else []
            assert schema.get("type") != "object" or set(schema.get("required", ())) <= schema["properties"].keys()
        for one in schema.values() if isinstance(schema, dict) else []:
            yield from referred(one)

    assert {name for schema in SCHEMAS.values() for name in referred(schema)} <= SCHEMAS.keys()
    assert SCHEMAS.keys() >= EXAMPLES.keys()


def test_no_body_breaks_the_configuration_api() -> None:
    """Whatever stands in a body, it is answered, and what is answered is JSON."""
    knobs, chance = Knobs(), random.Random(1)
    knobs.change({"edit_while_pending": "allowed", "fourth_key": "replaces_oldest"})
    with Store(":memory:", knobs, lambda _then: None).closing() as store:
        api = StorageApi(knobs, store)
        api.limit.change((10**6, 60.0))
        api.load({"cp_codes": [*range(5000, 5600), *CODES], "storage_groups": [GROUP], "upload_accounts": [ACCOUNT]})
        statuses = []
        for number in range(600):
            knobs.change({"put_unknown_member": chance.choice(["groups_400", 400, "ignored"]),
                          "put_group": chance.choice(["merge", "replace"]), "g2o_put_key": chance.choice(["ignored", "taken"])})
            name = chance.choice(list(EXAMPLES))
            example = fresh(name, number)
            method, path = PLACES[name]
            statuses.append(asked(api, method, path, replaced(example, chance.choice(list(paths(example))), chance.choice(ODD))))
            statuses.append(asked(api, method, path, example) if number % 10 == 0 else 200)
            for listing in ("storage-groups", "upload-accounts", "cpcodes/used") if number % 10 == 0 else ():
                assert asked(api, "GET", listing, None) == 200
        assert {200, 201, 400} == set(statuses)


def fresh(name: str, number: int) -> t.Any:
    """An example that can be made once more."""
    if name == "storage_group_post":
        codes = [{**EXAMPLES[name]["cpcodes"][0], "cpcodeId": 5000 + number}]
        return {**EXAMPLES[name], "storageGroupName": f"g{number}", "domainPrefix": f"g{number}", "cpcodes": codes}
    return {**EXAMPLES[name], "uploadAccountId": f"bot-{number}"} if name == "upload_account_post" else EXAMPLES[name]


def asked(api: StorageApi, method: str, path: str, document: t.Any) -> int:
    exchange = Exchange(method, f"/storage/v1/{path}".encode(), {b"content-type": b"application/json"})
    body = b"" if method == "GET" else json.dumps(document).encode()
    try:
        reply = api.answer(exchange, f"/storage/v1/{path}", body, CLIENT)
    except Answered as answered:
        reply = answered.reply
    assert not reply.body or json.loads(reply.body) is not None
    return reply.status


def paths(document: t.Any) -> t.Iterator[tuple[t.Any, ...]]:
    """To each part of a document, itself too."""
    yield ()
    parts = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    for name, part in parts:
        yield from ((name, *path) for path in paths(part))


def at(document: t.Any, path: tuple[t.Any, ...]) -> t.Any:
    return at(document[path[0]], path[1:]) if path else document


def replaced(document: t.Any, path: tuple[t.Any, ...], value: t.Any) -> t.Any:
    if not path:
        return value
    changed = dict(document) if isinstance(document, dict) else list(document)
    changed[path[0]] = replaced(changed[path[0]] if len(path) > 1 else None, path[1:], value)
    return changed
