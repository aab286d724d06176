"""What each deed of a page is worth, and in which words it is told."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

__all__ = ["DEEDS", "FLAGGED", "Deed", "weigh"]

FLAGGED = 50  # a page of this score is a web shell


class Deed(Struct, frozen=True):
    """Something a page does: its weight of 100, and the sentence that says so.

    `ambiguous`: applications do it as well, so it weighs half in a page that belongs to one or asks
    for the role of who is signed in.
    """

    weight: int
    words: str
    ambiguous: bool = False


DEEDS: dict[str, Deed] = {
    # code
    "eval-request": Deed(100, "runs what the request brings as code"),
    "eval-part": Deed(35, "runs code that a part of the request is put into", ambiguous=True),
    "eval-state": Deed(60, "runs code that it keeps in the session or application", ambiguous=True),
    "eval-net": Deed(90, "runs code that it fetches from elsewhere"),
    "eval-picture": Deed(80, "runs code that it reads from a picture"),
    "eval-file": Deed(20, "runs code that it reads from a file", ambiguous=True),
    "eval-decoded": Deed(60, "runs a text that it first decodes"),
    "eval-unknown": Deed(50, "evaluates a text, reads requests, and does nothing else"),
    "eval-near": Deed(30, "evaluates a text and reads requests, and does little else"),
    "eval-unsafe": Deed(70, "evaluates code with full rights (unsafe)"),
    "hidden-code": Deed(80, "hides code in a text that it runs"),
    "script-engine": Deed(70, "hands the request to a script engine"),
    "compile-request": Deed(95, "compiles and runs what the request brings"),
    "compile": Deed(45, "compiles code while it answers a request"),
    "transform-request": Deed(90, "runs a transformation with script that the request brings"),
    "load-request": Deed(95, "loads a program from what the request brings into the server"),
    "load-state": Deed(90, "loads a program kept in the session into the server"),
    "load-decoded": Deed(75, "loads a program that it carries in encoded form"),
    "load-bytes": Deed(50, "loads a program from bytes"),
    "deserialize-request": Deed(85, "unpacks objects from the request, which runs code"),
    "reflection-request": Deed(75, "calls methods that the request names"),
    "reflection-hidden": Deed(60, "calls methods by names that it puts together"),
    "native-injection": Deed(90, "reserves memory and starts machine code in it"),
    "native-process": Deed(75, "starts processes or opens sockets past the framework"),
    "controls-request": Deed(60, "builds controls from what the request brings"),
    "listener": Deed(70, "opens a listener of its own in the server"),
    "virtual-page": Deed(70, "plants pages that exist in memory only"),
    # commands
    "command-request": Deed(95, "runs commands that the request brings"),
    "command-argument": Deed(25, "starts a program with a part of the request", ambiguous=True),
    "command-near": Deed(70, "starts a command shell and reads requests"),
    "command-output": Deed(40, "starts a program and shows its output", ambiguous=True),
    "command": Deed(10, "starts a program", ambiguous=True),
    "powershell-request": Deed(95, "runs PowerShell that the request brings"),
    "wmi-process": Deed(60, "starts processes through WMI"),
    "sql-shell": Deed(60, "runs commands through a database server"),
    "accounts": Deed(50, "adds accounts or changes groups"),
    "exploit": Deed(50, "carries an attack that raises its rights"),
    # files
    "write-request": Deed(75, "writes what the request brings to any place it names"),
    "write-mapped": Deed(50, "writes what it is sent to any name below the site", ambiguous=True),
    "write-root": Deed(25, "writes what it is sent into its own folder", ambiguous=True),
    "write-page": Deed(
        85, "writes what the request brings into a page that the server runs", ambiguous=True
    ),
    "write-setting": Deed(20, "writes parts of the request into a page", ambiguous=True),
    "save-free": Deed(60, "saves an upload at any place that the request names", ambiguous=True),
    "save-root": Deed(30, "saves any upload anywhere below the site", ambiguous=True),
    "save-page": Deed(80, "saves an upload as a page that the server runs"),
    "save-beside": Deed(
        50, "saves any upload under its own name beside itself or in the root", ambiguous=True
    ),
    "nothing-else": Deed(15, "does nothing else", ambiguous=True),
    "short-upload": Deed(25, "does nothing but take uploads of any kind", ambiguous=True),
    "drop": Deed(80, "writes another web shell"),
    "fetch": Deed(65, "fetches a file from any address and saves it at any place"),
    "fetch-run": Deed(70, "fetches a program and starts it"),
    "fetch-page": Deed(
        70, "writes what it fetches into a page that the server runs", ambiguous=True
    ),
    "fetch-near": Deed(30, "fetches a file from elsewhere and saves it", ambiguous=True),
    "list-free": Deed(40, "lists any folder that the request names", ambiguous=True),
    "list-mapped": Deed(4, "lists folders below the site", ambiguous=True),
    "read-free": Deed(40, "shows any file that the request names", ambiguous=True),
    "read-mapped": Deed(4, "shows files below the site", ambiguous=True),
    "delete-free": Deed(40, "deletes any file that the request names", ambiguous=True),
    "delete-mapped": Deed(6, "deletes files below the site", ambiguous=True),
    "move-free": Deed(35, "copies or renames any file that the request names", ambiguous=True),
    "move-mapped": Deed(4, "copies or renames files below the site", ambiguous=True),
    "create-free": Deed(20, "makes any folder that the request names", ambiguous=True),
    "drives": Deed(15, "lists the drives of the server", ambiguous=True),
    "timestomp": Deed(40, "changes the times of files"),
    "read-settings": Deed(40, "shows the configuration of the site", ambiguous=True),
    "attributes": Deed(15, "hides files or changes their attributes", ambiguous=True),
    # the rest of the server
    "tunnel": Deed(95, "passes raw network connections through the server"),
    "connect-request": Deed(35, "connects to any address and port that the request names"),
    "relay": Deed(30, "passes requests on to any address", ambiguous=True),
    "local-relay": Deed(60, "passes raw requests on to a local port"),
    "sql-console": Deed(
        60, "opens any database with any statement that the request brings", ambiguous=True
    ),
    "sql-request": Deed(25, "runs any statement that the request brings", ambiguous=True),
    "registry-request": Deed(50, "reads or writes the registry as the request says"),
    "registry": Deed(10, "reads the registry", ambiguous=True),
    "processes": Deed(15, "lists or ends processes", ambiguous=True),
    "services": Deed(12, "lists services or accounts", ambiguous=True),
    "site-passwords": Deed(50, "reads the passwords that the server keeps for its sites"),
    "keys": Deed(85, "shows the keys that sign view states"),
    "security-products": Deed(60, "tells which security products are installed"),
    "component-request": Deed(30, "makes any component that the request names", ambiguous=True),
    # hiding
    "hidden-class": Deed(55, "makes a shell component by its class number instead of its name"),
    "hidden-file-class": Deed(25, "makes a file component by its class number instead of its name"),
    "split-name": Deed(45, "puts the name of a dangerous component together from pieces"),
    "encoded-name": Deed(55, "holds names of dangerous components in encoded form"),
    "many-characters": Deed(30, "spells its code out in character numbers"),
    "hidden-letters": Deed(60, "writes its code with escaped or invisible letters"),
    "script-encoded": Deed(10, "is encoded with the Script Encoder", ambiguous=True),
    "picture-include": Deed(65, "runs a picture as a part of itself"),
    "encoded-program": Deed(25, "carries a program in encoded form"),
    "known-words": Deed(40, "calls itself a shell", ambiguous=True),
    "shell-words": Deed(20, "speaks of trojans and of raising rights", ambiguous=True),
    "drop-run": Deed(70, "carries a program, writes it to disk and starts it"),
    # carriers and configuration
    "dump": Deed(90, "is a listing of a virtual directory's properties that carries script"),
    "mailbox": Deed(60, "is a mailbox file that bears the name of a page"),
    "certificate": Deed(60, "is a certificate request that bears the name of a page"),
    "carrier": Deed(30, "is a binary file that carries a page"),
    "picture": Deed(20, "begins like a picture and holds server code"),
    "config-code": Deed(60, "holds server code in a configuration file"),
    "config-handler": Deed(70, "makes the server run a kind of file that is no page"),
    "config-command": Deed(85, "makes the server start a command shell"),
}  # fmt: skip


def weigh(names: Iterable[str], *, belongs: bool) -> int:
    """The score, 0 to 100, of these deeds; `belongs`: the page is a part of an application."""
    score = 0.0
    for name in names:
        deed = DEEDS[name]
        score += deed.weight * (0.5 if belongs and deed.ambiguous else 1)
    return min(100, round(score))
