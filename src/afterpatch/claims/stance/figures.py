"""Figures, dates, hedges, holes and targets in a sentence, each as a slice.

Figures and dates have grammars of their own, since libraries for them read 30K as a temperature and
APT 31 as a day of July.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

from afterpatch.claims.grammar.words import MONTHS, word_set
from afterpatch.claims.schema import DateRef, Hedge, Named, Quantity, Slice, Vulnerability

__all__ = [
    "bases",
    "dates",
    "day_of",
    "hedges",
    "is_doubt",
    "quantities",
    "targets",
    "techniques",
    "vulnerability",
]

_SPACE = r"[ \u00a0\u202f\u2009]"
_NUMBER = (
    rf"\d{{1,3}}(?:(?:,|{_SPACE})\d{{3}})+(?!\d)|\d{{1,3}}(?:\.\d{{3}}){{2,}}(?!\d)|\d+(?:\.\d+)?"
)
# 12.000 clinics are thousands, as much of Europe writes them; 3.125 million are not.
_POINTED = re.compile(r"\d{1,3}(?:\.\d{3})+")
_SCALES = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9,
    "b": 1e9, "hundred": 1e2, "trillion": 1e12,
}  # fmt: skip
_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SMALL = {
    **{f"{ten}-{one}": 10 * i + k  # the longer ones first
       for i, ten in enumerate(_TENS, 2) for k, one in enumerate(_ONES, 1)},
    **{one: k for k, one in enumerate(_ONES, 1)},
    **{ten: 10 * i for i, ten in enumerate(_TENS, 2)},
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_PHRASES: tuple[tuple[str, float], ...] = (
    (r"(?:a|one)\s+quarter\s+of\s+a\s+million", 250e3), (r"half\s+a\s+million", 500e3),
    (r"(?:a|one)\s+million", 1e6), (r"half\s+a\s+dozen", 6), (r"two\s+dozen", 24),
    (r"(?:three|a\s+few)\s+dozen", 36), (r"a\s+dozen", 12), (r"a\s+hundred", 100),
    (r"a\s+thousand", 1000),
    (r"hundreds\s+of\s+thousands\s+of", 200e3), (r"tens\s+of\s+thousands\s+of", 20e3),
    (r"thousands\s+of", 2e3), (r"hundreds\s+of", 200), (r"dozens\s+of", 24),
    (r"millions\s+of", 2e6), (r"scores\s+of", 40),
)  # fmt: skip
Bound = Literal["exact", "at_least", "approx", "up_to"]
_BOUNDS: dict[Bound, str] = {
    "at_least": r"at\s+least|more\s+than|over|upwards\s+of|no\s+fewer\s+than|not\s+less\s+than|"
    r"in\s+excess\s+of|a\s+minimum\s+of|at\s+a\s+minimum,?|at\s+the\s+very\s+least,?",
    "up_to": r"up\s+to|as\s+many\s+as|as\s+much\s+as|fewer\s+than|less\s+than|no\s+more\s+than|"
    r"at\s+most|(?<!came )(?<!come )(?<!been )under",
    "approx": r"about|around|roughly|approximately|some|nearly|almost|close\s+to|an\s+estimated|"
    r"estimated|circa",
}
# ISO 4217, capitals only; and the signs, with the letters that tell whose dollar it is.
_CODES = (
    "USD|EUR|GBP|CHF|SEK|NOK|DKK|ISK|JPY|CNY|RMB|KRW|TWD|HKD|SGD|AUD|NZD|CAD|INR|RUB|UAH|PLN|CZK|"
    "HUF|RON|BGN|TRY|ILS|SAR|AED|ZAR|BRL|MXN|CRC|ARS|CLP"
)
_SIGNS = r"(?-i:\b(?:US|CA|C|AU|A|NZ|HK|NT|S|R|MX))?\$|[€£¥₩₹₽₴₪₺₿]"
_UNITS = {
    "percent": r"per\s?cent|%",
    "money": r"(?:U\.S\. )?dollars|euros?|pounds(?: sterling)?|kron(?:er|or|a)|francs|yen|yuan|"
    r"ro?ubles?|rupees|pesos|zlotys?|hryvnias?|shekels|forints?|reais|dirhams|riyals|ringgit|"
    r"lira|baht|(?:South )?Korean won|South African rand|colones|ether(?:eum)?|bitcoins?|"
    r"monero|ETH|BTC|USDC|USDT|XMR",
    "data": r"(?:giga|tera|mega)bytes|[GTM]B",
    "organisation": r"organi[sz]ations?|institutions?|councils|municipalities|charities|clinics|"
    r"entities|agencies|ministries|universities|"
    r"schools",
    "business": r"businesses|compan(?:y|ies)|firms?|providers|suppliers|vendors|"
    r"retailers|manufacturers|enterprises?|banks?",
    "system": r"systems?|machines?|computers?|devices?|endpoints?|hosts?|environments?|tenants?|"
    r"modems?|phones?|terminals?|workstations?|laptops?|"
    r"networks?|routers?",
    "server": r"servers?|installations?|instances?",
    "country": r"countries|nations|states",
    "person": r"people|persons?|users?|hackers?|officers?|nationals?|citizens?|suspects?|men|"
    r"members?|"
    r"employees|diplomats|officials|travell?ers|passengers|americans|britons|brits|personnel|europeans|australians|"
    r"canadians|germans|voters|taxpayers|subscribers|students|"
    r"patients|individuals?|holders|clients|donors|guests|visitors|workers|veterans|soldiers|"
    r"drivers|"
    r"spies|customers?|residents?",
    "victim": r"victims?|targets?",
    "hospital": r"hospitals?",
    "mailbox": r"mailbox(?:es)?|accounts?|e-?mails?|messages?",
    "record": r"records?|files?|documents?",
    "web shell": r"web\s*shells?|backdoors?",
    "site": r"sites?|websites?|domains?",
    "group": r"groups?|gangs?",
    "attempt": r"attempts",
    "incident": r"(?:cyber)?(?:incidents|attacks|cases|breaches|intrusions)",
    "facility": r"(?:sea|air)?ports|plants|(?:sub)?stations|schools|shops|stores|branches|"
    r"factories|"
    r"trains|flights|ships|vessels|households|homes|pipelines|turbines|pumps",
    "IP address": r"(?:ip\s+)?addresses",
}
# What else is counted: a plural that is no time, no measure, no number of its own and no verb.
_NOUN = (
    r"(?!(?:is|was|has|does|this|its|his|hers|ours|theirs|us|as|plus|thus|perhaps|versus|always|"
    r"seconds|minutes|hours|days|weeks|months|years|decades|centuries|quarters|ages|"
    r"hundreds|thousands|millions|billions|dozens|tens|percents|points|degrees|pages|miles|"
    r"metres|meters|kilomet(?:re|er)s|feet|others|more|less|series|news|business|process|access|"
    r"[\w-]+(?:ss|us|ous|ness))\b)[a-z][a-z-]+(?<!')s\b(?![’'])"
)
_BETWEEN = (
    r"(?!(?:of|and|or|in|on|at|to|by|for|from|with|as|the|a|an|that|which|who|is|was|"
    + "|".join(MONTHS)
    + r")\b)"
)
_NO_MONTH = r"(?!(?:" + "|".join(MONTHS) + r")\b)"
_TIME = re.compile(
    r"[ -](?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?)\b", re.IGNORECASE
)
# A share of a whole that is named: nearly a third of the firms, eight in ten hospitals.
_SHARE = re.compile(
    r"(?P<bound>\b(?:more\s+than|over|at\s+least|up\s+to|less\s+than|fewer\s+than|about|around|"
    r"roughly|nearly|almost|some)\s+)?"
    r"\b(?:(?P<many>a|one|two|three|four)[ -](?P<part>thirds?|quarters?|fifths?|tenths?)"
    r"|(?P<half>half)|(?P<some>one|two|three|four|five|six|seven|eight|nine)\s+in\s+"
    r"(?P<all>two|three|four|five|six|ten|a\s+hundred))"
    r"(?=\s+(?:of\s+)?(?:(?:the|its|their|our|all|those)\s+)?(?:[\w-]+\s+){0,3}?[a-z-]+s\b"
    r"|\s+(?:is|are|was|were)\b)(?!\s+(?:of\s+)?an?\s+(?:million|dozen|billion|year|day|century))",
    re.IGNORECASE,
)
_PARTS = {"third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
_PREDICATES = (
    "affect", "compromis", "expos", "hack", "breach", "infect", "target", "charg", "hit", "steal",
    "stole", "encrypt", "attack", "backdoor", "patch", "vulnerab", "impact", "leak", "arrest",
    "infiltrat", "penetrat", "viewed", "accessed",
    "broken into", "taken over", "were entered",
)  # fmt: skip
_NAMES = {
    "affect": "affected", "compromis": "compromised", "expos": "exposed", "hack": "compromised",
    "breach": "compromised", "infect": "compromised", "target": "targeted", "charg": "charged",
    "hit": "affected", "steal": "stolen", "stole": "stolen", "encrypt": "encrypted",
    "attack": "attacked", "backdoor": "backdoored", "patch": "patched", "vulnerab": "exposed",
    "impact": "affected", "leak": "leaked", "arrest": "arrested",
    "viewed": "accessed", "accessed": "accessed",
    **dict.fromkeys(
        ("infiltrat", "penetrat", "broken into", "taken over", "were entered"), "compromised"
    ),
}  # fmt: skip


_HARM = re.compile(rf"\b(?:{'|'.join(_PREDICATES)})(?!ers?\b)", re.IGNORECASE)  # no "hackers"


@cache
def _quantity() -> re.Pattern[str]:
    words = "|".join(_SMALL)
    phrases = "|".join(p for p, _ in _PHRASES)
    units = "|".join(_UNITS.values())
    bounds = "|".join(_BOUNDS.values())
    return re.compile(
        rf"(?P<bound>\b(?:{bounds})\s+)?(?P<money>(?:{_SIGNS}|\b(?-i:{_CODES})\$?)\s?)?"
        rf"(?:(?P<phrase>\b(?:{phrases}))|(?(money)|(?<![\w.-]))(?P<number>{_NUMBER})"
        rf"(?P<scale>{_SPACE}?(?:k|m|mn|bn|b|thousand|million|billion|trillion|hundred)\b)?"
        rf"|\b(?P<word>{words})\b(?P<scale2>\s+(?:hundred|thousand|million)\b)?)"
        rf"(?P<plus>\+|\s+or\s+more)?"
        rf"(?(money)|(?:{_SPACE}?(?P<code>(?-i:{_CODES})\b))?)"
        rf"(?P<rest>(?:{_SPACE}(?:of{_SPACE}(?:the{_SPACE})?)?(?:(?!\d){_NO_MONTH}[\w-]+{_SPACE}){{0,3}}?|(?=%))"
        rf"(?P<unit>{units})(?!\w)"
        rf"|{_SPACE}(?:of{_SPACE}(?:the{_SPACE})?)?(?:{_BETWEEN}[\w-]+{_SPACE}){{0,3}}?"
        rf"(?P<noun>(?-i:{_NOUN})))?",
        re.IGNORECASE,
    )


def quantities(text: str, start: int) -> list[Quantity]:
    """The counted victims, systems, people and sums of a sentence that begins at `start`.

    A figure without a unit counts where it stands for one named before it in the same sentence and
    a bound or a verb of harm is at its side; years, versions and durations don't count.
    """
    found: list[Quantity] = []
    of_what = re.search(rf"\b[Nn]umber of (?:[\w-]+ )?({'|'.join(_UNITS.values())})\b", text)
    unit_before = _unit(of_what[1]) if of_what else None
    for match in _quantity().finditer(text):
        value = _value(match)
        if value is None or (match["number"] and _is_name_or_year(match, value, text)):
            continue
        unit = _unit(match["unit"]) if match["unit"] else None
        if match["money"] or match["code"]:
            unit = "money"
        if unit is None and match["noun"] and _counts(match, value, text):
            unit = _singular(match["noun"].lower())
        harm = re.match(
            rf"{_SPACE}(?:were|was|have been|had been|are|got)?{_SPACE}?(?:\w+{_SPACE})?"
            r"(?:compromised|affected|hit|breached|infected|hacked|exposed|vulnerable|targeted)",
            text[match.end() :],
        )
        if unit is None and _TIME.match(text, match.end()):
            continue
        if unit is None:
            number_of = of_what is not None and match.start() > of_what.end()
            if not (unit_before and (match["bound"] or harm or number_of) and value >= 2):
                continue
            unit = unit_before
        elif (unit == "group" and value < 5 and _SPELLED_OUT.match(text, match.end())) or (
            match["word"] and value == 1 and not match["scale2"]
        ):
            continue
        if unit == "percent" and not text[match.end() :].startswith(" of "):
            continue  # a share of nothing counted
        if unit == "money" and value < 1000 and re.match(r"\s*(?:per|an?)\b", text[match.end() :]):
            continue
        first, end = match.start(), _end(match, unit)
        bound = _bound(match)
        piece = text[first:end]
        lead = len(piece) - len(piece.lstrip())
        found.append(
            Quantity(
                start + first + lead, start + end, piece.lstrip(), value, unit, bound,
                None if unit == "incident" else _predicate(text, first, end),
            )
        )  # fmt: skip
        if unit not in ("money", "person"):
            unit_before = unit
    shares = [_share(text, match, start) for match in _SHARE.finditer(text)]
    apart = (q for q in found if not any(s.start < q.end and q.start < s.end for s in shares))
    return sorted([*shares, *apart], key=lambda q: q.start)


# Behind groups that are named, and not only counted.
_SPELLED_OUT = re.compile(
    r"[,:] [A-Z]|,? (?:(?:that|which) )?(?:it |they )?"
    r"(?:calls?|dubs?|tracks?|known|called|dubbed|named|tracked)\b"
)
_WORD = 60  # characters that hold the two words before a figure


def _is_name_or_year(match: re.Match[str], value: float, text: str) -> bool:
    """`APT 31`, `Fortune 500`, `since 2019`."""
    if match["money"]:
        return False
    before = text[max(0, match.start() - _WORD) : match.start()]
    if re.search(r"\b(?:[A-Z]{2,}[ -]|Fortune |Global |Forbes )$", before):
        return True
    when = re.search(r"\b(?:in|since|until|by|of|from|(?-i:[A-Z])[a-z]+) $", before)
    return not match["scale"] and 1900 <= value <= 2100 and when is not None


def _end(match: re.Match[str], unit: str) -> int:
    """Where a figure ends with its unit: `30 mailboxes`, `3,000 or more`, `2 million`."""
    if match["code"]:
        return match.end("code")
    if match["unit"] and not match["money"]:
        return match.end("unit")
    if match["noun"] and unit == _singular(match["noun"].lower()):
        return match.end("noun")
    parts = ("plus", "scale", "number") if match["money"] else ("plus", "scale")
    return next((match.end(part) for part in parts if match[part]), match.end())


def _counts(match: re.Match[str], value: float, text: str) -> bool:
    """Whether a figure before a noun that is no unit counts it: not `version 12 adds`."""
    if match["noun"].lower() == "times":  # attacked 270,000 times, not three times as many
        return value >= 100
    if match["bound"] or match["phrase"]:
        return value >= 2
    lead = text[max(0, match.start() - _WORD) : match.start()].split()
    before = lead[-1] if lead else ""
    named = before[:1].isupper() and not before.endswith((",", ":", ";"))
    numbered = named or before.lower() in _NUMBERED_THINGS
    return value >= 10 and not (numbered and len(lead) > 1)


_NUMBERED_THINGS = word_set(
    "version section chapter phase page level day step article part build release number no port "
    "stage room line table figure paragraph aged"
)


def _singular(noun: str) -> str:
    for ending, one in (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("sses", "ss")):
        if noun.endswith(ending) and len(noun) > len(ending) + 1:
            return noun.removesuffix(ending) + one
    return noun.removesuffix("s")


def _share(text: str, match: re.Match[str], start: int) -> Quantity:
    if match["half"]:
        value = 50.0
    elif match["part"]:
        many = _SMALL.get(match["many"].lower(), 1)
        value = round(100 * many / _PARTS[match["part"].lower().rstrip("s")], 1)
    else:
        whole = 100 if match["all"].lower().startswith("a") else _SMALL[match["all"].lower()]
        value = round(100 * _SMALL[match["some"].lower()] / whole, 1)
    return Quantity(
        start + match.start(), start + match.end(), match[0], value, "percent", _bound_of(match),
        _predicate(text, match.start(), match.end()),
    )  # fmt: skip


def _bound_of(match: re.Match[str]) -> Bound:
    words = (match["bound"] or "").strip()
    return next((b for b, p in _BOUNDS.items() if re.fullmatch(p, words, re.IGNORECASE)), "exact")


def _value(match: re.Match[str]) -> float | None:
    if match["phrase"]:
        words = match["phrase"]
        return next(v for p, v in _PHRASES if re.fullmatch(p, words, re.IGNORECASE))
    if match["word"]:
        scale = (match["scale2"] or "").strip().lower()
        return _SMALL[match["word"].lower()] * _SCALES.get(scale, 1)
    digits = re.sub(rf"(?<=\d)(?:,|{_SPACE})(?=\d{{3}})", "", match["number"])
    measured = match["unit"] and _unit(match["unit"]) in ("percent", "data", "money")
    counts = (match["unit"] or match["noun"]) and not (measured or match["scale"] or match["money"])
    if _POINTED.fullmatch(digits) and (counts or digits.count(".") > 1):
        digits = digits.replace(".", "")
    value = float(digits)
    return value * _SCALES.get((match["scale"] or "").strip().lower(), 1)


def _unit(word: str) -> str:
    return next(u for u, p in _UNITS.items() if re.fullmatch(p, word, re.IGNORECASE))


def _bound(match: re.Match[str]) -> Bound:
    if match["plus"]:
        return "at_least"
    if match["bound"]:
        return _bound_of(match)
    if match["phrase"] and match["phrase"].lower().endswith("of"):
        return "at_least"
    return "exact"


def _predicate(text: str, start: int, end: int) -> str | None:
    """What befell the counted: the nearest verb of harm behind the figure, else before it."""
    after, before = text[end : end + 80], text[max(0, start - 60) : start]
    places = [(m.start(), m[0].lower()) for m in _HARM.finditer(after)]
    places += [(len(before) - m.start(), m[0].lower()) for m in _HARM.finditer(before)]
    return _NAMES[min(places)[1]] if places else None


# ---------------------------------------------------------------- dates

_MONTH = "|".join(m.capitalize() for m in MONTHS)
_SHORT = "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec"
_ANY = rf"(?P<month>{_MONTH}|{_SHORT})\.?"
_DATE = re.compile(
    rf"\b(?:(?P<part>early|mid|late|beginning of|end of)[ -])?(?:"
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_ANY}(?:,? (?P<year>(?:19|20)\d\d))?"
    rf"|{_ANY.replace('month', 'month2')} (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,? "
    rf"(?P<year2>(?:19|20)\d\d))?"
    rf"|{_ANY.replace('month', 'month3')}(?:,? (?P<year3>(?:19|20)\d\d))?"
    rf"|(?P<iso>(?:19|20)\d\d-\d\d-\d\d)"
    rf"|(?P<year4>(?:19|20)\d\d)(?![\w-]|,\d)"
    rf"|(?P<relative>earlier this year|later this year|this year|last year|earlier this month|"
    rf"this month"
    rf"|last month|this week|last week|yesterday|today|in recent (?:weeks|months|years))"
    rf"|(?P<weekday>(?:last |on )?(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day))\b",
    re.ASCII,
)


def dates(text: str, start: int, published: str | None) -> list[DateRef]:
    """The times that a sentence names, worked out from the day of publication where they need it.

    Where the report has no day of publication, what hangs on one keeps `iso` None.
    """
    return [ref for ref in _dates(text, start, published) if ref is not None]


def _dates(text: str, start: int, published: str | None) -> Iterator[DateRef | None]:
    for match in _DATE.finditer(text):
        words = match[0]
        place = (start + match.start(), start + match.end(), words)
        month = match["month"] or match["month2"] or match["month3"]
        if month == "May" and not (
            match["day"] or match["day2"] or match["year3"] or match["part"]
        ):
            before = text[max(0, match.start() - 12) : match.start()]
            if not re.search(r"\b(?:in|since|until|by|of|from|early|late|mid|last)[ -]$", before):
                continue
        year = match["year"] or match["year2"] or match["year3"] or match["year4"]
        day = match["day"] or match["day2"]
        if match["iso"]:
            yield DateRef(*place, match["iso"], "day", "absolute")
        elif month:
            number = 1 + next(i for i, m in enumerate(MONTHS) if m.startswith(month[:3].lower()))
            anchor = "absolute"
            if year is None and published is not None:
                year, anchor = published[:4], "publication year"
                if published[:7] < f"{year}-{number:02d}":
                    year = str(int(year) - 1)
            elif year is None:
                anchor = "none: the report has no publication date"
            part = (match["part"] or "").split(" ")[0]
            precision = "day" if day else f"{part}-month" if part else "month"
            iso = (
                None
                if year is None
                else f"{year}-{number:02d}" + (f"-{int(day):02d}" if day else "")
            )
            yield DateRef(*place, iso, precision, anchor)
        elif match["year4"]:
            yield DateRef(*place, year, "year", "absolute")
        else:
            yield _relative(match, place, published)


def _relative(match: re.Match[str], place: tuple[int, int, str], published: str | None) -> DateRef:
    words = match[0].lower()
    if published is None:
        precision = "year" if "year" in words else "month" if "month" in words else "day"
        return DateRef(*place, None, precision, "none: the report has no publication date")
    year, month = int(published[:4]), int(published[5:7] or 1)
    if "year" in words and "recent" not in words:
        iso = str(year - 1 if words.startswith("last") else year)
        return DateRef(*place, iso, "year", "publication date")
    if "month" in words and "recent" not in words:
        if words.startswith("last"):
            year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        return DateRef(*place, f"{year}-{month:02d}", "month", "publication date")
    if words == "today":
        return DateRef(*place, published[:10], "day", "publication date")
    return DateRef(*place, published[:7], "near publication", "publication date")


_DAY = re.compile(
    rf"(?:(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<m>{_MONTH}|{_SHORT})\.?,?\s+(?P<y>(?:19|20)\d\d)"
    rf"|(?P<m2>{_MONTH}|{_SHORT})\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y2>(?:19|20)\d\d)"
    r"|(?P<iso>(?:19|20)\d\d-\d\d-\d\d)|(?P<d3>\d{1,2})[./](?P<m3>\d{1,2})[./](?P<y3>(?:19|"
    r"20)\d\d))"
    r"(?:,?\s+(?:at\s+)?(?P<clock>\d{1,2}:\d\d))?",
    re.IGNORECASE,
)


def day_of(text: str) -> tuple[int, int, str] | None:
    """The first full date of a line: start, end, ISO 8601 with the minute where it is told."""
    match = _DAY.search(text)
    if match is None:
        return None
    if match["iso"]:
        iso = match["iso"]
    elif match["d3"]:
        # Day and month in figures: of two readings only the one that can be meant is taken.
        day, month = int(match["d3"]), int(match["m3"])
        if month > 12:
            day, month = month, day
        if not (1 <= month <= 12 and 1 <= day <= 31) or (
            day <= 12 and day != month and "." not in match[0]
        ):
            return None
        iso = f"{match['y3']}-{month:02d}-{day:02d}"
    else:
        name = (match["m"] or match["m2"])[:3].lower()
        month = 1 + next(i for i, m in enumerate(MONTHS) if m.startswith(name))
        iso = f"{match['y'] or match['y2']}-{month:02d}-{int(match['d'] or match['d2']):02d}"
    if match["clock"]:
        hour, minute = match["clock"].split(":")
        if int(hour) < 24:
            iso += f"T{int(hour):02d}:{minute}"
    return match.start(), match.end(), iso


# ---------------------------------------------------------------- hedges

# US Intelligence Community Directive 203 and the yardstick of the UK's Professional Head of
# Intelligence Assessment, in percent; other words of doubt have no range.
_ICD = {"likely": (55, 80), "very likely": (80, 95), "almost certain": (95, 99),
        "almost certainly": (95, 99), "highly likely": (80, 95), "probably": (55, 80)}  # fmt: skip
_PHIA = {"likely": (55, 75), "probably": (55, 75), "highly likely": (80, 90),
         "very likely": (80, 90), "almost certain": (95, 100),
         "almost certainly": (95, 100)}  # fmt: skip
# Doubt that is spoken: what is doubted is not claimed. The whole wording is the hedge, since a
# `likely` cut out of `not likely` says the opposite.
_FILL = r"(?:at all |very |yet |been |be |so |that |quite |considered |deemed |thought |\w+ly )"
_DOUBT = (
    rf"(?:not|n['’]t|never|by no means|hardly|scarcely) {_FILL}{{0,2}}?"
    r"(?:likely|probable|certain|sure|confident|convinced|unlikely|impossible|inconceivable|"
    r"implausible|improbable)"
    r"|(?:can ?not|can['’]t|could not|couldn['’]t|unable to|not able to|refused to|declined to|"
    rf"(?:do|does|did|would|will|has|have|had|is|are|was|were)(?: not|n['’]t)) {_FILL}{{0,2}}?"
    r"(?:rule out|ruled out|ruling out|exclude|excluded|discount)"
    r"|(?:(?:very|highly|most|extremely|quite) )?unlikely|improbabl[ey]|doubtful"
    r"|far from (?:certain|clear|likely)|(?:is|are|was|were|remains?) (?:uncertain|unsure)"
    r"|(?:may|might) not have"
    r"|(?<!no )(?<!little )(?<!any )(?<!not )(?<!n['’]t )(?<!without )(?<!never )"
    r"doubt(?:s|ed)?(?= (?:that|whether|if)\b)|rule[sd]? out(?= that\b)"
)
_DISBELIEF = (
    r"(?:(?:do|does|did)(?: not|n['’]t)|never) (?:believe|think|suspect)|not (?:believed|thought)"
)
_DOUBTING = re.compile(rf"{_DOUBT}|{_DISBELIEF}|doubt(?:s|ed)?|rule[sd]? out", re.IGNORECASE)
_HEDGES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for name, words in (
        (
            "estimative",
            rf"(?:{_DOUBT}|almost certain(?:ly)?|"
            r"(?:(?:highly|very|most|more than|extremely|quite)\s)?likely|probabl[ey]|"
            r"plausibl[ey]|possibl[ey]|may have|might have|could have|realistic possibility)",
        ),
        (
            "confidence-statement",
            r"(?:high|moderate|medium|low|great|some) (?:degree of )?confidence|(?:has|had|have) "
            r"(?:assurance|"
            r"confidence)|(?:is|are|was|were) (?:certain|sure|confident|convinced)",
        ),
        (
            "evidential-belief",
            rf"{_DISBELIEF}|(?:we |i )?believes?|believed|thought|suspects?|suspected|appears? to|"
            r"appeared to|seems? to|"
            r"consistent with|points? to",
        ),
        (
            "evidential-hearsay",
            r"understood|reportedly|allegedly|alleged|is said|are said|was said|were said|"
            r"reported to|purported(?:ly)?|"
            r"supposed(?:ly)?|rumou?red",
        ),
        ("approximator", r"(?:around|about|roughly|approximately|nearly)(?= (?:a |an |half |\d))"),
        ("scope", r"mainly|mostly|largely|in part|primarily"),
    )
)  # fmt: skip


def is_doubt(hedge: str) -> bool:
    """Whether a hedge doubts what it stands with, and does not only weaken it."""
    return _DOUBTING.fullmatch(hedge) is not None


def hedges(text: str, start: int, government: str | None) -> list[Hedge]:
    """The words that weaken a statement, by class; estimative words with the range of the speaker's
    house in percent, where the house has published one. Words of doubt (`not likely`, `cannot rule
    out`) are estimative, and no other hedge stands in them."""
    found: list[Hedge] = []
    doubts = [range(*m.span()) for m in _HEDGES[0][1].finditer(text) if is_doubt(m[0])]
    for name, pattern in _HEDGES:
        for match in pattern.finditer(text):
            if name != "estimative" and any(match.start() in doubt for doubt in doubts):
                continue
            scale = {"US": _ICD, "GB": _PHIA}.get(government or "", {})
            span = scale.get(match[0].lower().strip()) if name == "estimative" else None
            found.append(Hedge(start + match.start(), start + match.end(), match[0], name, span))
    return sorted(found, key=lambda h: (h.start, h.end))


# ---------------------------------------------------------------- what was attacked, how

_HOLE = re.compile(
    r"\b(?:(?:the|a|an|this|that|these|those|its|four|two|three|several|another) (?:[\w'’-]+ "
    r"){0,4}?)?"
    r"(?:vulnerabilit(?:y|ies)|flaws?|zero[- ]days?|security holes?|bugs?|weakness(?:es)?)"
    r"(?: in (?:[A-Z][\w-]*)(?: [A-Z][\w-]*)*)?"
)
_CVE = re.compile(r"\bCVE-\d{4}-\d{4,7}\b", re.IGNORECASE)
_PRODUCT = re.compile(
    r"\b(?:Microsoft(?:['’]s)? )?Exchange(?: [Ss]ervers?| [Oo]nline| email servers?| mail "
    r"servers?)?(?=\W|$)"
)
_EVIDENCE = re.compile(
    r"\b(?:in|according to) (?:an?|the|its|his|her|their)(?: [\w-]+){0,3}? (?:statement|report|"
    r"advisory|"
    r"indictment|blog post|briefing|press conference|interview|letter|affidavit|analysis|"
    r"bulletin)\b"
    r"|\b(?:dossiers?|trails?|traces|indicators) of (?:evidence|compromise)\b"
    r"|\b(?:technical|forensic|digital) (?:evidence|analysis|artifacts|data)\b",
    re.IGNORECASE,
)
_TECHNIQUES = tuple(
    (re.compile(pattern, re.IGNORECASE), technique)
    for pattern, technique in (
        (r"\bexploit\w*\b.{0,60}\b(?:vulnerabilit|flaw|hole|bug|zero)", "T1190"),
        (
            r"\bweb ?shells?\b|\bbackdoors?\b.{0,40}\b(?:placed|insert|plant|install|left)"
            r"|\b(?:placed|insert\w*|plant\w*|install\w*|left)\b.{0,30}\bbackdoors?\b",
            "T1505.003",
        ),
        (r"\b(?:spear-?)?phishing\b", "T1566"),
        (r"\bransomware\b.{0,40}\bencrypt|\bencrypt\w*\b.{0,40}\b(?:files|systems|data)", "T1486"),
        (r"\bpassword[- ]spray", "T1110.003"),
    )
)


def vulnerability(text: str, start: int) -> Vulnerability | None:
    """The hole that a sentence names, and the CVE numbers in it."""
    cves = tuple(dict.fromkeys(m[0].upper() for m in _CVE.finditer(text)))
    match = _HOLE.search(text) or _CVE.search(text)
    if match is None:
        return None
    return Vulnerability(start + match.start(), start + match.end(), match[0], cves)


def targets(text: str, start: int) -> tuple[Named, ...]:
    """The attacked product, where it is Exchange."""
    match = next(
        (m for m in _PRODUCT.finditer(text) if "icrosoft" in m[0] or "erver" in m[0]), None
    )
    if match is None:
        return ()
    norm = "product:Microsoft Exchange Server"
    return (Named(start + match.start(), start + match.end(), match[0], norm),)


def bases(text: str, start: int) -> tuple[Slice, ...]:
    """What a statement rests on in its own words: a report, an indictment, traces."""
    return tuple(Slice(start + m.start(), start + m.end(), m[0]) for m in _EVIDENCE.finditer(text))


def techniques(text: str) -> tuple[str, ...]:
    """ATT&CK techniques that the words describe, as a hint."""
    return tuple(sorted({technique for pattern, technique in _TECHNIQUES if pattern.search(text)}))
