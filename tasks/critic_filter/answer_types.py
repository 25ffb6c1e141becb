"""What kind of answer a question word asks for, and whether an answer is of that kind.

    "How often should the oil be changed?"  ->  "an interval";  "every 3,000 miles" fits, "10W-40" does not

Only clear cases are refused: a question without a known question word accepts everything.
"""

import re

from tasks.critic_filter.word_lists import SAYS_HOW_MANY

_TIME = re.compile(
    r"\b(?:\d{3,4}s?|\d{1,2}(?::\d{2})?\s?[ap]\.?m|\d{1,2}:\d{2}|jan\w*|feb\w*|mar(?:ch)?|apr\w*|may|june?|july?|aug\w*|sep\w*|oct\w*|"
    r"nov\w*|dec\w*|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|spring|summer|autumn|winter|noon|midnight|morning|afternoon|evening|"
    r"night|today|tomorrow|yesterday|weekends?|weekdays?|century|centuries|before|after|during|until|when|while|within|since|"
    r"as soon|once|immediately|always|never|every|each|daily|weekly|monthly|annually|years?|months?|weeks?|days?|hours?|minutes?|"
    r"seconds?|date|appointment|end|start|beginning|first|last|next|moment|dawn|dusk|sunset|sunrise|christmas|easter|holidays?)\b",
    re.IGNORECASE,
)
_INTERVAL = re.compile(
    r"\b(?:every|each|once|twice|times|daily|weekly|monthly|quarterly|yearly|annually|hourly|fortnightly|biannually|nightly|per|a|"
    r"always|never|rarely|regularly|often|continuously|usually|any time|whenever|after|before|seldom|sometimes)\b",
    re.IGNORECASE,
)
_LENGTH = re.compile(
    r"\b(?:seconds?|minutes?|hours?|days?|nights?|weeks?|months?|quarters?|years?|decades?|centur\w+|ms|min|hrs?|h|s|until|from|since|"
    r"forever|life\w*|metres?|meters?|m|km|kilomet\w+|miles?|feet|foot|ft|inch\w*|in|cm|mm|yards?|pages?|words?|characters?|letters?|"
    r"semesters?|seasons?|shifts?)\b|\"|″|'",
    re.IGNORECASE,
)


_MONEY = re.compile(
    r"[$€£¥]|\b(?:dollars?|euros?|cents?|pounds?|francs?|yen|crowns?|rupees?|pesos?|usd|eur|gbp|chf|kr|free|nothing|included|"
    r"no charge|donation|on request)\b"
)
_WEIGHT = re.compile(r"\d\s?(?:kg|g|mg|lbs?|oz|t)\b|\b(?:kilo\w*|grams?|pounds?|ounces?|tons?|tonnes?|stones?|milligrams?)\b")


_AMOUNT = re.compile(
    r"(?:every|between|up to|at least|within|[$€£]|\d+$"
    r"|\d[\d.,:]*\s?(?:[^\sa-z]|[a-z]{1,3}\b|euro|dollar|day|week|month|year|hour|minute))"
)
"""An amount: nobody's name. "60 volunteers" are somebody."""


def expected_type(question: str) -> str:
    """What the question asks for, in words: "a number", "a time", ..., or "anything"."""
    text = question.lower().rstrip("?. ")
    for pattern, wanted in _QUESTION_WORDS:
        if re.search(pattern, text):
            return wanted
    return "anything"


_QUESTION_WORDS = (
    (
        r"^(?:for [^,]+, )?(?:please |say |tell me |can you tell me |do you know |i would like to know )*(?:please tell me: )?"
        r"(?:whether|is|are|was|were|does|did|may|must|should|could|has|have|am|(?:can|do)(?! you (?:tell|know)))\b",
        "whether it is so",
    ),
    (
        r"\b(?:how much|what do|what does)\b.*\b(?:costs?|pay|pays)$|\bhow much\b.*\b(?:costs?|pay|pays)\b"
        r"|\b(?:what|which) (?:price|cost|fee)"
        r"|\bwhat (?:is |are )?the (?:price|cost|fee)s? (?:of|for)\b",
        "a price",
    ),
    (r"\bhow much\b.*\bweighs?\b|\bhow heavy\b|\bweight (?:of|for|is|does|do|has)\b", "a weight"),
    (r"\bhow (?:often|frequently)\b", "an interval"),
    (r"\bhow (?:many)\b", "a number"),
    (r"\bwhat (?:percentage|proportion|share)\b", "a number"),
    (r"\bhow much (?:does|do|did|is|are|was|were|must|should|will|can|may)\b", "an amount"),
    (r"\bhow (?:long|soon|early|late)\b", "a length or time"),
    (r"\bhow (?:fast|high|tall|heavy|wide|deep|far|old|big|large|hot|cold|thick)\b", "an amount"),
    (r"\b(?:when (?:is|are|was|were|do|does|did|must|should|can|may|will|has|have|the)|at what time)\b", "a time"),
    (r"\b(?:(?:in|since) (?:which|what) (?:year|month)|on (?:which|what) (?:days?|dates?))\b", "a time"),
    (r"\b(?:in (?:which|what) place|where (?:is|are|was|were|do|does|did|can|must|should|may|will))\b", "a place"),
    (r"(?:^|[:,;] |\bby |\bknow |\bme |\bsay )who(?:m|se)?\b", "somebody"),
)  # fmt: skip


def fits_type(wanted: str, answer: str, question: str = "") -> bool:
    """Whether the answer is of the kind, as far as its form tells.

    Args:
        question: Where it is known: "how many bikes" is not answered by an amount of money.
    """
    text = answer.strip().lower()
    has_number = bool(re.search(r"\d", text)) or any(word in SAYS_HOW_MANY for word in re.findall(r"[a-z]+", text))
    if wanted == "whether it is so":
        return len(text.split()) > 2 or text.split()[:1] in (["yes"], ["no"], ["never"], ["always"])
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
        return bool(_TIME.search(text)) or bool(re.fullmatch(r"\d{1,4}", text))
    if wanted == "a place":
        return not re.fullmatch(r"[^a-z]*|[$€£]?[\d.,]+\s?\w{1,6}", text) and not _is_interval_only(text)
    if wanted == "somebody":
        return bool(re.search(r"[a-z]{2}", text)) and not _AMOUNT.match(text)
    return True


def may_hold(wanted: str, passage: str) -> bool:
    """Whether a passage can hold an answer of this kind at all: none without a number says how much."""
    if wanted not in ("a price", "a weight", "a number", "an amount", "a length or time"):
        return True
    words = re.findall(r"[a-z]+", passage.lower())
    told = {"free", "every", "half", "until", "when", "before", "after", "soon", "immediately"}
    return bool(re.search(r"\d", passage)) or any(word in SAYS_HOW_MANY or word in told for word in words)


def money_for_things(question: str, answer: str) -> bool:
    """Whether an amount of money answers "how many" of something else."""
    paid = re.search(r"[$€£¥]|\d[\d.,]*(?: million| billion)? (?:dollars?|euros?|cents?|francs?)\b", answer)
    money = re.search(r"how many (?:\w+ )?(?:dollars?|euros?|cents?|francs?|pounds?|yen|crowns?)\b", question.lower())
    return bool(paid) and not money


def _is_interval_only(text: str) -> bool:
    return bool(re.match(r"(?:every|once|twice|within|between) ", text)) and bool(
        re.search(r"\d|\b(?:month|year|day|week)", text)
    )
