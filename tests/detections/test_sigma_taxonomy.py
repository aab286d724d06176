"""Sigma's log sources and field names for Windows and web servers, each on a record of it."""

from __future__ import annotations

import pytest

from afterpatch.detections import predicate
from afterpatch.detections.fields import EVENTS, aliases, sources
from afterpatch.detections.predicate import View
from afterpatch.model import Value

SYSMON = "Microsoft-Windows-Sysmon/Operational"
POWERSHELL = "Microsoft-Windows-PowerShell/Operational"
DEFENDER = "Microsoft-Windows-Windows Defender/Operational"
Fields = dict[str, Value]

# category: events of it, as channel, id and what else they must hold
CATEGORIES: dict[str, list[tuple[str, str, Fields]]] = {
    "process_creation": [(SYSMON, "1", {}), ("Security", "4688", {})],
    "file_change": [(SYSMON, "2", {})],
    "network_connection": [(SYSMON, "3", {}), ("Security", "5156", {})],
    "sysmon_status": [(SYSMON, "4", {}), (SYSMON, "16", {})],
    "process_termination": [(SYSMON, "5", {}), ("Security", "4689", {})],
    "driver_load": [(SYSMON, "6", {})],
    "image_load": [(SYSMON, "7", {})],
    "create_remote_thread": [(SYSMON, "8", {})],
    "raw_access_thread": [(SYSMON, "9", {})],
    "process_access": [(SYSMON, "10", {})],
    "file_event": [(SYSMON, "11", {})],
    "registry_add": [(SYSMON, "12", {"EventType": "CreateKey"}), (SYSMON, "12", {})],
    "registry_delete": [
        (SYSMON, "12", {"EventType": "DeleteKey"}), (SYSMON, "12", {"EventType": "DeleteValue"}),
    ],
    "registry_set": [(SYSMON, "13", {}), ("Security", "4657", {})],
    "registry_rename": [(SYSMON, "14", {})],
    "registry_event": [
        (SYSMON, "12", {}), (SYSMON, "13", {}), (SYSMON, "14", {}), ("Security", "4657", {}),
    ],
    "create_stream_hash": [(SYSMON, "15", {})],
    "pipe_created": [(SYSMON, "17", {}), (SYSMON, "18", {})],
    "wmi_event": [(SYSMON, "19", {}), (SYSMON, "20", {}), (SYSMON, "21", {})],
    "dns_query": [(SYSMON, "22", {}), ("Microsoft-Windows-DNS-Client/Operational", "3008", {})],
    "file_delete": [(SYSMON, "23", {}), (SYSMON, "26", {})],
    "clipboard_capture": [(SYSMON, "24", {})],
    "process_tampering": [(SYSMON, "25", {})],
    "file_delete_detected": [(SYSMON, "26", {})],
    "file_block_executable": [(SYSMON, "27", {})],
    "file_block_shredding": [(SYSMON, "28", {})],
    "file_executable_detected": [(SYSMON, "29", {})],
    "sysmon_error": [(SYSMON, "255", {})],
    "file_access": [("Security", "4663", {"ObjectType": "File"})],
    "ps_module": [(POWERSHELL, "4103", {}), ("PowerShellCore/Operational", "4103", {})],
    "ps_script": [(POWERSHELL, "4104", {}), ("PowerShellCore/Operational", "4104", {})],
    "ps_classic_start": [("Windows PowerShell", "400", {})],
    "ps_classic_provider_start": [("Windows PowerShell", "600", {})],
    "ps_classic_script": [("Windows PowerShell", "800", {})],
    "antivirus": [(DEFENDER, "1116", {}), (DEFENDER, "1117", {})],
}  # fmt: skip
SERVICES = (
    "application security system sysmon powershell powershell-classic taskscheduler wmi windefend "
    "bits-client msexchange-management iis-configuration dns-server dns-server-analytic "
    "dns-client ntlm codeintegrity-operational applocker firewall-as driver-framework dhcp ldap "
    "terminalservices-localsessionmanager smbclient-security smbclient-connectivity openssh "
    "security-mitigations appxdeployment-server appxpackaging-om lsa-server printservice-admin "
    "printservice-operational shell-core vhdmp diagnosis-scripted capi2 bitlocker ntfs "
    "certificateservicesclient-lifecycle-system microsoft-servicebus-client hyper-v-worker "
    "kernel-event-tracing kernel-shimengine application-experience appmodel-runtime sense"
)


def holds(category: str | None, service: str | None, event: Fields) -> bool:
    found = sources(category, "windows", service)
    assert [source.artifact for source in found] == list(EVENTS)
    where = found[0].where
    assert where is not None
    return predicate.compile_node(where)(View(event))


@pytest.mark.parametrize("category", CATEGORIES)
def test_categories(category: str) -> None:
    for channel, number, more in CATEGORIES[category]:
        event = {"Channel": channel, "EventID": number, **more}
        assert holds(category, None, event)
        assert holds(category, None, {k: v for k, v in event.items() if k != "Channel"})
        assert not holds(category, None, {**event, "Channel": "Setup"})
        assert not holds(category, None, {**event, "EventID": "9999"})


def test_near_misses_of_categories() -> None:
    key = {"Channel": SYSMON, "EventID": "12"}
    assert not holds("registry_add", None, {**key, "EventType": "DeleteKey"})
    assert not holds("registry_delete", None, {**key, "EventType": "CreateKey"})
    access = {"Channel": "Security", "EventID": "4663", "ObjectType": "Key"}
    assert not holds("file_access", None, access)


@pytest.mark.parametrize("service", SERVICES.split())
def test_services(service: str) -> None:
    assert not holds(None, service, {"Channel": "Setup"})
    assert not holds(None, service, {})
    assert sources(None, "linux", service) == ()


def test_service_and_category_must_both_hold() -> None:
    event = {"Channel": "Security", "EventID": "4688"}
    assert holds("process_creation", "security", event)
    assert not holds("process_creation", "sysmon", event)
    assert holds(None, "applocker", {"Channel": "microsoft-windows-applocker/exe and dll"})


def test_what_is_not_carried() -> None:
    for source in (
        ("proxy", None, None), ("file_rename", "windows", None), (None, "windows", "odd"),
        ("process_creation", "linux", None), ("process_creation", "windows", "odd"),
        (None, "aws", "cloudtrail"), ("webserver", "apache", None), (None, None, "security"),
        (None, None, None), ("firewall", None, None), ("dns", None, None),
    ):  # fmt: skip
        assert sources(*source) == (), source


def test_web_sources() -> None:
    for source in (
        ("webserver", None, None), ("webserver", "iis", None), (None, "windows", "iis"),
    ):  # fmt: skip
        assert [s.artifact for s in sources(*source)] == ["iis"], source


def test_field_names_of_the_security_log_in_its_categories_alone() -> None:
    assert "ObjectName" in aliases("registry_set")["TargetObject"]
    assert "TargetObject" not in aliases("image_load")
    assert aliases("network_connection")["DestinationIp"] == ("DestinationIp", "DestAddress")
    assert aliases("antivirus")["Signature"] == ("Signature", "Threat Name")
    assert "Signature" not in aliases("image_load")
