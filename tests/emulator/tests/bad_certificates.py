# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates that do not verify, each for one reason only, and a good one to compare them with."""

from __future__ import annotations

import datetime
import ipaddress
import pathlib

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
REASONS = {
    "wrong_name": "IP address mismatch",
    "expired": "certificate has expired",
    "untrusted": "unable to get local issuer certificate",
    "self_signed": "self-signed certificate",
}


class Certificates:
    """PEM files with certificate and key for ``running(certificate=…)``; ``bundle`` is what a client trusts."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self._authority = trustme.CA()
        self.bundle = folder / "bundle.pem"
        self._authority.cert_pem.write_to_path(str(self.bundle))

    def good(self) -> pathlib.Path:
        return self._written("good", self._authority.issue_cert(HOST))

    def bad(self, reason: str) -> pathlib.Path:
        """For one of ``REASONS``."""
        if reason == "wrong_name":
            return self._written(reason, self._authority.issue_cert("127.0.0.2", "elsewhere.example"))
        if reason == "expired":
            return self._written(reason, self._authority.issue_cert(
                HOST, not_before=_in_days(-9), not_after=_in_days(-1)))
        if reason == "untrusted":
            return self._written(reason, trustme.CA().issue_cert(HOST))
        assert reason == "self_signed", reason
        return self._self_signed()

    def _written(self, name: str, certificate: trustme.LeafCert) -> pathlib.Path:
        path = self._folder / f"{name}.pem"
        certificate.private_key_and_cert_chain_pem.write_to_path(str(path))
        return path

    def _self_signed(self) -> pathlib.Path:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "self-signed")])
        made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), _in_days(-1), _in_days(2))
        made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        pem = serialization.Encoding.PEM
        path = self._folder / "self_signed.pem"
        path.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(pem) + key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return path


def _in_days(days: int) -> datetime.datetime:
    return datetime.datetime.now().astimezone() + datetime.timedelta(days=days)
