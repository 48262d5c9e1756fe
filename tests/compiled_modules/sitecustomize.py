# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For tests: what Ansible has Python compile in each process anew is compiled once.

Ansible hands a module over as a zip archive of sources, and Python keeps no compiled files for archives: it would compile
some 50 files for each task of ``ansible.builtin``, and 150 for each of ours. Nor does Ansible's loader keep any for what
``ansible-playbook`` itself imports of a collection. Only compiling is left out. What is imported is what the archive or the
loader finds: a compiled file counts for the very source that it was made of, as those in ``__pycache__`` do where Python is
told to check their hashes.

Python imports this module when it starts with this folder in ``PYTHONPATH``, in each process, so it imports nothing itself.
"""

from __future__ import annotations

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
_LOADER = "ansible.utils.collection_loader._collection_finder"
_COLLECTIONS = "ansible_collections"

_compile_of_zipimport = zipimport._compile_source  # type: ignore[attr-defined]


def _compile_source(path: str, source: bytes) -> object:
    """What zipimport calls for a file in an archive, whose own path ends in ``.zip``."""
    name = path.rpartition(".zip" + os.sep)[2]
    return _kept(name, path, source) or _keep(name, source, _compile_of_zipimport(path, source))


def _compile(source: bytes, filename: str, **options: object) -> object:
    """What Ansible's loader calls for a file of a collection, in the place of the builtin function."""
    above, _separator, below = filename.rpartition(os.sep + _COLLECTIONS + os.sep)
    if not above or not isinstance(source, bytes):
        return compile(source, filename, **options)  # type: ignore[call-overload]
    name = _COLLECTIONS + os.sep + below
    return _kept(name, filename, source) or _keep(name, source, compile(source, filename, **options))  # type: ignore[call-overload]


def _file(name: str) -> str:
    return os.path.join(_FOLDER, name.replace(os.sep, "."))


def _kept(name: str, path: str, source: bytes) -> object:
    """The code that was made of this very source before, if any; for tracebacks it is from this path."""
    try:
        with open(_file(name), "rb") as stream:
            content = stream.read()
    except OSError:
        return None
    if content[:_HASH_SIZE] != _imp.source_hash(0, source):
        return None
    code = marshal.loads(content[_HASH_SIZE:])  # noqa: S302  # written by the next function
    _imp._fix_co_filename(code, path)  # type: ignore[attr-defined]
    return code


def _keep(name: str, source: bytes, code: object) -> object:
    """Whole or not at all: other processes write the same file. A test may run as one who may not."""
    file = _file(name)
    mine = file + "." + str(os.getpid())
    try:
        os.makedirs(_FOLDER, exist_ok=True)
        with open(mine, "wb") as stream:
            stream.write(_imp.source_hash(0, source) + marshal.dumps(code))  # type: ignore[arg-type]
        os.replace(mine, file)
    except OSError:
        pass
    return code


class _OfTheLoader:
    """Finds Ansible's loader of collections as Python does, and has it call ours."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> object:
        if name != _LOADER:
            return None
        sys.meta_path.remove(_OfTheLoader)  # type: ignore[arg-type]
        found = (finder.find_spec(name, path, target) for finder in sys.meta_path)  # type: ignore[arg-type]
        spec = next(filter(None, found), None)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module: object) -> None:
                execute(module)  # type: ignore[arg-type]
                module.compile = _compile  # type: ignore[attr-defined]

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


zipimport._compile_source = _compile_source  # type: ignore[attr-defined]
sys.meta_path.insert(0, _OfTheLoader)  # type: ignore[arg-type]
