# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The certificate that HTTPS is served with."""

from __future__ import annotations

import ssl


class BadCertificate(Exception):
    """A file that cannot be read or used; the text names the option and the file."""


def tls_context(certificate: str, private_key: str | None) -> ssl.SSLContext:
    """A context with this certificate (chain), and the key out of a file of its own if there is one.

    Raises BadCertificate. OpenSSL names no file itself, and would ask for the passphrase of a key on the terminal.
    """
    _readable("--certificate", certificate)
    if private_key is not None:
        _readable("--private-key", private_key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, private_key, password=b"")
    except (ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        where = f"--certificate {certificate}" + (f" with --private-key {private_key}" if private_key is not None else "")
        raise BadCertificate(f"{where} cannot be used: a certificate and its private key, both in PEM form and without a "
                             f"passphrase, are needed ({reason})") from error
    return context


def _readable(option: str, path: str) -> None:
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        raise BadCertificate(f"{option} {path} cannot be read: {error.strerror}") from error
