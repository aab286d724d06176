"""The words of the grammar: verbs that carry claims, with all their forms, and small word classes.

Words alone decide nothing: the frames ask how they stand in their sentence.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

__all__ = [
    "ADVERBS",
    "ADVERSE",
    "ATTACK",
    "AUXILIARIES",
    "CLAIM_NOUNS",
    "CONJUNCTIONS",
    "COPULA",
    "DETERMINERS",
    "DOCUMENTS",
    "GUARDED",
    "MONTHS",
    "NEGATIONS",
    "OFFICES",
    "PEOPLE",
    "PREPOSITIONS",
    "PRONOUNS",
    "SUBORDINATORS",
    "THREATS",
    "TIMES",
    "TOGETHER",
    "VERBS",
    "WH",
    "Frame",
    "irregular_verbs",
    "verb_forms",
    "word_set",
]

# How a verb takes what is claimed:
#   say        X says (that) C                 tell      X tells somebody (that) C
#   believe    X believes (that) C             estimate  X estimates C, X puts N at M
#   announce   X announces C                   deny      X denies C
#   demand     X urges A to C                  accuse    X accuses A of C
#   blame      X blames A for C, or C on A     attribute X attributes C to A
#   suspect    X suspects A of C, or that C    charge    X charges A with C
#   describe   X describes Y as C              name      X names, unmasks A (as the culprit)
Frame = Literal[
    "say", "tell", "believe", "estimate", "announce", "deny", "demand", "accuse", "blame",
    "attribute", "suspect", "charge", "describe", "name",
]  # fmt: skip

VERBS: dict[str, Frame] = {
    **dict.fromkeys(
        (
            "say", "add", "note", "state", "report", "claim", "explain", "write", "argue",
            "insist", "maintain", "mention", "remark", "reply", "respond", "answer", "stress",
            "emphasize", "emphasise", "underline", "underscore", "reiterate", "declare",
            "disclose", "reveal", "confirm", "acknowledge", "admit", "concede", "observe",
            "comment", "testify", "tweet", "post", "warn", "caution", "advise", "predict",
            "forecast", "suggest", "indicate", "allege", "assert", "contend", "recall", "recount",
            "agree", "continue", "complain", "show", "read", "communicate", "highlight",
            "signal", "cite", "boast", "joke", "quip", "conclude",
            "find", "determine", "discover", "detect", "flag", "notice", "spot",
            "demonstrate", "detail", "document", "outline",
            "worry", "hint", "imply", "speculate", "summarize", "summarise", "chronicle",
            "point", "offer", "quote", "speak", "brief", "prove", "know", "establish", "identify",
            "affirm", "lament",
            "counter", "rule", "retort", "verify", "rage", "fume", "thunder", "stipulate", "opine",
            "swear",
        ),
        "say",
    ),
    **dict.fromkeys(("tell", "inform", "remind", "assure", "notify"), "tell"),
    **dict.fromkeys(
        ("believe", "think", "fear", "expect", "assess", "judge", "reckon", "doubt", "feel",
         "project", "anticipate", "consider", "deem", "regard",
         "understand", "theorize", "theorise", "presume", "assume", "rumor", "rumour"),
        "believe",
    ),
    **dict.fromkeys(("estimate", "calculate", "count", "put", "track", "tally", "list"),
                    "estimate"),
    **dict.fromkeys(
        ("announce", "threaten", "unveil", "propose", "pledge", "vow", "promise", "publicize",
         "publicise"),
        "announce",
    ),
    **dict.fromkeys(
        ("deny", "reject", "dismiss", "refute", "rebut", "dispute", "rebuff", "repudiate",
         "rubbish", "disavow", "accept", "ridicule", "mock", "brush", "shrug", "wave",
         "laugh", "scoff", "bat", "refuse"), "deny"
    ),
    **dict.fromkeys(
        ("urge", "demand", "recommend", "order", "want", "ask", "request", "implore", "appeal",
         "plead", "beseech", "exhort", "encourage", "instruct", "beg"), "demand"
    ),
    **dict.fromkeys(("accuse", "condemn", "denounce", "implicate", "finger", "slam",
                     "criticize", "criticise", "blast", "lambast", "rebuke", "castigate",
                     "fault"),
                    "accuse"),
    **dict.fromkeys(("blame", "hold", "pin"), "blame"),
    **dict.fromkeys(("attribute", "link", "tie", "trace", "connect", "ascribe"), "attribute"),
    **dict.fromkeys(("suspect", "see"), "suspect"),
    **dict.fromkeys(("charge", "indict", "prosecute", "arrest", "detain", "refer"), "charge"),
    **dict.fromkeys(("describe", "call", "characterize", "characterise", "label", "brand", "praise",
                     "qualify", "rate", "treat",
                     "term", "hail", "decry", "deride", "portray"), "describe"),
    **dict.fromkeys(("name", "unmask", "expose", "out"), "name"),
}  # fmt: skip

_IRREGULAR = {
    "say": "says said said saying",
    "speak": "speaks spoke spoken speaking",
    "rule": "rules ruled ruled ruling",
    "swear": "swears swore sworn swearing",
    "spot": "spots spotted spotted spotting",
    "flag": "flags flagged flagged flagging",
    "detect": "detects detected detected detecting",
    "rubbish": "rubbishes rubbished rubbished rubbishing",
    "see": "sees saw seen seeing",
    "know": "knows knew known knowing",
    "understand": "understands understood understood understanding",
    "tell": "tells told told telling",
    "write": "writes wrote written writing",
    "show": "shows showed shown showing",
    "read": "reads read read reading",
    "find": "finds found found finding",
    "think": "thinks thought thought thinking",
    "feel": "feels felt felt feeling",
    "put": "puts put put putting",
    "hold": "holds held held holding",
    "quip": "quips quipped quipped quipping",
    "admit": "admits admitted admitted admitting",
    "rebut": "rebuts rebutted rebutted rebutting",
    "list": "lists listed listed listing",
    "track": "tracks tracked tracked tracking",
    "slam": "slams slammed slammed slamming",
    "pin": "pins pinned pinned pinning",
    "tie": "ties tied tied tying",
    "label": "labels labelled labeled labelling",
    "signal": "signals signalled signaled signalling",
    "finger": "fingers fingered fingered fingering",
    "answer": "answers answered answered answering",
    "appeal": "appeals appealed appealed appealing",
    "plead": "pleads pleaded pleaded pleading",
    "beseech": "beseeches besought besought beseeching",
    "exhort": "exhorts exhorted exhorted exhorting",
    "instruct": "instructs instructed instructed instructing",
    "arrest": "arrests arrested arrested arresting",
    "detain": "detains detained detained detaining",
    "refer": "refers referred referred referring",
    "offer": "offers offered offered offering",
    "order": "orders ordered ordered ordering",
    "discover": "discovers discovered discovered discovering",
    "forecast": "forecasts forecast forecast forecasting",
    "post": "posts posted posted posting",
    "tweet": "tweets tweeted tweeted tweeting",
    "detail": "details detailed detailed detailing",
    "document": "documents documented documented documenting",
    "highlight": "highlights highlighted highlighted highlighting",
    "want": "wants wanted wanted wanting",
    "unveil": "unveils unveiled unveiled unveiling",
    "remark": "remarks remarked remarked remarking",
    "maintain": "maintains maintained maintained maintaining",
    "complain": "complains complained complained complaining",
    "explain": "explains explained explained explaining",
    "doubt": "doubts doubted doubted doubting",
    "hint": "hints hinted hinted hinting",
    "point": "points pointed pointed pointing",
    "count": "counts counted counted counting",
    "vow": "vows vowed vowed vowing",
    "brief": "briefs briefed briefed briefing",
    "fear": "fears feared feared fearing",
    "trace": "traces traced traced tracing",
    "reveal": "reveals revealed revealed revealing",
    "assert": "asserts asserted asserted asserting",
    "comment": "comments commented commented commenting",
    "report": "reports reported reported reporting",
    "allege": "alleges alleged alleged alleging",
    "call": "calls called called calling",
    "recall": "recalls recalled recalled recalling",
    "request": "requests requested requested requesting",
    "suspect": "suspects suspected suspected suspecting",
    "reject": "rejects rejected rejected rejecting",
    "expect": "expects expected expected expecting",
    "counter": "counters countered countered countering",
    "blast": "blasts blasted blasted blasting",
    "lambast": "lambasts lambasted lambasted lambasting",
    "thunder": "thunders thundered thundered thundering",
    "shrug": "shrugs shrugged shrugged shrugging",
    "laugh": "laughs laughed laughed laughing",
    "scoff": "scoffs scoffed scoffed scoffing",
    "bat": "bats batted batted batting",
    "threaten": "threatens threatened threatened threatening",
    "retort": "retorts retorted retorted retorting",
    "unmask": "unmasks unmasked unmasked unmasking",
    "out": "outs outed outed outing",
    "hail": "hails hailed hailed hailing",
    "connect": "connects connected connected connecting",
    "beg": "begs begged begged begging",
    "fault": "faults faulted faulted faulting",
}
_VOWELS = "aeiou"


def _forms(lemma: str) -> tuple[str, str, str, str]:
    """Third person, past, past participle, -ing."""
    if lemma in _IRREGULAR:
        third, past, participle, ing = _IRREGULAR[lemma].split()
        return third, past, participle, ing
    if lemma.endswith("e"):
        return f"{lemma}s", f"{lemma}d", f"{lemma}d", f"{lemma[:-1]}ing"
    if lemma.endswith("y") and lemma[-2] not in _VOWELS:
        return f"{lemma[:-1]}ies", f"{lemma[:-1]}ied", f"{lemma[:-1]}ied", f"{lemma}ing"
    third = f"{lemma}es" if lemma.endswith(("s", "sh", "ch", "x")) else f"{lemma}s"
    return third, f"{lemma}ed", f"{lemma}ed", f"{lemma}ing"


@cache
def verb_forms() -> dict[str, tuple[str, str]]:
    """Each form of a claiming verb in lower case → (lemma, form): base, third, past, ing."""
    found: dict[str, tuple[str, str]] = {}
    for lemma in VERBS:
        third, past, participle, ing = _forms(lemma)
        for form, name in (
            (lemma, "base"), (third, "third"), (participle, "past"), (past, "past"), (ing, "ing"),
        ):  # fmt: skip
            found.setdefault(form, (lemma, name))
    for noun in word_set(
        "ridicule mock bat bats brush laugh shrug wave waves out name blast blasts rage thunder "
        "rebuke rules ruling rate rates "
        "track tally tallies list lists appeal appeals arrest arrests fault faults"
    ):
        del found[noun]  # an adverb, and nouns
    found["read"] = ("read", "past")
    found["put"] = ("put", "past")
    return found


def word_set(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


COPULA = word_set("is are was were be been being am 's 're 'm")
AUXILIARIES = COPULA | word_set(
    "has have had having do does did will would can could may might must shall should ought "
    "'ve 'll 'd ca wo"
)
NEGATIONS = word_set("not n't never no neither nor without hardly")
DETERMINERS = word_set(
    "the a an this that these those its his her their our my your some any each every all both "
    "several many most few another other such no one two three four five six seven eight nine ten"
)
PRONOUNS = word_set(
    "i you he she it we they him her them us me himself herself itself themselves "
    "everyone somebody someone nobody anyone"
)
PREPOSITIONS = word_set(
    "of in on at by for from with into onto about against between through during over under "
    "since until before after within without across near off among amid per via despite "
    "behind beyond like as regarding concerning including alongside toward towards upon "
    "outside inside around throughout"
)
CONJUNCTIONS = word_set("and or but & nor yet")
SUBORDINATORS = word_set(
    "that because although though while whereas when if unless since until after before as so "
    "whether once whenever where than"
)
WH = word_set("who which whose whom that where")
ADVERBS = word_set(
    "also then now however meanwhile instead additionally moreover furthermore still already "
    "again soon later earlier recently previously publicly privately formally officially "
    "repeatedly reportedly allegedly yesterday today tomorrow tonight only just even once "
    "further too often always ever sometimes first here there very quite rather almost nearly "
    "likely probably perhaps maybe most more at least so thus therefore nevertheless "
    "nonetheless separately indeed"
)
TIMES = word_set(
    "monday tuesday wednesday thursday friday saturday sunday yesterday today week month year "
    "weeks months years day days hour hours "
    "minutes decade morning afternoon evening night last ago earlier later early late"
)
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip

# Join a further name to one already said: the US, along with NATO.
TOGETHER = word_set("along together alongside with well")

# Who attacks, as common nouns: an actor only with what stands beside them.
THREATS = word_set(
    "hacker hackers attacker attackers actor actors group groups gang gangs crew crews operator "
    "operators operative operatives intruder intruders cybercriminal cybercriminals criminal "
    "criminals spy spies agent agents team teams unit units adversary adversaries perpetrator "
    "perpetrators worker workers cyberspies contractor contractors cell cells collective "
    "collectives cluster clusters culprit culprits threat-actor mob mobs outfit outfits syndicate "
    "syndicates grouping groupings goons henchmen thugs crooks raiders thieves extortionists "
    "hacktivists saboteurs spooks cyberspooks cyberattackers aggressor aggressors thief"
)
ATTACK = word_set(
    "access activities activity attack attacked attacking attacks backdoor backdoors behavior "
    "behaviour blackmail botnet breach breached breaches breaching break-in break-ins breaking "
    "broke broken burrowed campaign campaigns case compromise compromised compromises crippled "
    "cyber cyber-attack cyber-attacks cyber-espionage cyberattack cyberattacks defaced defacement "
    "defacements disinformation eavesdropping encrypted encrypting entered espionage exfiltrated "
    "exfiltration exploit exploitation exploited exploiting exploits extort extorted extorting "
    "extortion flaw flaws hack hacked hacking hackings hacks hacktivism harvested heist heists "
    "hijack hijacked hijacking hole implant implanted implants incident incidents infected "
    "infiltrate infiltrated infiltration infiltrations intercepted interference intruded "
    "intrusion intrusions keylogger knocked leak leaked leaks looted malware meddling operation "
    "operations outage paralysed paralyzed penetrated penetration phished phishing pilfered "
    "planted plundered raid raided raids ransacked ransomware rootkit sabotage sabotaged "
    "sabotaging scouted shell shells siphoned snooped snooping spear-phishing spied spree spying "
    "spying-campaign spyware steal stealing stole stolen surveillance tampering target targeted "
    "targeting targets theft thefts trojan trojans virus viruses vulnerabilities vulnerability "
    "wiped wiper wiretapping worm worms zero-day zero-days"
)
# What is attacked and mended.
GUARDED = word_set(
    "patch patches patched update updates customers victim victims server servers network networks "
    "system systems password passwords mailbox mailboxes account accounts data mail mails email "
    "emails e-mail e-mails file files website websites computer computers router routers device "
    "devices software zero-day zero-days cve sanctions"
)
# What somebody is accused of, as a verb of a clause whose subject is a state.
ADVERSE = word_set(
    "abuse abused abuses abusing allow allowed attack attacked attacking attacks back backdoor "
    "backdoored backdooring backdoors backed blackmail blackmailed blackmailing blackmails "
    "bombard bombarded bombarding bombards breach breached breaches breaching breaking burrow "
    "burrowed burrowing burrows carried carry commit committed compromise compromised compromises "
    "compromising condone condoned conduct conducted cripple crippled cripples crippling "
    "cultivated deface defaced defaces defacing defraud defrauded defrauding defrauds devised "
    "direct directed disable disabled disables disabling disrupt disrupted disrupting disrupts "
    "dump dumped dumping dumps duped duping eavesdrop eavesdropped eavesdropping encrypt "
    "encrypted encrypting encrypts engaging engineer engineered engineering engineers executed "
    "exfiltrate exfiltrated exfiltrates exfiltrating exploit exploited exploiting exploits extort "
    "extorted extorting extorts flood flooded flooding floods forge forged forges forging foster "
    "fostered fund funded hack hacked hacks harbor harbored harbour harboured harvest harvested "
    "harvesting harvests hijack hijacked hijacking hijacks hire hired hiring impersonate "
    "impersonated impersonates impersonating implant implanted implanting implants infect "
    "infected infecting infects infiltrate infiltrated infiltrates infiltrating intercept "
    "intercepted intercepting intercepts interfere interfered interferes interfering intrude "
    "intruded intrudes intruding knock knocked knocking knocks launch launched launder laundered "
    "laundering launders leak leaked leaking leaks loot looted looting loots lurk lurked lurking "
    "lurks mastermind masterminded masterminding masterminds meddle meddled meddles meddling "
    "misuse misused misuses misusing mounted nabbed nabbing nurture nurtured orchestrate "
    "orchestrated orchestrates orchestrating order ordered paid paralyse paralysed paralyses "
    "paralysing paralyze paralyzed paralyzes paralyzing pay penetrate penetrated penetrates "
    "penetrating perpetrated phish phished phishes phishing pilfer pilfered pilfering pilfers "
    "planned planted plotted plotting plunder plundered plundering plunders raid raided raiding "
    "raids ran ransack ransacked ransacking ransacks recruit recruited run sabotage sabotaged "
    "sabotages sabotaging scrape scraped scrapes scraping shelter sheltered shield shielded "
    "siphon siphoned siphoning siphons smuggle smuggled smuggles smuggling snoop snooped snooping "
    "snoops spied spies sponsor sponsored spy spying staged steal stealing steals stole stolen "
    "support supported surveil surveiled surveiling surveils swipe swiped swiping tamper tampered "
    "tampering tampers tap tapped tapping target targeted targeting targets threaten threatened "
    "tolerate tolerated tolerates undermine undermined use used violate violated waged weaponise "
    "weaponised weaponises weaponising weaponize weaponized weaponizes weaponizing wipe wiped "
    "wipes wiping wiretap wiretaped wiretaping wiretaps"
)
OFFICES = word_set(
    "minister secretary president chancellor premier ambassador envoy spokesman spokeswoman "
    "spokesperson spokespersons spokespeople spokesmen director commissioner chief head chair "
    "chairman "
    "chairwoman chairperson adviser advisor attorney prosecutor prosecutors senator congressman "
    "congresswoman representative lawmaker lawmakers mp mps mayor governor general commander "
    "colonel judge "
    "official officials officer officers diplomat diplomats undersecretary deputy ceo cto ciso cio "
    "founder executive vice-president vp manager leader detective sheriff superintendent "
    "administrator czar counsel parliamentarian speaker boss bosses owner rector ombudsman"
)
PEOPLE = word_set(
    "researcher researchers analyst analysts expert experts source sources investigator "
    "investigators people person persons professor scientist scientists specialist specialists "
    "author authors lawyer lawyers police authorities witness witnesses resident residents "
    "reporter reporters journalist journalists employee employees insider insiders observer "
    "observers critic critics engineer engineers consultant consultants side officials official "
    "diplomats diplomat lawmakers customer customers sources services agencies governments "
    "allies countries nations states team nurse nurses doctor doctors teacher teachers parent "
    "parents "
    "mother father student students patient patients whistleblower whistleblowers volunteer "
    "volunteers"
)
DOCUMENTS = word_set(
    "report reports statement statements study studies document documents advisory advisories "
    "indictment complaint survey poll data records record filing filings memo letter post blog "
    "analysis investigation assessment affidavit release paper article notice bulletin audit "
    "review figures statistics court lawsuit newspaper website account announcement research "
    "telemetry monitoring findings sensors note readout transcript email emails log logs history "
    "evidence tweet editorial cable video "
    "videos footage photo photos photograph photographs picture pictures image images screenshot "
    "screenshots recording recordings graph chart map census database book dossier whitepaper"
)
CLAIM_NOUNS: dict[str, Frame] = {
    **dict.fromkeys(("accusation", "accusations", "allegation", "allegations", "charge"), "accuse"),
    **dict.fromkeys(("denial", "denials", "rebuttal", "rejection"), "deny"),
    **dict.fromkeys(
        (
            "assessment",
            "belief",
            "conclusion",
            "view",
            "suspicion",
            "consensus",
            "feeling",
            "verdict",
        ),
        "believe",
    ),
    **dict.fromkeys(
        ("claim", "claims", "assertion", "statement", "warning", "finding", "report"), "say"
    ),
    "attribution": "attribute",
    **dict.fromkeys(("demand", "demands"), "demand"),
    **dict.fromkeys(("indictment", "indictments", "charges", "warrant", "warrants"), "charge"),
}


@cache
def irregular_verbs() -> frozenset[str]:
    """Finite verbs that no suffix gives away, for text without a parser."""
    return word_set(
        "came went took made got gave saw knew left kept began broke stole hit cut ran won lost "
        "led paid sent built spent fell rose grew drew flew met sat stood brought bought caught "
        "taught sold spoke drove rode ate drank sang swam threw wore chose froze shook forgot "
        "became understood meant heard felt slept dealt read let set shut spread struck hid "
        "means need needs want wants know knows make makes take takes come comes go goes see "
        "sees get gets give gives use uses try tries seem seems become becomes remain remains "
        "lies rests lead leads "
        "include includes allow allows keep keeps let lets begin begins help helps work works "
        "summons expels imposes recalls severs bears resembles contains appears faces seeks aims "
        "operate operates stay stays serve range ranges "
        "serves exist exists carry carries drew sought bore"
    )
