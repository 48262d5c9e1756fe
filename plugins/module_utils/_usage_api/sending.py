# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""Requests signed, counted, sent, and repeated where that helps.

Each try is signed anew: the service takes a signature for a minute and may take it only once. Waiting grows
exponentially with full jitter, and is never shorter than the service asked for.
"""

from __future__ import annotations

import collections
import contextlib
import itertools
import threading
import typing as t

from .._model.errors import BadReply, BadSource, SourceChanged, Throttled
from .calls import Call, Trouble
from .connection import Connection
from .content import Content
from .refusals import breakage, refusal
from .replies import Truncated
from .signing import sign
from .targets import ACTION_HEADER, action_header, target
from .transport import Answer, Broken, Stage, Transport

VERSION = 5  # HMAC-SHA256
SMALL = 65_536  # bytes of a body that go out in one write with the head
BLOCK = 65_536  # bytes of a large body at a time
_FIRST_PAUSE = 0.5  # seconds
_LONGEST_PAUSE = 20.0  # seconds, unless the service asks for more

_THROTTLED = (
    "The service throttled requests (429 or 423); they were repeated after a wait. Fewer at a time may be faster."
)

T = t.TypeVar("T")
Blocks = t.Generator[bytes, None, None]


class Random(t.Protocol):
    """The part of random.Random that is used here."""

    def random(self) -> float:
        ...

    def getrandbits(self, bits: int, /) -> int:
        ...


class Sender:
    """Thread safe."""

    def __init__(
        self,
        connection: Connection,
        transport: Transport,
        clock: t.Callable[[], float],
        sleep: t.Callable[[float], None],
        random: Random,
    ) -> None:
        self.connection = connection
        self.sleep = sleep
        self._counts: collections.Counter[str] = collections.Counter()
        self.notes: list[str] = []
        self._transport = transport
        self._clock = clock
        self._random = random
        # One counter from a random start: no two requests of this process share a number, whatever the thread, and two
        # processes in the same second are as good as sure not to.
        self._nonces = itertools.count(random.getrandbits(62))
        self._lock = threading.Lock()

    def ask(self, call: Call, read: t.Callable[[Answer], T]) -> T:
        """Sends a request that may be sent twice. Raises the error of the last try."""
        patience = self.patience()
        while True:
            try:
                return self.once(call, read, fresh=patience.fresh)
            except Trouble as trouble:
                patience.after(trouble)

    def do(self, call: Call) -> None:
        """``ask`` for a change that may be sent twice; its answer's text means nothing."""
        self.ask(call, nothing)

    def patience(self) -> Patience:
        return Patience(self.connection.max_retries, self.sleep, self._random, self.note)

    def once(self, call: Call, read: t.Callable[[Answer], T], *, fresh: bool = False) -> T:
        """One try. Raises Trouble; errors of reading the content's source pass as they are."""
        request_target = target(call.path)
        headers = self._headers(call, request_target)
        data, blocks = _body(call, headers)
        self._count(call.action, 1)
        try:
            with self._transport.exchange(call.method, request_target, headers, data, blocks, fresh=fresh) as answer:
                if 200 <= answer.status < 300:
                    return read(answer)
                raise refusal(call, answer, self._clock())
        except Broken as broken:
            if broken.stage is Stage.CONNECT:
                self._count(call.action, -1)
            raise breakage(call, broken, self.connection, self._transport.proxy) from broken.cause
        except BadReply as error:
            error.path, error.action = call.subject, call.action
            raise Trouble(error, passing=isinstance(error, Truncated)) from error
        finally:
            blocks.close()  # the traceback of an error would keep the source's file open

    def _headers(self, call: Call, request_target: str) -> dict[str, str]:
        """Action, signature and whatever the call adds. Signed for now and for once."""
        action = action_header(call.action, call.parameters)
        account, now, nonce = self.connection.account, int(self._clock()), str(next(self._nonces))
        headers = {ACTION_HEADER: action}
        headers.update(sign(self.connection.key, account, request_target, action, VERSION, now, nonce))
        headers.update(call.extra)
        return headers

    @property
    def api_calls(self) -> dict[str, int]:
        """Requests sent so far, by action."""
        with self._lock:
            return {action: count for action, count in self._counts.items() if count}

    def _count(self, action: str, change: int) -> None:
        with self._lock:
            self._counts[action] += change

    def note(self, text: str) -> None:
        """Something that the user should hear of, once."""
        with self._lock:
            if text not in self.notes:
                self.notes.append(text)


class Patience:
    """How often one request is repeated, and the waiting in between."""

    def __init__(
        self, retries: int, sleep: t.Callable[[float], None], random: Random, note: t.Callable[[str], None]
    ) -> None:
        self._left = retries
        self._ceiling = _FIRST_PAUSE
        self._sleep = sleep
        self._random = random
        self._note = note
        self.fresh = False

    def after(self, trouble: Trouble) -> None:
        """Returns when the next try is due. Raises the error where there is none."""
        if trouble.stale and not self.fresh:
            self.fresh = True  # the next try opens a connection of its own, so this can happen only once
            return
        if not trouble.passing or self._left <= 0:
            raise trouble.error from trouble.__cause__
        self._left -= 1
        if isinstance(trouble.error, Throttled):
            self._note(_THROTTLED)
        pause = self._random.random() * self._ceiling
        self._ceiling = min(self._ceiling * 2, _LONGEST_PAUSE)
        self._sleep(max(pause, trouble.pause or 0.0))


def nothing(answer: Answer) -> None:
    """Reads an answer whose text means nothing: with a status of 2xx it is a success, even if the text gets lost."""
    with contextlib.suppress(Broken):
        answer.read(SMALL)


def _body(call: Call, headers: dict[str, str]) -> tuple[bytes, Blocks]:
    """The small body, or the blocks of a large one; the length goes to the headers."""
    content = call.content
    if content is None:
        if call.method != "GET":
            headers["Content-Length"] = "0"
        return b"", _cut(b"")
    headers["Content-Length"] = str(content.size)
    data = content.data
    if data is None:
        return b"", _blocks(content, call.subject)
    if len(data) != content.size:
        raise SourceChanged("The content has another size than was said", path=call.path)
    if len(data) <= SMALL:
        return data, _cut(b"")
    return b"", _cut(data)


def _cut(data: bytes) -> Blocks:
    for start in range(0, len(data), BLOCK):
        yield data[start : start + BLOCK]


def _blocks(content: Content, path: bytes) -> Blocks:
    """The content, block by block. The last one is held back until the source has shown that it ends there: a request
    without its last block stores nothing."""
    left = content.size
    try:
        with content.open() as reader:
            while left > 0:
                block = reader.read(min(BLOCK, left))
                left -= len(block)
                if not block or (left == 0 and reader.read(1)):
                    raise SourceChanged("The file changed its size while it was being sent", path=path)
                yield block
    except OSError as error:
        raise BadSource(f"The file cannot be read: {error.strerror or error}", path=path) from error
