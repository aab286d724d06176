"""Deeds that hide what a page is: names in pieces, encoded names, programs in texts, pictures."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from afterpatch.detections.webshell.acts import SHELL_CLASSES
from afterpatch.detections.webshell.reaches import PUTS
from afterpatch.detections.webshell.scene import Scene

__all__ = ["hiding"]

# FileSystemObject, ADODB.Stream
_FILE_CLASSES = ("0d43fe01-f093-11cf-8940-00a0c9054228", "00000566-0000-0010-8000-00aa006d2ea4")
_SENSITIVE = re.compile(
    r"^(?:wscript\.shell|scripting\.filesystemobject|adodb\.stream|shell\.application"
    r"|msscriptcontrol(?:\.scriptcontrol)?(?:\.1)?|eval|execute|executeglobal|cmd\.exe|cmd|unsafe"
    r"|powershell(?:\.exe)?|system\.diagnostics\.process(?:startinfo)?|process|processstartinfo"
    r"|wscript\.network|system\.reflection\.assembly|microsoft\.xmlhttp|frombase64string|request"
    r"|load|createinstance"
    r"|.{0,80}\b(?:eval|execute|executeglobal)\b[\s(]{1,4}request\b.{0,200})$"
)
_NAME = re.compile(
    r"system\.(?:diagnostics|reflection|management|codedom)|processstartinfo|\bcmd(?:\.exe)?$"
    r"|wscript\.shell|scripting\.filesystemobject|adodb\.stream|shell\.application|powershell"
    r"|csharpcodeprovider|\beval\s?\(|\bexecute(?:global)?\s|<%@|virtualalloc|assembly\.load"
)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{8,400}={0,2}")
_ENCODED_TEXTS = 2_000  # looked at in one page
_PICTURE = re.compile(r"\.(?:jpe?g|gif|png|bmp|ico|jfif|tiff?|webp)$")
# How an executable begins, in base64 and in hexadecimal.
_PROGRAMS = ("tvqqaamaaaae", "tvpqaa", "tvroaa", "tvoaaa", "4d5a9000", "0x4d5a9000")
_MANY_CHARACTERS, _PROGRAM_NUMBERS = 60, 400
_KNOWN = re.compile(
    r"\bweb ?shell\b|\baspx? ?spy\b|\bchina ?chopper\b|\bcmd ?shell\b|\bbackdoor\b|\bnt ?daddy\b"
    r"|\bantsword\b|\bzehir\b|\bzxshell\b|\bklasvayv\b|\bphvayv\b|\belmaliseker\b|\bremexp\b"
    r"|\brhtools\b|\bkacak\b|\bsharpyshell\b|\blaudanum\b|\bspyshell\b|\bhacked by\b|\bshell by\b"
)
# Chinese for trojan, raising rights, one-line shell; also in the warnings of ordinary upload pages.
_CHINESE = re.compile(r"木马|提权|挂马|黑客|小马|大马|后门|一句话|免杀|海阳顶端|海陽")


def hiding(scene: Scene) -> Iterator[str]:
    """Hides names or code from a reader."""
    if _holds_encoded_name(scene):
        yield "encoded-name"
    if any(number in text for text in scene.strings for number in SHELL_CLASSES):
        yield "hidden-class"
    elif any(number in text for text in scene.strings for number in _FILE_CLASSES):
        yield "hidden-file-class"
    if any(count > 1 and _SENSITIVE.match(text) for text, count in scene.built.items()):
        yield "split-name"
    characters = sum(code.characters for code in scene.page.code)
    if characters > _MANY_CHARACTERS:
        yield "many-characters"
    if sum(code.hidden_names for code in scene.page.code) > 2:
        yield "hidden-letters"
    if any(_PICTURE.search(name) for name in scene.page.includes):
        yield "picture-include"
    if scene.any_string(_KNOWN):
        yield "known-words"
    elif scene.any_string(_CHINESE):
        yield "shell-words"
    encoded = any(text.startswith(_PROGRAMS) for text in scene.strings)
    if encoded:
        yield "encoded-program"
    numbers = sum(
        word[0].isdigit() and len(word) < 5 for code in scene.page.code for word in code.tokens
    )
    carries = encoded or max(numbers, characters) > _PROGRAM_NUMBERS
    if carries and scene.starts and scene.members & PUTS:
        yield "drop-run"


def _holds_encoded_name(scene: Scene) -> bool:
    """Whether a constant names a component backwards or in base64."""
    looked = 0
    for code in scene.page.code:
        for text in code.strings():
            if not 6 < len(text) <= 400 or looked > _ENCODED_TEXTS:
                continue
            looked += 1
            if _NAME.search(text[::-1].lower()):
                return True
            if len(text) % 4 == 0 and _BASE64.fullmatch(text):
                plain = base64.b64decode(text)
                if plain.isascii() and _NAME.search(plain.decode("ascii").lower()):
                    return True
    return False
