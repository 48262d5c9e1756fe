# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same tarball from the same commit, whoever builds it, when and where.

``ansible-galaxy collection build`` stamps the time of the build, and takes the files in the order in which the file system has
them, also in FILES.json. Here all members have the time of the commit, no owner, and stand sorted.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import typing as t

MANIFEST, FILES = "MANIFEST.json", "FILES.json"


def repacked(tarball: bytes, moment: int) -> bytes:
    """The tarball of a collection, made anew.

    Args:
        moment: seconds since 1970, for all members.
    """
    with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as archive:
        members = {member.name: member for member in archive}
        contents = {name: file.read() for name, member in members.items() if (file := content_of(archive, member)) is not None}
    contents[FILES] = sorted_files(contents[FILES])
    contents[MANIFEST] = named_files(contents[MANIFEST], contents[FILES])
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        # The two that installers look for come first, as ansible-galaxy has them.
        for name in [MANIFEST, FILES, *sorted(members.keys() - {MANIFEST, FILES})]:
            member = plain(members[name], moment)
            content = contents.get(name)
            member.size = 0 if content is None else len(content)
            archive.addfile(member, None if content is None else io.BytesIO(content))
    return compressed(packed.getvalue())


def content_of(archive: tarfile.TarFile, member: tarfile.TarInfo) -> t.IO[bytes] | None:
    """Of a file; a directory or a link has none."""
    return archive.extractfile(member) if member.isfile() else None


def plain(member: tarfile.TarInfo, moment: int) -> tarfile.TarInfo:
    """The same name, kind and permission bits, and nothing of the machine that it comes from."""
    made = tarfile.TarInfo(member.name)
    made.type, made.linkname, made.mode, made.mtime = member.type, member.linkname, member.mode, moment
    return made


def sorted_files(content: bytes) -> bytes:
    """FILES.json with its entries in the order of their names; the top folder (``.``) comes first."""
    values = json.loads(content)
    values["files"].sort(key=lambda entry: entry["name"])
    return json.dumps(values, indent=True).encode()


def named_files(content: bytes, files: bytes) -> bytes:
    """MANIFEST.json with the digest of that FILES.json."""
    values = json.loads(content)
    values["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(files).hexdigest()
    return json.dumps(values, indent=True).encode()


def compressed(content: bytes) -> bytes:
    """By gzip, without a name and a time in its head."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as file:
        file.write(content)
    return packed.getvalue()


def listing(tarball: bytes) -> list[str]:
    """The members, as lines of mode, size and name."""
    with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as archive:
        return [f"{member.mode:04o} {member.size:>9,} {member.name}{'/' if member.isdir() else ''}" for member in archive]


def names_in(tarball: bytes) -> list[str]:
    """The names of all members."""
    with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as archive:
        return archive.getnames()
