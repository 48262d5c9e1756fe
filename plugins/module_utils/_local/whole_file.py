# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A file that is written in full or not at all: under a temporary name beside its place, then renamed."""

from __future__ import annotations

import contextlib
import os
import tempfile
import typing as t

from .._model.errors import LocalFailed
from .._model.paths import basename, parent, shown

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
