# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fast Purge of the emulator, asked by Akamai's own signing library."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from akamai.edgegrid import EdgeGridAuth
from netstorage_emulator import knobs
from netstorage_emulator.config.buckets import Bucket
from netstorage_emulator.config_knobs import CONFIG_TABLE
from netstorage_emulator.control import Control, ControlError, Running, running
from netstorage_emulator.knob import Knob

PAGE = pathlib.Path(__file__).parents[3] / "docs" / "emulator.md"
SECRET, TOKEN, ACCESS = (
    "ZW11bGF0b3Itc2VjcmV0LWZvci10ZXN0cy1vbmx5LTAwMDE=", "akab-emulator-client-0001", "akab-emulator-access-0001")
EDGERC = f"""
[ccu]
client_token = {TOKEN}
client_secret = {SECRET}
access_token = {ACCESS}
"""
URLS = ["https://www.example.com/a", "https://www.example.com/b"]


class Purger:
    """Sends what a test says, signed by edgegrid-python."""

    def __init__(self, port: int, *, secret: str = SECRET, token: str = TOKEN) -> None:
        self._origin = f"http://127.0.0.1:{port}"
        self.session = requests.Session()
        self.session.auth = EdgeGridAuth(token, secret, ACCESS)

    def ask(self, path: str, objects: object = None, **more: Any) -> requests.Response:
        body = None if objects is None else json.dumps({"objects": objects})
        more.setdefault("headers", {"Content-Type": "application/json"})
        return self.session.request(more.pop("method", "POST"), f"{self._origin}/ccu/v3/{path}", data=body, timeout=30, **more)


@pytest.fixture(scope="module")
def _with_apis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    edgerc = tmp_path_factory.mktemp("api") / "edgerc"
    edgerc.write_text(EDGERC, encoding="utf-8")
    more = ["--purge-host", "www.example.com", "--purge-cp-code", "123456"]
    with running(account="tester", key="a-key-of-the-emulator", cp_codes=["123456"], edgerc=edgerc, more=more) as emulator:
        yield emulator


@pytest.fixture
def apis(_with_apis: Running) -> Iterator[Running]:
    before = _with_apis.control.knobs()
    yield _with_apis
    _with_apis.control.set_knobs(**before)
    _with_apis.control.clear_faults()
    _with_apis.control.limit_purges()
    _with_apis.control.forget_purges()


@pytest.fixture
def purger(apis: Running) -> Purger:
    assert apis.config_port is not None
    return Purger(apis.config_port)


@pytest.fixture
def steered(apis: Running) -> Control:
    return apis.control


def test_a_purge_is_accepted_and_remembered(purger: Purger, steered: Control) -> None:
    reply = purger.ask("delete/url/staging", URLS)
    assert reply.status_code == 201
    document = reply.json()
    assert document["estimatedSeconds"] == 5
    assert document["purgeId"] == document["supportId"]
    assert document["purgeId"].startswith("edup-")
    (purge,) = steered.purges()
    told = {"method": "delete", "type": "url", "network": "staging", "objects": URLS, "client": "ccu"}
    assert purge.items() >= {**told, "purge_id": document["purgeId"]}.items()
    steered.forget_purges()
    assert steered.purges() == []


@pytest.mark.parametrize(("path", "objects"), [("invalidate/cpcode", [123456]), ("invalidate/cpcode/production", ["123456"]),
                                               ("delete/tag/production", ["news", "a.b_c-1"]),
                                               ("invalidate/url", ["/L/1/2/www.example.com/x", *URLS])])
def test_every_kind_of_object_is_taken(purger: Purger, steered: Control, path: str, objects: list[object]) -> None:
    assert purger.ask(path, objects).status_code == 201
    (purge,) = steered.purges()
    assert purge["network"] == "production"
    assert [str(one) for one in purge["objects"]] == [str(one) for one in objects]


@pytest.mark.parametrize(("path", "objects", "status", "title"), [
    ("invalidate/url", ["ftp://www.example.com/a"], 400, "bad URL"), ("invalidate/url", ["www.example.com/a"], 400, "bad URL"),
    ("invalidate/url", ["https://www.example.com/a b"], 400, "bad URL"), ("invalidate/url", [], 400, "bad request"),
    ("invalidate/url", "text", 400, "bad request"), ("invalidate/cpcode", [0], 400, "bad CP code"),
    ("invalidate/cpcode", [True], 400, "bad CP code"), ("invalidate/tag", ["a b"], 400, "bad tag"),
    ("invalidate/tag", ["x" * 129], 400, "bad tag"), ("invalidate/url", ["http://["], 400, "bad URL"),
    ("invalidate/url", [URLS[0], "https://other.example.com/", "https://third.example.com/"], 403, "unauthorized arl"),
    ("invalidate/cpcode", [99], 403, "unauthorized cpcode"), ("invalidate/nothing", URLS, 404, "Not Found"),
])
def test_what_is_refused_is_refused_as_a_whole(purger: Purger, steered: Control, path: str, objects: object, status: int,
                                               title: str) -> None:
    reply = purger.ask(path, objects)
    assert (reply.status_code, reply.json()["httpStatus"], reply.json()["title"]) == (status, status, title)
    assert reply.headers["Content-Type"] == "application/api-problem+json"
    if status == 403:
        assert reply.json()["detail"] in ("https://other.example.com/", "99")
    assert steered.purges() == []


def test_a_large_body_and_another_type_are_refused(purger: Purger, steered: Control) -> None:
    assert purger.ask("invalidate/url", ["https://www.example.com/" + "x" * 49_999]).status_code == 413
    assert purger.ask("invalidate/url", URLS, headers={"Content-Type": "text/plain"}).status_code == 415
    assert purger.ask("invalidate/url", method="GET").status_code == 405
    assert steered.purges() == []


@pytest.mark.parametrize(("other", "status", "detail"), [
    ({"secret": SECRET[::-1]}, 401, "The signature does not match"),
    ({"token": "akab-emulator-client-0002"}, 401, "Invalid authorization client token"),
])
def test_who_is_no_client_is_denied(apis: Running, other: dict[str, str], status: int, detail: str) -> None:
    assert apis.config_port is not None
    reply = Purger(apis.config_port, **other).ask("invalidate/url", URLS)
    assert (reply.status_code, reply.json()["status"], reply.json()["detail"]) == (status, status, detail)
    assert reply.json()["type"].startswith("https://problems.luna.akamaiapis.net/-/pep-authn/")


def test_an_old_signature_is_denied(purger: Purger, steered: Control) -> None:
    steered.set_knobs(clock_skew=40)
    reply = purger.ask("invalidate/url", URLS)
    assert (reply.status_code, reply.json()["detail"]) == (400, "Invalid timestamp")
    steered.set_knobs(edgegrid_window=60)
    assert purger.ask("invalidate/url", URLS).status_code == 201


def test_a_request_without_a_signature_is_denied(apis: Running) -> None:
    reply = requests.post(f"http://{apis.api_host}/ccu/v3/invalidate/url", json={"objects": URLS}, timeout=30)
    assert (reply.status_code, reply.json()["detail"]) == (400, "Invalid authorization request")


@pytest.mark.parametrize(("knob", "second"), [("refuse", 400), ("accept", 201)])
def test_a_nonce_is_taken_once(apis: Running, steered: Control, knob: str, second: int) -> None:
    steered.set_knobs(nonce_reuse=knob)
    url = f"http://{apis.api_host}/ccu/v3/invalidate/url"
    request = requests.Request("POST", url, json={"objects": URLS}, auth=EdgeGridAuth(TOKEN, SECRET, ACCESS))
    prepared = request.prepare()
    with requests.Session() as session:
        assert [session.send(prepared, timeout=30).status_code for _time in range(2)] == [201, second]


def test_the_bucket_of_objects_runs_empty(purger: Purger, steered: Control) -> None:
    steered.limit_purges(url=[3, 0.001])
    assert purger.ask("invalidate/url", URLS).status_code == 201
    reply = purger.ask("invalidate/url", URLS)
    assert (reply.status_code, reply.json()["title"]) == (429, "URL Rate Limit exceeded")
    numbers = ("rateLimit", "rateLimitCurrentRequestSize", "rateLimitRemaining")
    assert [reply.json()[name] for name in numbers] == [3, 2, 1]
    assert reply.headers["X-Ratelimit-Remaining-Objects"] == "1"
    assert int(reply.headers["X-Ratelimit-Seconds-To-Refresh-Limit-Objects"]) > 1000
    assert purger.ask("invalidate/url", URLS[:1]).status_code == 201, "what is refused takes nothing"


def test_the_bucket_of_requests_runs_empty(purger: Purger, steered: Control) -> None:
    steered.limit_purges(requests=[1, 0.001])
    assert [purger.ask("invalidate/url", URLS).status_code for _time in range(2)] == [201, 429]
    assert len(steered.purges()) == 1


def test_a_bucket_fills_again() -> None:
    now = [0.0]
    bucket = Bucket(10_000, 200, lambda: now[0])
    bucket.take(9_000)
    now[0] = 2.5
    assert (bucket.tokens, bucket.seconds_until_full()) == (1_500, 43)
    now[0] = 1000.0
    assert bucket.headers("-Objects") == {
        "X-Ratelimit-Limit-Objects": "10000", "X-Ratelimit-Limit-Per-Second-Objects": "200.00",
        "X-Ratelimit-Remaining-Objects": "10000", "X-Ratelimit-Seconds-To-Refresh-Limit-Objects": "0"}


@pytest.mark.parametrize("limits", [{"url": [0, 1]}, {"url": 5}, {"urls": [1, 1]}, {"tag": [1, 1, 1]}, {"tag": [True, 1]}])
def test_wrong_limits_change_nothing(steered: Control, limits: dict[str, object]) -> None:
    with pytest.raises(ControlError):
        steered.limit_purges(**limits)
    assert steered.ask("GET", "/purges/limits")["url"] == [10_000, 200]


def test_the_status_of_limits_is_in_the_headers(purger: Purger) -> None:
    purger.ask("invalidate/url", URLS)
    reply = purger.ask("rate-limit-status/url")
    assert reply.status_code == 201
    assert reply.headers["X-Ratelimit-Limit-Objects"] == "10000"
    assert 9_998 <= int(reply.headers["X-Ratelimit-Remaining-Objects"]) <= 10_000


def test_knobs_of_purges_change_what_is_answered(purger: Purger, steered: Control) -> None:
    headers = {}
    for setting in ("all", "without_seconds", "none"):
        steered.set_knobs(purge_headers=setting)
        names = purger.ask("invalidate/url", URLS).headers
        headers[setting] = sum(name.lower().startswith("x-ratelimit") for name in names)
    assert headers == {"all": 8, "without_seconds": 6, "none": 0}
    details = {}
    for setting in ("url", "sentence", "nothing"):
        steered.set_knobs(purge_refused=setting)
        details[setting] = purger.ask("invalidate/url", ["https://x.example.com/"]).json()["detail"]
    sentence = "the client may not purge https://x.example.com/"
    assert details == {"url": "https://x.example.com/", "sentence": sentence, "nothing": ""}
    steered.set_knobs(purge_cp_code_text=400, purge_id="uuid", purge_seconds=0)
    assert purger.ask("invalidate/cpcode", ["123456"]).status_code == 400
    document = purger.ask("invalidate/cpcode", [123456]).json()
    assert document["estimatedSeconds"] == 0
    assert len(document["purgeId"]) == 36


@pytest.mark.parametrize(("fault", "status", "purged"), [
    ({"status": 503, "action": "ccu:*"}, 503, 0), ({"status": 507, "action": "ccu:invalidate", "done": True}, 507, 1),
    ({"status": 500, "action": "ccu:delete"}, 201, 1), ({"status": 500, "action": "stat"}, 201, 1),
])
def test_a_fault_takes_a_purge(purger: Purger, steered: Control, fault: dict[str, object], status: int, purged: int) -> None:
    steered.add_faults(fault)
    assert purger.ask("invalidate/url", URLS).status_code == status
    assert len(steered.purges()) == purged


@pytest.mark.parametrize(("fault", "purged"), [
    ({"kind": "reset", "when": "before_body"}, 0), ({"kind": "reset", "when": "before_answer", "done": True}, 1),
    ({"kind": "refuse", "ms": 300}, 0), ({"kind": "truncate", "how": "closed"}, 1), ({"kind": "hang", "ms": 50}, 0),
])
def test_a_connection_breaks_on_purpose(purger: Purger, steered: Control, fault: dict[str, object], purged: int) -> None:
    steered.add_faults({**fault, "action": "ccu:*"})
    with pytest.raises(requests.RequestException):
        purger.ask("invalidate/url", URLS)
    assert len(steered.purges()) == purged
    time.sleep(0.4 if fault["kind"] == "refuse" else 0)
    assert purger.ask("invalidate/url", URLS).status_code == 201


def test_the_journal_has_a_line_for_each_purge(purger: Purger, steered: Control) -> None:
    mark = steered.journal_length()
    purger.ask("invalidate/url", URLS)
    purger.ask("delete/url", ["https://x.example.com/"])
    first, second = steered.journal(mark)
    assert (first["action"], first["status"], first["account"], first["note"]) == ("ccu:invalidate", 201, "ccu", "")
    assert (second["action"], second["status"], second["note"]) == ("ccu:delete", 403, "unauthorized arl")
    assert first["path"] == "/ccu/v3/invalidate/url"


@pytest.mark.parametrize(("arguments", "told"), [
    (["--config-port", "0"], "--config-edgerc or --config-client"), (["--config-client", "a:b"], "CLIENT_TOKEN:CLIENT_SECRET"),
    (["--config-edgerc", "/nowhere"], "cannot be read"), (["--purge-limit", "url=5"], "size, per second"),
    (["--purge-limit", "url=a/b"], "SIZE/PER_SECOND"), (["--config-client", "a:b:c", "--config-client", "a:b:c"], "twice"),
])
def test_wrong_options_of_apis_are_told(arguments: list[str], told: str) -> None:
    command = [sys.executable, "-m", "netstorage_emulator", "serve", "--account", "a", "--key", "k", "--cp-code", "1", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert told in done.stderr


@pytest.mark.parametrize("table", [knobs.API_TABLE, CONFIG_TABLE])
def test_the_page_has_the_table_of_api_knobs(table: tuple[Knob, ...]) -> None:
    assert knobs.markdown(table) in PAGE.read_text("utf-8")
