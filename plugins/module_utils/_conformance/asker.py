# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signs what is asked and sends it once, as it stands. No repair hides what the service says: a change is never repeated.

A response counts where it comes from the service itself and says something about the request. All else is ``Unanswered``: nothing
follows from it, and what was asked is asked anew, in another directory, or is not known.
"""

from __future__ import annotations

import itertools
import time
import typing as t
from random import Random

from .._http.transport import Broken, Response, Stage
from .._model.errors import BadReply, Stopped
from .._model.paths import SLASH, is_within
from .._threads.cancellation import Cancelled
from .._usage_api.client import Client
from .._usage_api.request import ACTION_HEADER, Value, action_header, target
from .._usage_api.signing import sign
from .._usage_api.verdicts import Said, doubt_of_refusal, doubt_of_success, is_foreign
from .._usage_api.xml_parser import PageParser
from .budget import Budget, CountedPool
from .clocks import Skew
from .scenes import AT_THE_END, CREATES, Ask, Reply

_ROOTS = {"stat": "stat", "dir": "stat", "list": "list", "du": "du"}
_THROTTLED = frozenset({423, 429})
_PAUSES = (0.2, 0.6)  # seconds before a read is repeated
_LONGEST_PAUSE = 5.0  # seconds of a Retry-After
_LARGEST = 1_048_576  # bytes of a body that are read
_PAGES = 16  # of one listing


class Unanswered(Exception):
    """There was no response that says something. The text says what there was, without names.

    is_untouched  it is certain that the service has done nothing
    """

    def __init__(self, text: str, is_untouched: bool = False) -> None:
        super().__init__(text)
        self.is_untouched = is_untouched


class Signed(t.NamedTuple):
    """A request as it leaves. ``identity`` is the time and the id in its signature, ``at`` when it was signed."""

    ask: Ask
    target: str
    headers: dict[str, str]
    identity: tuple[int, str]
    at: float


class _Left(Exception):
    """The client leaves in the middle of a body."""


class Asker:
    """Used by one thread.

    skew   what is known of the service's clock
    made   what may be there now, paths and whether they are directories, in the order in which they were made
    servers  the Server headers of responses that were proved to be the service's
    done   the statuses of changes that were carried out
    left   when each upload was signed whose client left at its end
    lost   when a change was signed last whose response was lost; 0 where there was none. It may still be carried out

    Args:
        client: whose account, limits and cancellation hold here too.
        pool: what its requests go over.
    """

    def __init__(
        self, client: Client, pool: CountedPool, budget: Budget, random: Random, clock: t.Callable[[], float] = time.time
    ) -> None:
        self.client, self.budget, self.skew = client, budget, Skew()
        self.made: dict[tuple[bytes, bool], None] = {}
        self.done: set[int] = set()
        self.left: list[float] = []
        self.lost = 0.0
        self._pool, self._clock = pool, clock
        self.servers: set[str] = set()
        self._nonces = itertools.count(random.getrandbits(62))

    # -- asking

    def ask(self, ask: Ask, place: bytes, earlier: t.Mapping[str, Reply] | None = None) -> Reply:
        """One question, read to its last page where it walks.

        Raises:
            Unanswered, Spent, Stopped.
        """
        if ask.leaves:
            return self._leave(ask, place)
        parameters = tuple((name, value(place) if callable(value) else value) for name, value in ask.parameters)
        path = _at(place, ask.path)
        if ask.resumes is not None:
            name, how = ask.resumes
            marker = (earlier or {})[name].resume or b""
            path, more = _next(ask, path, marker, place) if how == "path" else (path, ((how, marker),))
            parameters += more
        reply = self._patiently(ask, path, parameters)
        pages = 1
        while ask.walks and reply.status == 200 and reply.resume is not None and pages < _PAGES:
            path, more = _next(ask, path, reply.resume, place)
            page = self._patiently(ask, path, (*parameters, *more))
            if page.status != 200:
                raise Unanswered(f"a later page of {ask.action} was answered with {page.status}")
            reply, pages = page._replace(rows=reply.rows + page.rows, begun=reply.begun), pages + 1
        return reply

    def sign(self, ask: Ask, path: bytes, parameters: t.Iterable[tuple[str, Value]] = (), *, back: float | None = None) -> Signed:
        """A request, signed for now; or for the second of the service's clock that began so many whole seconds ago."""
        at = self._clock()
        stamp = int(at) if back is None else int(at + self.skew.middle) - int(back)
        return self._signed(ask, path, parameters, (stamp, str(next(self._nonces))), at)

    def sign_as(self, other: Signed, path: bytes, parameters: t.Iterable[tuple[str, Value]]) -> Signed:
        """The same question at another path, with the time and the id of a request that was sent already."""
        return self._signed(other.ask, path, parameters, other.identity, other.at)

    def _signed(
        self, ask: Ask, path: bytes, parameters: t.Iterable[tuple[str, Value]], identity: tuple[int, str], at: float
    ) -> Signed:
        config, to = self.client.config, target(path)
        action = action_header(ask.action, parameters)
        headers = {ACTION_HEADER: action, **sign(config.key, config.account, to, action, *identity), **dict(ask.headers)}
        if not ask.is_read:
            headers["Content-Length"] = str(len(ask.body or b""))
        return Signed(ask, to, headers, identity, at)

    def send(self, signed: Signed) -> Reply:
        """One try. Raises Unanswered, Spent, Stopped."""
        try:
            turn = self.client.limiter.enter(signed.ask.action)
        except Cancelled as cancelled:
            raise Stopped(str(cancelled)) from cancelled
        try:
            return self._sent(signed)
        except Cancelled as cancelled:
            raise Stopped(str(cancelled)) from cancelled
        except Broken as broken:
            if isinstance(broken.cause, Cancelled):
                raise Stopped(str(broken.cause)) from None
            if broken.stage is Stage.CONNECT:
                raise Unanswered("no connection", is_untouched=True) from broken
            self._lose(signed)
            raise Unanswered("the connection was lost") from broken
        finally:
            self.client.limiter.leave(turn)

    def sleep(self, seconds: float) -> None:
        """Raises Stopped."""
        self.client.sleep(seconds)

    # -- one request

    def _patiently(self, ask: Ask, path: bytes, parameters: t.Iterable[tuple[str, Value]]) -> Reply:
        """A read is tried again where it was not answered. A change only where it is certain that it was not carried out: whoever
        asks begins anew elsewhere."""
        if ask.action in CREATES:
            self._note_made(ask, path, parameters)
        pauses = list(_PAUSES)
        while True:
            try:
                reply = self.send(self.sign(ask, path, parameters))
            except Unanswered as unanswered:
                if not pauses or not (ask.is_read or unanswered.is_untouched):
                    raise
                self.sleep(pauses.pop(0))
            else:
                if not ask.is_read and 200 <= reply.status < 300:
                    self.done.add(reply.status)
                return reply

    def _sent(self, signed: Signed) -> Reply:
        ask, wall, begun = signed.ask, self._clock(), time.monotonic()
        exchange = self._pool.exchange(ask.method, signed.target, signed.headers, ask.body or b"")
        with exchange as response:
            self.skew.heard(response.header("Date"), wall, self._clock())
            try:
                return self._read(signed, response)._replace(begun=begun, ended=time.monotonic())
            except Unanswered as unanswered:
                if not unanswered.is_untouched:
                    self._lose(signed)
                raise

    def _read(self, signed: Signed, response: Response) -> Reply:
        ask, status = signed.ask, response.status
        body = b"" if ask.head else response.read(_LARGEST + 1)
        if len(body) > _LARGEST:
            raise Unanswered(f"a response of more than {_LARGEST} bytes")
        said = Said(
            status,
            "" if ask.head else response.header("Content-Type") or "",
            response.header("Server"),
            body[:4096].decode("latin-1"),
            (response.header("Content-Encoding") or "").strip().lower(),
        )
        self._refuse(ask, said, response)
        reply = Reply(status, body=body, etag=response.header("ETag"))
        if status == 200 and ask.action in _ROOTS:
            reply = _parsed(ask, reply)
            self.servers.add(said.server or "")
        return reply

    def _refuse(self, ask: Ask, said: Said, response: Response) -> None:
        """Raises Unanswered for what is not the service's word on the request."""
        status = said.status
        if status in _THROTTLED:
            self.sleep(_pause(response.header("Retry-After")))
            raise Unanswered(f"throttled with {status}", is_untouched=True)
        if status >= 500 and status != 501:
            raise Unanswered(f"failed with {status}")
        if status == 407 or 300 <= status < 400:
            raise Unanswered(f"answered with {status}")
        known = {server for server in self.servers if server}
        if status >= 400:
            doubt = doubt_of_refusal(said, known)
        elif ask.is_read:
            bare = said._replace(text="", kind="")  # a download may be a page
            doubt = "a foreign server" if ask.action == "download" and known and is_foreign(bare, known) else ""
        else:
            doubt = doubt_of_success(said._replace(status=200) if said.server in known else said, known)
        if doubt:
            raise Unanswered(f"answered with {status}, not by the service")

    def _lose(self, signed: Signed) -> None:
        """A change may still be carried out."""
        if not signed.ask.is_read:
            self.lost = max(self.lost, signed.at)

    # -- a client that leaves

    def _leave(self, ask: Ask, place: bytes) -> Reply:
        path = _at(place, ask.path)
        self._note_made(ask, path, ())
        signed, body = self.sign(ask, path), ask.body or b""
        try:
            if ask.leaves == AT_THE_END:
                self.left.append(signed.at)
                self._pool.send_and_leave(ask.method, signed.target, signed.headers, body)
            else:
                self._pool.exchange(ask.method, signed.target, signed.headers, b"", _half(body), fresh=True)
        except _Left:
            pass
        except Broken as broken:
            if isinstance(broken.cause, Cancelled):
                raise Stopped(str(broken.cause)) from None
            raise Unanswered("no connection, or it was lost") from broken
        return Reply(0)

    # -- what is there

    def _note_made(self, ask: Ask, path: bytes, parameters: t.Iterable[tuple[str, Value]]) -> None:
        to = next((t.cast(bytes, value) for name, value in parameters if name == "destination"), path)
        self.made.pop((to, ask.action == "mkdir"), None)  # so that what is in a directory always comes behind it
        self.made[to, ask.action == "mkdir"] = None
        self.budget.made = len(self.made)


def _at(place: bytes, path: str) -> bytes:
    return place + path.encode() if not path or path.startswith("/") else place + b"/" + path.encode()


def _next(ask: Ask, path: bytes, marker: bytes, place: bytes) -> tuple[bytes, tuple[tuple[str, Value], ...]]:
    """The request for the next page (docs/usage-api.md#paging)."""
    if ask.action == "dir":
        return path, (("start", marker),)
    path = SLASH + marker.lstrip(SLASH)
    if not is_within(path, place):
        raise Unanswered("a marker that leads out of the directory")
    return path, ()


def _half(body: bytes) -> t.Iterator[bytes]:
    yield body[: len(body) // 2]
    raise _Left


def _parsed(ask: Ask, reply: Reply) -> Reply:
    parser = PageParser(_ROOTS[ask.action])
    try:
        parser.feed(reply.body)
        page = parser.close()
    except BadReply as error:
        raise Unanswered("answered with what is not the XML of the service") from error
    return reply._replace(rows=tuple(page.rows), resume=page.resume, body=b"")


def _pause(retry_after: str | None) -> float:
    return min(float(retry_after), _LONGEST_PAUSE) if retry_after and retry_after.isdecimal() and len(retry_after) < 5 else 1.0
