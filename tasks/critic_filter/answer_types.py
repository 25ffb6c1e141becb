"""What kind of answer a question word asks for, and whether an answer is of that kind.

    "How often should the oil be changed?"  ->  "an interval";  "every 3,000 miles" fits, "10W-40" does not

Only clear cases are refused: a question without a known question word accepts everything.
"""

import re
from functools import lru_cache

from tasks.critic_filter.answer_forms import answer_kinds, is_polar
from tasks.critic_filter.word_forms import content_words, spell_out
from tasks.critic_filter.word_lists import NUMBER_WORDS, SAYS_HOW_MANY

_TIME = re.compile(
    r"\b(?:\d{3,4}s?|\d{1,2}(?::\d{2})?\s?[ap]\.?m|\d{1,2}:\d{2}|jan\w*|feb\w*|mar(?:ch)?|apr\w*|may|june?|july?|aug\w*|sep\w*|oct\w*|"
    r"nov\w*|dec\w*|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|spring|summer|autumn|winter|noon|midnight|morning|afternoon|evening|"
    r"night|today|tomorrow|yesterday|weekends?|weekdays?|century|centuries|before|after|during|until|when|while|within|since|"
    r"as soon|once|immediately|always|never|every|each|daily|weekly|monthly|annually|years?|months?|weeks?|days?|hours?|minutes?|"
    r"seconds?|date|appointment|end|start|beginning|first|last|next|moment|dawn|dusk|sunset|sunrise|christmas|easter|holidays?)\b",
    re.IGNORECASE,
)
_CLOCK_RANGE = re.compile(r"\b\d{1,2}(?:st|nd|rd|th)\b|\d{1,2}(?::\d\d)?\s?(?:to|-|–)\s?\d{1,2}")
_INTERVAL = re.compile(
    r"\b(?:every|each|once|twice|times|daily|weekly|monthly|quarterly|yearly|annually|hourly|fortnightly|biannually|nightly|"
    r"(?:per|an?) (?:second|minute|hour|day|night|week|month|quarter|year|season|term|decade)|always|never|rarely|"
    r"regularly|often|continuously|usually|any time|whenever|after|before|seldom|sometimes)\b",
    re.IGNORECASE,
)
_LENGTH = re.compile(
    r"\b(?:seconds?|minutes?|hours?|days?|nights?|weeks?|months?|quarters?|years?|decades?|centur\w+|ms|min|hrs?|h|s|until|from|since|"
    r"forever|life\w*|metres?|meters?|m|km|kilomet\w+|miles?|feet|foot|ft|inch\w*|in|cm|mm|yards?|pages?|words?|characters?|letters?|"
    r"around the clock|indefinite\w*|unlimited|permanent\w*|semesters?|seasons?|shifts?)\b|\"|″|'",
    re.IGNORECASE,
)


_MONEY = re.compile(
    r"[$€£¥]|\b(?:dollars?|euros?|cents?|pounds?|francs?|yen|crowns?|rupees?|pesos?|usd|eur|gbp|chf|kr|free|nothing|included|"
    r"no charge|donation|on request)\b"
)
_WEIGHT = re.compile(r"\d\s?(?:kg|g|mg|lbs?|oz|t)\b|\b(?:kilo\w*|grams?|pounds?|ounces?|tons?|tonnes?|stones?|milligrams?)\b")


_AMOUNT = re.compile(
    r"(?:every|between|up to|at least|within|[$€£]|\d+$"
    r"|\d[\d.,:]*+\s?(?:[^\sa-z]|[a-z]{1,3}\b|euro|dollar|day|week|month|year|hour|minute))"
)
"""An amount: nobody's name. "60 volunteers" are somebody."""


@lru_cache(maxsize=1024)
def expected_type(question: str) -> str:
    """What the question asks for, in words: "a number", "a time", ..., or "anything".

    Of several question words the first one asks: "Who gets the money when the club is dissolved?" asks for somebody.
    """
    text = _LEAD.sub("", _QUOTED.sub("x", question.lower()).rstrip("?. "))
    found = [(match.start(), number) for number, (pattern, _) in enumerate(_PATTERNS) if (match := pattern.search(text))]
    return _PATTERNS[min(found)[1]][1] if found else "anything"


_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”")
"""What is quoted does not ask: In "How do I join?", when is the fee due?"""
_LEAD = re.compile(r"^.*[.!?;]\s+(?=\S)|^(?:hi|hello|excuse me|sorry|and|so|but|well),?\s+", re.DOTALL)
"""Sentences before the one that asks."""
_ASKING = r"(?:please |say |tell me |can you tell me |do you know |i would like to know )*(?:please tell me: )?"
_TURNED = r"(?:is|are|was|were|does|do|did|may|must|should|could|has|have|am|will|would|can)"
_QUESTION_WORDS = (
    (
        rf"^(?:(?:for|in|at|on|if|when|with|under) [^,]+, )?{_ASKING}(?:whether|is|are|was|were|does|did|may|must|should|could"
        r"|has|have|am|will|would|(?:can|do|could)(?! you (?:tell|know)))\b"
        rf"|, (?:so )?{_TURNED} (?:i|we|you|he|she|they|it|my|there|the)\b",
        "whether it is so",
    ),
    (r"\bwhat (?:do|should|must|can|could) (?:i|we|you|one) do\b", "what to do"),
    (
        r"\b(?:how much|what do|what does)\b.*\b(?:costs?|pay|pays)$|\bhow much\b.*\b(?:costs?|pay|pays)\b"
        r"|\b(?:what|which) (?:price|cost|fee)"
        r"|\bwhat (?:is |are )?the (?:price|cost|fee)s? (?:of|for)\b",
        "a price",
    ),
    (
        r"\bhow much\b.*\bweighs?\b|\bhow heavy\b"
        r"|(?:\bwhat (?:is|was|are) the (?:\w+ )?)?\bweight (?:of|for|is|does|do|has)\b",
        "a weight",
    ),
    (r"\bhow (?:often|frequently)\b", "an interval"),
    (r"\bhow (?:many)\b", "a number"),
    (r"\bwhat (?:percentage|proportion|share)\b", "a number"),
    (r"\bhow (?:much time|long|soon|early|late)\b", "a length or time"),
    (r"\bhow much (?:does|do|did|is|are|was|were|must|should|will|can|may)\b", "an amount"),
    (r"\bhow much (?:\w+ ){1,3}(?:does|do|did|is|are|was|were|must|should|will|can|may)\b", "some amount"),
    (r"\bhow (?:fast|high|tall|heavy|wide|deep|far|close|old|big|large|hot|cold|thick)\b", "an amount"),
    (
        r"\b(?:when (?:is|are|was|were|do|does|did|must|should|can|may|will|has|have|the)|at what time"
        r"|what time (?:do|does|did|can|must|should|may|will))\b"
        r"|\b(?:until|till|by|from|since) when\b|\bwhen$",
        "a time",
    ),
    (r"\b(?:(?:in|since) (?:which|what) (?:year|month)|(?:on )?(?:which|what) (?:days?|dates?|weekdays?))\b", "a time"),
    (r"\b(?:in (?:which|what) place|where (?:is|are|was|were|do|does|did|can|must|should|may|will))\b", "a place"),
    (r"(?:^|[:,;] |\bby |\bknow |\bme |\bsay )who(?:m|se)?\b|\bwhom\b", "somebody"),
    (r"\bwhy (?:is|are|was|were|do|does|did|can|must|should|may|will|not)\b", "a reason"),
    (r"\bhow (?:is|are|was|were|do|does|did|can|must|should|may|will)\b", "a way"),
    (r"\bwhat happens\b", "what happens"),
    (r"\bwhat (?:is|are|was|were)\b.* (?:called|named)$|\bwhat (?:is|are|was|were) the (?:full )?names?\b", "a name"),
    (
        r"\bwhat(?:'s|’s| is| was) the (?:minimum |maximum )?(?:age|height|width|depth|length|speed|distance|altitude|number)\b",
        "an amount",
    ),
    (r"\b(?:what|which)\b", "something"),
)  # fmt: skip
_PATTERNS = [(re.compile(pattern), wanted) for pattern, wanted in _QUESTION_WORDS]
_ALL = {"clock", "date", "money", "percent", "duration", "weight", "length", "measure", "pounds", "number"}
_RULED_OUT = {
    "whether it is so": _ALL,
    "a price": {"interval", "clock", "date", "duration", "weight", "length", "measure"},
    "a weight": {"clock", "date", "money", "percent", "duration", "length"},
    "a number": {"clock", "date", "money"},
    "a length or time": {"money", "weight", "percent", "pounds"},
    "an amount": {"clock", "date"},
    "a time": {"label", "money", "weight", "length", "measure", "percent", "pounds"},
    "a place": {"interval", "clock", "date", "money", "percent", "duration", "weight"},
    "somebody": (_ALL | {"label", "interval"}) - {"number"},
    "a reason": {"interval", "clock", "date", "money", "percent", "duration", "weight", "length", "number", "label"},
    "a way": {"clock", "date", "duration", "money", "percent", "number"},
    "what happens": _ALL,
    "what to do": _ALL,
    "a name": (_ALL | {"interval"}) - {"date"},
}
"""What a question is not answered by where the answer is nothing else."""
_NOTHING = re.compile(r"(?!)")
_BEGINS_OTHERWISE = {
    "a number": re.compile(r"(?:after|before|since|when|because|in the|at the|on the|by the|once (?:the|you|it))\b"),
    "a place": re.compile(r"(?:after|before|until|during|since|every|once|whenever|when|because)\b"),
    "a name": re.compile(r"(?:in|on|at|from|by|after|before|during|within|for|to|until|because)\b"),
    "somebody": re.compile(r"(?:in|on|at|after|before|during|within|until|because)\b"),
}
"""What an answer of a kind never begins with."""
_NUMBERED_NAME = re.compile(r"\b\d+[a-z]? (?=[A-Z][a-z])|\b(?:hall|room|gate|platform|floor|page|extension|line|exit) \w?\d+\b")
_COUNTING = re.compile(r"(?!once (?:the|you|your|it|they|we|i)\b)\b[a-z]+")
_FRACTION = re.compile(r"\b(?:an?|one|two|three|four) (?:half|third|quarter|fifth|sixth|eighth|tenth)s?\b")
_PLACED = re.compile(
    r"(?i:\b(?:in|at|on|into|onto|behind|near|nearby|next|outside|inside|from|to|under|above|below|between|by|along|through|around|opposite|"
    r"via|within|beside|before|over|beyond|against|towards?|off|of|up|down|here|there|upstairs|downstairs|everywhere|anywhere|nowhere|"
    r"online|abroad|outdoors|indoors|home|away|half|full|shade|sun|window|room|floor|hall|street|road|station|north|south|east|west)\b"
    r"|\d|^(?:the|an?|our|your|my|any|all|each|every)\b)|(?<!^)\b[A-Z]|^[A-Z]\w*(?:[.!]|$)",
)
"""What a place is told with: a preposition, a name, a number, a word for a place."""
_OF_TIME = re.compile(
    r"\b(?:times?|hours?|days?|dates?|years?|months?|weeks?|when|deadline|open|opens|opening|close|closes|closing|start\w*|begin\w*|"
    r"ends?|finish\w*|period|season|schedule|due|latest|earliest|until|century|born|term|happen\w*|runs?|last\w*|due|age|intervals?|"
    r"frequency|frequently)\b"
)
_RELATED = re.compile(r"\b(?:within|after|before|in|every|each|since|until|till|during|by|later|ago|advance|from|once|when)\b")


def _is_ruled_out(wanted: str, answer: str, question: str) -> bool:
    """Whether the bare form of the answer is none that the question can have."""
    if is_polar(answer):
        return wanted not in ("whether it is so", "anything")
    kinds = answer_kinds(answer)
    if not kinds and wanted != "whether it is so":
        kinds = answer_kinds(_without_repeats(answer, question))
    if not kinds:
        return False
    text, asked = answer.lower(), question.lower()
    if kinds & {"clock", "date"} and wanted != "a number":
        kinds -= {"number"}  # "Saturdays at 2"
    if wanted == "something":  # "What was it before?" - "On 3 May 1998"; "Which bus goes there?" - "Every hour"
        timed = kinds <= {"clock", "date", "duration", "interval"} and not _OF_TIME.search(asked)
        return timed and bool(re.match(r"\s*(?:at|on|by|until|from|every|within) ", text) or re.search(r"\bwhich \w+", asked))
    if wanted == "a time" and kinds == {"duration"}:
        return not _RELATED.search(text) and not re.search(r"\b(?:before|after|in advance|long)\b", asked)
    if (
        wanted == "a time"
        and re.match(r"\s*(?:until|till|to) ", text)
        and re.search(r"\b(?:opens?|starts?|begins?)$", asked.rstrip("?. "))
    ):
        return True
    if wanted == "a length or time" and re.match(r"\s*(?:it is )?every\b", text):
        return "how long" in asked
    if wanted == "a length or time" and kinds <= {"clock", "date"}:
        return "how long" in asked and not re.search(r"\b(?:until|till|from|to|since|between|by|before|after)\b|[-–]", text)
    if wanted == "a number" and kinds & {"duration", "length"}:
        return not set(re.findall(r"[a-z]{3,}", text)) & _spelt(asked)
    if wanted == "an amount" and kinds == {"date"} and re.fullmatch(r"\D*\d{4}\D*", text):
        return False  # a year looks like any number of four digits
    return kinds <= _RULED_OUT.get(wanted, frozenset())


def _without_repeats(answer: str, question: str) -> str:
    """What the answer says beyond the question: "It was found in 2017." is "in 2017." where it was asked who found it."""
    known = set(content_words(question))
    if len(answer.split()) > 12 or known.isdisjoint(content_words(answer)):
        return answer
    return " ".join(word for word in answer.split() if any(c.isdigit() for c in word) or not set(content_words(word)) & known)


def _spelt(text: str) -> set[str]:
    """Its words, in the singular and in the plural."""
    words = set(re.findall(r"[a-z]{3,}", text))
    return words | {f"{word}s" for word in words} | {word.removesuffix("s") for word in words}


def fits_type(wanted: str, answer: str, question: str = "") -> bool:
    """Whether the answer is of the kind, as far as its form tells.

    Args:
        question: Where it is known: "how many bikes" is not answered by an amount of money.
    """
    text = spell_out(answer).strip().lower()
    if _is_ruled_out(wanted, answer, question):
        return False
    if _BEGINS_OTHERWISE.get(wanted, _NOTHING).match(text):
        return False
    counted = _NUMBERED_NAME.sub(" ", answer.strip()).lower()  # "8 Quay Street" and "hall 3" count nothing
    has_number = bool(re.search(r"\d", counted)) or any(word in SAYS_HOW_MANY for word in _COUNTING.findall(counted))
    has_number = has_number or bool(_FRACTION.search(counted))
    if wanted == "whether it is so":
        return is_polar(answer) or len(text.split()) > 2 or text.split()[:1] in (["yes"], ["no"], ["never"], ["always"])
    if wanted == "a price":
        unit = re.search(r"\d\s?([a-z%°]+)", text)
        return bool(_MONEY.search(text)) or (has_number and unit is None)
    if wanted == "a weight":
        return (
            has_number
            and not re.search(r"[$€£¥]", text)
            and (bool(_WEIGHT.search(text)) or not re.search(r"\d\s?[a-z°%]+", text))
        )
    if wanted == "an interval":
        return bool(_INTERVAL.search(text))
    if wanted == "a number":
        if money_for_things(question, text):
            return False
        return has_number or bool(re.search(r"\b(?:all|several|many|few|unlimited|any)\b", text))
    if wanted == "an amount":
        return has_number or bool(re.search(r"\b(?:free|nothing|unlimited|all|full\w*|no charge|costs?|complete\w*)\b", text))
    if wanted == "a length or time":
        return bool(_LENGTH.search(text) or _TIME.search(text))
    if wanted == "a time":
        return bool(_TIME.search(text)) or bool(re.fullmatch(r"\d{1,4}", text)) or bool(_CLOCK_RANGE.search(text))
    if wanted == "a place":
        if len(answer.split()) <= 6 and not _PLACED.search(answer.strip()):
            return False
        return not re.fullmatch(r"[^a-z]*|[$€£]?[\d.,]+\s?\w{1,6}", text) and not _is_interval_only(text)
    if wanted == "somebody":
        return bool(re.search(r"[a-z]{2}", text)) and not _AMOUNT.match(text)
    return True


def may_hold(wanted: str, passage: str) -> bool:
    """Whether a passage can hold an answer of this kind at all: none without a number says how much."""
    if wanted == "an interval":
        return bool(_INTERVAL.search(passage))
    if wanted == "a time":
        return bool(_TIME.search(passage) or _CLOCK_RANGE.search(passage))
    text = passage.lower()
    if wanted in _AMOUNTS:  # "Simmer for 20 minutes" says nothing on how much
        text, told = _DURATION.sub(" ", text), {"free", "every", "half"}
    elif wanted == "a length or time":
        told = {"free", "every", "half", "until", "when", "before", "after", "soon", "immediately"}
    else:
        return True
    return bool(re.search(r"\d", text)) or any(word in NUMBER_WORDS or word in told for word in re.findall(r"[a-z]+", text))


_AMOUNTS = ("a price", "a weight", "a number", "an amount", "some amount")
_DURATION = re.compile(
    rf"(?:\d[\d.,]*|\b(?:{'|'.join(NUMBER_WORDS)}))\s(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)\b"
)


def money_for_things(question: str, answer: str) -> bool:
    """Whether an amount of money answers "how many" of something else."""
    paid = re.search(r"[$€£¥]|\d[\d.,]*(?: million| billion)? (?:dollars?|euros?|cents?|francs?)\b", answer)
    money = re.search(r"how many (?:\w+ )?(?:dollars?|euros?|cents?|francs?|pounds?|yen|crowns?)\b", question.lower())
    return bool(paid) and not money


def _is_interval_only(text: str) -> bool:
    return bool(re.match(r"(?:every|once|twice|within|between) ", text)) and bool(
        re.search(r"\d|\b(?:month|year|day|week)", text)
    )
