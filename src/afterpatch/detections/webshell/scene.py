"""All that the deeds of one page are told from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from afterpatch.detections.webshell.code import is_name, words
from afterpatch.detections.webshell.flow import Call, Flow
from afterpatch.detections.webshell.page import Page

__all__ = ["SHELL_PROGID", "Judge", "Scene", "scene"]

# Members of which a page must use one to do what the deeds ask for, hiding left out.
_ASKED = words(
    "eval execute executeglobal executestatement addcode jscriptevaluate loadfrom unsafeloadfrom "
    "jscriptevaluateformodule function scriptcontrol csharpscript load loadfile rawload "
    "loadmodule deserialize parse compileassemblyfromsource compileassemblyfromdom gettype "
    "getmethod invoke invokemember dynamicinvoke callbyname createinstance gettypefromprogid "
    "gettypefromclsid parsecontrol xslcompiledtransform xsltransform httplistener "
    "registervirtualpathprovider dllimport declare getdelegateforfunctionpointer process "
    "start startinfo processstartinfo standardinput shell run exec shellexecute getruntime "
    "addscript addcommand createpipeline invokescript create invokemethod createobject "
    "getobject regread regwrite regdelete opensubkey registry getprocesses getprocessbyid "
    "kill getservices machinekeysection validationkey commandtext connectionstring sqlcommand "
    "sqldataadapter oledbcommand oledbdataadapter odbccommand getfiles getdirectories "
    "directoryinfo getfilesystementries getfolder enumeratefiles enumeratedirectories "
    "getfilesysteminfos namespace readalltext readallbytes readalllines opentext streamreader "
    "opentextfile transmitfile writefile loadfromfile openread openastextstream getfile "
    "fileinfo writealltext writeallbytes writealllines appendalltext createtext streamwriter "
    "createtextfile savetofile appendtext filestream createfile saveas save delete deletefile "
    "deletefolder move copy copyfile movefile copyfolder movefolder rename copyhere "
    "createdirectory createfolder setlastwritetime setcreationtime setlastaccesstime "
    "setlastwritetimeutc setcreationtimeutc setlastaccesstimeutc lastwritetime creationtime "
    "lastaccesstime datelastmodified modifydate setattributes attributes drives "
    "getlogicaldrives getdrives downloadfile tcpclient socket tcplistener udpclient "
    "clientwebsocket httpwebrequest webrequest webclient httpclient exists fileexists "
    "folderexists"
)


_NAMED = words("eval execute executeglobal function")  # of this["eval"](x)
SHELL_PROGID = re.compile(r"\b(?:wscript\.shell|shell\.application)\b")


class Scene(Struct, frozen=True):
    """One page with what reaches what in it.

    `strings` are the constant texts in lower case, `built` those that were put together, with the
    number of their pieces; `names` are all names, `members` their parts; `asks`: the page reads
    what a client sends.
    """

    page: Page
    flows: tuple[Flow, ...]
    strings: frozenset[str]
    built: dict[str, int]
    names: frozenset[str]
    members: frozenset[str]
    asks: bool

    @property
    def calls(self) -> Iterator[Call]:
        """All calls, of all runs of code, but those of the page's own functions."""
        return (
            call for flow in self.flows for call in flow.calls if call.name not in flow.functions
        )

    @property
    def assigned(self) -> Iterator[tuple[str, list[str], int]]:
        """All assignments: the target, the right side, what reaches it."""
        return (one for flow in self.flows for one in flow.assigned)

    @property
    def starts(self) -> bool:
        """Whether the page starts programs, as far as names tell."""
        if self.members & {"processstartinfo", "shellexecute", "createprocess"}:
            return True
        if "start" in self.members and "process" in self.members:
            return True
        return bool(self.members & {"run", "exec"}) and self.any_string(SHELL_PROGID)

    def any_string(self, pattern: re.Pattern[str]) -> bool:
        """Whether a constant text, in lower case, holds the pattern."""
        return any(pattern.search(text) for text in self.strings)

    def shorter_than(self, tokens: int) -> bool:
        """Whether the code has fewer tokens than that."""
        return sum(len(code.tokens) for code in self.page.code) < tokens


Judge = Callable[[Scene], Iterator[str]]


def scene(page: Page) -> Scene:
    """Gather what the deeds need from a page."""
    names = frozenset(word for code in page.code for word in code.tokens if is_name(word))
    members = frozenset(part for name in names for part in name.split(".") if part)
    # Most pages call nothing that matters: what reaches what need not be asked of them.
    named = {text.lower() for code in page.code for text in code.strings() if len(text) < 20}
    asked = members & _ASKED or named & _NAMED
    flows = tuple(Flow(code, page.controls) for code in page.code) if asked else ()
    asks = bool(members & {"request", "req"}) or any(flow.published for flow in flows)
    asks = asks or any(
        base in page.controls and rest.startswith(("text", "value", "file", "posted"))
        for name in names
        for base, _, rest in [name.partition(".")]
    )
    return Scene(
        page=page,
        flows=flows,
        strings=frozenset(text[:4_000].lower() for code in page.code for text in code.strings()),
        built={text.lower(): count for code in page.code for text, count in code.built.items()},
        names=names,
        members=members,
        asks=asks,
    )
