# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signs, counts and sends requests, and retries them where that helps.

Each try is signed anew: the service takes a signature for a minute and may take it only once. Waiting for one request
grows exponentially with full jitter, and is never shorter than the service asked for; when the service refuses requests
for being too many, all requests wait (``rate_limiter``).
"""

from __future__ import annotations

import collections
import itertools
import threading
import typing as t
from random import Random

from .._http.endpoint import EndpointError
from .._http.rate_limiter import RateLimiter, Turn
from .._http.transport import NO_BLOCKS, Block, Broken, Pool, Response, Stage
from .._model.errors import BadOptions, BadReply, BadSource, SourceChanged, Stopped, Throttled
from .._threads.cancellation import Cancelled
from .client_config import ClientConfig
from .error_mapping import NotXml, accepted, breakage, refusal, skew
from .pending import Pending
from .request import ACTION_HEADER, METHODS, Content, Request, RequestFailed, Value, action_header, target
from .signing import SIGN_HEADER, sign
from .verdicts import spellings, without_secrets
from .xml_parser import Truncated

SMALL = 65_536  # bytes of a body that go out in one write with the head
_PROVED_BY_XML = frozenset({"stat", "dir", "list", "du"})
_SLOW_TO_SHOW = frozenset({"list", "dir"})  # the first byte of their responses comes when the whole page is ready
_REFUSALS = 100  # refusals of one request that do not count as tries, as long as others succeed
_FIRST_PAUSE = 0.5  # seconds
_LONGEST_PAUSE = 20.0  # seconds, unless the service asks for more

_THROTTLED = (
    "The service throttled requests (429 or 423); they were repeated after a wait. Fewer at a time may be faster."
)

T = t.TypeVar("T")
Blocks = t.Generator[Block, None, None]


class Sender:
    """Thread safe.

    notes  what is reported to the user although nothing failed
    """

    def __init__(
        self,
        config: ClientConfig,
        pool: Pool,
        limiter: RateLimiter,
        clock: t.Callable[[], float],
        random: Random,
        moved: t.Callable[[int], None] = lambda _count: None,
    ) -> None:
        self.config = config
        self.limiter, self.moved = limiter, moved
        self._counts: collections.Counter[str] = collections.Counter()
        self.notes: list[str] = []
        self.dated: tuple[str | None, float] = (None, 0.0)  # Date of the last response, and the local time then
        self.pending = Pending(config.settle, clock, self._clock_ahead, self.sleep, self.note)
        self._pool = pool
        self._clock = clock
        self._random = random
        # The Server headers of responses that the service's XML proved. A change that was seen proves none: a filter may have
        # let it pass.
        self._proved_by_reads: set[str] = set()
        self._secrets: frozenset[str] | None = None
        # One counter from a random start: no two requests of this process share a number, whatever the thread, and two
        # processes in the same second almost certainly do not either.
        self._nonces = itertools.count(random.getrandbits(62))
        self._lock = threading.Lock()

    def ask(self, request: Request, read: t.Callable[[Response], T]) -> T:
        """Sends a request that may be sent twice. Raises the error of the last try."""
        patience = self.patience()
        while True:
            try:
                return self.once(request, read, fresh=patience.fresh)
            except RequestFailed as failure:
                patience.after(failure)

    @property
    def clock_skew(self) -> float | None:
        """Seconds by which the local clock is ahead of the service's, by the last response; None where that had no date."""
        return skew(*self.dated)

    def _clock_ahead(self) -> float:
        return self.clock_skew or 0.0

    def patience(self) -> Patience:
        return Patience(self, self._random)

    def sleep(self, seconds: float) -> None:
        """Raises Stopped."""
        try:
            self.limiter.rest(seconds)
        except Cancelled as cancelled:
            raise Stopped(str(cancelled)) from cancelled

    def once(self, request: Request, read: t.Callable[[Response], T], *, fresh: bool = False) -> T:
        """One try, when the rate limiter lets it start. Raises RequestFailed, and Stopped before anything is sent or between two
        blocks of a body; errors while the content is read are passed on."""
        try:
            turn = self.limiter.enter(request.action)
        except Cancelled as cancelled:
            raise Stopped(str(cancelled)) from cancelled
        signed = _Signed()
        try:
            return self._try(request, read, turn, fresh, signed)
        except Cancelled as cancelled:
            raise Stopped(str(cancelled)) from cancelled
        except EndpointError as error:
            raise BadOptions(error.message, hint=error.hint) from error
        except Broken as broken:
            if broken.stage is Stage.CONNECT:
                self._count(request.action, -1)
            if isinstance(broken.cause, Cancelled):
                raise Stopped(str(broken.cause)) from None
            failure = breakage(request, broken, self.config, self._pool.proxy, self._all_secrets(signed))
            failure.signed = signed.at
            raise failure from broken.cause
        except BadReply as error:
            error.path, error.action = request.subject, request.action
            secrets = self._all_secrets(signed)
            error.message = error.told(secrets) if isinstance(error, NotXml) else without_secrets(error.message, secrets)
            raise RequestFailed(error, passing=isinstance(error, (Truncated, NotXml))) from error
        except RequestFailed as failure:
            failure.error.message = without_secrets(failure.error.message, self._all_secrets(signed))
            failure.signed = signed.at
            raise
        finally:
            self.limiter.leave(turn)

    def change(self, request: Request, *, fresh: bool = False) -> None:
        """One try of a change. Returns if the service itself has confirmed it. Raises as ``once``."""

        def read(response: Response) -> None:
            accepted(request, response, self._proved_by_reads, self._all_secrets(None))

        self.once(request, read, fresh=fresh)

    def _try(self, request: Request, read: t.Callable[[Response], T], turn: Turn, fresh: bool, signed: _Signed) -> T:
        request_target = target(request.path)
        headers = self._headers(request, request_target, signed)
        data, blocks = self._body(request, headers, signed)
        self._count(request.action, 1)
        try:
            with self._pool.exchange(request.method, request_target, headers, data, blocks, fresh=fresh) as response:
                self.dated = response.header("Date"), self._clock()
                self.limiter.responded(turn, response.status, blocks is NO_BLOCKS and request.action not in _SLOW_TO_SHOW)
                if self.limiter.is_metered and request.method == "GET":
                    # The bandwidth limit does not delay the response to a change: no cancellation may come before it is read.
                    response.meter(self.limiter.piece, self.limiter.spend)
                if 200 <= response.status < 300:
                    found = read(response)
                    if request.action in _PROVED_BY_XML:
                        server = response.header("Server")
                        if server is not None and server not in self._proved_by_reads:
                            self._proved_by_reads.add(server)
                    return found
                failure = refusal(request, response, self._clock(), self._proved_by_reads, self._all_secrets(signed))
                turn.pause = failure.pause
                raise failure
        finally:
            if blocks is not NO_BLOCKS:
                t.cast(Blocks, blocks).close()  # the traceback of an error would keep the source's file open

    def _all_secrets(self, signed: _Signed | None) -> frozenset[str]:
        """What may not be quoted: the key, the credentials of a proxy, and the signatures of a request."""
        if self._secrets is None:
            known = [self.config.key, *self._pool.secrets]
            self._secrets = frozenset(one for secret in known for one in spellings(secret))
        signatures = signed.signatures if signed is not None else ()
        return self._secrets.union(*map(spellings, signatures)) if signatures else self._secrets

    def _headers(self, request: Request, request_target: str, signed: _Signed) -> dict[str, str]:
        """Action, signature and the headers of the request. The signature is for the current time and used once."""
        action = action_header(request.action, request.parameters)
        signed.at = self._clock()
        account, now, nonce = self.config.account, int(signed.at), str(next(self._nonces))
        headers = {ACTION_HEADER: action}
        headers.update(sign(self.config.key, account, request_target, action, now, nonce))
        signed.signatures += (headers[SIGN_HEADER],)
        headers.update(request.extra)
        return headers

    def _body(self, request: Request, headers: dict[str, str], signed: _Signed) -> tuple[bytes, t.Iterable[Block]]:
        """The small body, or the blocks of a large one; the length goes to the headers."""
        content = request.content
        if content is None:
            if request.method not in ("GET", "HEAD"):
                headers["Content-Length"] = "0"
            return b"", NO_BLOCKS
        if request.at_end is not None:
            headers["Transfer-Encoding"] = "chunked"
            return b"", self._told(self._chunks(request, content, request.at_end, signed))
        headers["Content-Length"] = str(content.size)
        data, limiter = content.data, self.limiter
        if data is None and not content.size:
            # There is no last block to hold back, so it is checked first.
            data = b"".join(_blocks(content, request.subject, limiter))
        if data is None:
            return b"", self._told(_blocks(content, request.subject, limiter))
        if len(data) != content.size:
            raise SourceChanged("The content has another size than announced", path=request.path)
        if len(data) > SMALL or (limiter.is_metered and len(data) > limiter.piece):
            return b"", self._told(_cut(data, limiter))
        if limiter.is_metered:
            limiter.spend(len(data))
        return data, NO_BLOCKS

    def _told(self, blocks: Blocks) -> Blocks:
        """The blocks. Each is told when the next one is asked for, because it has been sent by then."""
        sent = 0
        try:
            for block in blocks:
                yield block
                sent += len(block)
                self.moved(len(block))
        finally:
            blocks.close()
            self.moved(-sent)

    def _chunks(self, request: Request, content: Content, at_end: tuple[tuple[str, Value], ...], signed: _Signed) -> Blocks:
        """The body as chunks, and as a trailer the digest of what was sent, signed anew: without that nothing is stored."""
        gap = b""
        for block in _blocks(content, request.subject, self.limiter):
            yield b"%s%x\r\n" % (gap, len(block))
            yield block
            gap = b"\r\n"
        if content.sha256 is None:
            raise SourceChanged("The content has no digest although it was read to its end", path=request.path)
        ending = request._replace(parameters=(("sha256", content.sha256), *at_end))
        final = self._headers(ending, target(request.path), signed)
        trailers = "".join([f"{name}: {value}\r\n" for name, value in final.items()])
        yield f"{gap.decode()}0\r\n{trailers}\r\n".encode("ascii")

    @property
    def api_calls(self) -> dict[str, int]:
        """Requests really sent so far, by action, repetitions included."""
        with self._lock:
            return {action: count for action, count in self._counts.items() if count}

    def _count(self, action: str, change: int) -> None:
        with self._lock:
            self._counts[action] += change

    def note(self, text: str) -> None:
        """Reports something to the user, once."""
        with self._lock:
            if text not in self.notes:
                self.notes.append(text)


class Patience:
    """Retry policy of one request: how often it is repeated, and the waits in between.

    A request that was refused because there were too many does not use up its tries as long as others are admitted: then it
    is only a matter of time. The rate limiter decides when it is sent again.
    """

    def __init__(self, sender: Sender, random: Random) -> None:
        self._sender, self._limiter, self._random = sender, sender.limiter, random
        self._left = sender.config.max_retries
        self._ceiling = _FIRST_PAUSE
        self._admitted = self._limiter.admitted
        self._refusals = _REFUSALS
        self.fresh = False

    def after(self, failure: RequestFailed) -> None:
        """Returns when the next try is due. Raises the error where there is none, and Stopped."""
        if failure.stale and not self.fresh:
            self.fresh = True  # the next try opens a new connection, so this can happen only once
            return
        if not failure.passing:
            raise failure.error from failure.__cause__
        if isinstance(failure.error, Throttled) and self._others_are_taken():
            self._sender.note(_THROTTLED)
            return
        if self._left <= 0:
            raise failure.error from failure.__cause__
        self._left -= 1
        if isinstance(failure.error, Throttled):
            self._sender.note(_THROTTLED)
        pause = self._random.random() * self._ceiling
        self._ceiling = min(self._ceiling * 2, _LONGEST_PAUSE)
        try:
            self._sender.sleep(max(pause, failure.pause or 0.0, self._limiter.due()))
        except Stopped:
            if failure.doubtful and METHODS.get(failure.error.action or "") != "GET":
                raise failure.error from failure.__cause__  # it may have been carried out, so it does not count as not tried
            raise

    def _others_are_taken(self) -> bool:
        """Whether another request was admitted since the last refusal. Never for ever: one object may be locked (423)."""
        before, self._admitted = self._admitted, self._limiter.admitted
        self._refusals -= 1
        return self._admitted > before and self._refusals > 0


class _Signed:
    """When a try was signed last, seconds since the epoch by the local clock, and with what."""

    __slots__ = ("at", "signatures")

    def __init__(self) -> None:
        self.at = 0.0
        self.signatures: tuple[str, ...] = ()


def _cut(data: bytes, limiter: RateLimiter) -> Blocks:
    view, size = memoryview(data), limiter.piece
    for start in range(0, len(data), size):
        block = view[start : start + size]
        limiter.spend(len(block))
        yield block


def _blocks(content: Content, path: bytes, limiter: RateLimiter) -> Blocks:
    """The content, block by block. The last one is held back until the source has been closed without an error: a request
    without its last block stores nothing."""
    left, size = content.size, limiter.piece
    held = b""
    try:
        with content.open() as reader:
            while left > 0:
                if held:
                    limiter.spend(len(held))
                    yield held
                held = reader.read(min(size, left))
                left -= len(held)
                if not held:
                    raise SourceChanged("The file changed its size while it was being sent", path=path)
            if reader.read(1):
                raise SourceChanged("The file changed its size while it was being sent", path=path)
    except OSError as error:
        raise BadSource(f"The file cannot be read: {error.strerror or error}", path=path) from error
    if held:
        limiter.spend(len(held))
        yield held
