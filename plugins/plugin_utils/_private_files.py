# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Temporary storage of content on the controller, which is removed whatever ends the task.

SIGTERM kills Ansible's worker without an exception in its action plugin (ansible-core 2.19 and newer), so no ``finally`` runs.
Content is held in memory where the system supports that (Linux): nothing is left, even after SIGKILL. What must be in the file
system is removed by a signal handler.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import threading
import types
import typing as t

from ansible import constants as C

from ..module_utils._model.paths import encoded

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@contextlib.contextmanager
def held(content: bytes) -> t.Iterator[str]:
    """A path under which processes of this user can read the content for the duration of the block."""
    descriptor = _in_memory(content)
    if descriptor is None:
        with named(content) as path:
            yield path
        return
    try:
        yield _path_of(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def named(content: bytes) -> t.Iterator[str]:
    """The same as a file in Ansible's own folder, for programs that want one: ``podman cp`` would copy a link to memory."""
    with private_folder("ns_content-") as folder:
        path = os.path.join(folder, "ns_content-file")
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(content)
        yield path


@contextlib.contextmanager
def private_folder(prefix: str) -> t.Iterator[str]:
    """A folder that only the user of the controller can read, for the duration of the block."""
    folder = tempfile.mkdtemp(prefix=prefix, dir=C.DEFAULT_LOCAL_TMP)
    with gone_with_signals(folder):
        try:
            yield folder
        finally:
            removed(folder)


@contextlib.contextmanager
def gone_with_signals(path: str) -> t.Iterator[None]:
    """A signal that ends this process within the block removes the file or folder first, and then has its usual effect. Signals
    that the process was started to ignore stay ignored. Only the main thread may install signal handlers, so under a strategy
    that runs tasks on threads signals remove nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    heard = [number for number, handler in before.items() if handler not in (signal.SIG_IGN, None)]

    def hear(number: int, frame: types.FrameType | None) -> None:
        removed(path)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)
            return
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    for number in heard:
        signal.signal(number, hear)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, before[number])


def removed(path: str) -> None:
    """Removes a file, or a folder with all that is in it; no error if it is gone already."""
    place = encoded(path)
    if os.path.isdir(place) and not os.path.islink(place):
        shutil.rmtree(place, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            os.unlink(place)


def _in_memory(content: bytes) -> int | None:
    """A descriptor of the content. None if the system has no memfd, or other processes could not open it."""
    if not hasattr(os, "memfd_create"):
        return None
    descriptor = -1
    try:
        descriptor = os.memfd_create("ns_content")
        os.fchmod(descriptor, 0o600)
        with os.fdopen(descriptor, "wb", closefd=False) as stream:
            stream.write(content)
        # Not so without /proc, or with that of others; and a process that guards its memory has one that is not its user's.
        found = os.path.samestat(os.stat(_path_of(descriptor)), os.fstat(descriptor))
        if found and os.stat(os.path.dirname(_path_of(descriptor))).st_uid == os.geteuid():
            return descriptor
    except OSError:
        pass
    if descriptor >= 0:
        os.close(descriptor)
    return None


def _path_of(descriptor: int) -> str:
    return f"/proc/{os.getpid()}/fd/{descriptor}"
