# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command ``netstorage-emulator``."""

from __future__ import annotations

import argparse
import asyncio
import json
import pathlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from . import __version__, fault_kinds, knobs, profile_file, rehearsal, tree
from .accounts import Account, BadLimit
from .certificates import BadCertificate
from .config import buckets, edgegrid
from .config.purges import Grants
from .config.requests.limits import DOCUMENTED
from .config.storage.contract import CONTRACT
from .config.storage.loading import BadContract
from .edge import sites
from .fault_kinds import BadFault
from .knob import UnknownSetting
from .rehearsal import Rehearsal
from .server import LARGEST_BODY, Options, is_loopback, serve
from .store import StoreBusy
from .throttle import BadThrottle, Settings, described, spelled


class OfLastAccount(argparse.Action):
    """``--key``, ``--key-file``, ``--cp-code`` and ``--restrict`` belong to the ``--account`` in front of them."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any,
                 option_string: str | None = None) -> None:
        accounts = getattr(namespace, "accounts", None) or []
        if self.dest == "account":
            accounts.append({"account": values, "key": None, "cp_code": [], "restrict": []})
        elif not accounts:
            parser.error(f"{option_string} comes after the --account it belongs to")
        elif self.dest in ("key", "key_file"):
            if accounts[-1]["key"] is not None:
                parser.error(f"the key of account {accounts[-1]['account']} is given twice")
            accounts[-1]["key"] = values.encode() if self.dest == "key" else _key_in(parser, values)
        else:
            accounts[-1][self.dest].append(values)
        namespace.accounts = accounts


def _key_in(parser: argparse.ArgumentParser, path: str) -> bytes:
    """The one line of a file."""
    try:
        key = pathlib.Path(path).read_bytes()
    except OSError as error:
        parser.error(f"--key-file {path} cannot be read: {error.strerror}")
    key = key.removesuffix(b"\n").removesuffix(b"\r")
    if not key or b"\n" in key:
        parser.error(f"--key-file {path} holds no key: it has one line, and nothing else")
    return key


def _milliseconds(text: str) -> float:
    """``30ms``, ``0.5s`` or plain milliseconds, in seconds."""
    plain = text.removesuffix("s").removesuffix("m")
    seconds = float(plain) * (1.0 if text == f"{plain}s" else 0.001)
    if not 0 <= seconds < 10_000:
        raise ValueError(text)
    return seconds


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise ValueError(text)
    return number


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


_positive.__name__ = "number from 1"
_port.__name__ = "port number"  # what argparse calls a wrong one


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="netstorage-emulator", description="An Akamai NetStorage on your own machine")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("knobs", help="print the table of knobs")
    commands.add_parser("faults", help="print the table of faults")
    run = commands.add_parser("serve", help="run until stopped")
    _add_ports(run)
    run.add_argument("--data", default=":memory:", help="directory of the store, or :memory: (default)")
    run.add_argument("--load", metavar="FILE", help="what is stored to begin with, in JSON as the control port takes it")
    run.add_argument("--largest-body", type=int, default=LARGEST_BODY, metavar="BYTES",
                     help="refuse larger ones with 413 (default 16 GiB)")
    run.add_argument("--account", action=OfLastAccount, help="upload account; may be given again")
    run.add_argument("--key", action=OfLastAccount, help="the account's key, which every user of the machine can read here")
    run.add_argument("--key-file", action=OfLastAccount, metavar="FILE", help="a file with the account's key and nothing else")
    run.add_argument("--cp-code", action=OfLastAccount, help="a CP code of the account; may be given again")
    run.add_argument("--restrict", action=OfLastAccount, metavar="PREFIX",
                     help="limit the account to a sub-directory such as /123456/site; may be given again")
    run.add_argument("--profile", default=knobs.DEFAULT, metavar="NAME|FILE",
                     help="the settings of all knobs to begin with; wire: what recordings of the real service show; or a file "
                          "with what somebody has found out about a service")
    run.add_argument("--knob", action="append", default=[], metavar="NAME=VALUE", help="see the command `knobs`")
    run.add_argument("--faults", metavar="FILE", help="a fault plan in JSON; what other options say goes before it")
    run.add_argument("--latency", type=_milliseconds, help="delay of every answer, such as 30ms")
    run.add_argument("--throttle", action="append", default=[], metavar="NAME=VALUE",
                     help="such as requests_per_second=95; may be given again for burst, status, retry_after, "
                          "crowded_above and crowded_ms")
    run.add_argument("--journal", help="file for one JSON line per request")
    _add_api_options(run)
    _add_edge_options(run)
    run.add_argument("--exit-with-parent", action="store_true", help="stop when the process that started this one ends")
    return parser


def _add_ports(run: argparse.ArgumentParser) -> None:
    run.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    run.add_argument("--allow-public", action="store_true", help="allow an address that others can reach")
    run.add_argument("--port", type=_port, default=0, help="port for HTTP, 0 for a free one")
    run.add_argument("--port-file", help="write the port there once listening")
    run.add_argument("--https-port", type=_port, help="listen for HTTPS too, 0 for a free port")
    run.add_argument("--https-port-file", help="write that port there (and open one)")
    run.add_argument("--certificate", help="PEM file with the certificate (chain)")
    run.add_argument("--private-key", help="PEM file, if it is not in the certificate's")
    run.add_argument("--https-self-signed", metavar="FILE",
                     help="make an authority and a certificate of it, and write there what clients are to trust")
    run.add_argument("--https-name", action="append", default=[], metavar="NAME",
                     help="a host name or address, besides localhost, that this certificate is for; may be given again")
    run.add_argument("--control-port", type=_port, help="port for control, 0 for a free one")
    run.add_argument("--control-port-file", help="write the control port there (and open one)")
    run.add_argument("--control-host", action="append", default=[], metavar="NAME",
                     help="a name, besides localhost, that requests to the control port may be addressed to; may be given again")
    run.add_argument("--control-listen", default="127.0.0.1", metavar="ADDRESS",
                     help="address of the control port (default 127.0.0.1)")


def _add_api_options(run: argparse.ArgumentParser) -> None:
    run.add_argument("--config-port", type=_port, help="port for the APIs that are signed with EdgeGrid, 0 for a free one")
    run.add_argument("--config-port-file", help="write that port there (and open one)")
    run.add_argument("--config-client", action="append", default=[], metavar="TOKEN:SECRET:ACCESS[:USER]",
                     help="an API client, whose secret every user of the machine can read here; may be given again. USER is the "
                          "person it belongs to, for what takes two persons (default: the client itself)")
    run.add_argument("--config-edgerc", metavar="FILE",
                     help="an .edgerc file: each section is an API client; `user` in it is the person (default: the section)")
    run.add_argument("--config-grant", action="append", default=[], metavar="[CLIENT=]LIST",
                     help="what all clients, or the one of this section or token, may use: storage, ccu, cprg, with commas "
                          "(default all); may be given again")
    run.add_argument("--config-limit", type=_positive, default=DOCUMENTED[0], metavar="NUMBER",
                     help=f"requests a minute of a client to the Configuration API (default {DOCUMENTED[0]})")
    run.add_argument("--config-load", metavar="FILE", help="what the Configuration API has to begin with, in JSON")
    run.add_argument("--config-contract", action="append", default=[], metavar="NAME",
                     help=f"a contract, in place of the one that is there (default {CONTRACT}); may be given again")
    run.add_argument("--config-cp-code", action="append", default=[], metavar="NUMBER[=NAME]",
                     help="an unused CP code of the first contract; may be given again")
    run.add_argument("--purge-host", action="append", default=[], metavar="NAME",
                     help="a host name whose URLs may be purged; may be given again, none allows all")
    run.add_argument("--purge-cp-code", action="append", default=[], type=int, metavar="NUMBER",
                     help="a CP code that may be purged; may be given again, none allows all")
    run.add_argument("--purge-limit", action="append", default=[], metavar="NAME=SIZE/PER_SECOND",
                     help="a bucket of Fast Purge: requests, url, cpcode or tag; may be given again")


def _add_edge_options(run: argparse.ArgumentParser) -> None:
    for name, which in (("edge", "the edges of the production network"), ("edge-staging", "those of the staging network"),
                        ("edge-https", "the edges of the production network by HTTPS")):
        run.add_argument(f"--{name}-port", type=_port, help=f"port for {which}, 0 for a free one")
        run.add_argument(f"--{name}-port-file", help="write that port there (and open one)")
    run.add_argument("--edge-host", action="append", default=[], metavar="NAME=DIRECTORY",
                     help="a host name and the directory that it delivers, www.example.com=/123456/www; may be given again")
    run.add_argument("--edge-cp-code", action="append", default=[], metavar="NAME=NUMBER",
                     help="a delivery CP code by which what a host delivers is purged; may be given again")
    run.add_argument("--edge-tag", action="append", default=[], metavar="NAME=TAG", help="a cache tag likewise")
    run.add_argument("--edge-index", default="index.html", metavar="NAME",
                     help="what a URL delivers that ends in a slash (default index.html)")


def _accounts(parser: argparse.ArgumentParser, described: Sequence[dict[str, Any]]) -> list[Account]:
    if not described:
        parser.error("at least one --account with --key-file (or --key) and --cp-code is needed")
    accounts = []
    for entry in described:
        name = entry["account"]
        if not name or "," in name or " " in name:
            parser.error("the name of an account has neither commas nor blanks")
        if not entry["key"] or not entry["cp_code"]:
            parser.error(f"account {name} needs --key-file (or --key) and at least one --cp-code")
        if not all(code.isdecimal() and code.isascii() for code in entry["cp_code"]):
            parser.error("a CP code is a number")
        account = Account(name.encode(), entry["key"], frozenset(code.encode() for code in entry["cp_code"]))
        try:
            accounts.append(account.limited_to(entry["restrict"]))
        except BadLimit as error:
            parser.error(f"--restrict: {error}")
    if len({account.name for account in accounts}) != len(accounts):
        parser.error("an account is given twice")
    return accounts


def _named(parser: argparse.ArgumentParser, option: str, setting: str) -> tuple[str, str]:
    name, equals, value = setting.partition("=")
    if not equals:
        parser.error(f"{option} takes NAME=VALUE, not {setting!r}")
    return name, value


def _knobs(parser: argparse.ArgumentParser, profile: str, given: Sequence[str],
           planned: Mapping[str, object]) -> knobs.Knobs:
    """Those of the profile, over them the fault plan's, over them the command line's."""
    settings = knobs.Knobs()
    try:
        settings.change(profile_file.settings_of(profile))
    except profile_file.BadProfile as error:
        parser.error(str(error))
    settings.change(planned)
    for setting in given:
        name, value = _named(parser, "--knob", setting)
        try:
            settings.change({name: value})
        except UnknownSetting as error:
            parser.error(str(error))
    return settings


def _throttle(parser: argparse.ArgumentParser, given: Sequence[str]) -> Settings:
    try:
        return described(dict(spelled(*_named(parser, "--throttle", setting)) for setting in given))
    except BadThrottle as error:
        parser.error(str(error))


def _rehearsal(parser: argparse.ArgumentParser, path: str | None) -> Rehearsal:
    try:
        return rehearsal.described({}) if path is None else rehearsal.read(path)
    except BadFault as error:
        parser.error(str(error))


def _config_clients(parser: argparse.ArgumentParser, given: argparse.Namespace) -> list[edgegrid.ApiClient]:
    try:
        listed = [edgegrid.described(text) for text in given.config_client]
        listed += edgegrid.of_edgerc(given.config_edgerc) if given.config_edgerc else []
        clients = edgegrid.granted(listed, given.config_grant)
    except edgegrid.BadClient as error:
        parser.error(str(error))
    if len({client.client_token for client in clients}) != len(listed):
        parser.error("an API client is given twice")
    has_port = given.config_port is not None or given.config_port_file is not None
    if has_port and not clients:
        parser.error("--config-port needs --config-edgerc or --config-client")
    return clients


def _purge_limits(parser: argparse.ArgumentParser, given: Sequence[str]) -> dict[str, object]:
    try:
        limits = dict(buckets.spelled(*_named(parser, "--purge-limit", setting)) for setting in given)
        buckets.Buckets().change(limits)
    except buckets.BadLimit as error:
        parser.error(str(error))
    return limits


def _contract(parser: argparse.ArgumentParser, given: argparse.Namespace) -> dict[str, Any]:
    """What the Configuration API has to begin with."""
    found: Any = {}
    if given.config_load:
        try:
            found = json.loads(pathlib.Path(given.config_load).read_bytes())
        except OSError as error:
            parser.error(f"--config-load {given.config_load} cannot be read: {error.strerror}")
        except ValueError as error:
            parser.error(f"--config-load {given.config_load} is no JSON: {error}")
        if not isinstance(found, dict):
            parser.error(f"--config-load {given.config_load} holds no object")
    found |= {"contracts": given.config_contract} if given.config_contract else {}
    codes = list(found.get("cp_codes", []))
    for text in given.config_cp_code:
        number, _equals, name = text.partition("=")
        if not (number.isdecimal() and number.isascii()):
            parser.error(f"--config-cp-code takes NUMBER or NUMBER=NAME, not {text!r}")
        codes.append({"cpcodeId": int(number), "cpcodeName": name or f"cp code {number}"})
    return {**found, "cp_codes": codes}


_EDGES = {"production": "edge_port", "staging": "edge_staging_port", "https": "edge_https_port"}


def _edges(parser: argparse.ArgumentParser, given: argparse.Namespace) -> dict[str, Any]:
    """The options of the edges."""
    ports = {name: getattr(given, option) for name, option in _EDGES.items() if getattr(given, option) is not None}
    files = {name: getattr(given, f"{option}_file") for name, option in _EDGES.items() if getattr(given, f"{option}_file")}
    if (ports or files) and not given.edge_host:
        parser.error("--edge-port needs --edge-host")
    if "https" in {*ports, *files} and not (given.certificate or given.https_self_signed):
        parser.error("--edge-https-port needs --certificate or --https-self-signed")
    pairs = {name: [_named(parser, f"--{name.replace('_', '-')}", text) for text in getattr(given, name)]
             for name in ("edge_host", "edge_cp_code", "edge_tag")}
    try:
        found = sites.described(pairs["edge_host"], pairs["edge_cp_code"], pairs["edge_tag"], given.edge_index)
    except sites.BadSite as error:
        parser.error(str(error))
    return {"edge_ports": ports, "edge_port_files": files, "sites": found}


def _check_https(parser: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    """A file for the port opens one, and so does a certificate that is made for it."""
    if given.https_self_signed and given.certificate:
        parser.error("--https-self-signed and --certificate exclude each other")
    if given.https_name and not given.https_self_signed:
        parser.error("--https-name is for --https-self-signed; a --certificate has its names")
    if given.https_port is None and (given.https_port_file or given.https_self_signed):
        given.https_port = 0
    if given.https_port is not None and not (given.certificate or given.https_self_signed):
        parser.error("--https-port needs --certificate or --https-self-signed")


def _tree(parser: argparse.ArgumentParser, path: str | None) -> list[object]:
    try:
        return [] if path is None else tree.read(path)
    except tree.BadTree as error:
        parser.error(f"--load {error}")


def _options(parser: argparse.ArgumentParser, given: argparse.Namespace) -> Options:
    for host in (given.host, given.control_listen):
        if not given.allow_public and not is_loopback(host):
            parser.error(f"{host} is not a loopback address; say --allow-public if others may reach this emulator")
    if given.largest_body < 0:
        parser.error("--largest-body is a number from 0")
    _check_https(parser, given)
    plan = _rehearsal(parser, given.faults)
    throttle = _throttle(parser, given.throttle) if given.throttle or plan.throttle is None else plan.throttle
    latency = plan.latency_seconds if given.latency is None else given.latency
    return Options(
        accounts=_accounts(parser, getattr(given, "accounts", None) or []),
        knobs=_knobs(parser, given.profile, given.knob, plan.knobs),
        host=given.host, port=given.port, port_file=given.port_file, https_port=given.https_port,
        https_port_file=given.https_port_file, certificate=given.certificate, private_key=given.private_key,
        control_port=given.control_port, control_port_file=given.control_port_file,
        self_signed=given.https_self_signed, https_names=[given.host, *given.https_name], control_listen=given.control_listen,
        control_hosts=frozenset(name.lower() for name in given.control_host), config_port=given.config_port,
        config_port_file=given.config_port_file, config_clients=_config_clients(parser, given),
        grants=Grants(frozenset(name.lower() for name in given.purge_host), frozenset(given.purge_cp_code)),
        purge_limits=_purge_limits(parser, given.purge_limit), contract=_contract(parser, given),
        config_limit=(given.config_limit, DOCUMENTED[1]), data=given.data, tree=_tree(parser, given.load),
        largest_body=given.largest_body, latency_seconds=latency or 0.0, throttle=throttle, seed=plan.seed, faults=plan.rules,
        journal=given.journal, exit_with_parent=given.exit_with_parent, **_edges(parser, given))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.command == "knobs":
        print(*map(knobs.markdown, knobs.TABLES), sep="\n\n")
        return 0
    if given.command == "faults":
        print(fault_kinds.markdown())
        return 0
    options = _options(parser, given)
    try:
        asyncio.run(serve(options))
    except (StoreBusy, BadCertificate, BadContract, OSError) as error:
        print(f"netstorage-emulator: {error}", file=sys.stderr)
        return 1
    return 0
