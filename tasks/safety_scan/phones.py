"""Phone numbers, judged by ``phonenumbers`` where the text looks like one.

Part of ``safety_scan``. Asking the library at every digit finds part numbers and prices; so a number must be written as phone
numbers are, with its country's ``+``, in the grouping of North America, or beside a word such as *call*.

One example::

    "Call the workshop on (028) 9024 6609." -> personal.phone

Not covered: numbers in words, short codes and emergency numbers, bare digits without a word that names them.
"""

import re
from collections.abc import Iterator

from tasks.safety_scan.rules import SEVEN_DIGITS, Rule, has_word_near

_NUMBER = r"(?<![0-9A-Za-z_/.,:=#$€£-])(?:\+|00)?(?:\([0-9+]{1,5}\)|[0-9]{1,5})(?:[ ./-]{0,2}(?:\(0\)|\([0-9]{2,4}\)|[0-9]{1,5})){1,7}(?:[ ,;]{0,2}(?:x|ext\.?|extension)[ .:]{0,2}[0-9]{1,6})?(?![0-9A-Za-z_])(?![.,:/-][0-9])"  # noqa: E501
_REGION_WORDS = "tel telephone phone phones mobile cell cellphone fax call calling dial whatsapp sms text hotline helpline landline reach contact ring voicemail pager handy telefon tél téléphone teléfono móvil".split()  # noqa: E501, SIM905
WORDS = tuple(_REGION_WORDS)
_REGIONS = (
    "US",
    "GB",
    "DE",
    "FR",
    "IT",
    "ES",
    "NL",
    "BE",
    "CH",
    "AT",
    "SE",
    "PL",
    "IN",
    "AU",
    "IE",
    "BR",
    "JP",
    "CN",
    "IL",
    "ZA",
    "MX",
)
_NORTH_AMERICAN = re.compile(
    r"(?:(?:\+|00)?1[ .-]?)?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}([.-]))[2-9][0-9]{2}[.-][0-9]{4}(?![0-9])"
)
_DATE = re.compile(
    r"(?:[12][0-9]{3}[-./][01]?[0-9][-./][0-3]?[0-9]|[0-3]?[0-9][-./][0-3]?[0-9][-./][12][0-9]{3}|[12][0-9]{3}[-/ ]+[12][0-9]{3})(?![0-9])"  # noqa: E501
)
_NOT_PHONES = (
    "isbn",
    "issn",
    "doi",
    "vin",
    "serial",
    "part number",
    "part no",
    "model",
    "invoice",
    "order",
    "sku",
    "patent",
    "version",
    "arxiv",
    "page",
)


def _find_phones(text: str) -> Iterator[tuple[int, int, float]]:
    for match in _PHONE.finditer(text):
        start, end = match.span()
        number = match.group()
        digits = sum(c.isdigit() for c in re.split("(?i)x|ext", number)[0])
        if not 7 <= digits <= 15 or _DATE.match(number):
            continue
        score = _score(text, start, end, number)
        if score:
            yield start, end, score


def _score(text: str, start: int, end: int, number: str) -> float:
    named = has_word_near(text, start, end, WORDS, before=40, after=15)
    if not named and has_word_near(text, start, end, _NOT_PHONES, before=25, after=0):
        return 0.0
    if number.startswith(("+", "00", "(+")):
        return _judge("+" + number.lstrip("+0("), None, named)
    if _NORTH_AMERICAN.match(number):
        return 0.9 if named else 0.7
    if not named:
        return 0.0
    if re.fullmatch(r"\(?[0-9]{3}\)?[ .-][0-9]{3}[ .-][0-9]{4}", number):
        return 0.6  # not a number that can be dialled, but written and called one
    if re.fullmatch("[0-9]{7,15}", number) or "(" in number or number.startswith("0"):
        return max((_judge(number, region, False) for region in _REGIONS), default=0.0)
    groups = re.split("[ ./-]+", number)
    return max((_judge(number, region, False) for region in _REGIONS), default=0.0) if 2 <= len(groups) <= 5 else 0.0


def _judge(number: str, region: str | None, lenient: bool) -> float:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return 0.0
    if phonenumbers.is_valid_number(parsed):
        return 0.95
    return 0.6 if lenient and phonenumbers.is_possible_number(parsed) else 0.0


_PHONE = re.compile(_NUMBER, re.ASCII | re.IGNORECASE)

PHONE_RULE = Rule("personal.phone", SEVEN_DIGITS, "phonenumbers", find=_find_phones)
