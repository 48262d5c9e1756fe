# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_verify_edge against edges: fresh, stale until purged, behind a replica that lags, missing, changed, broken."""

from __future__ import annotations

import hashlib
import io
import json
import time
import typing as t
import zipfile

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._edge.verify_options import VerifyOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._edge.verifying import verify
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions, BadSource, Stopped
from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.base import Answer
from ansible_collections.edgeops.netstorage.tests.contract.edge.conftest import Edges
from ansible_collections.edgeops.netstorage.tests.contract.edge.edge_scene import URL, EdgeScene, Link
from ansible_collections.edgeops.netstorage.tests.fake_cancellation import FakeCancellation
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.test_wire import Relay

OLD = {"index.html": "old page", "app.js": "old code", "news/index.html": "old news", "gone.txt": "gone", "same.txt": "same"}
NEW = {"index.html": "new page", "app.js": "new code", "news/index.html": "new news", "same.txt": "same", "a b.css": "new"}
URLS = [f"{URL}/{name}" for name in ("index.html", "", "news/index.html", "news/", "app.js", "a%20b.css", "gone.txt")]
ENTRIES = [f"{URL}/{name}" for name in ("index.html", "", "news/index.html", "news/")]


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def code(answer: Answer) -> str | None:
    return None if answer.error is None else answer.error.code


@pytest.fixture
def warm(scene: EdgeScene) -> EdgeScene:
    """Edges that hold the old site, and that there is no style sheet; the new one is deployed."""
    scene.deploy(OLD)
    scene.look(urls=URLS)
    scene.deploy(NEW)
    return scene


def test_what_was_deployed_is_served(scene: EdgeScene) -> None:
    scene.deploy(OLD)
    scene.deploy(NEW)
    mark = scene.control.journal_length()
    answer = scene.look()
    assert (answer.error, answer.notes) == (None, [])
    values = answer.values
    assert (values["changed"], values["checked"], values["verified"], values["left_out"]) == (False, 7, 7, 0)
    assert (values["stale"], values["missing"], values["stale_urls"], values["seconds_until_fresh"]) == ([], [], [], 0.0)
    asked = [f"{'head' if url.endswith('gone.txt') else 'get'} {url.removeprefix(URL)}" for url in URLS]
    assert sorted(scene.visits(mark)) == sorted(asked)


def test_stale_copies_are_named_with_what_is_served(warm: EdgeScene) -> None:
    answer = warm.look(compare="etag")
    assert code(answer) == "stale_edge"
    values = answer.values
    assert (values["checked"], values["verified"], values["stale_count"], values["missing_count"]) == (7, 0, 6, 1)
    by_url = {one["url"]: one for one in values["stale"]}
    assert by_url[f"{URL}/index.html"]["want"] == f"md5 {md5('new page')[:12]}…"
    assert by_url[f"{URL}/index.html"]["got"] == f"md5 {md5('old page')[:12]}…"
    assert (by_url[f"{URL}/gone.txt"]["want"], by_url[f"{URL}/gone.txt"]["got"]) == ("absent", "status 200")
    one = by_url[f"{URL}/"]
    assert (one["status"], one["age"], one["server"]) == (200, 0, "AkamaiNetStorage")
    assert one["x_cache"].startswith("TCP_HIT from ")
    (missing,) = values["missing"]
    assert (missing["url"], missing["got"], missing["status"]) == (f"{URL}/a%20b.css", "status 404", 404)
    assert sorted(values["stale_urls"]) == sorted(URLS)
    told = str(answer.error)
    assert told.startswith(f"7 of 7 URLs do not serve what is expected: {values['stale'][0]['url']} (wanted ")
    assert "; and 2 more. " in told
    assert "method: delete" in told


def test_content_is_compared_by_its_digest(warm: EdgeScene) -> None:
    sha256 = hashlib.sha256
    found = {one["url"]: one for one in warm.look().values["stale"]}
    assert found[f"{URL}/app.js"]["want"] == f"sha256 {sha256(b'new code').hexdigest()[:12]}…"
    assert found[f"{URL}/app.js"]["got"] == f"sha256 {sha256(b'old code').hexdigest()[:12]}…"


def test_a_purge_makes_them_fresh(warm: EdgeScene) -> None:
    warm.purge(warm.look().values["stale_urls"])
    answer = warm.look()
    assert (answer.error, answer.values["verified"]) == (None, 7)


def test_a_purge_that_takes_a_while_is_waited_for(warm: EdgeScene) -> None:
    warm.then[3] = lambda: warm.purge(URLS)
    mark = warm.control.journal_length()
    answer = warm.look(within=120)
    assert answer.error is None
    assert (answer.values["verified"], answer.values["seconds_until_fresh"]) == (7, 7.0)
    assert warm.slept == [1.0, 2.0, 4.0]
    assert len(warm.visits(mark)) == 4 * 7


def test_only_what_is_not_right_yet_is_looked_at_again(warm: EdgeScene) -> None:
    warm.purge(URLS[:5])
    mark = warm.control.journal_length()
    answer = warm.look(within=40)
    assert code(answer) == "stale_edge"
    assert warm.slept == [1.0, 2.0, 4.0, 8.0, 15.0, 10.0]
    assert len(warm.visits(mark)) == 7 + 6 * 2
    assert answer.values["verified"] == 5
    assert not [entry for entry in warm.control.journal(mark) if "cache-control" in str(entry).lower()]


def test_a_replica_that_lags_is_told_and_helped_by_a_second_purge(scene: EdgeScene) -> None:
    """The edge has fetched the old content once more, and keeps it."""
    scene.deploy({"a.txt": "old"})
    scene.look(urls=[f"{URL}/a.txt"])
    scene.control.set_knobs(edge_replica_lag=60_000)
    scene.deploy({"a.txt": "new"})
    scene.purge([f"{URL}/a.txt"])
    answer = scene.look()
    assert code(answer) == "stale_edge"
    assert "a replica that lags" in str(answer.error)
    scene.control.set_knobs(edge_replica_lag=0)
    assert code(scene.look()) == "stale_edge"
    scene.purge(answer.values["stale_urls"])
    assert scene.look().error is None


def test_an_invalidated_copy_with_an_old_mtime_is_stale(scene: EdgeScene) -> None:
    scene.deploy({"a.txt": "old"}, mtime="1600000500")
    scene.look(urls=[f"{URL}/a.txt"])
    scene.deploy({"a.txt": "new"}, mtime="1600000400")
    scene.purge([f"{URL}/a.txt"], method="invalidate")
    answer = scene.look()
    assert answer.values["stale"][0]["x_cache"].startswith("TCP_REFRESH_HIT")
    assert "method: invalidate" in str(answer.error)
    scene.purge(answer.values["stale_urls"])
    assert scene.look().error is None


def test_a_404_that_is_kept_is_missing(scene: EdgeScene) -> None:
    scene.control.set_knobs(edge_missing_ttl=600)
    scene.deploy({"a.txt": "a"})
    scene.look(urls=[f"{URL}/b.txt"])
    scene.deploy({"a.txt": "a", "b.txt": "b", "c.txt": "c"})
    answer = scene.look()
    assert code(answer) == "missing_at_edge"
    assert answer.error is not None
    assert answer.error.status == 404
    assert (answer.values["verified"], answer.values["stale_urls"]) == (1, [f"{URL}/b.txt"])
    scene.purge(answer.values["stale_urls"])
    assert scene.look().error is None


def test_a_wrong_base_is_suspected_where_nothing_is_there(scene: EdgeScene) -> None:
    scene.deploy({"a/b.txt": "b", "a/c.txt": "c"})
    answer = scene.look(base="/123456/www/a")
    assert code(answer) == "missing_at_edge"
    assert "do url and base belong together" in str(answer.error)


@pytest.mark.parametrize(("knob", "contents"), [("kept", 0), ("weak", 0), ("dropped", 6)])
def test_an_etag_tells_without_any_content(scene: EdgeScene, knob: str, contents: int) -> None:
    scene.control.set_knobs(edge_etag=knob)
    scene.deploy(OLD)
    scene.deploy(NEW)
    mark = scene.control.journal_length()
    answer = scene.look(compare="etag")
    assert (answer.error, answer.values["verified"]) == (None, 7)
    methods = [visit.partition(" ")[0] for visit in scene.visits(mark)]
    assert (methods.count("head"), methods.count("get")) == (7, contents)
    told = "6 URLs have no ETag of NetStorage at the edge, so their content was compared"
    assert answer.notes == ([told] if contents else [])


def test_pages_that_the_edge_changes_are_told(scene: EdgeScene) -> None:
    scene.control.set_knobs(edge_html="changed")
    scene.deploy(NEW)
    answer = scene.look()
    assert code(answer) == "stale_edge"
    assert sorted(answer.values["stale_urls"]) == sorted(ENTRIES)
    assert answer.values["stale"][0]["got"] == "38 bytes"
    assert "Only HTML differs, and all of it" in str(answer.error)
    assert scene.look(compare="etag").error is None


def test_a_redirect_is_named_and_not_looked_at_again(scene: EdgeScene) -> None:
    scene.deploy({"a.txt": "a", "b.txt": "b"})
    headers = {"Location": "https://www.example.com/a.txt\x80" + "x" * 300}
    scene.control.add_faults({"status": 301, "headers": headers, "path": "/a.txt", "action": "edge:get", "times": None})
    mark = scene.control.journal_length()
    answer = scene.look(within=60)
    assert code(answer) == "stale_edge"
    got = answer.values["stale"][0]["got"]
    assert got.startswith("status 301 to https://www.example.com/a.txt")
    assert len(got) < 250
    assert "Redirects are not followed" in str(answer.error)
    assert scene.slept == []
    assert sorted(scene.visits(mark)) == ["get /a.txt", "get /b.txt"]


@pytest.mark.parametrize("fault", [
    {"status": 503}, {"status": 404}, {"status": 429}, {"kind": "reset", "when": "before_body"},
    {"kind": "reset", "when": "in_answer"}, {"kind": "truncate", "how": "closed"}, {"kind": "truncate", "how": "consistent"},
    {"kind": "digest", "how": "body"}, {"kind": "content_length", "how": "larger"}, {"kind": "content_length", "how": "smaller"},
    {"kind": "hang"}, {"kind": "refuse", "ms": 50}, {"kind": "trickle", "bytes_per_second": 2000},
])  # fmt: skip
def test_no_fault_makes_an_old_copy_fresh_nor_a_fresh_one_stale(scene: EdgeScene, fault: dict[str, t.Any]) -> None:
    """One look goes wrong, and is repeated; or, where it is the only one, says so."""
    scene.deploy({"a.txt": "some content"})
    scene.control.add_faults({**fault, "action": "edge:*"})
    once = scene.look(idle_timeout=0.5)
    is_slow = fault.get("kind") == "trickle"
    assert (code(once) is None) is is_slow
    time.sleep(0.1 if fault.get("kind") == "refuse" else 0)
    assert scene.look(within=5, idle_timeout=0.5).error is None
    scene.then = {number: lambda: time.sleep(0.1) for number in range(1, 9)}
    scene.control.add_faults({**fault, "action": "edge:*"})
    again = scene.look(within=5, idle_timeout=0.5, parallel=1)
    assert (again.error, again.values["verified"]) == (None, 1)


def test_a_host_that_does_not_answer_is_given_up(scene: EdgeScene) -> None:
    scene.deploy({"a.txt": "a", "b.txt": "b"})
    answer = scene.look(within=600, connect_to="127.0.0.1:9")
    assert code(answer) == "unreachable"
    assert scene.slept == [1.0, 2.0]
    assert "127.0.0.1:9 refuses connections at port 9" in answer.values["stale"][0]["got"]
    assert answer.values["stale_urls"] == []
    once = scene.look(within=600, connect_to="no-such-host.invalid")
    assert code(once) == "unreachable"


def test_connections_go_elsewhere_and_names_stay(scene: EdgeScene, edges: Edges) -> None:
    """The certificate is that of the delivery host, and the host is what the edge is asked for."""
    scene.deploy({"a.txt": "a"})
    https: dict[str, t.Any] = {"url": "https://www.example.com", "connect_to": edges.emulator.edge("https")}
    mark = scene.control.journal_length()
    assert scene.look(**https, ca_path=str(edges.authority)).error is None
    (visit,) = [entry for entry in scene.control.journal(mark) if entry["action"] == "edge:get"]
    assert visit["account"] == "www.example.com"
    refused = scene.look(**{**https, "url": "https://other.example.com"}, ca_path=str(edges.authority), within=60)
    assert (code(refused), scene.slept) == ("unreachable", [])
    assert "the certificate of other.example.com does not verify" in refused.values["stale"][0]["got"]
    assert code(scene.look(**https)) == "unreachable"
    assert scene.look(**https, validate_certs=False).error is None


def test_the_staging_network_is_looked_at_by_its_address(warm: EdgeScene, edges: Edges) -> None:
    assert warm.look(connect_to=edges.emulator.edge("staging")).error is None
    assert code(warm.look()) == "stale_edge"


@pytest.mark.parametrize(("expectation", "got"), [
    ({"md5": md5("page")}, None), ({"md5": md5("old")}, f"md5 {md5('page')[:12]}…"), ({"size": 4}, None),
    ({"size": 5}, "4 bytes"),
    ({"size": 3, "sha256": "0" * 64}, "4 bytes"), ({"status": 200}, None), ({"status": 404}, "status 200"), ({}, None),
    ({"absent": True}, "status 200"), ({"headers": {"content-type": "text/html"}}, None),
    ({"headers": {"Content-Type": "text/plain"}}, "Content-Type: text/html"), ({"headers": {"X-Other": "1"}}, "no X-Other"),
])  # fmt: skip
def test_expectations_are_met_or_not(scene: EdgeScene, expectation: dict[str, t.Any], got: str | None) -> None:
    scene.deploy({"a.html": "page"})
    answer = scene.look(expect=[{"url": f"{URL}/a.html", **expectation}, {"url": f"{URL}/none", "absent": True}])
    assert [one["got"] for one in answer.values["stale"]] == ([] if got is None else [got])
    assert answer.values["verified"] == (2 if got is None else 1)


def test_a_sample_has_the_entry_points_and_some_of_the_others(scene: EdgeScene) -> None:
    names = [f"f{number:02d}.txt" for number in range(20)]
    scene.deploy({"index.html": "page", **dict.fromkeys(names, "text")})
    mark = scene.control.journal_length()
    values = scene.look(sample=6, parallel=1).values
    assert (values["checked"], values["left_out"], values["verified"]) == (6, 16, 6)
    visits = ["get /f04.txt", "get /f09.txt", "get /f14.txt", "get /f19.txt", "get /index.html", "get /"]
    assert scene.visits(mark) == visits
    assert scene.look(sample=0).values["checked"] == 22
    assert scene.look(urls=[], sample=1).values["checked"] == 0


def test_secrets_of_headers_are_sent_and_not_shown(scene: EdgeScene) -> None:
    options = VerifyOptions(urls=[URL], headers={"Authorization": "Bearer a-secret-token", "Accept": "text/html"})
    assert "a-secret-token" not in repr(options)
    with pytest.raises(BadOptions) as raised:
        VerifyOptions(urls=[URL], headers={"X-Token": "a-secret-token\n"})
    assert "a-secret" not in str(raised.value)


def test_a_cancelled_run_stops(warm: EdgeScene) -> None:
    warm.then[1] = lambda: warm.cancellation.cancel("a signal")
    with pytest.raises(Stopped, match="a signal"):
        warm.look(within=60)


@pytest.mark.parametrize("damage", ["cut", "edited", "reformatted", "empty", "another", "directory"])
def test_a_plan_document_that_was_changed_is_refused(scene: EdgeScene, damage: str) -> None:
    scene.deploy({"a.txt": "a", "b.txt": "b"})
    text = scene.plan.read_text("utf-8")
    changed = {
        "cut": text[: len(text) // 2], "edited": text.replace('"size":1', '"size":2', 1), "empty": "",
        "reformatted": json.dumps(json.loads(text)), "another": text.replace("plan/1", "plan/2"),
    }  # fmt: skip
    if damage == "directory":
        scene.plan = scene.plan.parent
    else:
        scene.plan.write_text(changed[damage], encoding="utf-8")
    with pytest.raises(BadSource, match=r"^plan_file: ") as raised:
        scene.look()
    assert raised.value.hint or damage == "directory"


def test_a_plan_tells_what_it_does_not_know(scene: EdgeScene) -> None:
    """Of symlinks and archives with an index it does not tell the content; a plan that was only made is as good as one carried
    out."""
    scene.deploy({"a.txt": "a"})
    with zipfile.ZipFile(archive := io.BytesIO(), "w") as inside:
        inside.writestr("in.txt", "in")
    scene.deploy({"a.txt": "a", "b.zip": archive.getvalue()}, index_zip=["*.zip"])
    answer = scene.look()
    assert (answer.error, answer.values["verified"], answer.notes) == (None, 1, [])
    scene.deploy({"a.txt": "a", "link": Link("a.txt")})
    scene.purge([f"{URL}/b.zip"])
    answer = scene.look()
    assert (answer.error, answer.values["verified"]) == (None, 1), "the archive is gone"
    assert answer.notes == ["plan_file: 1 symlinks are not looked at, as the plan does not tell where they lead"]
    scene.deploy({"a.txt": "new"}, check=True)
    assert code(scene.look()) == "stale_edge"


def test_paths_outside_of_the_base_are_refused_or_left_out(scene: EdgeScene) -> None:
    scene.deploy({"a/b.txt": "b", "c.txt": "c"})
    with pytest.raises(BadOptions, match="not below /123456/www/a"):
        scene.look(base="/123456/www/a", url=f"{URL}/a")
    assert scene.look(base="/123456/www/a", url=f"{URL}/a", outside="skip").values["verified"] == 1


@pytest.mark.parametrize(("options", "told"), [
    ({}, "none is set"), ({"urls": [URL], "expect": []}, "urls and expect are set"), ({"plan_file": "p"}, "url"),
    ({"urls": [URL], "base": "/1"}, "base"), ({"urls": ["www.example.com"]}, "is not a URL"),
    ({"sample": -1, "urls": []}, "sample"),
    ({"expect": [{"url": URL, "md5": "0"}]}, "md5"), ({"expect": [{"url": URL, "absent": True, "size": 1}]}, "absent"),
    ({"expect": [{"url": URL, "status": 99}]}, "status"), ({"expect": [{"url": URL, "size": -1}]}, "size"),
    ({"urls": [URL], "connect_to": "http://x"}, "connect_to is"), ({"urls": [URL], "headers": {"Host": "x"}}, "Host"),
    ({"urls": [URL], "headers": {"Range": "x"}}, "Range"), ({"urls": [URL], "headers": {"A": "x", "a": "y"}}, "twice"),
    ({"urls": [URL], "headers": {"a b": "x"}}, "no name"), ({"urls": [URL], "user_agent": ""}, "user_agent"),
    ({"urls": ["http://-/"]}, "not a host name"), ({"urls": ["http://a:99999/"]}, "port 99999"),
    ({"urls": [], "ca_path": "/no"}, "ca_path"),
])  # fmt: skip
def test_options_that_make_no_sense_are_refused(scene: EdgeScene, options: dict[str, t.Any], told: str) -> None:
    with pytest.raises(BadOptions, match=told):
        verify(VerifyOptions(**options), scene.cancellation)


def test_a_proxy_is_asked_for_the_other_address(scene: EdgeScene, edges: Edges, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tunnel leads where it is told to; a plain HTTP proxy goes by the name, so that it cannot be used."""
    scene.deploy({"a.txt": "a"})
    relay = Relay(edges.emulator.edge_ports["https"])
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{relay.port}")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(BadOptions, match="cannot be told where to connect to"):
        scene.look(use_proxy=True)
    scene.cancellation = FakeCancellation()  # an error has cancelled the other
    https: dict[str, t.Any] = {"url": "https://www.example.com", "connect_to": edges.emulator.edge("https")}
    assert scene.look(**https, ca_path=str(edges.authority), use_proxy=True).error is None
    assert relay.lines[0] == f"CONNECT {edges.emulator.edge('https')} HTTP/1.1".encode()
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert scene.look(use_proxy=True).error is None
    relay.close()
