"""Deeds that reach for the server: files, databases, the system, the network."""

from __future__ import annotations

import re
from collections.abc import Iterator

from afterpatch.detections.webshell.code import words
from afterpatch.detections.webshell.flow import BOUND, FREE, MAPPED, NET, REQUEST, ROOT, Call
from afterpatch.detections.webshell.scene import Scene

__all__ = ["PUTS", "files", "network", "server"]

_CHOSEN = FREE | MAPPED

# ---------------------------------------------------------------- files

_LIST = words(
    "getfiles getdirectories directoryinfo getfilesystementries getfolder enumeratefiles "
    "enumeratedirectories getfilesysteminfos namespace"
)
_READ = words(
    "readalltext readallbytes readalllines opentext streamreader opentextfile transmitfile "
    "writefile loadfromfile openread openastextstream"
)
_WHOLE = words("writealltext writeallbytes appendalltext writealllines")
_WRITE = _WHOLE | words(
    "createtext streamwriter createtextfile savetofile appendtext filestream opentextfile create "
    "createfile"
)
PUTS = words(
    "savetofile createtextfile writeallbytes writealltext filestream streamwriter createtext "
    "opentextfile appendtext appendalltext"
)
_DELETE = words("delete deletefile deletefolder kill")
_MOVE = words("move copy copyfile movefile copyfolder movefolder rename copyhere")
_TOUCHES = _LIST | _READ | _DELETE | _MOVE
_MAKE = frozenset(("createdirectory", "createfolder"))
_HANDLES = words("getfile fileinfo directoryinfo getfolder")  # of what is then deleted
_SET_TIMES = words(
    "setlastwritetime setcreationtime setlastaccesstime setlastwritetimeutc setcreationtimeutc "
    "setlastaccesstimeutc"
)
_TIMES = words("lastwritetime creationtime lastaccesstime")
_PLACES = words("file directory fileinfo directoryinfo io")
_WRITERS = words("write writeline writetext writeasync")
_TO_CLIENT = re.compile(r"\bresponse\b|\boutput|^httpcontext|^context\.|^console|^debug|^trace")
_PAGE_NAME = re.compile(
    r"\.(?:aspx?|ashx|asmx|ascx|asa|cer|cdx|soap|svc|cshtml|config|php|jsp)(?:;|$|\W)"
)
_SETTINGS = re.compile(r"\b(?:web|machine|applicationhost)\.config\b")


def files(scene: Scene) -> Iterator[str]:
    """Lists, reads, writes, deletes, moves what the request names."""
    writes: list[Call] = []
    streams = {target for target, right, _ in scene.assigned if any(map(_gives_stream, right))}
    deletes = any(c.last == "delete" and not c.arguments for c in scene.calls) or (
        any(name.endswith(".delete") for name in scene.names)
    )
    for call in scene.calls:
        last = call.last
        base = call.name.rpartition(".")[0].rpartition(".")[2]
        if not call.bits:
            if last in ("getlogicaldrives", "getdrives"):
                yield "drives"
            continue
        bits = call.bits[0]
        member = "." in call.name
        if last in _LIST and (member or call.new):
            yield from _graded("list", bits)
        if last in _READ and not _opens_to_write(call) and not _is_stream(call, streams):
            # These two take a path of the site as well.
            virtual = last in ("transmitfile", "writefile")
            yield from _graded("read", MAPPED if virtual and bits & _CHOSEN else bits)
            if _SETTINGS.search((call.text(0) or "").lower()) or _SETTINGS.search(_texts(call)):
                yield "read-settings"
        if last in _DELETE and (base in _PLACES or (last != "delete" and member)):
            yield from _graded("delete", bits)
        if last in _HANDLES and deletes and _is_deleted(call, scene):
            yield from _graded("delete", bits)
        named = last not in ("move", "copy") and (member or last == "rename")
        if last in _MOVE and (base in _PLACES or named):
            yield from _graded("move", call.reached())
        if last in _MAKE and bits & FREE:
            yield "create-free"
        if last in _SET_TIMES and call.reached() & REQUEST:
            yield "timestomp"
        if last == "setattributes" and call.reached() & REQUEST:
            yield "attributes"
        if last in _WRITE and _writes(call, base):
            writes.append(call)
    if "drives" in scene.members and "for" in scene.names:
        yield "drives"
    for target, _, bits in scene.assigned:
        last = target.rpartition(".")[2]
        if (
            last in _TIMES and "." in target and (bits & REQUEST or scene.asks)
        ) or last == "modifydate":
            yield "timestomp"
        elif last == "attributes" and target.count(".") == 1 and scene.asks:
            yield "attributes"
    yield from _written(scene, writes)
    yield from _saved(scene)
    tiny = scene.asks and not scene.page.belongs and scene.shorter_than(_TINY_TOKENS)
    touches = _TOUCHES - _READ if scene.any_string(_ATTACHED) else _TOUCHES
    if tiny and any(
        c.last in touches and c.reached() & FREE and not _is_stream(c, streams) for c in scene.calls
    ):
        yield "nothing-else"


def _is_deleted(call: Call, scene: Scene) -> bool:
    """Whether what the call hands out is deleted, right away or by its name."""
    if ".delete" in scene.names:
        return True
    # Visual Basic calls without brackets; File.Delete(x) is another's, whatever `file` is.
    deleted = {c.name for c in scene.calls if c.last == "delete"}
    deleted = {name for name in scene.names - deleted if name.endswith(".delete")} | {
        c.name for c in scene.calls if c.last == "delete" and not c.arguments
    }
    return any(
        f"{target}.delete" in deleted and call.name in right for target, right, _ in scene.assigned
    )


def _gives_stream(word: str) -> bool:
    """Whether a name stands for a stream that is no file: of a response, of a connection."""
    last = word.rpartition(".")[2]
    return last.endswith("stream") and last != "filestream" and word[0] != '"'


def _is_stream(call: Call, streams: set[str]) -> bool:
    """Whether a reader is made of a stream and not of a path."""
    first = call.arguments[0]
    if call.last != "streamreader" or any("filestream" in word for word in first):
        return False
    return first[0] in streams or any(map(_gives_stream, first))


def _graded(what: str, bits: int) -> Iterator[str]:
    if bits & FREE:
        yield f"{what}-free"
    elif bits & MAPPED:
        yield f"{what}-mapped"


def _writes(call: Call, base: str) -> bool:
    """Whether a call that may open a file to write does so."""
    if call.last in ("create", "filestream"):
        return call.new or base == "file"
    return call.last != "opentextfile" or _opens_to_write(call)


def _opens_to_write(call: Call) -> bool:
    modes = ("2", "8", "forwriting", "forappending")
    return call.last == "opentextfile" and len(call.arguments) > 1 and call.arguments[1][0] in modes


def _texts(call: Call) -> str:
    """The constant parts of the first argument."""
    return " ".join(word[1:] for word in call.arguments[0] if word[0] == '"').lower()


def _written(scene: Scene, writes: list[Call]) -> Iterator[str]:
    """Writing: where to, and whether what is written is the request's."""
    content = 0
    remote = fetches = False
    for call in scene.calls:
        if call.last in _WRITERS and "." in call.name and not _TO_CLIENT.search(call.name):
            content |= call.reached() & REQUEST
            fetches |= bool(call.reached() & NET)
        if call.last == "copyto" and "request" in call.name:
            content |= FREE
        if call.last in ("open", "create", "downloaddata"):
            remote |= bool(call.reached() & FREE)
        if call.last == "downloadfile" and len(call.bits) > 1 and call.bits[0] & FREE:
            yield "fetch" if call.bits[1] & _CHOSEN else "fetch-near"
            if scene.starts:
                yield "fetch-run"
    fetched = scene.members & {"responsebody", "downloaddata", "getresponsestream"}
    if fetched and writes and scene.starts:
        yield "fetch-run"
    for call in writes:
        bits = call.bits[0]
        brought = content
        if call.last in _WHOLE:
            brought = call.bits[1] & REQUEST if len(call.bits) > 1 else 0
        page = not bits & REQUEST and _PAGE_NAME.search(_texts(call))
        if page and fetches:
            yield "fetch-page"
        if brought and page:
            # Who administers a site edits its settings.
            whole = brought & _CHOSEN and not _SETTINGS.search(_texts(call))
            yield "write-page" if whole else "write-setting"
        elif brought and bits & FREE:
            yield "write-request"
        elif brought and bits & MAPPED:
            yield "write-mapped"
        elif brought and bits & ROOT:
            yield "write-root"
        if fetched and bits & _CHOSEN and scene.asks:
            yield "fetch" if remote else "fetch-near"


_UPLOADS = words("files postedfile hasfile httppostedfile fileupload binaryread totalbytes")
_KIND = re.compile(
    r"^\.?(?:jpe?g|gif|png|bmp|docx?|pdf|zip|rar|xlsx?|csv|txt|pptx?|mp[34]|swf)$|^image/"
)
_KINDS = re.compile(r"\.?(?:jpe?g|gif|png|bmp)\W.{0,200}?(?:jpe?g|gif|png|bmp)")
_UPLOAD_TOKENS = 260
_TINY_TOKENS = 90
_ATTACHED = re.compile(r"content-disposition")  # of a download


def _saved(scene: Scene) -> Iterator[str]:
    """Uploads that are saved whole: where to, and whether their kind is looked at."""
    members = scene.members
    uploads = members & _UPLOADS or "asp:fileupload" in scene.page.controls.values()
    checks = (
        "getextension" in members
        or scene.any_string(_KINDS)
        or sum(1 + text.startswith("image/") for text in scene.strings if _KIND.match(text)) > 1
    )
    unchecked = set()
    for call in scene.calls:
        whole = call.name.endswith("request.saveas")
        if not call.bits or call.new or not (uploads or whole):
            continue
        saves = call.last in ("saveas", "savetofile") or (
            call.last == "save" and members & {"files", "postedfile"}
        )
        if not saves:
            continue
        bits = call.bits[0]
        if not bits & REQUEST and _PAGE_NAME.search(_texts(call)):
            yield "save-page"
        elif bits & BOUND or checks:
            continue
        elif bits & FREE:
            unchecked.add("save-free")
        elif bits & ROOT:
            unchecked.add("save-beside")
        elif bits & MAPPED:
            unchecked.add("save-beside" if _is_bare(call.arguments[0]) else "save-root")
    yield from sorted(unchecked)
    page = scene.page
    alone = not page.belongs and page.kind != "handler" and scene.shorter_than(_UPLOAD_TOKENS)
    if unchecked and alone:
        yield "short-upload"


def _is_bare(path: list[str]) -> bool:
    """Whether a path is nothing but the client's name of the file: MapPath(file.FileName)"""
    ends = path[-1] == ")" and path[-2].endswith("filename")
    return ends and path[0].endswith("mappath") and not any(word[0] == '"' for word in path)


# ---------------------------------------------------------------- databases and the system

# Lists of words that an application refuses hold these names as well.
_SQL_SHELL = re.compile(
    r"\bexec(?:ute)?\s[^|]{0,60}\b(?:xp_cmdshell|sp_oacreate|xp_regread|xp_dirtree|sp_oamethod)\b"
    r"|\b(?:xp_cmdshell|sp_oacreate|sp_oamethod|xp_dirtree)\s{0,9}['\"@(]"
    r"|sp_configure[^|]{1,40}\b(?:xp_cmdshell|ole automation)"
    r"|\bbackup\s{1,9}(?:database|log)\s[^|]{1,120}\.asp"
)
_ACCOUNTS = re.compile(
    r"\bnet1?(?:\.exe)?\s{1,9}(?:user|localgroup)\b.{0,120}/add\b|winnt://.{0,60},(?:user|group)"
)
_EXPLOIT = re.compile(
    r"\bsite maintenance\b|localadministrator|-setdomain\b|-setusersetup\b|-maintenance=system"
    r"|#l@\$ak#|mimikatz|sekurlsa|\bjuicypotato\b|\bchurrasco\b"
)
_SITE_PASSWORDS = re.compile(r"^(?:anonymoususerpass|wamuserpass)$")
_SPOKEN = (
    ("sql-shell", _SQL_SHELL),
    ("accounts", _ACCOUNTS),
    ("exploit", _EXPLOIT),
    ("site-passwords", _SITE_PASSWORDS),
)
_CONNECTIONS = words("sqlconnection oledbconnection odbcconnection oracleconnection")
_STATEMENTS = words(
    "sqlcommand oledbcommand odbccommand sqldataadapter oledbdataadapter executesqlcommand"
)
_PRODUCTS = (
    "csfalcon", "crowdstrike", "xagt", "fireeye", "carbonblack", "carbon black", "cbdefense",
    "sentinelone", "cylance", "symantec", "kaspersky", "mcafee", "sophos", "windows defender",
    "trend micro", "eset", "cortex", "360sd", "360tray",
)  # fmt: skip
_NAMED = re.compile(r"winnt:|winmgmts:|iis:", re.IGNORECASE)
_LOOKS = words("exists fileexists folderexists getservices getprocesses")


def server(scene: Scene) -> Iterator[str]:
    """Reaches for databases, the registry, processes, accounts, keys."""
    members, strings = scene.members, scene.strings
    for name, pattern in _SPOKEN:
        if scene.any_string(pattern):
            yield name
    yield from _databases(scene)
    directory = any(text.startswith("winnt:") for text in strings)
    for call in scene.calls:
        last = call.last
        reached = call.reached()
        if last in ("regread", "regwrite", "regdelete", "opensubkey") or "registry" in call.name:
            yield "registry-request" if reached & FREE else "registry"
        elif last in ("getprocesses", "getprocessbyid", "kill"):
            yield "processes"
        elif last == "getservices" or (last == "getobject" and _NAMED.match(call.text(0) or "")):
            yield "services"
        elif last == "createobject" and reached & FREE:
            yield "component-request"
        elif directory and last in ("setpassword", "create") and reached & REQUEST:
            yield "accounts"
    keys = "machinekeysection" in members and members & {"validationkey", "decryptionkey"}
    if keys and members & {"write", "response", "output", "text"}:
        yield "keys"
    if members & _LOOKS and sum(any(p in text for text in strings) for p in _PRODUCTS) > 2:
        yield "security-products"


def _databases(scene: Scene) -> Iterator[str]:
    """Consoles: the request brings the statement, and at worst the connection as well."""
    if not scene.members & (_CONNECTIONS | _STATEMENTS) and not any(
        "adodb.connection" in text or "adodb.recordset" in text for text in scene.strings
    ):
        return
    connection = statement = False
    for call in scene.calls:
        bits = call.bits[0] if call.bits else 0
        if call.last in _CONNECTIONS or (call.last == "open" and len(call.arguments) < 4):
            connection |= bool(bits & REQUEST)
        elif call.last in _STATEMENTS or (call.last == "execute" and "." in call.name):
            statement |= bool(bits & _CHOSEN)
    for target, _, bits in scene.assigned:
        last = target.rpartition(".")[2]
        connection |= last == "connectionstring" and bool(bits & REQUEST)
        statement |= last == "commandtext" and bool(bits & FREE)
    if statement:
        yield "sql-console" if connection else "sql-request"


# ---------------------------------------------------------------- network

_SOCKETS = words("tcpclient socket tcplistener udpclient clientwebsocket")
_CONNECTS = words("connect tcpclient beginconnect connectasync ipendpoint bind")
_CLIENTS = words("httpwebrequest webrequest webclient httpclient")
_ASKS_FOR = words("create createhttp open downloadstring downloaddata openread")
_LOCAL = re.compile(r"https?://(?:127\.0\.0\.1|localhost):\d")
_RELAY_TOKENS = 900


def network(scene: Scene) -> Iterator[str]:
    """Opens connections, and passes on what it is sent."""
    members = scene.members
    raw = bool(members & {"inputstream", "binaryread", "getbufferlessinputstream"})
    if members & _SOCKETS:
        yield from _sockets(scene, raw=raw or "acceptwebsocketrequest" in members)
    if members & _CLIENTS or any("xmlhttp" in text for text in scene.strings):
        anywhere = any(c.last in _ASKS_FOR and c.reached() & FREE for c in scene.calls)
        if raw and scene.any_string(_LOCAL) and scene.shorter_than(_RELAY_TOKENS):
            yield "local-relay"
        elif anywhere and raw and "headers" in members:
            yield "relay"


def _sockets(scene: Scene, *, raw: bool) -> Iterator[str]:
    members = scene.members
    connects = anyport = False
    for call in scene.calls:
        if call.last in _CONNECTS and call.reached() & REQUEST:
            port = call.arguments[-1]
            connects = True
            anyport |= not (len(port) == 1 and port[0].isdigit())
    answers = bool(members & {"binarywrite", "outputstream", "acceptwebsocketrequest"})
    keeps = bool(members & {"session", "application", "cache"})
    both_ways = bool(members & {"receive", "read", "getstream", "available"}) and bool(
        members & {"send", "write", "getstream"}
    )
    relays = (raw and answers) or (keeps and (raw or connects))
    if both_ways and (relays or (anyport and members & {"send", "receive", "getstream"})):
        yield "tunnel"
    elif both_ways and members & {"process", "processstartinfo"}:
        yield "native-process"
    elif connects:
        yield "connect-request"
