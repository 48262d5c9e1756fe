# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stretch of bad network: a server in the middle that passes requests on, and loses what it is told to lose."""

from __future__ import annotations

import contextlib
import http.client
import threading
import typing as t
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REQUEST = "the request is lost, nothing is done"
ANSWER = "the service does it, and its answer is lost"
HALF = "the service does it, and its answer breaks off"


class BadNetwork:
    """``lose`` says for the next requests with an action what happens to them; what is not named passes."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.passed: list[str] = []
        self._plans: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def lose(self, action: str, *what: str) -> None:
        self._plans[action] = list(what)

    def next_for(self, action: str) -> str:
        with self._lock:
            plan = self._plans.get(action, [])
            return plan.pop(0) if plan else ""

    def rewritten(self, target: str) -> str:
        """What it makes of a request's target: nothing."""
        return target

    @contextlib.contextmanager
    def running(self) -> t.Iterator[str]:
        """The ``host:port`` to talk to instead of the service's."""
        network = self

        class Passing(_Passing):
            bad_network = network

        server = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()


class _Passing(BaseHTTPRequestHandler):
    bad_network: BadNetwork
    protocol_version = "HTTP/1.1"

    def _pass(self) -> None:
        header = self.headers["X-Akamai-ACS-Action"]
        action = header.partition("action=")[2].partition("&")[0]
        fate = self.bad_network.next_for(action)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.close_connection = bool(fate)
        if fate == REQUEST:
            return
        status, headers, content = self._ask(body)
        self.bad_network.passed.append(action)
        if fate == ANSWER:
            return
        self.wfile.write(f"HTTP/1.1 {status} X\r\n".encode())
        for name, value in headers:
            self.wfile.write(f"{name}: {value}\r\n".encode("latin-1"))
        self.wfile.write(b"\r\n" + (content[: len(content) // 2] if fate == HALF else content))

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self.bad_network.service, timeout=30)
        try:
            target = self.bad_network.rewritten(self.requestline.split(" ")[1])
            connection.putrequest(self.command, target, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    do_GET = do_PUT = do_POST = _pass

    def log_message(self, format: str, *args: t.Any) -> None:  # noqa: A002
        """Nothing is printed."""
