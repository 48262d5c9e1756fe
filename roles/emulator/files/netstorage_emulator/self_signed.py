# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An authority and a certificate of it, made at the start, for HTTPS without files of one's own (``--https-self-signed``).

Clients are to trust the authority, whose certificate is written to a file. Its private key is kept nowhere, and that of the
server only until OpenSSL has read it.
"""

from __future__ import annotations

import os
import pathlib
import ssl
import tempfile
from collections.abc import Iterable

from .certificates import BadCertificate, tls_context

ALWAYS = ("localhost", "127.0.0.1", "::1")
NEEDS = "--https-self-signed needs the package trustme: pip install trustme, or install netstorage-emulator[https]"


def context(authority_file: str, names: Iterable[str]) -> ssl.SSLContext:
    """A context with a new certificate for localhost and these names.

    Args:
        authority_file: where the certificate of the authority goes, in PEM form.
        names: host names and addresses; ``*.example.com`` is one, too.

    Returns:
        What HTTPS is served with.

    Raises:
        BadCertificate: the package trustme is not there, a name is none, or the file cannot be written.
    """
    try:
        import trustme
    except ImportError:
        raise BadCertificate(NEEDS) from None
    authority = trustme.CA(organization_name="netstorage-emulator", organization_unit_name="an authority for tests")
    try:
        served = authority.issue_cert(*dict.fromkeys([*ALWAYS, *names]))
    except ValueError as error:
        raise BadCertificate(f"--https-name: {error}") from error
    with tempfile.TemporaryDirectory(prefix="netstorage-emulator-") as folder:  # nobody else can enter it
        file = pathlib.Path(folder) / "server.pem"
        served.private_key_and_cert_chain_pem.write_to_path(str(file))
        made = tls_context(str(file), None)
    _write(authority_file, authority.cert_pem.bytes())
    return made


def _write(path: str, content: bytes) -> None:
    """Whoever sees the file sees all of it."""
    aside = f"{path}.{os.getpid()}.new"
    try:
        with open(aside, "wb") as file:
            file.write(content)
        os.replace(aside, path)
    except OSError as error:
        raise BadCertificate(f"--https-self-signed {path} cannot be written: {error.strerror}") from error
