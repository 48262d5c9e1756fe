# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file that is written in full or not at all: under a temporary name beside its place, then renamed."""

from __future__ import annotations

import contextlib
import os
import tempfile
import typing as t

from .._model.errors import BadOptions, LocalFailed
from .._model.paths import basename, is_within, join, parent, shown

_LONGEST = 100  # of the bytes of a name that its temporary name repeats: a file system takes 255


@contextlib.contextmanager
def whole_file(path: bytes) -> t.Iterator[t.BinaryIO]:
    """A file for writing that takes its place when the block ends; where the block raises, what was there before stays.

    Only its owner may read it (0600). A symlink at the path is replaced, not followed.

    Args:
        path: where it will be; the directory must exist.

    Raises:
        LocalFailed: it cannot be written there.
    """
    folder = parent(path) if b"/" in path else b"."
    try:
        descriptor, fresh = tempfile.mkstemp(b".part", b"." + basename(path)[:_LONGEST] + b".", folder or b"/")
        try:
            with open(descriptor, "wb") as file:
                yield file
            os.replace(fresh, path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(fresh)
            raise
    except OSError as error:
        raise LocalFailed(f"{shown(path)} cannot be written: {error.strerror}", path=path) from error


def refuse_place(option: str, path: bytes, tree: bytes | None = None) -> None:
    """Refuse a path that an option names and where no file can be written.

    Args:
        tree: a directory that is sent, None for none. What is written into it would be sent, too.

    Raises:
        BadOptions: it is a directory, its directory does not exist, or it lies in the tree.
    """
    if not path or os.path.isdir(path):
        raise BadOptions(f"{option}: {shown(path)} is a directory" if path else f"{option} is empty", hint="Name a file.")
    if b"\0" in path:
        raise BadOptions(f"{option}: {shown(path)} has a NUL")
    folder = (parent(path) or b"/") if b"/" in path else b"."
    if not os.path.isdir(folder):
        raise BadOptions(f"{option}: the directory {shown(folder)} does not exist", hint="Create it first.")
    where = join(os.path.realpath(folder).rstrip(b"/"), basename(path))  # a symlink at the path is replaced, not followed
    if tree is not None and is_within(where, os.path.realpath(tree).rstrip(b"/")):
        hint = "Write it to a directory that is not deployed."
        raise BadOptions(f"{option}: {shown(path)} lies in {shown(tree)}, and would be sent with it", hint=hint)
