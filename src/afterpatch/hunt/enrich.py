"""What is known of the page, path or request that a record names, and what a page does."""

from __future__ import annotations

import re
from typing import Any, Literal

from afterpatch import knowledge

__all__ = ["enrich"]


def enrich(artifact: str, fields: dict[str, Any], data: bytes = b"") -> dict[str, Any]:
    """The fields with what the knowledge tables say of the page, path or request they name.

    Of a web file, whose bytes are `data`, also with what its content says: `WebShell` (true or
    false), `WebShellScore`, `WebShellReasons` and `WebShellFamily`.
    """
    if artifact == "webfile":
        fields = {**fields, **_content(data, str(fields.get("Path", "")))}
    if artifact == "iis":
        stem = str(fields.get("cs-uri-stem", ""))
        return {
            **fields,
            "Request": f"{fields.get('cs-method', '')} {stem}",
            **_page(knowledge.is_stock_web_path(stem, _side(fields)), stem),
        }
    if facts := knowledge.host_facts(artifact, fields):
        return {**fields, **facts}
    if "Threat Name" in fields and (page := _THREAT_PAGE.search(str(fields.get("Path", "")))):
        return {
            **fields,
            "ThreatPage": page[1],
            **_page(knowledge.is_stock_web_file(page[1]), page[1]),
        }
    path = fields.get("Path" if artifact == "webfile" else "TargetFilename")
    if not isinstance(path, str) or not path:
        return fields
    if virtual := fields.get("VirtualPath"):
        return {**fields, **_page(knowledge.is_stock_web_path(virtual), virtual)}
    if compiled := _COMPILED.search(path):
        name = compiled.group(1)
        return {**fields, **_page(knowledge.is_stock_page_name(name), path), "PageName": name}
    return {**fields, **_page(knowledge.is_stock_web_file(path), path)}


def _content(data: bytes, path: str) -> dict[str, Any]:
    from afterpatch.detections import webshell  # takes its time, and most evidence is no web file

    found = webshell.scan(data, path)
    said: dict[str, Any] = {
        "WebShell": "true" if found.flagged else "false",
        "WebShellScore": str(found.score),
        "WebShellReasons": "; ".join(found.reasons),
    }
    return {**said, "WebShellFamily": found.family} if found.family else said


# containerfile:_C:\inetpub\wwwroot\x.aspx; file:_C:\inetpub\wwwroot\x.aspx->(UTF-16LE)
_THREAT_PAGE = re.compile(
    r"([a-z]:\\[^;:*?\"<>|]{1,400}?\.(?:as[hmp]x|ascx|asp|asa|cer|soap|svc|cshtml))(?![\w.])",
    re.IGNORECASE,
)
# Temporary ASP.NET Files\owa\8e05b027\e164d61b\logon.aspx.f5dba9b9.compiled
_COMPILED = re.compile(r"([^\\/]+\.[a-z]+)\.[0-9a-f]+\.compiled$", re.IGNORECASE)


def _side(fields: dict[str, Any]) -> Literal["front", "back"]:
    return "back" if fields.get("BackEnd") == "true" else "front"


def _page(stock: bool, path: str) -> dict[str, str]:
    return {
        "Stock": "true" if stock else "false",
        "DirectoryClass": knowledge.directory_class(path),
        "PageName": path.replace("\\", "/").rsplit("/", 1)[-1],
    }
