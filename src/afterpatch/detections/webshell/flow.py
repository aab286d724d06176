"""What reaches what in a run of server code: a light taint over assignments, calls and functions.

No language is parsed. Statements are split at their ends; a name takes on what stands right of its
`=`, the parameters of a function of the page what its callers give, a call what the function
returns. A name that a function declares is known in that function only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from msgspec import Struct

from afterpatch.detections.webshell.code import Code, is_name, words

__all__ = [
    "BOUND", "DATABASE", "DECODED", "FILE", "FREE", "MAPPED", "NET", "REQUEST", "ROOT", "STATE",
    "Call", "Flow",
]  # fmt: skip

# How free a request is to choose a value: only a part of it (below a folder that the page names),
# a place below the site's root, or all of it.
BOUND, MAPPED, FREE = 1, 2, 4
REQUEST = BOUND | MAPPED | FREE
# Where else a value comes from.
FILE, NET, STATE, DECODED, DATABASE = 8, 16, 32, 64, 128
ROOT = 256  # the page's own folder or the site's root, with no folder named

_PASSES = 5
_ARGUMENT_TOKENS = 600
_STATEMENT_TOKENS = 6_000
_NAME_TOKENS = 200  # of what is asked for its file name
_CALL_DEPTH = 40  # of brackets, below which calls are not looked at by themselves

_OWN_REQUEST = frozenset(("request", "req"))
# Parts of a request that a client does not choose.
_GIVEN = words(
    "applicationpath apppathfilepath browser clientcertificate contentlength "
    "currentexecutionfilepath filepath httpmethod isauthenticated islocal "
    "issecureconnection logonuseridentity physicalapplicationpath physicalpath "
    "requesttype totalbytes userhostaddress userhostname "
    "apprelativecurrentexecutionfilepath contentencoding timedout path userlanguages "
    "accepttypes requestcontext hasformcontenttype method scheme host"
)
# Parts that a client chooses, but within bounds.
_INDIRECT = frozenset(("url", "rawurl", "urlreferrer", "useragent", "pathinfo"))
_ROOTS = words(
    "request.physicalapplicationpath request.physicalpath environment.currentdirectory "
    "appdomain.currentdomain.basedirectory httpruntime.appdomainapppath "
    "hostingenvironment.applicationphysicalpath"
)
_CHOSEN_VARIABLES = ("http_", "query_string", "all_", "auth_password", "auth_user", "path_info")
_PLAIN_VARIABLES = ("http_host", "http_https", "http_x_forwarded_proto")
# What makes a harmless value of any: numbers, lengths, kinds.
_CLEANERS = words(
    "cint clng cbool cdbl cdate cbyte isnumeric isdate len lenb ubound lbound isarray "
    "typename asc int.parse int.tryparse int32.parse int32.tryparse long.parse "
    "long.tryparse bool.parse bool.tryparse boolean.parse guid.parse guid.tryparse "
    "datetime.parse decimal.parse double.parse convert.toint32 convert.toint16 "
    "convert.toint64 convert.toboolean convert.todatetime convert.todecimal "
    "convert.todouble parseint parsefloat number path.getextension isnothing "
    "string.isnullorempty string.isnullorwhitespace new.guid isempty isnull file.exists "
    "directory.exists system.io.file.exists system.io.directory.exists typeof instr "
    "getasciiwidth path.getfilename system.io.path.getfilename "
    "path.getfilenamewithoutextension system.int32.parse "
    "system.io.path.getfilenamewithoutextension"
)
_CLEAN_MEMBERS = frozenset(("length", "count", "totalbytes", "contentlength", "containskey"))
_WRAPPERS = words(
    "mappath combine concat trim urldecode cstr tostring getfullpath string new join replace "
    "lcase ucase htmlencode format unescape getbytes getstring frombase64string path "
    "getvirtualpath tolower toupper ltrim rtrim substring mid left server.htmlencode char "
    "array ref out convert object byte filestream fileinfo directoryinfo cast as typeof getpath "
    "htmldecode urlencode get getvalue getvalues getall item items params form querystring "
    "cookies headers streamreader readtoend binaryread memorystream stringreader bytes text "
    "stringbuilder append insert remove padleft split first last firstordefault tolist "
    "toarray unescapedatastring trimend trimstart normalize tochararray read readline chr "
    "chrw asc strreverse base64decode cbyte right midb leftb rightb lenb ascw strconv lset "
    "filter"
)
_NET_MEMBERS = words(
    "responsetext responsebody responsestream getresponsestream downloadstring "
    "downloaddata openread getstringasync getbytearrayasync"
)
_FILE_MEMBERS = words(
    "readall readalltext readallbytes readalllines readtext opentextfile openastextstream "
    "opentext loadfromfile"
)
_DECODING = words(
    "frombase64string transformfinalblock createdecryptor nodetypedvalue strreverse "
    "unescape fromcharcode gzipstream deflatestream chr chrw chrb decompress tobytearray"
)
_OPENS = words("readalltext readallbytes readalllines opentextfile opentext")
_STATES = frozenset(("session", "application", "cache"))
# Methods by which a thing takes on what it is given, or gives on what it holds.
_TAKES = words(
    "append appendline appendformat write writeline writetext add insert load loadxml "
    "loadfromfile addrange enqueue push set setvalue writebyte appendchunk concat"
)
_CLASSES = frozenset(("path", "file", "directory"))
_CLASS_METHODS = words(
    "combine getfilename getextension getdirectoryname getfullpath getfilenamewithoutextension "
    "getpathroot gettemppath changeextension exists delete move copy open opentext openread "
    "openwrite create createtext appendtext readalltext readallbytes readalllines writealltext "
    "writeallbytes writealllines appendalltext getfiles getdirectories getfilesystementries "
    "createdirectory getlastwritetime setlastwritetime getcreationtime setcreationtime "
    "getattributes setattributes getlogicaldrives getparent"
)
# Functions that are called by another name where code hides.
_DANGEROUS = words(
    "start load eval execute executeglobal shell writealltext writeallbytes deserialize"
)
_STATIC = frozenset(("assembly", "system.reflection.assembly", "reflection.assembly", "response"))
_GIVES = frozenset(("read", "copyto", "receive", "readblock", "readasync", "copytoasync"))
_COPIES = frozenset(
    ("array.copy", "buffer.blockcopy", "system.array.copy", "system.buffer.blockcopy")
)
_ASSIGN = frozenset(("=", "+=", "&=", "^="))
_KEYWORDS = words(
    "if for foreach while switch catch using lock return new else throw typeof sizeof "
    "fixed and or not elseif until select case when nameof default checked unchecked"
)
_VB_FUNCTIONS = frozenset(("function", "sub", "property"))
_MODIFIERS = words(
    "public private protected friend shared overrides overridable default async readonly "
    "static get let set"
)
_VB_STATEMENT_WORDS = words(
    "if elseif else end dim redim set let const function sub property class for each next "
    "do loop while wend until select case exit on option public private with call return "
    "imports try catch finally throw using namespace module inherits protected friend "
    "shared resume then goto erase randomize stop"
)


class Call(Struct, frozen=True):
    """A call: the whole name, its last member, the arguments and what reaches each of them."""

    name: str
    last: str
    arguments: list[list[str]]
    bits: list[int]
    new: bool
    scope: str
    at: int

    def reached(self) -> int:
        """What reaches any argument."""
        found = 0
        for bits in self.bits:
            found |= bits
        return found

    def text(self, index: int) -> str | None:
        """The argument's text when it is constant."""
        if index < len(self.arguments):
            argument = self.arguments[index]
            if len(argument) == 1 and argument[0][0] == '"':
                return argument[0][1:]
        return None


class _Statement(Struct):
    tokens: list[str]
    scope: str
    at: int


class _Call(Struct):
    name: str
    arguments: list[list[str]]
    new: bool
    scope: str
    at: int


class Flow:
    """The calls and assignments of a run of code, each with what reaches it."""

    def __init__(self, code: Code, controls: dict[str, str]) -> None:
        self.code = code
        self._vb = code.family == "vb"
        # Takes uploads apart by itself: what it makes of them is the request's.
        self._parses = "request.binaryread" in code.tokens
        # The contract may stand at an interface, and not at the method itself.
        self._serves = any(word.endswith("operationcontract") for word in code.tokens)
        self._controls = controls
        self._tokens = code.tokens
        self._close = _brackets(self._tokens)
        self.functions: dict[str, list[str]] = {}
        self._locals: dict[str, set[str]] = {}
        self._known: dict[str, int] = {}
        self._bound: dict[str, int] = {}  # how free at most a name is, where it is bound later
        self._statements: list[_Statement] = []
        self.published: set[str] = set()  # functions that a client calls
        self._split()
        self._set: list[tuple[str, list[str], str, int]] = []
        for statement in self._statements:
            self._set += self._assignments(statement)
        self._grow_from_nothing()
        self._made = list(self._find_calls())
        meant = {
            target: named
            for target, right, _, _ in self._set
            if target and (named := _named(right)).rpartition(".")[2] in _DANGEROUS
        }
        for made in self._made if meant else ():
            made.name = meant.get(made.name, made.name)
        self._declare()
        self._tame()
        self._publish()
        self._settle()
        # Once more, with what the page's own functions make of a path.
        bound, known = self._bound, self._known
        given = {name: bits for name, bits in self._known.items() if name in self.functions}
        self._tame(given)
        if self._bound == bound:
            self._known = known
        else:
            self._publish()
            self._settle()
        self.calls: list[Call] = [
            Call(
                c.name,
                c.name.rpartition(".")[2],
                c.arguments,
                [self.bits(a, c.scope) for a in c.arguments],
                c.new,
                c.scope,
                c.at,
            )
            for c in self._made
        ]
        self.assigned: list[tuple[str, list[str], int]] = [
            (target, right, self.bits(right, scope)) for target, right, scope, _ in self._set
        ]

    # ------------------------------------------------------------ statements

    def _split(self) -> None:
        if self._vb:
            self._split_vb()
        else:
            self._split_c()

    def _split_vb(self) -> None:
        scope = ""
        current: list[str] = []
        start = 0
        depth = 0
        tokens = [*self._tokens, "\n"]
        for at, word in enumerate(tokens):
            if word == "(":
                depth += 1
            elif word == ")":
                depth = max(0, depth - 1)
            if word == "\n" or (word == ":" and not depth) or word in ("then", "else"):
                depth = 0
                if current:
                    scope = self._vb_statement(current, scope, start)
                current = []
                start = at + 1
            elif len(current) < _STATEMENT_TOKENS:
                current.append(word)

    def _vb_statement(self, tokens: list[str], scope: str, start: int) -> str:
        for at, word in enumerate(tokens[:12]):
            if word in _VB_FUNCTIONS:
                if at and tokens[at - 1] in ("end", "exit", "declare"):
                    return scope if tokens[at - 1] != "end" else ""
                name = next((t for t in tokens[at + 1 : at + 3] if is_name(t)), "")
                if name in _MODIFIERS and at + 2 < len(tokens):
                    name = tokens[at + 2]
                if not name or name == "(":
                    break
                names = _parameters(tokens[at + 1 :])
                self.functions.setdefault(name, names)
                self._locals.setdefault(name, set()).update(names)
                if any(t.rpartition(".")[2] in _PUBLISHED for t in tokens[:at]):
                    self.published.add(name)
                return name
            if word not in _MODIFIERS and word != "<" and not at:
                break
            if word in ("=", '"'):
                break
        self._statements.append(_Statement(tokens, scope, start))
        return scope

    def _split_c(self) -> None:
        scopes: list[str] = []
        scope = ""
        current: list[str] = []
        start = 0
        for at, word in enumerate([*self._tokens, ";"]):
            if word == "{":
                name = self._function_before(at)
                scopes.append(scope)
                if name:
                    scope = name
                if current:
                    self._statements.append(_Statement(current, scope if not name else "", start))
                current, start = [], at + 1
            elif word in (";", "}"):
                if current:
                    self._statements.append(_Statement(current, scope, start))
                current, start = [], at + 1
                if word == "}" and scopes:
                    scope = scopes.pop()
            elif len(current) < _STATEMENT_TOKENS:
                current.append(word)

    def _function_before(self, at: int) -> str:
        """The name of the function whose body begins at this brace; empty when it is none."""
        end = at - 1
        # JScript: function f(a) : String {
        if end > 1 and self._tokens[end - 1] == ":" and self._tokens[end - 2] == ")":
            end -= 2
        if end < 1 or self._tokens[end] != ")":
            return ""
        start = self._close.get(end, -1)
        if start < 1:
            return ""
        name = self._tokens[start - 1]
        if not is_name(name) or name in _KEYWORDS or name[0] == ".":
            return ""
        before = self._tokens[start - 2] if start > 1 else ""
        declares = before and (is_name(before) or before in ("]", ">", "?")) and before != "new"
        if not declares and name != "function":
            return ""
        names = _parameters(self._tokens[start - 1 : end + 1])
        self.functions.setdefault(name, names)
        self._locals.setdefault(name, set()).update(names)
        ahead = self._tokens[max(0, start - 40) : start - 1]
        for back in range(len(ahead) - 1, -1, -1):
            if ahead[back] in (";", "}", "{"):
                ahead = ahead[back + 1 :]
                break
        served = "public" in ahead and self._serves
        if served or any(t.rpartition(".")[2] in _PUBLISHED for t in ahead):
            self.published.add(name)
        return name

    def _assignments(self, statement: _Statement) -> Iterable[tuple[str, list[str], str, int]]:
        """The names set in a statement, each with what stands right of the sign."""
        tokens = statement.tokens
        if (tokens and tokens[0] in ("for", "foreach")) or "in" in tokens[:8]:
            for at, word in enumerate(tokens[:12]):
                if word == "in" and at:
                    yield tokens[at - 1], tokens[at + 1 :], statement.scope, statement.at
                    break
        if self._vb:
            if tokens[0] in ("if", "elseif", "while", "until", "case", "do", "loop", "select"):
                return
            at = next((i for i, t in enumerate(tokens) if t in _ASSIGN or t == ":="), -1)
            if at > 0:
                right = _grown(tokens, at, tokens[at + 1 :])
                yield self._target(tokens, at), right, statement.scope, statement.at
            elif (
                "as" in tokens[:6] and "new" in tokens[:8] and tokens[0] not in ("function", "sub")
            ):
                # Dim p As New Process()
                place = tokens.index("as")
                yield tokens[place - 1], tokens[place + 1 :], statement.scope, statement.at
            return
        places = [i for i, t in enumerate(tokens) if t in _ASSIGN and i]
        for number, at in enumerate(places):
            end = places[number + 1] if number + 1 < len(places) else len(tokens)
            right = tokens[at + 1 : end]
            if end < len(tokens) and "," in right:  # byte[] k = a, c = b
                last = len(right) - 1 - right[::-1].index(",")
                right = right[:last]
            elif end < len(tokens):  # a = b = c
                right = tokens[at + 1 :]
            yield self._target(tokens, at), _grown(tokens, at, right), statement.scope, statement.at
        if tokens[0] == "return" and statement.scope:
            yield statement.scope, tokens[1:], statement.scope, statement.at

    def _target(self, tokens: Sequence[str], at: int) -> str:
        """The name before an assignment sign: `x`, `x.y`, `x(1)`, `x : String`, `x As String`."""
        place = at - 1
        depth = 0
        while place >= 0:
            word = tokens[place]
            if word in (")", "]"):
                depth += 1
            elif word in ("(", "["):
                depth -= 1
            elif not depth and is_name(word):
                if word[0] == "." and place and tokens[place - 1] in (")", "]"):
                    pass
                elif place > 1 and tokens[place - 1] in ("as", ":"):
                    place -= 1
                else:
                    return word
            elif not depth and word not in (".", "*", "?"):
                break
            place -= 1
        return ""

    def _declare(self) -> None:
        """Which names belong to a function: its parameters, and what it declares."""
        outer = {target for target, _, scope, _ in self._set if not scope}
        for statement in self._statements:
            if not statement.scope:
                continue
            own = self._locals.setdefault(statement.scope, set())
            if self._vb:
                if statement.tokens[0] in ("dim", "const", "static"):
                    own.update(t for t in statement.tokens[1:40] if is_name(t))
            else:
                for target, _, _, _ in self._assignments(statement):
                    if target and target != statement.scope and target not in outer:
                        own.add(target.partition(".")[0])

    def _grow_from_nothing(self) -> None:
        """Leave out a name from what is added to it, where it begins empty: s = s & Chr(c)."""
        begun = {
            target
            for target, right, _, _ in self._set
            if target not in right[:1] and right != ['"']
        }
        self._set = [
            (
                target,
                right[2:] if right[:1] == [target] and target not in begun else right,
                scope,
                at,
            )
            for target, right, scope, at in self._set
        ]

    def _publish(self) -> None:
        """Parameters of what a client calls are the client's."""
        for name in self.published:
            for parameter in self.functions.get(name, ()):
                self._known[f"{name}:{parameter}"] = FREE

    def _settle(self) -> None:
        for _ in range(_PASSES):
            before = dict(self._known)
            self._pass()
            if before == self._known:
                break

    def _tame(self, given: dict[str, int] | None = None) -> None:
        """Find the names that are bound to a place after they are set: x = Server.MapPath(x).

        `given` is what the functions of the page return, as far as that is known.
        """
        bound: dict[str, int] = {}
        for target, right, scope, _ in self._set:
            if target and target in right:
                key = self._key(target, scope)
                self._known = {**(given or {}), key: FREE}
                level = self.bits(right, scope) & REQUEST
                if 0 < level < FREE:
                    bound[key] = min(level, bound.get(key, FREE))
        self._known = {}
        self._bound = bound

    # ------------------------------------------------------------ calls

    def _find_calls(self) -> Iterable[_Call]:
        tokens = self._tokens
        scopes = [(s.at, s.scope) for s in self._statements]
        current = ""
        pointer = depth = 0
        for at, word in enumerate(tokens[:-1]):
            if word in ("(", ")"):
                depth += 1 if word == "(" else -1
                continue
            while pointer < len(scopes) and scopes[pointer][0] <= at:
                current = scopes[pointer][1]
                pointer += 1
            if tokens[at + 1] != "(" or not (is_name(word) or word in ("]", ">")):
                if word[0] == '"' and at > 1 and tokens[at - 1] == "[" and tokens[at + 1] == "]":
                    # this["eval"](x)
                    if at + 2 < len(tokens) and tokens[at + 2] == "(" and word[1:].isidentifier():
                        arguments = self._arguments(at + 2)
                        yield _Call(word[1:].lower(), arguments, False, current, at)
                elif at and tokens[at - 1] == "new" and tokens[at + 1] == "{" and is_name(word):
                    yield _Call(word, [], True, current, at)
                continue
            name = word
            if word == ">":
                name = self._generic(at)
            if not name or name == "]" or name in _KEYWORDS or depth > _CALL_DEPTH:
                continue
            new = at > 0 and tokens[at - 1] == "new"
            yield _Call(name, self._arguments(at + 1), new, current, at)
        if self._vb:
            yield from self._bare_calls()

    def _generic(self, at: int) -> str:
        for back in range(at - 1, max(at - 12, -1), -1):
            if self._tokens[back] == "<":
                return self._tokens[back - 1] if back and is_name(self._tokens[back - 1]) else ""
        return ""

    def _bare_calls(self) -> Iterable[_Call]:
        """Calls of Visual Basic without brackets: `Execute a`, `fso.DeleteFile path`."""
        for statement in self._statements:
            tokens = statement.tokens
            begin = 1 if tokens[0] == "call" else 0
            if len(tokens) - begin < 2:
                continue
            name, second = tokens[begin], tokens[begin + 1]
            if name[0] == '"' or not is_name(name) or name in _VB_STATEMENT_WORDS:
                continue
            if second in _ASSIGN or second in (",", ")", "."):
                continue
            if second == "(" and name not in ("eval", "execute", "executeglobal"):
                # CreateObject("x").Run command
                end = _match(tokens, begin + 1) + 1
                member = tokens[end] if end + 1 < len(tokens) else ""
                if member[:1] == "." and tokens[end + 1] not in ("(", ",", ")", *_ASSIGN):
                    arguments = _split(tokens[end + 1 : end + 1 + _ARGUMENT_TOKENS])
                    yield _Call(member, arguments, False, statement.scope, statement.at)
                continue
            arguments = _split(tokens[begin + 1 : begin + 1 + _ARGUMENT_TOKENS])
            yield _Call(name, arguments, False, statement.scope, statement.at)

    def _arguments(self, opening: int) -> list[list[str]]:
        end = self._close.get(opening, len(self._tokens))
        inside = self._tokens[opening + 1 : min(end, opening + 1 + _ARGUMENT_TOKENS)]
        return _split(inside) if inside else []

    # ------------------------------------------------------------ taint

    def _pass(self) -> None:
        for target, right, scope, _ in self._set:
            if target:
                self._learn(target, scope, self.bits(right, scope))
        for call in self._made:
            last = call.name.rpartition(".")[2]
            if last in self.functions:
                for index, name in enumerate(self.functions[last]):
                    if index < len(call.arguments):
                        bits = self.bits(call.arguments[index], call.scope)
                        if bits:
                            key = f"{last}:{name}"
                            self._known[key] = self._known.get(key, 0) | self._clamped(key, bits)
            base, _, member = call.name.rpartition(".")
            if member in _TAKES and base and call.arguments and base not in _STATIC:
                bits = 0
                for argument in call.arguments:
                    bits |= self.bits(argument, call.scope)
                if member == "loadfromfile" or (member == "load" and _is_mapped(call.arguments[0])):
                    bits = _held(bits)
                self._learn(base, call.scope, bits)
            elif member in _GIVES and base and call.arguments:
                bits = self.value(base, call.scope) & ~ROOT
                first = call.arguments[0]
                if bits and is_name(first[0]):
                    self._learn(first[0], call.scope, bits)
            elif call.name in _COPIES and len(call.arguments) > 2:
                into = next((a[0] for a in call.arguments[1:4] if is_name(a[0])), "")
                self._learn(into, call.scope, self.bits(call.arguments[0], call.scope))

    def _learn(self, target: str, scope: str, bits: int) -> None:
        if not bits or not target:
            return
        base, dot, _ = target.partition(".")
        key = self._key(target, scope)
        bits = self._clamped(key, bits)
        self._known[key] = self._known.get(key, 0) | bits
        if dot and base:
            key = self._key(base, scope)
            known = (bits & ~(REQUEST | ROOT)) | (BOUND if bits & REQUEST else 0)
            self._known[key] = self._known.get(key, 0) | known

    def _clamped(self, key: str, bits: int) -> int:
        """The bits, no freer than a name is that is bound to a place."""
        if key in self._bound and bits & REQUEST:
            return (bits & ~REQUEST) | min(bits & REQUEST, self._bound[key])
        return bits

    def _key(self, name: str, scope: str) -> str:
        base = name.partition(".")[0]
        return f"{scope}:{name}" if scope and base in self._locals.get(scope, ()) else name

    def bits(self, tokens: Sequence[str], scope: str = "") -> int:
        """What reaches an expression, and how free a request is in it."""
        return _Expression(self, tokens, scope).worth()

    def returned(self, function: str) -> int:
        """What a function of the page returns."""
        return self._known.get(function, 0)

    def value(self, name: str, scope: str, following: Sequence[str] = ()) -> int:
        """What a name holds."""
        found = _by_name(name)
        if found & _VARIABLE:
            return self._variable(following)
        if found == ROOT or name[0] == ".":
            return found
        if self._parses and name.endswith((".form", ".item")):
            found |= FREE
        known = self._known
        base, dot, rest = name.partition(".")
        if base in _CLASSES and rest in _CLASS_METHODS:
            return found  # Path.Combine, though there may be a variable of that name
        own = base in self._locals.get(scope, ())
        if base == "req" and not dot and not known.get(self._key("req", scope)):
            found &= ~FREE
        if dot:
            if base in self._controls and rest.partition(".")[0] in _CONTROL_VALUES:
                # A list takes only what the page put into it.
                listed = self._controls[base] in _LISTS
                found |= BOUND if listed else FREE
            whole = known.get(f"{scope}:{name}" if own else name)
            if whole:
                return found | whole
        if own:
            return found | known.get(f"{scope}:{base}", 0)
        found |= known.get(base, 0)
        if dot:
            last = name.rpartition(".")[2]
            if last in self.functions:
                found |= known.get(last, 0)
        return found

    @staticmethod
    def _variable(following: Sequence[str]) -> int:
        """Request.ServerVariables("HTTP_X") is the client's, most others are the server's."""
        constant = next((t[1:].lower() for t in following if t[0] == '"'), "")
        if constant.startswith(_PLAIN_VARIABLES):
            return 0
        return FREE if constant.startswith(_CHOSEN_VARIABLES) else 0


def _grown(tokens: Sequence[str], at: int, right: list[str]) -> list[str]:
    """What an assignment makes of its target: `a += b` is `a = a + b`."""
    right = right[:_ARGUMENT_TOKENS]
    if tokens[at] in ("+=", "&=") and is_name(tokens[at - 1]):
        return [tokens[at - 1], "+", *right]
    return right


def _named(right: Sequence[str]) -> str:
    """The function that an expression is: `eval`, `this["eval"]`; empty for others."""
    if len(right) == 1:
        return right[0]
    if len(right) == 4 and right[1] == "[" and right[3] == "]" and right[2][0] == '"':
        return right[2][1:].lower()
    return ""


def _is_mapped(argument: Sequence[str]) -> bool:
    return argument[0].endswith("mappath")


def _held(bits: int) -> int:
    """What a file holds whose path is made of that: the request's where that names no folder."""
    return FILE | (bits & (FREE | MAPPED | NET | DECODED))


def _decodes(last: str) -> bool:
    return last in _DECODING or "decode" in last or "decrypt" in last


def _is_cast(tokens: Sequence[str], at: int) -> bool:
    """(string)Request["x"]"""
    around = tokens[at + 1 : at + 3]
    if not at or tokens[at - 1] != "(" or len(around) < 2 or around[0] != ")":
        return False
    return around[1] == "(" or is_name(around[1])


class _Expression:
    """One walk over an expression.

    The first operand decides how free a request is in it: what stands behind the name of a folder,
    or behind a value of the page's own, is bound to it.
    """

    def __init__(self, flow: Flow, tokens: Sequence[str], scope: str) -> None:
        self._flow = flow
        self._tokens = tokens
        self._scope = scope
        self._found = 0
        self._lead: int | None = None  # what the first operand is worth
        self._outer = -1  # where the first call ends
        self._mapped = self._root = self._turned = self._numbers = False

    def worth(self) -> int:
        """What reaches the expression."""
        at = 0
        while at < len(self._tokens):
            word = self._tokens[at]
            if word[0] == '"':
                self._constant(word[1:])
            elif is_name(word):
                at = self._name(at, word)
            elif word == "^":
                self._turned = True
            elif word[0].isdigit():
                self._numbers = True
            at += 1
        if self._turned and (self._numbers or self._found & (REQUEST | STATE | FILE)):
            self._found |= DECODED
        others = self._found & ~(REQUEST | ROOT)
        lead = self._lead
        if not self._found & REQUEST:
            at_root = bool(lead & ROOT) if lead is not None else self._root
            return others | (ROOT if at_root else 0)
        if lead is None or lead & FREE:
            return others | (MAPPED if self._mapped else FREE)
        if lead & ROOT:
            return others | MAPPED | ROOT
        return others | (MAPPED if lead & MAPPED else BOUND)

    def _constant(self, text: str) -> None:
        if self._lead is None:
            if _names_no_folder(text):
                self._root |= self._mapped or text[1:2] == ":"
            else:
                self._lead = 0

    def _name(self, at: int, word: str) -> int:
        """Take in the name at this place; returns the place of the last token that is done."""
        tokens = self._tokens
        following = tokens[at + 1] if at + 1 < len(tokens) else ""
        then = tokens[at + 2] if at + 2 < len(tokens) else ""
        last = word.rpartition(".")[2]
        if at > self._outer >= 0 and self._lead is None:
            self._lead = ROOT if self._root else 0
        if following == "(":
            if last in self._flow.functions:
                self._take(self._flow.returned(last))
                return _match(tokens, at + 1)
            if word in _CLEANERS or last == "tryparse":
                return self._cleaner(at, last)
            if last in _OPENS:
                end = _match(tokens, at + 1)
                inside = tokens[at + 2 : min(end, at + _ARGUMENT_TOKENS)]
                self._take(_held(self._flow.bits(inside, self._scope)))
                return end
            if word == "eval" and then[:1] == '"' and "request" in then.lower():
                self._take(FREE)
            if last == "mappath" and self._lead is None:
                self._mapped = True
            if self._lead is None and at > self._outer and then not in ("", ")"):
                # What is called may hand on what it is given.
                self._outer = _match(tokens, at + 1)
                self._found |= self._flow.value(word, self._scope, tokens[at + 1 : at + 4])
                if self._found & REQUEST:
                    self._lead = self._found
                elif last not in _WRAPPERS and not _decodes(last):
                    self._lead = 0  # nobody knows what it makes of it
                return at + 1
        elif self._lead is None and _is_cast(tokens, at):
            return at + 1
        if last in _CLEAN_MEMBERS and word[0] != ".":
            return at
        self._turned |= word == "xor"
        bits = self._flow.value(word, self._scope, tokens[at + 1 : at + 4])
        if bits == DECODED and following == "(":
            self._found |= bits  # what is decoded stands inside
        elif bits or (last not in _WRAPPERS and word not in _KEYWORDS):
            self._take(bits)
        return at

    def _cleaner(self, at: int, last: str) -> int:
        """A call that makes a harmless value; a mere file name stays in the folder it is put in."""
        end = _match(self._tokens, at + 1)
        if "getfilename" in last:
            inside = self._tokens[at + 2 : min(end, at + _NAME_TOKENS)]
            if self._flow.bits(inside, self._scope) & REQUEST:
                self._found |= BOUND
        self._lead = 0 if self._lead is None else self._lead
        return end

    def _take(self, bits: int) -> None:
        self._found |= bits
        self._lead = bits if self._lead is None else self._lead


_VARIABLE = 512  # a server variable: its name says whose it is


@lru_cache(8192)
def _by_name(name: str) -> int:
    """What a name stands for by itself, whatever the page does."""
    parts = name.split(".")
    last = parts[-1]
    if name in _ROOTS or last in ("physicalapplicationpath", "basedirectory"):
        return ROOT
    found = 0
    for at, part in enumerate(parts):
        if part in _OWN_REQUEST and not (at and parts[at - 1] in ("web", "net")):
            member = parts[at + 1] if at + 1 < len(parts) else ""
            if member == "servervariables":
                return _VARIABLE
            if member == "mappath" or member in _GIVEN or member in _CLEAN_MEMBERS:
                break
            found |= BOUND if member in _INDIRECT else FREE
    if last in _NET_MEMBERS:
        found |= NET
    elif last in _FILE_MEMBERS:
        found |= FILE
    elif last in _DECODING:
        found |= DECODED
    elif "commandargument" in parts:
        found |= FREE
    elif last == "getdata":
        found |= STATE
    if parts[0] in _STATES or (
        len(parts) > 1 and (parts[1] in _STATES or (parts[0] in _CONTEXTS and _STATES & {*parts}))
    ):
        found |= STATE
    return found


_CONTEXTS = frozenset(("httpcontext", "context", "system", "page"))
_PUBLISHED = frozenset(("webmethod", "operationcontract", "webinvoke", "webget"))
_CONTROL_VALUES = words(
    "text value filename filebytes filecontent postedfile selectedvalue selecteditem "
    "selectedindex innertext"
)
_LISTS = words("asp:dropdownlist asp:listbox asp:radiobuttonlist asp:checkboxlist")
_LETTER = re.compile(r"[A-Za-z]{2}")
_WEB_ROOT = re.compile(r"(?:wwwroot|aspnet_client|owa\\auth|ecp\\auth)[\\/]{0,2}$", re.IGNORECASE)


def _names_no_folder(text: str) -> bool:
    """Whether a constant names no folder to stay in: ".", "~/", "C:\\", "" or a web root."""
    return (len(text) < 4 and not _LETTER.search(text)) or bool(_WEB_ROOT.search(text))


def _match(tokens: Sequence[str], opening: int) -> int:
    depth = 0
    for at in range(opening, len(tokens)):
        if tokens[at] in ("(", "["):
            depth += 1
        elif tokens[at] in (")", "]"):
            depth -= 1
            if not depth:
                return at
    return len(tokens)


def _brackets(tokens: Sequence[str]) -> dict[int, int]:
    """Offsets of round brackets, each with that of its other half."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for at, word in enumerate(tokens):
        if word == "(":
            opened.append(at)
        elif word == ")" and opened:
            start = opened.pop()
            found[start] = at
            found[at] = start
    return found


def _split(tokens: Sequence[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    depth = 0
    for word in tokens:
        if word in ("(", "[", "{"):
            depth += 1
        elif word in (")", "]", "}"):
            depth -= 1
        if word == "," and depth <= 0:
            parts.append([])
        else:
            parts[-1].append(word)
    return [part or ["?"] for part in parts]


def _parameters(tokens: Sequence[str]) -> list[str]:
    """The names of a function's parameters; `tokens` begins with its name or before."""
    try:
        start = tokens.index("(")
    except ValueError:
        return []
    found = []
    for part in _split(tokens[start + 1 : _match(tokens, start)])[:40]:
        names = [t for t in part if is_name(t)]
        if "as" in part:
            place = part.index("as")
            names = [t for t in part[:place] if is_name(t)]
        elif ":" in part:
            names = [t for t in part[: part.index(":")] if is_name(t)]
        elif "=" in part:
            names = [t for t in part[: part.index("=")] if is_name(t)]
        if names:
            found.append(names[-1])
        elif part != ["?"]:
            found.append("?")
    return found
