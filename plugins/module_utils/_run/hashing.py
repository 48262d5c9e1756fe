# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers the planner's questions: large files are hashed, and requests are sent, on threads while the listing goes on."""

from __future__ import annotations

import collections
import os
import typing as t

from .._model.errors import Stopped
from .._plan.compare import Answer, Question
from .._plan.planner import Planner
from .._threads.cancellation import Cancellation
from .._threads.waiting import result_of, until_done
from .._threads.worker_pool import WorkerPool

if t.TYPE_CHECKING:
    from concurrent.futures import Future

# Below this a hop to another thread costs more than the hashing.
_INLINE = 64 * 1024
# Questions that wait at a time, so that memory does not grow with the tree.
_WAITING = 256


class Digests:
    """Answers questions in any order; all of them before the ``with`` block ends."""

    def __init__(
        self,
        planner: Planner,
        digest: t.Callable[[Question], Answer],
        cancellation: Cancellation,
        parallel: int = 1,
        hashed: t.Callable[[int], None] = lambda _size: None,
    ) -> None:
        """
        Args:
            planner: gets the answers.
            digest: answers a question, on any thread.
            cancellation: ends it.
            parallel: requests at a time.
            hashed: is told the size of each large file that a question is about, when it is answered.
        """
        self._planner, self._digest, self._cancellation, self._hashed = planner, digest, cancellation, hashed
        self._pool = WorkerPool(os.cpu_count() or 2)
        self._asking = WorkerPool(parallel)
        self._waiting: collections.deque[tuple[Question, Future[Answer]]] = collections.deque()

    def __enter__(self) -> Digests:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        try:
            while self._waiting and kind is None:
                self._answer_first()
        finally:
            until_done([future for _question, future in self._waiting if not future.cancel()])
            self._pool.shutdown()
            self._asking.shutdown()

    def ask(self, question: Question) -> None:
        """Hash the local file of a question, in this thread or another. Raises Stopped."""
        why = self._cancellation.reason()
        if why:
            raise Stopped(why)
        if (question.want.size or 0) < _INLINE and not question.asks:
            self._planner.answer(question, self._digest(question))
            return
        pool = self._asking if question.asks else self._pool
        self._waiting.append((question, pool.submit(self._digest, question)))
        if len(self._waiting) > _WAITING:
            self._answer_first()

    def _answer_first(self) -> None:
        question, future = self._waiting.popleft()
        self._planner.answer(question, result_of(future))
        self._hashed(question.want.size or 0)
