# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""For tests: Python compiles what it imports from a module of Ansible once, and not in each process.

Ansible hands a module over as a zip archive of sources, and Python keeps no compiled files for archives: it would compile
some 50 files for each task of ``ansible.builtin``, and 150 for each of ours. Only compiling is left out. What is
imported is what the archive holds: a compiled file counts for the very source that it was made of, as those in
``__pycache__`` do where Python is told to check their hashes.

Python imports this module when it starts with this folder in ``PYTHONPATH``, in each process, so it imports nothing itself.
"""

import _imp
import marshal
import os
import sys
import zipimport

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# By environment, because each ansible-core has other files of the same names.
_NAME = os.path.basename(sys.prefix) + "-" + str(sys.implementation.cache_tag)
_FOLDER = os.path.join(_ROOT, ".cache", "compiled-modules", _NAME)
_HASH_SIZE = 8

_compile = zipimport._compile_source  # type: ignore[attr-defined]


def _compiled(path: str, source: bytes) -> object:
    """The code of a file in an archive, whose own path ends in ``.zip``; for tracebacks it is from that archive."""
    file = os.path.join(_FOLDER, path.rpartition(".zip" + os.sep)[2].replace(os.sep, "."))
    digest = _imp.source_hash(0, source)
    kept = _read(file)
    if kept[:_HASH_SIZE] == digest:
        code = marshal.loads(kept[_HASH_SIZE:])  # noqa: S302  # written below
        _imp._fix_co_filename(code, path)  # type: ignore[attr-defined]
        return code
    code = _compile(path, source)
    _write(file, digest + marshal.dumps(code))
    return code


def _read(file: str) -> bytes:
    try:
        with open(file, "rb") as stream:
            return stream.read()
    except OSError:
        return b""


def _write(file: str, content: bytes) -> None:
    """Whole or not at all; other processes write the same file. A test may run as one who may not."""
    mine = file + "." + str(os.getpid())
    try:
        os.makedirs(_FOLDER, exist_ok=True)
        with open(mine, "wb") as stream:
            stream.write(content)
        os.replace(mine, file)
    except OSError:
        pass


zipimport._compile_source = _compiled  # type: ignore[attr-defined]
