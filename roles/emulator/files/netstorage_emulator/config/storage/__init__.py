# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Configuration API (``/storage/v1``) and, of the CP codes API (``/cprg/v1``), the search by name.

Served, with the success that clients get; ``{id}`` of an account is its name, ``{key}`` the ``id`` that a GET of it shows::

    POST   /storage/v1/cpcodes {contractId, cpcodeName}          200 {cpcodeId, …}; knobs cpcode_post_answer, new_cpcode
    GET    /storage/v1/cpcodes/unused?contractId=                200 {"items": [1000001, …]}; contractId is required
    GET    /storage/v1/cpcodes/used                              200 {"items": [{cpcodeId, storageGroupId, provisionStatus, …}]}
    GET|PUT|DELETE /storage/v1/cpcodes/{n}/age-deletions         200; knob age_deletions_shape
    GET    /cprg/v1/cpcodes?contractId=&cpcodeName=              200 {"cpcodes": [{cpcodeId, cpcodeName, …}]}; grant cprg
    GET    /storage/v1/storage-groups?cpcodeId=&storageGroupPurpose=   200 {"items": [group, …]}
    POST   /storage/v1/storage-groups                            201 group; knobs group_id_needed, zone_members
    GET    /storage/v1/storage-groups/{n}                        200 group; knob number_of_files
    PUT    /storage/v1/storage-groups/{n}                        200 group; knobs put_group, edit_while_pending
    DELETE /storage/v1/storage-groups/{n}?forceDelete=           200; knobs force_delete, second_delete_same_user, deprovisioned,
                                                                 group_with_accounts
    POST   /storage/v1/storage-groups/{n}/cancel-delete          200
    DELETE /storage/v1/storage-groups/{n}/cpcodes/{n}?forceDelete=     200, likewise; the last one is refused
    POST   /storage/v1/storage-groups/{n}/cpcodes/{n}/cancel-delete    200
    GET    /storage/v1/upload-accounts?storageGroupId=           200 {"items": [account, …]}
    POST   /storage/v1/upload-accounts                           201 account; knobs http_access_makes_key, read_only_default,
                                                                 add_while_pending
    GET    /storage/v1/upload-accounts/{id}                      200 account; knobs account_status, key_identity, zip_auto_index
    PUT    /storage/v1/upload-accounts/{id}                      200 account; knob put_account
    DELETE /storage/v1/upload-accounts/{id}                      200
    POST   /storage/v1/upload-accounts/{id}/enable|disable       200
    PUT    …/{id}/keys/g2o (no body)                             200 {"key": …}; knobs g2o_put_key, g2o_put_answer, fourth_key,
                                                                 add_while_pending, as for all new keys
    PUT    …/{id}/keys/ssh?update= {key, emailId?, comments?}    200
    PUT    …/{id}/keys/ftp|rsync {key, comments?}                200
    PUT    …/{id}/keys/ftp/{key} {key, comments?}                200; the identity changes
    POST   …/{id}/keys/ftp/{key}/extend                          200 {"message": …}
    POST   …/{id}/keys/{type}/{key}/enable|disable               200; knob key_disable
    DELETE …/{id}/keys/{type}/{key}, …/{id}/keys/rsync           200; knob last_key
    GET    /storage/v1/zones, /storage/v1/rule-sets, /storage/v1/rule-sets/{n}     200

For all of them: knobs put_unknown_member (POST, PUT), unknown_id, delete_answer (DELETE and the POSTs without an object),
propagation_config (milliseconds; ``POST /config/propagate`` of the control port), config_limit_says. 50 requests a minute for
each client (``--config-limit``, ``POST /config/limit``); grants (``--config-grant``); the person of a client is its ``user``.
The members of bodies are in ``config/requests/documents.json``, the contract of the beginning in ``loading.py``.
Faults take them by ``config:<METHOD> <path glob>``, and that, with the path, is the action in the journal.
"""
