"""Every story by its name, in the words of `Scenario.stories`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from afterpatch.range import aftermath, chains, faint, ordinary
from afterpatch.range.stage import Stage

STORIES: Mapping[str, Callable[[Stage], None]] = {
    "proxyshell": chains.proxyshell,
    "failed export": chains.failed_export,
    "certificate": chains.certificate,
    "proxynotshell": chains.proxynotshell,
    "encoded": chains.encoded,
    "owassrf": chains.owassrf,
    "proxytoken": chains.proxytoken,
    "view state": chains.view_state,
    "get-app": chains.get_app,
    "machine keys": chains.machine_keys,
    "spraying": chains.spraying,
    "mail theft": chains.mail_theft,
    "scanned": chains.scanned,
    "calendar": faint.calendar,
    "relay": faint.relay,
    "mail script": faint.mail_script,
    "hidden directory": aftermath.hidden_directory,
    "iis module": aftermath.iis_module,
    "transport agent": aftermath.transport_agent,
    "remote tool": aftermath.remote_tool,
    "accounts": aftermath.accounts,
    "credential dump": aftermath.credential_dump,
    "mailbox export": aftermath.mailbox_export,
    "lateral movement": aftermath.lateral_movement,
    "ransomware": aftermath.ransomware,
    "miner": aftermath.miner,
    "log tampering": aftermath.log_tampering,
    "responder": aftermath.responder,
    "administration": ordinary.administration,
}
