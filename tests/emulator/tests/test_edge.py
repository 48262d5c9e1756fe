# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The small edge: what visitors get of the store, what is kept of it, and what a purge, a lag or a fault makes of that."""

from __future__ import annotations

import hashlib
import http.client
import pathlib
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
import requests
import trustme
from akamai.edgegrid import EdgeGridAuth
from netstorage_emulator import knobs
from netstorage_emulator.config.purges import Purge
from netstorage_emulator.control import Control, Running, running
from netstorage_emulator.edge.cache import Caches, Copy
from netstorage_emulator.edge.sites import BadSite, described
from netstorage_emulator.knobs import Knobs

TOKEN, SECRET, ACCESS = "akab-client-0001", "c2VjcmV0", "akab-access-0001"
HOST, WWW = "www.example.com", "/123456/www"
PAGE = pathlib.Path(__file__).parents[3] / "docs" / "emulator.md"
MTIME = 1_600_000_000


@pytest.fixture(scope="session")
def _edges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("edge")
    trustme.CA().issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    (folder / "edgerc").write_text(
        f"[default]\nclient_token = {TOKEN}\nclient_secret = {SECRET}\naccess_token = {ACCESS}\n", "utf-8")
    hosts = {HOST: WWW, "live.example.com": "/123456/current"}
    more = ["--edge-cp-code", f"{HOST}=654321", "--edge-tag", f"{HOST}=news"]
    with running(account="a", key="a-key-of-some-length", cp_codes=["123456"], edgerc=folder / "edgerc",
                 certificate=folder / "server.pem", edge_hosts=hosts, more=more) as emulator:
        yield emulator


@pytest.fixture
def edges(_edges: Running) -> Iterator[Running]:
    control = _edges.control
    before = control.knobs()
    yield _edges
    control.set_knobs(**before)
    control.clear_faults()
    control.reset_tree()
    control.empty_edges()
    control.forget_purges()


@pytest.fixture
def steered(edges: Running) -> Control:
    return edges.control


class Visitor:
    """Asks the edges of a network, and purges what they hold."""

    def __init__(self, emulator: Running) -> None:
        self._emulator = emulator

    def get(self, target: str = "/a.txt", host: str = HOST, network: str = "production", method: str = "GET",
            **headers: str) -> requests.Response:
        given = {"Host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
        url = f"http://{self._emulator.edge(network)}{target}"
        return requests.request(method, url, headers=given, timeout=10, allow_redirects=False)

    def word(self, target: str = "/a.txt", network: str = "production") -> str:
        """Where an answer came from."""
        return self.get(target, network=network).headers["X-Cache"].partition(" from ")[0]

    def purge(self, what: str, *objects: object) -> None:
        auth = EdgeGridAuth(TOKEN, SECRET, ACCESS)
        url = f"http://{self._emulator.api_host}/ccu/v3/{what}"
        assert requests.post(url, json={"objects": objects}, auth=auth, timeout=10).status_code == 201


@pytest.fixture
def visitor(edges: Running) -> Visitor:
    store(edges.control, "old")
    return Visitor(edges)


def store(control: Control, content: str, name: str = "/a.txt", mtime: int = MTIME) -> None:
    control.load([{"key": WWW + name, "content": content, "mtime": mtime}])


def test_a_visitor_gets_the_file_with_its_headers(visitor: Visitor) -> None:
    reply = visitor.get()
    assert (reply.status_code, reply.text, reply.headers["Content-Length"]) == (200, "old", "3")
    md5 = hashlib.md5(b"old").hexdigest()
    assert reply.headers["ETag"].startswith(f'"{md5}:{MTIME}')
    assert reply.headers["Last-Modified"] == "Sun, 13 Sep 2020 12:26:40 GMT"
    assert reply.headers["X-Cache"].startswith("TCP_MISS from ")
    assert (reply.headers["Age"], reply.headers["Cache-Control"]) == ("0", "max-age=600")
    assert (reply.headers["Server"], reply.headers["Content-Type"]) == ("AkamaiNetStorage", "text/plain")
    assert "Pragma" not in reply.headers
    head = visitor.get(method="HEAD")
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", "3")
    assert head.headers["X-Cache"].startswith("TCP_HIT from ")


def test_a_copy_is_delivered_until_it_expires(visitor: Visitor, steered: Control) -> None:
    assert visitor.word() == "TCP_MISS"
    store(steered, "new", mtime=MTIME + 1)
    assert (visitor.get().text, visitor.word()) == ("old", "TCP_HIT")
    steered.set_knobs(edge_ttl=0)
    assert (visitor.get().text, visitor.word()) == ("new", "TCP_REFRESH_HIT")
    store(steered, "newer", mtime=MTIME + 2)
    assert visitor.word() == "TCP_REFRESH_MISS"


def test_a_copy_has_an_age(visitor: Visitor) -> None:
    visitor.get()
    time.sleep(1.05)
    reply = visitor.get()
    assert int(reply.headers["Age"]) >= 1
    assert int(reply.headers["Cache-Control"].partition("=")[2]) <= 599


@pytest.mark.parametrize(("target", "status"), [
    ("/", 200), ("/news/", 200), ("/news", 404), ("/none/", 404), ("/a%20b.txt", 200), ("/link", 200),
    ("/dangling", 404), ("/dir-link/index.html", 200), ("/out", 404), ("/a.txt?v=1", 200), ("/a.txt/", 404),
])
def test_urls_deliver_files_indexes_and_what_links_lead_to(visitor: Visitor, steered: Control, target: str, status: int) -> None:
    for name in ("/index.html", "/news/index.html", "/a b.txt"):
        store(steered, name, name)
    steered.load([{"key": WWW + name, "type": "symlink", "target": to} for name, to in (
        ("/link", "a.txt"), ("/dangling", "nothing"), ("/dir-link", "news"), ("/out", "/777/a"))])
    assert visitor.get(target).status_code == status
    assert visitor.get(target, method="HEAD").status_code == status


def test_a_target_that_cannot_be_decoded_is_refused(edges: Running) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", edges.edge_ports["production"], timeout=10)
    connection.request("GET", "/%zz", headers={"Host": HOST})
    assert connection.getresponse().status == 400
    connection.close()


def test_a_host_may_deliver_what_a_link_leads_to(visitor: Visitor, steered: Control) -> None:
    for release in "12":
        steered.load([{"key": f"/123456/releases/{release}/index.html", "content": release, "mtime": MTIME + int(release)}])
    steered.load([{"key": "/123456/current", "type": "symlink", "target": "releases/1"}])
    assert visitor.get("/", "live.example.com").text == "1"
    steered.load([{"key": "/123456/current", "type": "symlink", "target": "releases/2"}])
    assert visitor.get("/", "live.example.com").text == "1"
    visitor.purge("invalidate/url", "https://live.example.com/")
    assert visitor.get("/", "live.example.com").text == "2"


def test_that_there_is_nothing_is_kept_too(visitor: Visitor, steered: Control) -> None:
    assert [visitor.word("/new.txt") for _time in range(2)] == ["TCP_MISS", "TCP_NEGATIVE_HIT"]
    store(steered, "new", "/new.txt")
    assert visitor.get("/new.txt").status_code == 404
    steered.set_knobs(edge_missing_ttl=0)
    assert visitor.get("/new.txt").text == "new"


@pytest.mark.parametrize("what", [
    ("url/production", "https://www.example.com/a.txt"), ("url", "http://WWW.example.com/a.txt"), ("cpcode/production", 654321),
    ("tag/production", "news"),
])
def test_what_is_purged_is_asked_for_again(visitor: Visitor, steered: Control, what: tuple[str, object]) -> None:
    """An invalidated copy by its date, so that content with an old one is not noticed; a deleted one in any case."""
    path, *objects = what
    visitor.get()
    store(steered, "new", mtime=MTIME)
    visitor.purge(f"invalidate/{path}", *objects)
    assert (visitor.word(), visitor.get().text) == ("TCP_REFRESH_HIT", "old")
    visitor.purge(f"delete/{path}", *objects)
    assert (visitor.word(), visitor.get().text) == ("TCP_MISS", "new")
    store(steered, "newer", mtime=MTIME + 1)
    visitor.purge(f"invalidate/{path}", *objects)
    assert visitor.get().text == "newer"
    steered.set_knobs(edge_revalidation="etag")
    store(steered, "old again", mtime=MTIME)
    visitor.purge(f"invalidate/{path}", *objects)
    assert visitor.get().text == "old again"


@pytest.mark.parametrize("what", [
    ("url/staging", "https://www.example.com/a.txt"), ("url", "https://www.example.com/b.txt"), ("cpcode", 123456),
    ("tag", "new"), ("url", "/L/123/a.txt"),
])
def test_a_purge_of_something_else_changes_nothing(visitor: Visitor, steered: Control, what: tuple[str, object]) -> None:
    visitor.get()
    store(steered, "new")
    visitor.purge(f"delete/{what[0]}", *what[1:])
    assert (visitor.get().text, visitor.word()) == ("old", "TCP_HIT")


def test_each_network_has_its_own_copies(visitor: Visitor, steered: Control) -> None:
    visitor.get()
    store(steered, "new")
    assert visitor.get(network="staging").text == "new"
    assert visitor.get().text == "old"
    held = [(one["network"], one["host"], one["target"], one["status"], one["is_fresh"]) for one in steered.edge()]
    assert held == [(network, HOST, "/a.txt", 200, True) for network in ("production", "staging")]
    steered.empty_edges()
    assert (steered.edge(), visitor.get().text) == ([], "new")


def test_a_purge_may_take_a_while(visitor: Visitor, steered: Control) -> None:
    steered.set_knobs(edge_purge_lag=400)
    visitor.get()
    store(steered, "new")
    visitor.purge("delete/url", "https://www.example.com/a.txt")
    assert visitor.get().text == "old"
    time.sleep(0.45)
    assert visitor.get().text == "new"


def test_a_replica_that_lags_gives_the_old_content_after_a_purge(visitor: Visitor, steered: Control) -> None:
    steered.set_knobs(edge_replica_lag=400)
    visitor.get()
    store(steered, "new")
    visitor.purge("delete/url", "https://www.example.com/a.txt")
    assert (visitor.word(), visitor.get().text) == ("TCP_MISS", "old")
    time.sleep(0.45)
    assert visitor.get().text == "old", "it is kept now"
    visitor.purge("delete/url", "https://www.example.com/a.txt")
    assert visitor.get().text == "new"


def test_a_client_that_holds_the_file_is_told_so(visitor: Visitor) -> None:
    etag = visitor.get().headers["ETag"]
    reply = visitor.get(If_None_Match=etag)
    assert (reply.status_code, reply.content, reply.headers["ETag"]) == (304, b"", etag)
    assert visitor.get(If_None_Match='"other"').status_code == 200
    assert visitor.get(If_Modified_Since="Sun, 13 Sep 2020 12:26:40 GMT").status_code == 304
    assert visitor.get(If_Modified_Since="Sun, 13 Sep 2020 12:26:39 GMT").status_code == 200
    assert visitor.get(If_Match='"other"').status_code == 412


def test_knobs_change_what_edges_tell(visitor: Visitor, steered: Control) -> None:
    etag = visitor.get().headers["ETag"]
    steered.set_knobs(edge_etag="weak")
    assert visitor.get().headers["ETag"] == f"W/{etag}"
    assert visitor.get(If_None_Match=f"W/{etag}").status_code == 304
    steered.set_knobs(edge_etag="dropped", edge_x_cache="asked")
    assert {"ETag", "X-Cache"}.isdisjoint(visitor.get().headers)
    assert "X-Cache" in visitor.get(Pragma="akamai-x-cache-on, akamai-x-check-cacheable").headers
    store(steered, "<p>", "/a.html")
    steered.set_knobs(edge_html="changed")
    assert visitor.get("/a.html").text == "<p>\n<!-- changed by the edge -->\n"
    assert visitor.get("/b.txt", host="other.example.com").status_code == 400
    assert visitor.get(method="POST").status_code == 405


@pytest.mark.parametrize(("fault", "status", "text"), [
    ({"status": 301, "headers": {"Location": "/b"}, "action": "edge:get"}, 301, "Injected fault\n"),
    ({"status": 503, "action": "edge:*"}, 503, "Injected fault\n"), ({"status": 503, "action": "edge:head"}, 200, "old"),
    ({"kind": "digest", "how": "body", "action": "edge:*"}, 200, "omd"), ({"kind": "digest", "how": "body"}, 200, "omd"),
    ({"kind": "truncate", "how": "consistent", "bytes": 1, "action": "edge:get"}, 200, "o"),
    ({"status": 500, "action": "ccu:*"}, 200, "old"), ({"kind": "stale", "ms": 1000}, 200, "old"),
])
def test_a_fault_takes_an_answer_of_the_edge(visitor: Visitor, steered: Control, fault: dict[str, object], status: int,
                                             text: str) -> None:
    steered.add_faults(fault)
    reply = visitor.get()
    assert (reply.status_code, reply.text) == (status, text)


@pytest.mark.parametrize("fault", [
    {"kind": "reset", "when": "before_body"}, {"kind": "truncate", "how": "closed"}, {"kind": "refuse", "ms": 300},
    {"kind": "reset", "when": "in_answer"},
])
def test_a_connection_to_an_edge_breaks_on_purpose(visitor: Visitor, steered: Control, fault: dict[str, object]) -> None:
    steered.add_faults({**fault, "action": "edge:get"})
    with pytest.raises(requests.RequestException):
        visitor.get().raise_for_status()
    time.sleep(0.4 if fault["kind"] == "refuse" else 0)
    assert visitor.get().status_code == 200


def test_the_journal_has_a_line_for_each_visit(visitor: Visitor, steered: Control) -> None:
    mark = steered.journal_length()
    visitor.get()
    visitor.get("/b?c", network="staging", method="HEAD")
    first, second = steered.journal(mark)
    assert (first["action"], first["path"], first["status"], first["account"]) == ("edge:get", "/a.txt", 200, HOST)
    assert (first["note"], first["bytes_out"]) == ("TCP_MISS production", 3)
    assert (second["action"], second["path"], second["note"]) == ("edge:head", "/b?c", "TCP_MISS staging")


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_the_production_network_has_https_too(visitor: Visitor, edges: Running) -> None:
    url = f"https://{edges.edge('https')}/a.txt"
    reply = requests.get(url, headers={"Host": HOST}, timeout=10, verify=False)  # noqa: S501  # the certificate is the host's
    assert (reply.text, visitor.word()) == ("old", "TCP_HIT")


def test_a_large_file_is_delivered_and_not_kept(tmp_path: pathlib.Path) -> None:
    with running(account="a", key="a-key-of-some-length", cp_codes=["123456"], data=tmp_path / "data",
                 edge_hosts={HOST: WWW}) as emulator:
        store(emulator.control, "x" * 100_000)
        visitor = Visitor(emulator)
        assert [len(visitor.get().content) for _time in range(2)] == [100_000] * 2
        assert (visitor.word(), visitor.get("/empty").status_code) == ("TCP_HIT", 404)


def test_a_cache_holds_as_much_as_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netstorage_emulator.edge.cache.MOST_HELD", 10)
    monkeypatch.setattr("netstorage_emulator.edge.cache.LARGEST_KEPT", 8)
    cache = Caches({}, Knobs()).of("production")
    for name, size in (("a", 4), ("b", 4), ("b", 5), ("c", 9), ("d", 3)):
        cache.keep((HOST, name), Copy(None, b"x" * size, 0.0))
    assert [key for key, _copy in cache.copies()] == [(HOST, "b"), (HOST, "d")]


def test_purges_take_effect_in_their_order() -> None:
    now = [0.0]
    settings = Knobs()
    settings.change({"edge_purge_lag": 1000})
    caches = Caches(described([(HOST, WWW)]), settings, lambda: now[0])
    caches.of("production").keep((HOST, "/a?b=c"), Copy(None, b"", 0.0))
    caches.purged(Purge("1", 0.0, "c", "invalidate", "url", "production", ("https://www.example.com:8080/a?b=c",)))
    now[0] = 0.9
    assert [one["is_fresh"] for one in caches.present()] == [True]
    now[0] = 1.0
    assert [one["is_fresh"] for one in caches.present()] == [False]


@pytest.mark.parametrize("arguments", [
    [[("a b", "/1/x")]], [[("a", "www")]], [[("a:80", "/1/x")]], [[("a", "/1"), ("A", "/1")]], [[("a", "/1")], [("b", "1")]],
    [[("a", "/1")], [("a", "x")]], [[("a", "/1")], [], [("a", "x y")]],
])
def test_wrong_sites_are_refused(arguments: list[list[tuple[str, str]]]) -> None:
    with pytest.raises(BadSite):
        described(*arguments)


@pytest.mark.parametrize(("arguments", "told"), [
    (["--edge-port", "0"], "--edge-host"), (["--edge-host", "a"], "NAME=VALUE"), (["--edge-host", "a=b"], "CPCODE"),
    (["--edge-https-port", "0", "--edge-host", "a=/1"], "--certificate"),
])
def test_wrong_options_of_edges_are_told(arguments: list[str], told: str) -> None:
    command = [sys.executable, "-m", "netstorage_emulator", "serve", "--account", "a", "--key", "k", "--cp-code", "1", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert told in done.stderr


def test_the_page_has_the_table_of_edge_knobs() -> None:
    assert knobs.markdown(knobs.EDGE_TABLE) in PAGE.read_text("utf-8")
