"""Deeds that run something: code, programs, commands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from afterpatch.detections.webshell.code import is_name, words
from afterpatch.detections.webshell.flow import (
    BOUND,
    DECODED,
    FILE,
    FREE,
    MAPPED,
    NET,
    REQUEST,
    STATE,
    Call,
    Flow,
)
from afterpatch.detections.webshell.scene import SHELL_PROGID, Scene

__all__ = ["EVALUATORS", "SHELL_CLASSES", "code", "commands", "programs"]

_CHOSEN = FREE | MAPPED

# ---------------------------------------------------------------- code

EVALUATORS = frozenset(("eval", "execute", "executeglobal"))
_ENGINE_CALLS = words("executestatement addcode jscriptevaluate jscriptevaluateformodule")
_ENGINE_METHODS = words("eval run addcode executestatement addobject")
_ENGINES = frozenset(("msscriptcontrol", "vsaengine"))
_CODE_TEXT = re.compile(r"[A-Za-z]{2}")
_PICTURE = re.compile(r"\.(?:jpe?g|gif|png|bmp|ico|jfif|tiff?|webp)\b")
_LONG_TEXT = 200  # characters
_TINY_TOKENS, _SHORT_TOKENS = 150, 400


def code(scene: Scene) -> Iterator[str]:
    """Evaluates texts as code."""
    engine = any("scriptcontrol" in text for text in scene.strings) or scene.members & _ENGINES
    unknown = False
    for flow in scene.flows:
        for call in flow.calls:
            bare = call.name in EVALUATORS or (call.name == "function" and call.new)
            ending = call.last in _ENGINE_CALLS or (engine and call.last in _ENGINE_METHODS)
            compiled = call.last in ("evaluateasync", "runasync") and (
                "csharpscript" in scene.members
            )
            if not (bare or ending or compiled) or call.name in flow.functions:
                continue
            if not call.arguments:
                continue
            if call.last == "addobject":
                if len(call.arguments) > 1 and call.arguments[1][0] in ("request", "server"):
                    yield "script-engine"
                continue
            bits = call.bits[0]
            if call.name == "eval" and flow.code.family == "c" and not bits & REQUEST:
                continue  # data binding
            found = list(_evaluated(call, bits, scene, flow))
            unknown |= not found and call.text(0) is None and not _is_tied(call.arguments[0])
            yield from found
            if call.text(1) == "unsafe":
                yield "eval-unsafe"
            if ending and bits & REQUEST:
                yield "script-engine"
    scripted = any(part.family == "js" for part in scene.page.code)
    if scripted and "unsafe" in scene.strings and "eval" in scene.strings | scene.members:
        yield "eval-unsafe"
    if unknown and scene.asks and not scene.page.belongs and scene.shorter_than(_SHORT_TOKENS):
        yield "eval-unknown" if scene.shorter_than(_TINY_TOKENS) else "eval-near"


def _is_tied(argument: list[str]) -> bool:
    """Whether code of the page's own stands around: ("(" + x + ")") is x and nothing else."""
    return any(word[0] == '"' and _CODE_TEXT.search(word[1:]) for word in argument)


def _is_json(call: Call, flow: Flow) -> bool:
    """function parse(s) { return eval("(" + s + ")"); }, as libraries read JSON"""
    argument = call.arguments[0]
    if flow.code.family == "vb" or len(argument) != 5 or len(call.arguments) > 1:
        return False
    given = flow.functions.get(call.scope, ())
    return [argument[0], argument[1], argument[3], argument[4]] == ['"(', "+", "+", '")'] and (
        argument[2] in given
    )


def _evaluated(call: Call, bits: int, scene: Scene, flow: Flow) -> Iterator[str]:
    argument = call.arguments[0]
    first = next((word for word in argument if is_name(word)), "")
    handed_on = first.rpartition(".")[2] in flow.functions  # f(x), of the page's own f
    if bits & REQUEST and _is_json(call, flow):
        yield "eval-part"
    elif bits & _CHOSEN:
        yield "eval-request"
    elif bits & BOUND:
        yield "eval-part" if _is_tied(argument) and not handed_on else "eval-request"
    if bits & NET:
        yield "eval-net"
    if bits & STATE:
        yield "eval-state"
    if bits & FILE and not bits & REQUEST:
        yield "eval-picture" if scene.any_string(_PICTURE) else "eval-file"
    if call.text(0) is None and not bits & REQUEST:
        long = any(len(text) > _LONG_TEXT for text in scene.strings)
        if bits & DECODED or (handed_on and len(argument) > 1 and long):
            yield "eval-decoded"


# ---------------------------------------------------------------- programs

_FORMATTERS = words(
    "binaryformatter losformatter objectstateformatter soapformatter netdatacontractserializer "
    "xamlreader xamlservices"
)
_INJECTION = words(
    "virtualalloc virtualallocex virtualprotect heapcreate createthread createremotethread "
    "ntmapviewofsection queueuserapc writeprocessmemory rtlmovememory enumsystemlocalesa "
    "ntallocatevirtualmemory getdelegateforfunctionpointer callwindowproc"
)
_NATIVE = words(
    "createprocess createprocessasuser createprocesswithtokenw createprocesswithlogonw wsasocket "
    "wsastartup winexec shellexecute createnamedpipe impersonatenamedpipeclient duplicatetokenex"
)
_LOOKED_UP = words("gettype getmethod invokemember gettypefromprogid gettypefromclsid callbyname")
_LOADS = words("load loadfile loadfrom unsafeloadfrom rawload loadmodule")
_FROM_PLACES = words("loadfile loadfrom unsafeloadfrom")
_INVOKED = words("invoke invokemember createinstance dynamicinvoke callbyname")
_CALLED_BY_NAME = words("invoke invokemember dynamicinvoke")
_TRANSFORMERS = frozenset(("xslcompiledtransform", "xsltransform"))
_TRANSFORMED = words("load loadxml xmltextreader stringreader create createnavigator xpathdocument")
# Pages that keep view state elsewhere unpack it from the request.
_VIEW_STATE = re.compile(r"viewstate|vstate")


def programs(scene: Scene) -> Iterator[str]:
    """Loads, compiles, unpacks or calls programs that are no part of the page."""
    members = scene.members
    applies = any(found[""] == "application" for found in scene.page.directives)
    by_name = 0  # what of a call the request chooses: the type counts twice
    own = False  # the page calls itself, or types of one name space
    for call in scene.calls:
        last = call.last
        reached = call.reached()
        if last in _LOADS and _is_assembly(call):
            yield from _loaded(call, scene)
        elif last == "deserialize" or (last in ("parse", "load") and "xaml" in call.name):
            if members & _FORMATTERS and reached & REQUEST and not _keeps_view_state(scene):
                yield "deserialize-request"
        elif last in ("compileassemblyfromsource", "compileassemblyfromdom"):
            yield "compile-request" if reached & REQUEST else "compile"
        elif last == "parsecontrol" and reached & FREE:
            yield "controls-request"
        elif call.name.endswith("prefixes.add") and "httplistener" in members:
            yield "listener"
        elif last == "registervirtualpathprovider" and not applies:
            yield "virtual-page"
        if last in _LOOKED_UP and members & _INVOKED:
            name = (call.text(0) or "").lower()
            own |= last == "gettype" and bool(call.bits and call.bits[0] & BOUND)
            if call.bits and call.bits[0] & FREE:
                by_name += 1 if last == "getmethod" else 2
            elif scene.built.get(name, 0) > 1 and len(name) > 3:
                yield "reflection-hidden"
        if last in _CALLED_BY_NAME and len(call.bits) > 1:
            by_name += bool(reached & FREE)
            own |= call.arguments[0] in (["this"], ["me"])
            if reached & REQUEST and ("process" in members or "start" in scene.strings):
                yield "command-request"
            if reached & (REQUEST | NET | DECODED) and "load" in scene.strings:
                yield "load-request" if "assembly" in members else "reflection-request"
    if by_name > 2 or (by_name > 1 and not own):
        yield "reflection-request"
    yield from _transformed(scene)
    injected = members & _INJECTION
    imports = "dllimport" in members or "declare" in scene.names
    if len(injected) > 1 and (imports or "getdelegateforfunctionpointer" in injected):
        yield "native-injection"
    elif imports and members & _NATIVE:
        yield "native-process"


def _keeps_view_state(scene: Scene) -> bool:
    return "loadpagestatefrompersistencemedium" in scene.members or scene.any_string(_VIEW_STATE)


def _is_assembly(call: Call) -> bool:
    base = call.name.rpartition(".")[0]
    return base.endswith(("assembly", "appdomain.currentdomain")) or (
        base == ".getdomain" or call.last in ("rawload", "loadmodule")
    )


def _loaded(call: Call, scene: Scene) -> Iterator[str]:
    """Assembly.Load of something that is no name."""
    if not call.arguments:
        return
    bits = call.bits[0]
    argument = call.arguments[0]
    if any(word[0] == '"' and _PICTURE.search(word.lower()) for word in argument):
        yield "eval-picture"
    if call.text(0) is not None:
        return
    if call.last in _FROM_PLACES:
        if bits & _CHOSEN:
            yield "load-request"
    elif bits & (REQUEST | NET):
        yield "load-request"
    elif bits & STATE:
        yield "load-state"
    elif bits & DECODED:
        yield "load-decoded"
    elif call.last == "load" and not bits & FILE:
        typed = "byte" in scene.members and len(argument) == 1
        if typed or any(word == "byte" or word.endswith("toarray") for word in argument):
            yield "load-bytes"


def _lasts(tokens: list[str]) -> set[str]:
    return {word.rpartition(".")[2] for word in tokens}


def _sheet(call: Call) -> bool:
    """Whether a style sheet is the request's, and not one of the site that the request picks."""
    bits = call.bits[0]
    inline = _lasts(call.arguments[0]) & _TRANSFORMED
    return bool(bits & FREE or (inline and bits & REQUEST))


def _transformed(scene: Scene) -> Iterator[str]:
    if not scene.members & _TRANSFORMERS:
        return
    sheets = {
        f"{target}.load" for target, right, _ in scene.assigned if _TRANSFORMERS & _lasts(right)
    }
    if any(call.name in sheets for call in scene.calls):
        brought = any(c.name in sheets and c.bits and _sheet(c) for c in scene.calls)
    else:
        brought = any(c.last in _TRANSFORMED and c.reached() & REQUEST for c in scene.calls)
    trusted = (
        "trustedxslt" in scene.members
        or "xsltransform" in scene.members  # always runs script
        or any(c.last == "xsltsettings" and ["true"] in c.arguments for c in scene.calls)
        or any(target.endswith("enablescript") for target, _, _ in scene.assigned)
    )
    if brought and (trusted or scene.shorter_than(_SHORT_TOKENS)):
        yield "transform-request"


# ---------------------------------------------------------------- commands

_SHELL = re.compile(
    r"\bcmd\.exe\b|\bcmd\s{1,9}/[ck]\b|powershell\.exe|powershell\s{1,9}-|comspec|^\s{0,9}/c\s"
    r"|/bin/(?:ba|c|z|k)?sh\b|\bcommand\.com\b|\\cmd\b"
)
# As the program that is started, the name alone will do.
_SHELL_NAME = re.compile(
    r"^(?:.{0,200}[\\/])?(?:cmd|powershell|pwsh|bash|sh|command)(?:\.exe|\.com)?$"
)
SHELL_CLASSES = (
    "72c24dd5-d70a-438b-8a42-98424b88afb8",  # WScript.Shell
    "f935dc22-1cf0-11d0-adb9-00c04fd58a0b",  # WScript.Shell, before
    "13709620-c279-11ce-a49e-444553540000",  # Shell.Application
    "9ba05972-f6a8-11cf-a442-00a0c90a8f39",  # ShellWindows
    "c08afd90-f2a1-11d1-8455-00a0c91f3880",  # ShellBrowserWindow
    "f935dc26-1cf0-11d0-adb9-00c04fd58a0b",  # WScript.Network
    "093ff999-1ea0-4079-9525-9614c3504b74",  # WScript.Network
    "0e59f1d5-1fbe-11d0-8ff2-00a0d10038bc",  # ScriptControl
)
_STARTERS = words("run exec shellexecute invokemember callbyname")
_POWERSHELL = words("addscript createpipeline invokescript addcommand")
_NATIVE_STARTERS = words("createprocess createprocessasuser winexec system")
_OUTPUT = frozenset(("standardoutput", "stdout", "standarderror"))
_PROCESS = ("process.start", "processstartinfo")


def commands(scene: Scene) -> Iterator[str]:
    """Starts processes."""
    members, strings = scene.members, scene.strings
    host = scene.any_string(SHELL_PROGID) or any(
        number in text for text in strings for number in SHELL_CLASSES
    )
    # A component that the request names may be the shell.
    host = host or any(
        c.last == "createobject" and c.bits and c.bits[0] & FREE for c in scene.calls
    )
    shell = scene.any_string(_SHELL) or _starts_shell(scene)
    management = any("win32_process" in text for text in strings)
    starts = chosen = partly = False
    for call in scene.calls:
        last = call.last
        reached = call.reached() & REQUEST
        if call.name.endswith(_PROCESS):
            starts = True
            if reached and (shell or call.bits[0] & _CHOSEN):
                chosen = True
            partly |= bool(reached)
        elif (call.name == "process" or call.name.endswith("diagnostics.process")) and call.new:
            starts = True
        elif (last == "shell" and (call.name == "shell" or "interaction" in call.name)) or (
            host and last in _STARTERS
        ):
            starts = True
            fixed = not shell and bool(reached) and _names_program(call)
            chosen |= bool(reached) and not fixed
            partly |= fixed
        elif last in _POWERSHELL and call.reached() & _CHOSEN:
            yield "powershell-request"
        elif management and last in ("create", "invokemethod", "execmethod_"):
            yield "command-request" if reached else "wmi-process"
        elif reached:
            chosen |= last == "exec" and "getruntime" in members
            chosen |= last in _NATIVE_STARTERS and "dllimport" in members
            chosen |= last in ("writeline", "write") and "standardinput" in call.name
    for target, _, bits in scene.assigned if starts or "startinfo" in members else ():
        last = target.rpartition(".")[2]
        if bits & REQUEST and last == "filename" and "." in target:
            chosen |= shell or bool(bits & _CHOSEN)
        elif bits & REQUEST and last == "arguments":
            chosen |= shell
            partly = True
    if chosen:
        yield "command-request"
    elif starts and scene.asks and shell and not _is_settled(scene):
        yield "command-near"
    elif starts and (scene.asks or shell) and members & _OUTPUT:
        yield "command-output"
    elif starts and scene.asks:
        yield "command-argument" if partly else "command"


# A program of the page's choice, but none that changes the server or runs others.
_PROGRAM = re.compile(
    r"^\"?(?:[\w:\\ .()-]{1,200}\\)?(?!(?:net1?|netsh|reg|sc|at|schtasks|wmic|certutil|bitsadmin"
    r"|[cw]script|mshta|rundll32|regsvr32|psexec|pwsh|powershell|cmd|taskkill|type|dir|echo)\b)"
    r"[a-z]\w{1,20}(?:\.exe)?\"?\s",
    re.IGNORECASE,
)


def _names_program(call: Call) -> bool:
    """Whether a command line begins with a program that the page names."""
    first = call.arguments[0][0]
    return first[0] == '"' and bool(_PROGRAM.match(first[1:]))


def _is_settled(scene: Scene) -> bool:
    """Whether all that programs are started with is constant, and says what to run."""
    told = [a for c in scene.calls if c.name.endswith(_PROCESS) for a in c.arguments]
    told = [a for a in told if not any(word.endswith("processstartinfo") for word in a)]
    told += [
        right for target, right, _ in scene.assigned if target.rpartition(".")[2] == "arguments"
    ]
    constant = [words for words in told if len(words) == 1 and words[0][0] == '"']
    others = [w for words in told if words not in constant for w in words if w != "?"]
    if not constant or "standardinput" in scene.members:
        return False
    started = {t for t, right, _ in scene.assigned if "processstartinfo" in " ".join(right)}
    return all(w in started for w in others) and any(
        _SAYS_WHAT.match(words[0][1:]) for words in constant
    )


_SAYS_WHAT = re.compile(r"^\s*[/-](?:c|k|file|command)\s+\"?[\w.%]", re.IGNORECASE)


def _starts_shell(scene: Scene) -> bool:
    """Whether the program that is started is a command shell by its bare name."""
    names = [
        right[0][1:]
        for target, right, _ in scene.assigned
        if target.rpartition(".")[2] == "filename" and len(right) == 1 and right[0][0] == '"'
    ]
    names += [
        call.text(0) or ""
        for call in scene.calls
        if call.name.endswith(_PROCESS) or call.last == "shell"
    ]
    return any(_SHELL_NAME.match(name.strip().lower()) for name in names)
