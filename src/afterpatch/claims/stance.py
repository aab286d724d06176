"""What a speaker does with a statement: accuse, attribute, assess, assert, estimate, deny, demand,
announce."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import msgspec

from afterpatch.claims.accused import ADDRESSED, SCORN, WORD_OF_DENIAL
from afterpatch.claims.agents import DOING, as_actor, doers, listed, text_of, tied_any, tied_by
from afterpatch.claims.attribution import Attribution
from afterpatch.claims.figures import quantities
from afterpatch.claims.mentions import Entity, Mention, actors_in, nexus_of
from afterpatch.claims.schema import Quantity, Speaker, Stance
from afterpatch.claims.silence import CONDITION
from afterpatch.claims.syntax import Span
from afterpatch.claims.telling import VICTIMS
from afterpatch.claims.text import Sentence, Token
from afterpatch.claims.words import (
    ADVERSE,
    ATTACK,
    COPULA,
    GUARDED,
    THREATS,
    word_set,
)

__all__ = ["acts", "stance_of_said"]


_BEHIND = re.compile(
    r"\b(?:responsible(?! (?:state|member|actor|government|nation|country|power|behaviou?r|manner|"
    r"party|way|disclosure|use)s?\b)|behind|involved|to blame|(?:has|had|have) (?:a|its|their|"
    r"his) (?:own "
    r")?hand in|"
    r"(?:has|had|have) played (?:a|its|their) (?:\w+ )?(?:part|role) in|on behalf of|on the "
    r"orders of|at the behest of|undertaken by|perpetrated "
    r"by|launched by|bears? (?:\w+ )?responsibility|accountable|"
    r"culprits?|perpetrators?|(?:is|was|are|were|as|be) (?:the|a|an)? ?(?:\w+ )?suspects?|the "
    r"work of|carried "
    r"out by|"
    r"conducted by|(?:b(?:ears?|ore|earing)|ha[sd]|have|carr(?:y|ies|ied)) (?:all )?(?:of )?the "
    r"(?:marks?|hallmarks?|fingerprints?|"
    r"signature|stamp)|implicat\w+ (?:of|in)|involvement|complicity|(?:point|lead)s? to|pointed "
    r"to|led to|"
    r"f(?:alls|ell) on|"
    r"lies (?:\w+ )?with|rests with|"
    r"committed by|borne by|in origin|originat\w+|came from|orchestrat\w+|masterminded)\b",
    re.IGNORECASE,
)
_LIES_WITH = re.compile(r"\b(?:lies|rests|lay|rested) (?:\w+ )?with\b", re.IGNORECASE)
# Somebody's place in a crew that did it.
_MEMBER = re.compile(
    r"\b(?:is|was|are|were|be|been|belong(?:s|ed)?)(?: to)? (?:an? |the )?(?:\w+ )?(?:part of|"
    r"members? of|leaders? of|head of|the brains? behind|one of|)(?: ?(?:the|a|an))? (?:\w+ ){0,3}"
    r"(?:team|group|unit|gang|crew|ring|cell|network)s? (?:that|which|behind|responsible)\b",
    re.IGNORECASE,
)
_MUST = re.compile(
    r"\b(?:(?:must|(?<!there )should|ought to)(?! (?:\w+ )?have\b)|need(?:s)? to|has to|have to|"
    r"had to (?:do more|stop|cease|end|act|answer|explain|rein)\b|"
    r"had better)\b",
    re.IGNORECASE,
)
_UNABLE = re.compile(
    r"\b(?:can ?not|can['’]t|could not|couldn['’]t|unable to|not able to|no (?:(?:direct|"
    r"clear|hard|firm|solid|"
    r"credible|conclusive|concrete|convincing|technical|further) )*(?:evidence|indications?|proof|"
    r"signs?)|"
    r"do(?:es)? not (?:yet )?know|don['’]t know|did not (?:yet )?know|(?:may|might|will|would) "
    r"never "
    r"know|(?:does|do|did)(?: not|n['’]t) (?:yet )?(?:prove|mean|imply|establish)|unclear|not "
    r"clear|far from (?:clear|certain|proven)|(?:hard|difficult) to (?:say|tell|"
    r"know)|"
    r"unproven|not proven|impossible to (?:say|tell|know)|(?:too (?:early|soon)|premature) to "
    r"(?:say|tell|"
    r"know)|"
    r"not (?:yet )?(?:been )?established|(?:in)?sufficient (?:evidence|proof|grounds)|"
    r"(?:not|n['’]t) (?:\w+ )?(?:have |seen |found )?(?:any |enough |sufficient )+(?:evidence|"
    r"proof|"
    r"signs?)|"
    r"yet to (?:determine|establish|identify|see|find))\b",
    re.IGNORECASE,
)
_NOT_ME = re.compile(
    r"\b(?:nothing to do with|not (?:involved|behind|responsible|engage|support|attack)|"
    r"did(?: not|n['’]t) (?:attack|hack|breach|spy|order|launch|conduct|carry out|break into|"
    r"do (?:it|this|that))|no "
    r"(?:part|role|involvement|connection)|"
    r"not (?:interfere|meddle|participate|condone)|never,? (?:(?:once|ever|been|nor|will|we|it|"
    r"has|have|do|"
    r"does|did|and|in|the|future|\w+ly)\b,? ?){0,8}(?:attack|hack|engag|carr|conduct|support|"
    r"interfer|"
    r"meddl|steal|stole|spy|spied|sponsor|order|launch|target|direct|condon|toler|encourag|permit|"
    r"allow|"
    r"perpetrat|particip|commit)\w*)\b",
    re.IGNORECASE,
)
_DISCLOSING = word_set("confirm admit acknowledge disclose reveal report")
_COUNTING = word_set("flag detect observe find discover count identify confirm record register")
_SEEN = re.compile(
    r"(?:it|they|he|she|we) (?:(?:has|have|had) )?(?:seen|saw|counted|found|observed|detected|"
    r"identified|recorded|kn[eo]ws? of|(?:is|was|are|were) (?:\w+ )?aware of)\b",
    re.IGNORECASE,
)
_IT_WAS_NOT = re.compile(
    r"(?:it|this|that|he|she|they|we) (?:was|is|were|did|do|does|had|has|have)(?: not|n['’]t)",
    re.IGNORECASE,
)
_EMOTION = re.compile(
    r"^(?:it|he|she|they|we|i)\s+(?:is|was|were|are|am)\s+(?:[\"“]?\s*)?(?:\w+ly )?(?:concerned|"
    r"alarmed|worried|aware|confident|"
    r"convinced|certain|almost certain|sure|clear|satisfied|outraged)\s*[\"”]?\s+that\b",
    re.IGNORECASE,
)
_HOLDS = re.compile(
    r"^(?:\w+ ){0,6}(?:has|had|have|with) (?!no (?!doubt))(?:\w+ )?(?:assurances?|confidence|"
    r"evidence|proof|"
    r"indications?|intelligence|"
    r"reason to believe|no doubt)\s+that\b|^(?:it|there) (?:is|was) [\"“]?(?:\w+ )?(?:almost "
    r"certain|"
    r"highly likely|very likely|likely|"
    r"clear|certain|probable|possible|true|no doubt|little doubt)[\"”]?\s+that\b"
    r"|^(?:there )?(?:is|are|was|were) (?!no |little |insufficient )(?:\w+ ){0,3}(?:evidence|proof|"
    r"signs?|"
    r"indications?|clues|reasons?(?: to \w+)?)\s+that\b",
    re.IGNORECASE,
)
# How somebody offers a statement as not yet settled.
_POSSIBILITY = re.compile(
    r"(?:one|another|a|the|our|their|its)(?: [\w-]+){0,2} (?:possibility|scenario|explanation|"
    r"hypothesis|theory|assumption|thinking|suspicion|impression|indications?|reading) (?:is|was|"
    r"remains|are|were)\b",
    re.IGNORECASE,
)
_LIKELY = re.compile(r"\b(?:likely|probable|possible|certain|doubt)\b", re.IGNORECASE)
_OWN_ACT = re.compile(
    r"^(?:it|he|she|they|we)\s+(?:would|will|had|has|plans? to|is|was|intends? to|planned to|"
    r"were)\s*(?:soon |also |now |going to )?"
    r"(?:impose|sanction|expel|replace|release|publish|summon|end|launch|patch|offer|issue|open|"
    r"close|suspend|ban|"
    r"introduce|set up|recall|begin|start|shut|invest|send|provide|retaliate|respond)\w*",
    re.IGNORECASE,
)
_ACTED = re.compile(
    r"^(?:(?:it|he|she|they|we|i)|(?:[\w.&'’-]+ ){1,5}?)\s*(?:(?:has|have|had)"
    r"(?: (?:already|now|also|since|just|today|immediately))*"
    r" (?:fixed|restored|restarted|resumed|begun|started|disabled|disconnected|isolated|notified|"
    r"informed|alerted|hired|engaged|seized|arrested|frozen|removed|revoked|rotated|reset|called "
    r"in|"
    r"handed|halted|stopped|summoned|expelled|sanctioned|imposed|opened|launched|suspended|banned|"
    r"recalled|shut|closed|replaced|published|released|patched|introduced|set up|taken|brought|"
    r"filed|"
    r"referred|offered|sent|strengthened|blocked|deployed)"
    r"|(?:is|are|was|were)(?: (?:already|now|also|just|today))* (?:restarting|resuming|restoring|"
    r"starting|notifying|imposing|expelling|replacing|publishing|taking|offering|providing|sending|"
    r"blocking|removing|closing|opening|launching|suspending|withdrawing))\b"
    r"|^(?:it|he|she|they|we|i) (?:has|have|had|['’]ve|['’]d)(?: \w+ly| already| now| also)* "
    r"(?:told|"
    r"instructed|directed|tasked|ordered|decided)\b",
    re.IGNORECASE,
)
# What somebody will do; not what will be, cost or take time.
_WILL_ACT = re.compile(
    r"^(?:(?:the|our|its|his|her|their) )?(?:[\w.&'’-]+ ){1,4}?(?:(?:will|would|wo|shall|is going "
    r"to|"
    r"are going to|plans? to|planned to|intends? to|intended to|(?:is|are|am|was|were)(?: \w+ly)? "
    r"(?:determined|prepared|ready|committed|resolved|poised|preparing|planning) to)(?: not|"
    r"n['’]t| never| soon| now| "
    r"also|"
    r" continue to)*)"
    r" (?!be\b|have|need|take|cost|like|depend|require|last|remain|become|mean|prove|seem|know|"
    r"find|"
    r"see|feel|suffer|lose|say|comment|miss|welcome|hope|expect)\w+",
    re.IGNORECASE,
)
_DOUBTS = re.compile(
    r"\b(?:unlikely|improbable|doubtful|not convinced|unconvinced|no reason to (?:believe|think|"
    r"suspect)|far from certain|(?:too early|premature) to (?:blame|accuse|attribute|name|"
    r"conclude|point))\b",
    re.IGNORECASE,
)
_MEASURE = re.compile(
    r"^(?:(?!was |were |is |are |been )[\w.&'’-]+ ){1,7}?(?:has |have |had )?(?:expelled|summoned|"
    r"sanctioned|imposed sanctions|"
    r"placed sanctions|recalled (?:its|the|his|her) ambassador)\b",
    re.IGNORECASE,
)
_FORESEEING = word_set("warn predict forecast caution expect fear doubt anticipate")
_FUTURE = re.compile(
    r"\b(?:matter of time|will|would|could|may|might|can|likely|going to|set to|bound to)\b"
)
_EVALUATES = re.compile(
    r"\b(?:(?:is|are|was|were|be|been|looks?|seems?|seemed|appears?|appeared|remains?|would be)"
    r"(?: [\w-]+){0,3} (?:weak|strong|convincing|unconvincing|compelling|thin|flimsy|foolish|naive|"
    r"premature|alarming|worrying|troubling|devastating|catastrophic|extraordinary|shocking|"
    r"appalling|"
    r"sensitive|limited|minor|harmless|negligible|technical in nature|insignificant|serious|"
    r"severe|grave|"
    r"insufficient|inconclusive|circumstantial|lacking|exemplary|disgraceful|callous|cynical|"
    r"brazen|clumsy|amateurish|inevitable|implausible|plausible|"
    r"unlikely|"
    r"reckless|unprecedented|sophisticated|irresponsible|unacceptable|dangerous|outrageous|"
    r"despicable|inexcusable|pathetic|remarkable|crude|ingenious|frightening|terrifying)"
    r"|(?:level|degree) of (?:skill|sophistication|complexity|certainty|confidence|planning)"
    r"|(?:sophisticated|unprecedented|deliberate|brazen|reckless|targeted|coordinated|well-planned|"
    r"professional|malicious|elaborate|complex|indiscriminate) (?:and [\w-]+ )?(?:cyber[- "
    r"]?)?(?:attack|"
    r"operation|campaign|intrusion|breach|act|(?:\w+ )?heist|theft|raid|hack|crime)\b|act of "
    r"(?:espionage|sabotage|war|aggression|"
    r"terror\w*)"
    r"|(?:deliberate|hostile|cowardly|senseless|criminal) act|act of vandalism"
    r"|(?:aim|purpose|goal|intention|objective|motive) (?:is|was|appears|seems|seemed|appeared)"
    r"|too (?:slow|late|weak|little|soft|timid|lenient|cautious)|(?:disaster|catastrophe|"
    r"nightmare|wake-up call|turning point|game[- ]changer|scandal|"
    r"tip of the iceberg|nowhere near|act of war|watershed|fiasco|debacle|disgrace|outrage|"
    r"failure of|lost control|worst|biggest (?:threat|challenge|test)))\b",
    re.IGNORECASE,
)
_HARMS = re.compile(
    r"\b(?:damag|undermin|harm|strain|erod|endanger|jeopardi[sz]|threaten|poison|weaken|shak)(?:e|"
    r"s|es|ed|"
    r"ing)? (?:[\w-]+ ){0,3}(?:relations?|ties|trust|confidence|security|stability|democra\w+|"
    r"order|"
    r"reputation|credibility|sovereignty|peace|economy|institutions)\b"
    r"|\b(?:response|attack|hack|breach|incident|campaign|leak|theft|move|reaction)s? (?:is|was|"
    r"were|are) "
    r"[\"“]",
    re.IGNORECASE,
)
# What is passed on of somebody else's belief.
_OTHERS_BELIEVE = re.compile(
    r"(?:[\w'’-]+ ){1,6}(?:suspects?|believes?|thinks?|suspected|believed|thought) (?!(?:to|were|"
    r"was|are|is|have|had|in|who|and)\b)",
    re.IGNORECASE,
)
# What somebody did with data or a hole, told as an event and not weighed.
_EVENT = re.compile(
    r"\b(?:was|were|had been|has been|have been) (?:\w+ly )?(?:stolen|leaked|sold|copied|"
    r"discovered|"
    r"found|patched|fixed|published|reported|downloaded|bought|deleted|detected|contained|"
    r"stopped)\b",
    re.IGNORECASE,
)
# What a sentence on an attack says of it that is weighed, not told as an event.
_WEIGHS = re.compile(
    r"\b(?:could|(?-i:may)|might|would|likely|unlikely|resulted in|signals?|signall?ed|marks|"
    r"represents|"
    r"poses?|posed|threatens?|threatened|undermines?|undermined|damages|shows|showed|reflects|"
    r"amounts|"
    r"constitutes?|appears|appeared|seems|seemed|looks|looked|aimed?|aims|sought|seeks|(?:designed|"
    r"intended|meant|calculated) to|motivated|deserves?|demonstrates?d?|indicates?|suggests?|"
    r"bears?|violat\w+|contraven\w+|went (?:well |far )?beyond|should)\b"
    r"|\b(?:is|are|was|were|be|been)(?: (?:not|n['’]t|\w+ly|among|one of|now))* (?:[\"“]|(?:a|an|"
    r"the|"
    r"to)\b|(?:more|most|less|so|too|very)\b|(?!unauthori[sz]ed)\w+(?:ous|ful|ive|able|ible|al|ent|"
    r"ic|less|ant|ated)\b)",
    re.IGNORECASE,
)
_SIMILAR = re.compile(
    r"\b(?:shar(?:es?|ed|ing) (?:\w+ ){0,2}(?:code|infrastructure|tools?|techniques|traits|"
    r"features|"
    r"characteristics|similarities)|resembl\w+|similar\w*|overlap\w*|reminiscent|parallels|"
    r"same (?:\w+ )?(?:code|tools?|techniques|infrastructure|malware|methods|tactics|playbook)|"
    r"in common with|echo(?:es|ed)?)\b",
    re.IGNORECASE,
)
_IT_WAS_US = re.compile(
    r"^(?:it|they|we|he|she|i)(?: and [\w ]{1,40}?)?(?: (?:had|has|have))? (?:(?:was|were|been|is|"
    r"are) "
    r"(?:\w+ ){0,2}?(?:behind|responsible)|(?:carried out|launched|conducted|mounted|staged|"
    r"organi[sz]ed|perpetrated|committed|orchestrated) (?:the|this|that|these|those|an?)(?: \w+)? "
    r"(?:cyber-?)?(?:attack|hack|breach|raid|theft|intrusion|operation|campaign|heist|leak)s?)\b",
    re.IGNORECASE,
)
_WE_ATTACKED = re.compile(
    r"^(?:it|they|we|he|she|i)(?: (?:had|has|have))? (?:\w+ly )?(?:hacked|attacked|breached|hit|"
    r"stole|"
    r"stolen|wiped|encrypted|crippled|sabotaged|(?:taken|took|knocked) (?:down|offline|out)|"
    r"(?:broken|broke|hacked) into|carried out|brought down|shut down|disabled|grabbed|leaked)\b",
    re.IGNORECASE,
)
_NO_PART = re.compile(
    r"\b(?:nothing to do with|(?:was|is|were|had) not (?:involved|behind|responsible)|"
    r"(?:had|has|played) no (?:part|role|hand|involvement))\b",
    re.IGNORECASE,
)
_JUDGES = frozenset(
    ("government", "intergovernmental", "government-group", "government-agency", "official",
     "anonymous", "company", "organization")
)  # fmt: skip
_ACCUSATION = re.compile(r"\b(?:accusations?|allegations?)\b", re.IGNORECASE)
_REJECTS = re.compile(
    r"\b(?:not accept|not recogni[sz]e|reject|den(?:y|ies|ied)|refut|dismiss)\w*\b.{0,60}\b(?:"
    r"accusations?|allegations?|charges?|claims?|insinuations?|slander|speculations?|"
    r"involvement)\b",
    re.IGNORECASE,
)
_CHARGING = re.compile(
    r"\b(?:hold(?:s|ing)?|held)\b(?=.{1,80}\b(?:accountable|responsible)\b)|\b(?:blam|condemn|"
    r"accus)(?:e|es|ed|ing|s)?\b",
    re.IGNORECASE,
)
_WE_CHARGE = re.compile(
    r"^(?:it|we|they|he|she|i) (?:\w+ )?(?:hold|blame|accuse|condemn)(?:s|d|ed)?\b", re.IGNORECASE
)
_OF_CREW = re.compile(
    r"^(?:it|they|the group|the hackers) (?:\w+ )?"
    r"(?:operat\w+|act(?:s|ed|ing)? (?:for|on behalf)|reports? to|answers? to|(?:is|are|was|were) "
    r"(?:\w+ )?(?:based|backed|sponsored|run|"
    r"controlled|directed|linked|tied|part)|works?\b|belongs?\b)",
    re.IGNORECASE,
)
_OF_THEM = re.compile(
    r"(?:operat\w+|(?:is|are|was|were|has been) (?:\w+[ -])?(?:based|backed|sponsored|run|"
    r"controlled|directed|linked|tied|part)|works?|belongs?)\b",
    re.IGNORECASE,
)
_IN_PLACE = re.compile(
    r"^(?:\w+ ){0,2}(?:works?|working|operat\w+|(?:is|are) (?:\w+ )?based|living|lives?|located) "
    r"(?:out of|from|in) (?:the )?[A-Z]"
)
_IDENTITY = re.compile(
    r"\b(?:same|controlled|backed|behind|responsible|known as|called|calls|linked|work(?:s|ed)? "
    r"for|(?:be|are|were|is|was) from|belong\w*|paid|hired|employed|sponsored|directed|part of|"
    r"members? of|(?:orders?|behest|"
    r"direction|instructions?|auspices|behalf|command|pay|service|"
    r"protection) of)\b"
)
# Attackers whose name tells what they are.
_OF_A_KIND = word_set(
    "spies cyberspies hacktivists extortionists saboteurs criminals cybercriminals"
)
# One's own condemnation, as a state or in the first person.
_CONDEMNS = re.compile(
    r"(?:we|i|it|(?:the )?[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){0,2})(?: (?:[a-z]+ly|and|also))*"
    r" (?:condemn|denounce|deplore|abhor)s? ",
)


def _owns_deed(words: Sequence[Token], mention: Mention) -> bool:
    """Whether the deed is somebody's: A's attacks, the A attack."""
    behind = words[mention.span[1] : mention.span[1] + 4]
    return any(t.low in ATTACK for t in behind) and behind[0].tag in ("POSS", "N", "ADJ")


_URGES = re.compile(
    r"\b(?:we|i)(?:['’]ve|['’]re| have| had| are| am)?(?: \w+ly| again| now| also| once more)*"
    r" (?:urg|ask|call(?:ed|ing)? (?:up)?on|call(?:ed|ing)? for|demand|advis|request|encourag|"
    r"appeal|implor|"
    r"plead|insist(?:ed|ing)? that|warn(?:ed|ing)? (?:\w+ ){1,3}(?:not to|against))(?:e|ed|ing)?\b",
    re.IGNORECASE,
)


def _expects(
    words: Sequence[Token], content: Span, entities: Sequence[Entity], frame: Attribution | None
) -> bool:
    """Whether somebody expects of a state or of those addressed that they do a thing: `we expect
    the authorities to act`; not what will happen."""
    verb = next(
        (t for t in words[content[0] : content[0] + 5] if t.low in ("expect", "expects")), None
    )
    first = content[0] if verb is None else verb.i + 1
    if verb is None and (frame is None or frame.lemma != "expect" or frame.passive):
        return False
    to = next((t.i for t in words[first : first + 9] if t.low == "to"), None)
    if to is None or to + 1 >= len(words) or words[to + 1].low in COPULA:
        return False
    asked = any(
        first <= e.span[0] < to and e.kind in ("state", "organ", "demonym", "house")
        for e in entities
    )
    between = words[first:to]
    return (asked or any(t.low in ADDRESSED for t in between)) and not any(
        t.tag in ("V", "AUX") or t.low in ATTACK for t in between
    )


_KNOWING = word_set("believe consider assess judge conclude suspect think reckon assume presume")


def stance_of_said(
    sentence: Sentence,
    content: Span,
    speaker: Speaker,
    frame: Attribution | None,
    entities: Sequence[Entity],
) -> tuple[Stance, list[Mention], Span] | None:
    """Stance, actors and content of what somebody says; None where it says nothing."""
    words = sentence.tokens
    text = text_of(sentence, content).strip("\"“”' ")
    if frame is not None and frame.passive:
        return _evidential(sentence, frame, content, entities)
    strip = _EMOTION.match(text) or _HOLDS.match(text)
    weighed = strip is not None and _LIKELY.search(strip[0]) is not None
    if strip is not None:
        at = words[content[0]].start + text_of(sentence, content).find(text) + strip.end()
        content = (next((t.i for t in words if t.start >= at), content[0]), content[1])
        if content[0] >= content[1]:
            return None
        text = text_of(sentence, content).strip("\"“”' ")
    weighed = weighed or _POSSIBILITY.match(text) is not None
    if text.endswith("?") or _is_personal(words, content, entities):
        return None
    if frame is not None and frame.lemma == "cite":
        return "asserts", [], content
    hostile = (
        frame is not None
        and frame.source is not None
        and (
            any(t.low in THREATS for t in words[slice(*frame.source)])
            or any(m.kind == "group" for m in actors_in(words, entities, frame.source))
        )
    )
    if (
        frame is not None
        and frame.source is not None
        and (_IT_WAS_US.match(text) or (hostile and _WE_ATTACKED.match(text)))
    ):
        crew = actors_in(words, entities, frame.source) or as_actor(words, frame.source)
        if crew:
            return "attributes", crew[:1], content
    accused = doers(sentence, content, entities)
    if speaker.government is not None and all(
        m.kind in ("state", "organ") and m.state == speaker.government for m in accused
    ):
        accused = []  # nobody lays a deed at the own door
    crew_of = _of_nation(words, content, entities)
    if crew_of is not None:
        return "attributes", [crew_of], content
    bare = [
        m
        for m in accused
        if m.kind == "threat"
        and m.state is None
        and m.nexus == "unspecified"
        and not any(t.tag == "POSS" or t.low in _OF_A_KIND for t in words[slice(*m.span)])
        and not (m.span[1] < content[1] and words[m.span[1]].tag == "P")
    ]
    if bare and bare[0] is accused[0] and not _IDENTITY.search(text):
        accused = []  # "the attackers" tells nobody's name
    lows = [t.low for t in words[content[0] : content[1]]]
    stately = (speaker.type == "official" and speaker.government is None) and any(
        e.kind == "state" and content[0] <= e.span[0] <= content[0] + 2 for e in entities
    )
    own = _own(words, content, speaker, entities)
    if frame is not None and frame.kind == "tell" and re.match(r"they\b", text):
        own = False  # reminded clubs that they must
    if frame is not None and frame.negated:
        if frame.kind == "believe" and frame.lemma != "understand":
            return "assesses", [], content
        unable = frame.modal or frame.lemma in (
            "confirm",
            "know",
            "say",
            "find",
            "have",
            "see",
            "rule",
        )
        return ("asserts", [], content) if unable else None
    if (frame is not None and frame.lemma == "doubt") or _DOUBTS.search(text):
        named = [m for m in actors_in(words, entities, content) if m.kind in ("state", "organ")]
        return "assesses", named[:1], content
    condemned = _CONDEMNS.match(text)
    if condemned is not None:
        at = words[content[0]].start + condemned.end()
        which = (t.i for t in words[slice(*content)] if t.tag == "WH" and t.start > at)
        reach = (content[0], next(which, content[1]))  # not what the acts are contrary to
        behind = [m for m in actors_in(words, entities, reach) if words[m.span[0]].start >= at]
        laid = [m for m in doers(sentence, content, entities) if m in behind]
        laid = laid or [m for m in behind if _owns_deed(words, m)]
        if laid:
            return "accuses", laid[:1], content
        return ("demands" if _URGES.search(text) else "assesses"), [], content
    gerund = re.match(r"(?:blaming|accusing|condemning)\b", text, re.IGNORECASE)
    charge = None if gerund or _LIES_WITH.search(text) else _CHARGING.search(text)
    if charge is not None and (not own or _WE_CHARGE.match(text)):
        at = words[content[0]].start + charge.end() - 1
        if _others_charge(words, content, speaker, entities, at):
            return "asserts", [], content
        named = [m for m in actors_in(words, entities, content) if words[m.span[0]].start >= at - 1]
        if named and named[0].kind in ("state", "organ", "group", "threat"):
            return "accuses", named[:1], content
    if _OF_CREW.match(text) and frame is not None:
        earlier = actors_in(words, entities, (0, frame.cue[0]))
        crew = [m for m in earlier if m.kind in ("group", "threat")]
        tie = actors_in(words, entities, content)
        if crew and tie:
            return "attributes", [tied_by(crew[-1], tie[0], text)], content
        if crew and _IN_PLACE.search(text):
            return "attributes", [msgspec.structs.replace(crew[-1], nexus="territory")], content
    if frame is not None and frame.source is not None and _OF_THEM.match(text):
        # a group it says is tied to the ministry: the noun before the frame
        crew = [
            m
            for m in actors_in(words, entities, (0, frame.source[0]))
            if m.kind in ("group", "threat")
        ]
        tie = actors_in(words, entities, content)
        nexus = nexus_of(text) or ("territory" if _IN_PLACE.search(text) else None)
        if crew and not tie and nexus is not None:
            return "attributes", [msgspec.structs.replace(crew[-1], nexus=nexus)], content
        if crew and tie and content[0] >= frame.cue[1] == content[0]:
            return "attributes", [tied_by(crew[-1], tie[0], text)], content
    member = _MEMBER.search(text)
    if member is not None and not accused:
        end = next(t.i for t in words if t.start >= words[content[0]].start + member.start())
        who_it_is = [t.i for t in words[content[0] : end] if t.tag == "P"]
        if who_it_is:
            return "attributes", as_actor(words, (who_it_is[0], who_it_is[-1] + 1)), content
    by = _BEHIND.search(text) or _BY_SOME.search(text)
    if not accused and (who := _who_they_were(words, content)):
        return "attributes", who, content
    if not accused and by and not _UNABLE.search(text):
        accused = (
            _unknown_name(words, content, entities)
            or _some_power(words, content)
            or _bearing_marks(words, content)
        )
    if _NOT_ME.search(text) and (own or _self_named(words, content, speaker, entities)):
        return "denies", _self_named(words, content, speaker, entities), content
    if _NO_PART.search(text) and speaker.government is None and speaker.type == "person":
        state = [m for m in actors_in(words, entities, content) if m.kind in ("state", "organ")]
        if state and state[0].span[0] <= content[0] + 1:
            return "denies", state[:1], content
    if _IT_WAS_NOT.fullmatch(text):
        return "denies", _self_named(words, content, speaker, entities), content
    if len(text.split()) <= 3 and WORD_OF_DENIAL.search(text):
        return "denies", [], content
    if (
        WORD_OF_DENIAL.search(text)
        and re.search(
            r"\b(?:(?:charge|accus|alleg|claim|report)\w*|this|that|it|these|such)\b",
            text,
            re.IGNORECASE,
        )
        and not _MUST.search(text)
        and (not accused or own or speaker.government == (accused[0].state if accused else None))
    ):
        return "denies", [], content
    if _REJECTS.search(text) and not (frame is not None and frame.lemma in _KNOWING):
        return "denies", _self_named(words, content, speaker, entities), content
    if _ACCUSATION.search(text) and SCORN.search(text):
        return "denies", [], content
    concluded = bool(accused) and _BEHIND.search(text) is not None
    if frame is not None and frame.kind == "announce" and not concluded:
        return _announced(content, accused, words, actors_in(words, entities, content))
    step = re.match(r"out (?:any |ever )?(\w+)ing\b", text, re.IGNORECASE)
    if frame is not None and frame.lemma == "rule" and step and step[1] + "ing" not in ATTACK:
        return "announces", [], content  # ruled out paying
    if frame is not None and re.match(r"(?:imposed|unsealed|brought|filed)\b", frame.lemma):
        return "announces", [], content
    if re.match(r"i (?:do not|don['’]t) know\b", text, re.IGNORECASE):
        return "asserts", [], content
    withheld = re.search(
        r"\b(?:offer|provid|present|produc|show|giv|gave)\w* no ", text, re.IGNORECASE
    )
    if _UNABLE.search(text) and not withheld:
        return "asserts", [], content
    if frame is not None and frame.lemma == "advise" and re.match(r"(?:\w+ ){1,4}to \w+", text):
        return "demands", [], content
    if CONDITION.match(text):
        return "asserts", [], content
    if (
        _MUST.search(text)
        and not own
        and not re.search(r"\bmust be (?:attributed|seen|assumed)\b", text)
    ):
        must = next((t.i for t in words[slice(*content)] if _MUST.fullmatch(t.low)), content[1])
        everyone = actors_in(words, entities, content)
        told = (m for m in everyone if m.span[1] <= must)
        first = next(told, None) or next(iter([*accused, *everyone]), None)
        return "demands", [first] if first else [], content
    if _URGES.search(text) or _expects(words, content, entities, frame):
        return "demands", actors_in(words, entities, content)[-1:], content
    if _acts(words, content, re.sub(r"[\"“”]", "", text), own=own, states=stately):
        return "announces", [], content
    charged = re.search(r"\b(?:charges?|indictments?)\b.{0,20}\bagainst\b", text)
    if charged and accused:
        return "accuses", accused[:1], content
    if _MEASURE.search(text) and not _BEHIND.search(text):
        return "announces", [], content
    crew = [m for m in accused if m.kind == "group"] or (
        [m for m in actors_in(words, entities, content) if m.kind == "group"]
        if _SIMILAR.search(text)
        else []
    )
    if crew and _SIMILAR.search(text) and not _BEHIND.search(text):
        knowing = frame is not None and frame.lemma in _KNOWING
        return ("assesses" if knowing else "asserts"), crew[:1], content
    if weighed and _POSSIBILITY.match(text):
        return "assesses", accused[:1], content
    if accused:
        return (
            _accusing(sentence, content, accused, text),
            _together(words, accused),
            content,
        )
    if frame is not None and frame.kind == "estimate":
        return "estimates", [], content
    counted = quantities(text, 0)
    if counted and frame is not None and frame.lemma in ("reckon", "expect", "predict", "forecast"):
        return "estimates", [], content
    if counted and (_SEEN.match(text) or (frame is not None and frame.lemma in _COUNTING)):
        return "estimates", [], content
    acting = [m for m in bare if m.span[0] <= content[0] + 1]
    if acting and counted:
        return "asserts", acting[:1], content  # the hackers took so much
    if not own and any(q.unit in VICTIMS and q.value >= 100 for q in counted):
        return "estimates", [], content
    if counted and not own and _figure_is_the_point(counted, text):
        return "estimates", [], content
    warned = frame is not None and frame.lemma == "warn" and re.match(r"(?:of|about)\b", text)
    if warned or (frame is not None and frame.lemma in _FORESEEING and _FUTURE.search(text)):
        return "assesses", [], content
    if _EVALUATES.search(text) or _HARMS.search(text) or _OTHERS_BELIEVE.match(text):
        return "assesses", [], content
    if weighed:
        return "assesses", [], content
    if own and not (frame is not None and frame.lemma in _KNOWING):
        return "asserts", [], content
    if frame is not None and frame.lemma in _KNOWING:
        return "assesses", [], content
    if (
        not (frame is not None and frame.lemma in _DISCLOSING)
        and not _EVENT.search(text)
        and _WEIGHS.search(text)
        and _about_attack(_subject_words(words, content), bare)
        and not (speaker.type == "anonymous" and speaker.government is None)
    ):
        return "assesses", [], content
    if speaker.type in _JUDGES and speaker.type != "anonymous" and _judging(lows):
        return "assesses", [], content
    if speaker.type == "anonymous" and speaker.government and _judging(lows):
        return "assesses", [], content
    return "asserts", [], content


_PRIVATE = re.compile(
    r"(?:feel|felt|hop|wish|lov|hat|enjoy|thank|want|honou?r|disappoint)(?:e|s|es|ed|d|ing|ful)?|"
    r"likes?|liked|glad|proud|happy|sad|sorry|grateful|excited|eager|thrilled"
)


_WERE = re.compile(
    r"(?:those|the (?:people|hackers|attackers|culprits|perpetrators|intruders|suspects|men|"
    r"persons))\b"
    r"(?: (?:who|that|behind|responsible)\b[^,;]{0,90}?)? (?:were|are|was|is|had been) "
    r"(?=(?!not\b|no\b))",
    re.IGNORECASE,
)
_PERSONS = word_set(
    "civilians students student teenager teenagers insiders insider employee employees staff "
    "soldiers "
    "officers officer nationals citizens volunteers amateurs professionals patriots activists "
    "contractors"
)


def _who_they_were(words: Sequence[Token], content: Span) -> list[Mention]:
    """Who the attackers were, where the content tells: `those who attacked the sites were X`."""
    start = words[content[0]].start
    text = "".join(
        t.text + " " * (n.start - t.end)
        for t, n in itertools.pairwise(words[content[0] : content[1] + 1])
    )
    match = _WERE.match(text)
    if match is None:
        return []
    first = next(
        (t.i for t in words[slice(*content)] if t.start >= start + match.end()), content[1]
    )
    end = first
    while end < content[1] and words[end].tag in ("DET", "ADJ", "N", "P", "NUM", "POSS"):
        end += 1
    told = {t.low for t in words[first:end]}
    return as_actor(words, (first, end)) if told & (_PERSONS | THREATS) else []


def _of_nation(words: Sequence[Token], content: Span, entities: Sequence[Entity]) -> Mention | None:
    """The crew of `the hackers were likely Russian`, with that state; not of what they speak."""
    for crew in actors_in(words, entities, content):
        if crew.kind not in ("group", "threat"):
            continue
        at = crew.span[1]
        after = next((t.i for t in words[at : content[1]] if t.low in COPULA), content[1])
        for entity in entities:
            end = entity.span[1]
            near = after < entity.span[0] <= after + 4 and entity.kind == "demonym"
            last = end >= content[1] or words[end].low == "in" or words[end].tag == "PUNCT"
            negated = any(t.tag == "NEG" for t in words[after : entity.span[0]])
            if near and last and not negated and not (end < len(words) and words[end].text == "-"):
                return msgspec.structs.replace(crew, state=entity.state)
        return None
    return None


def _others_charge(
    words: Sequence[Token],
    content: Span,
    speaker: Speaker,
    entities: Sequence[Entity],
    at: int,
) -> bool:
    """Whether the charge in what somebody says is a third party's: `Iran said that Albania blamed
    it`."""
    for entity in entities:
        behind = entity.span[1]
        while behind < content[1] and words[behind].tag in ("AUX", "ADV"):
            behind += 1
        accusing = behind < content[1] and words[behind].start <= at < words[behind].end + 1
        if accusing and content[0] <= entity.span[0] and entity.kind in ("state", "organ", "house"):
            return entity.state is None or entity.state != speaker.government
    return False


def _bearing_marks(words: Sequence[Token], content: Span) -> list[Mention]:
    """Whose hallmarks an attack bears, or whose work it is, where no table knows the name."""
    for at in range(content[0] + 1, content[1] - 1):
        denied = any(t.tag == "NEG" for t in words[max(content[0], at - 5) : at])
        if words[at].low == "of" and words[at - 1].low in _MARKS and not denied:
            end = at + 1
            while end < content[1] and (
                words[end].tag in ("DET", "ADJ", "N", "P", "NUM") or words[end].low in ("of", "-")
            ):
                end += 1
            run = words[at + 1 : end]
            if any(t.tag == "P" or t.low in THREATS for t in run):
                return as_actor(words, (at + 1, end))
    return []


_MARKS = word_set("marks hallmarks fingerprints signature stamp work handiwork")


def _some_power(words: Sequence[Token], content: Span) -> list[Mention]:
    """A perpetrator of whom only the kind is told: `the work of a foreign government`."""
    for at in range(*content):
        if words[at].low in _POWERS and words[at].tag in ("N", "P"):
            first = at
            while first > content[0] and (
                words[first - 1].tag in ("ADJ", "N", "NUM") or words[first - 1].text == "-"
            ):
                first -= 1
            end = at + 1
            while end < content[1] and (
                words[end].text == "-"
                or words[end - 1].text == "-"
                or (words[end].tag == "N" and words[end].low in _POWERS | THREATS)
            ):
                end += 1  # a nation-state, a state-linked actor
            done = first > content[0] + 1 and words[first - 2].low in _DONE_BY
            if done and words[first - 1].low in ("a", "an", "another", "some"):
                return as_actor(words, (first - 1, end))
    return []


_DONE_BY = word_set("by of from to on was is be been were") | {"“", '"'}
_BY_SOME = re.compile(r"\bby (?:an?|another|some) [\w-]", re.IGNORECASE)
_POWERS = word_set(
    "nation state country government power adversary nation-state insider employee teenager "
    "amateur "
    "intelligence service actor"
)


def acts(text: str) -> bool:
    """Whether a sentence in the first person tells a step of one's own: we have reset C."""
    return any(p.match(text) is not None for p in (_OWN_ACT, _ACTED, _WILL_ACT))


def _acts(words: Sequence[Token], content: Span, text: str, *, own: bool, states: bool) -> bool:
    """Whether somebody tells what the own side does or will do: measures, not what befell it."""
    if _OWN_ACT.match(text):
        return True
    start = content[0] + words[content[0]].quote
    opening = [t.low for t in words[start : start + 3]]
    ours = (
        own
        or states
        or (
            opening[:1] in (["the"], ["our"])
            and opening[1:2] in (["government"], ["company"], ["ministry"], ["firm"], ["state"])
        )
    )
    if not ours or any(t.tag == "PRON" for t in words[start + 1 : start + 2]):
        return False
    return bool((not states and _ACTED.match(text)) or _WILL_ACT.match(text))


_KINDS = word_set("ransomware malware affiliate affiliates")


def _unknown_name(
    words: Sequence[Token], content: Span, entities: Sequence[Entity]
) -> list[Mention]:
    """A name that no table knows, where the content says that its holder was behind it."""
    first = content[0] + (words[content[0]].tag == "DET")
    end = first
    while end < content[1] and words[end].upper and words[end].tag in ("P", "N"):
        end += 1
    span = (first, end)
    if first < end < content[1] and words[end].low in (*THREATS, *_KINDS):
        end += 1
    known = any(span[0] <= e.span[0] < span[1] for e in entities)
    if known or not 0 < end - first <= 3 or end >= content[1] or words[end].tag != "AUX":
        return []
    return as_actor(words, span)


def _is_personal(words: Sequence[Token], content: Span, entities: Sequence[Entity]) -> bool:
    """Whether somebody only speaks of the own person: feelings, wishes, memories, and of nothing
    that a report of an attack is about."""
    run = words[content[0] : content[1]]
    if any(t.low in ATTACK or t.low in GUARDED or t.tag == "NUM" for t in run):
        return False
    if any(content[0] <= e.span[0] < content[1] for e in entities):
        return False
    lows = [t.low for t in run]
    if any(low in ("i", "my") for low in lows) and run[0].quote:
        return not any(
            low in ("know", "think", "believe", "sure", "confident", "proof", "evidence")
            for low in lows
        )
    opening = [t for t in run if not t.quote][:5]
    return (
        bool(opening)
        and opening[0].low in ("he", "she", "they", "i")
        and any(_PRIVATE.fullmatch(t.low) for t in opening[1:])
    )


def _about_attack(lows: Sequence[str], accused: Sequence[Mention]) -> bool:
    return bool(accused) or any(low in ATTACK for low in lows)


def _subject_words(words: Sequence[Token], content: Span) -> list[str]:
    """The content's words up to its first verb: what it speaks of."""
    found: list[str] = []
    for token in words[content[0] : content[1]]:
        if token.tag in ("V", "AUX") and found:
            break
        found.append(token.low)
    return found


def _judging(lows: Sequence[str]) -> bool:
    """Whether the content weighs: a copula with a comparison or an adjective of degree, near an
    attack word or a pointing word."""
    joined = " ".join(lows)
    return bool(re.search(
        r"\b(?:is|are|was|were|been)\b.{0,20}\b(?:more|most|serious|reckless|unprecedented|severe|"
        r"sophisticated|likely|"
        r"dangerous|grave|irresponsible|unacceptable|worse|worst|critical|significant)\b",
        joined,
    ))  # fmt: skip


_OF_THE_ATTACK = word_set("signals signaled signalled is was appears seems came began marks shows")


def _own(
    words: Sequence[Token], content: Span, speaker: Speaker, entities: Sequence[Entity]
) -> bool:
    """Whether the content speaks of the speaker: it, we, or the speaker's own name as subject."""
    first = next(
        (t for t in words[content[0] : content[1]] if not t.quote and t.tag != "PUNCT"), None
    )
    if first is None:
        return False
    if first.low == "they" and speaker.type in ("official", "person"):
        return False
    if first.low in ("it", "we", "he", "she", "they", "i", "its", "our", "his", "her"):
        # "it signals a shift" speaks of the attack: it is the speaker only where it acts or holds
        after = list(words[first.i + 1 : first.i + 4])
        if first.low == "it":
            return not any(t.low in _OF_THE_ATTACK for t in after[:1])
        return True
    if speaker.government is None:
        return False
    head = [e for e in entities if content[0] <= e.span[0] <= content[0] + 2]
    return any(e.state == speaker.government and e.kind in ("state", "organ") for e in head)


def _self_named(
    words: Sequence[Token], content: Span, speaker: Speaker, entities: Sequence[Entity]
) -> list[Mention]:
    if speaker.government is None:
        return []
    return [
        m for m in actors_in(words, entities, content)
        if m.state == speaker.government and m.kind in ("state", "organ")
    ][:1]  # fmt: skip


def _accusing(sentence: Sentence, content: Span, accused: Sequence[Mention], text: str) -> Stance:
    """Whether an actor is accused or has the deed attributed: a state's misconduct is an
    accusation, authorship of an attack an attribution."""
    first = accused[0]
    if first.kind in ("group", "threat"):
        return "attributes"
    if first.nexus == "territory" or _BEHIND.search(text):
        return "attributes"
    if first.norm.endswith("(unspecified)") and first.nexus != "unspecified":
        return "attributes"
    if first.span[1] < content[1] and sentence.tokens[first.span[1]].tag == "POSS":
        done = sentence.tokens[first.span[1] + 1 : first.span[1] + 2]
        return "attributes" if done and done[0].low in DOING else "accuses"
    did = sentence.tokens[first.span[1] : min(first.span[1] + 4, content[1])]
    if first.norm.endswith("(unspecified)") and any(
        t.tag in ("V", "AUX") and (t.low in ATTACK or t.low in ADVERSE or t.low == "did")
        for t in did
    ):
        return "attributes"
    if first.norm.endswith("(unspecified)") and re.search(
        r"\b(?:it|this) (?:was|is|must be|must have been)[\W_]+(?:all )?(?:the )?\w+s\W*$", text
    ):
        return "attributes"  # that it was the Russians
    if first.norm.endswith("(unspecified)"):
        outspoken = re.search(r"(?<!to )\b(?:call(?:s|ed|ing) out|condemn\w*|unacceptable)", text)
        return "accuses" if outspoken else "asserts"
    words = sentence.tokens
    verb = next((t for t in words[first.span[1] : content[1]] if t.tag == "V"), None)
    if re.search(
        r"\bdid (?:this|it|that|so)\b"
        r"|(?:^|[:;] |knows? |believes? |thinks? |that |sure |certain )(?:it|this) (?:was|is|"
        r"(?:could|"
        r"may|"
        r"might|"
        r"must) (?:well )?(?:be|have been))\b",
        text,
        re.IGNORECASE,
    ):
        return "attributes"
    behind = [t.low for t in words[first.span[1] : content[1]]]
    if any(low in THREATS for low in behind[:6]) and behind[:1] and behind[0] in COPULA:
        return "accuses"  # A is the biggest hacker
    if verb is None or verb.low in _MISCONDUCT:
        before = words[content[0] : first.span[0]]
        passive = bool(before) and before[-1].low == "by" and any(t.low in ATTACK for t in before)
        plain = verb is None and (passive or any(low in ATTACK for low in behind))
        return "attributes" if plain else "accuses"
    return "attributes"


# What a state does short of attacking by its own hand.
_MISCONDUCT = word_set(
    "foster fostered hire hired hiring allow allowed allowing shelter sheltered sheltering harbor "
    "harbored harbour harboured support supported supporting violate violated violating ignore "
    "ignored undermine undermined undermining tolerate tolerates tolerated encourage encouraged "
    "use used "
    "using nurture nurtured nurturing cultivate cultivated groom groomed recruit recruited turned "
    "protect protected shield shielded shielding enable enabled condone condoned "
    "fund funded paid pay threaten threatened refuse refused fail failed lied lie lying interfere "
    "interfered engage engaged engaging commit committed"
)


def _together(words: Sequence[Token], accused: Sequence[Mention]) -> list[Mention]:
    return listed(words, accused)


def _figure_is_the_point(counted: Sequence[Quantity], text: str) -> bool:
    """Whether a statement is about its figure: it opens with it, or tells what befell so many."""
    first = counted[0]
    if first.value < 10 and (first.bound == "exact" or first.predicate is None):
        return False
    stands = re.search(
        r"\b(?:kn[eo]ws? of|known of|aware of|cost(?:s|ing)?(?: (?:it|them|us|him|her|(?:the|"
        r"its|their|our) \w+))?|worth|"
        r"amount(?:s|ed) to|ran to|is|was|at|"
        r"stood|stands|are|were|exceed(?:s|ed)?|reach(?:es|ed)?|top(?:s|ped)?) $",
        text[: first.start],
    )
    befell = first.predicate is not None and first.unit != "money"  # not: paid so much
    return first.start <= 12 or befell or stands is not None


_BEFELL = re.compile(
    r"\b(?:fell|fallen|(?:was|were|been|become|became)(?: \w+ly)?(?: the| a)?) (?:victims?|hit|"
    r"hacked|attacked|breached|targets?|targeted|compromised|broken into)\b"
)


def _announced(
    content: Span, accused: Sequence[Mention], words: Sequence[Token], everyone: Sequence[Mention]
) -> tuple[Stance, list[Mention], Span]:
    lows = " ".join(t.low for t in words[content[0] : content[1]])
    if _BEFELL.search(lows):
        return "asserts", list(accused[:1]), content  # it was hit, it announced
    named = accused or [m for m in everyone if _set_on(words, m)]
    if re.search(r"\b(?:charges|indictments?|indicted|criminal|charged)\b", lows):
        return "accuses", list(named[:1]), content
    return "announces", list(named[:1]) if "sanctions" in lows else list(accused[:1]), content


def _set_on(words: Sequence[Token], mention: Mention) -> bool:
    """Whether a step is taken against somebody: charges against, sanctions on, for."""
    return mention.span[0] > 0 and words[mention.span[0] - 1].low in ("against", "on", "for", "at")


def _evidential(
    sentence: Sentence, frame: Attribution, content: Span, entities: Sequence[Entity]
) -> tuple[Stance, list[Mention], Span] | None:
    """`A is believed to be linked to the MSS`, `it is alleged that …`, `suspected of …`."""
    words = sentence.tokens
    subject = frame.object
    if frame.negated:
        return "asserts", [], content
    after = text_of(sentence, content) if content[0] < content[1] else ""
    actors: list[Mention] = []
    if subject is not None:
        actors = _joined_all(actors_in(words, entities, subject))
        near = [
            m
            for m in actors_in(words, entities, (max(0, subject[0] - 2), frame.cue[0]))
            if m.kind == "group"
        ]
        if near:
            actors = near
        if not actors and not all(words[i].low in ("it", "there") for i in range(*subject)):
            run = words[subject[0] : subject[1]]
            if any(t.low in THREATS or t.low in ("they", "members") for t in run):
                actors = as_actor(words, subject)
    inside = doers(sentence, content, entities)
    if frame.lemma == "advise" and after.startswith("to "):
        return "demands", [], content
    if frame.kind == "estimate" and quantities(after, 0):
        return "estimates", [], content
    if frame.kind == "suspect":
        tie = after.removeprefix("of ")
        if actors and actors[0].kind in ("group", "threat") and _TIED_TO.match(tie):
            return "attributes", [tied_any(m, content, entities, tie) for m in actors], content
        actors = actors or (as_actor(words, subject) if subject else [])
        return ("accuses", actors[:1], content) if actors else None
    if actors and _TIED_TO.match(after):
        behind = (content[0], content[1])
        tied = [tied_any(m, behind, entities, after) for m in actors]
        return "attributes", tied, content
    if actors and any(m.kind == "group" for m in actors):
        return "attributes", actors, content
    if actors and _BEHIND.search(after):
        return "attributes", actors, content
    lows = [t.low for t in words[content[0] : content[1]]]
    firm = bool(actors) and actors[0].kind in ("state", "organ")
    if firm and any(low in ADVERSE for low in lows[:4]) and any(low in ATTACK for low in lows):
        return "attributes", actors, content
    if inside and (subject is None or not actors):
        stance: Stance = "attributes"
        return stance, inside[:1], content
    if re.search(r"\bresponsible\b", text_of(sentence, subject) if subject else ""):
        return "attributes", actors or (as_actor(words, subject) if subject else []), content
    return "asserts", [m for m in actors[:1] if m.kind in ("group", "threat")], content


_TIED_TO = re.compile(
    r"(?:to )?(?:be |have been |being )?(?:\w+ly )?(?:linked|tied|connected|affiliated|associated|"
    r"part of|based|from|working|"
    r"operating|operate|live|living|sit|reside|take orders|work|works|belong|act|acting|come|"
    r"answer|report|backed|sponsored|"
    r"controlled|run|directed|in|"
    r"(?:[A-Z]\w+ )?[A-Z]\w+$)\b",
)


def _joined_all(actors: Sequence[Mention]) -> list[Mention]:
    groups = [m for m in actors if m.kind == "group"]
    if len(groups) > 1:  # a group of two names is one
        return list(
            {m.group.id if m.group and m.group.id else m.norm: m for m in reversed(groups)}.values()
        )[::-1]
    return list(actors[:1])
