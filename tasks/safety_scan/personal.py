"""Personal data that has a shape: addresses, numbers with check digits, phone numbers.

Part of ``safety_scan``. A shape alone is seldom enough: a rule also asks for a checksum, or for a word nearby that says what
the number is. Phone numbers are judged by ``phonenumbers`` (Google's metadata), and only where the text looks like one.

presidio's recognisers cover the same ground, but importing presidio imports spaCy, and torch and transformers where they are
installed: four CPU seconds and 400 MB in a process that otherwise needs neither. The tests use presidio as a second opinion.

One example::

    "My card is 4111 1111 1111 1111." -> personal.payment_card, score 1.0

Not covered: names, postal addresses, dates of birth, anything that needs to be understood; numbers without a check digit and
without a word that names them.
"""

import ipaddress
import re
from collections.abc import Iterator

from tasks.safety_scan.checksums import IBAN_LENGTHS, is_base58check, is_bech32, is_iban, is_luhn
from tasks.safety_scan.national_ids import NATIONAL_ID_RULES
from tasks.safety_scan.national_ids_named import NAMED_ID_RULES
from tasks.safety_scan.phones import PHONE_RULE
from tasks.safety_scan.rules import SEVEN_DIGITS, Rule, has_word_near

_EMAIL = r"(?<![A-Za-z0-9._%+'!#$&*=?^`{|}~-])[A-Za-z0-9!#$%&'*+/=?^_`{|}~-](?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{0,62}[A-Za-z0-9_+-])?@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,6}[A-Za-z][A-Za-z0-9-]{0,22}[A-Za-z](?![A-Za-z0-9@])"  # noqa: E501
_EMAIL_IN_WORDS = (
    r"\b[A-Za-z0-9][A-Za-z0-9_+-]{1,40}(?:(?:\.| ?[\[({<] ?dot ?[\])}>] ?)[A-Za-z0-9_+-]{1,40}){0,3} ?"
    r"(?:[\[({<] ?(?:at|@) ?[\])}>]|@) ?[A-Za-z0-9-]{2,60}"
    r"(?:(?: ?[\[({<] ?(?:dot|\.) ?[\])}>] ?| dot |\.)[A-Za-z0-9-]{2,40}){1,4}\b"
)
_CARD = r"[2-68](?:[ \n-]?[0-9]){11}"
_CARD_RUN = re.compile(r"(?<![0-9A-Za-z.])[0-9]+(?:[ \n-]{1,2}[0-9]+)*(?![0-9A-Za-z])(?!\.[0-9])")
_CARD_GROUPS = frozenset(
    {(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (4, 4, 4, 4, 1), (4, 4, 4, 4, 2), (6, 13), (8, 8), (4, 4, 4, 1)}
)
_IBAN = r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ \n-]?[A-Za-z0-9]){11}"
_IBAN_HEAD = re.compile("(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?=[ \n-]?[A-Za-z0-9])")
_IPV4 = r"(?<![\w.-])(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?![\w-])(?!\.[0-9])"
_IPV6 = r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])(?!\.[0-9])"
_MAC = r"(?<![0-9A-Fa-f:-])(?:[0-9A-Fa-f]{2}([:-]))(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:-])|(?<![\w.])(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}(?![\w.])"  # noqa: E501
_BASE58 = r"(?<![A-Za-z0-9])[13LMDT9AXmn2][1-9A-HJ-NP-Za-km-z]{25,34}(?![A-Za-z0-9])"
_BECH32 = r"(?<![A-Za-z0-9])(?:bc|tb|ltc)1[02-9ac-hj-np-z]{11,71}(?![A-Za-z0-9])"
_HEX_ADDRESS = r"(?<![A-Za-z0-9])0x[0-9a-fA-F]{40}(?![A-Za-z0-9])"
_IMEI = r"(?<![0-9])[0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{6}[ -]?[0-9](?![0-9])"

_AT_IN_BRACKETS = tuple(f"at{space}{bracket}" for space in ("", " ") for bracket in ")]}>")
_CARD_WORDS = (
    "card",
    "visa",
    "mastercard",
    "amex",
    "american express",
    "discover",
    "maestro",
    "payment",
    "credit",
    "debit",
    "pan",
)


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)


def _find_cards(text: str) -> Iterator[tuple[int, int, float]]:
    """Card numbers, also where a security code or a date follows: tries every stretch of digit groups."""
    for run in _CARD_RUN.finditer(text):
        groups = [(run.start() + g.start(), run.start() + g.end()) for g in re.finditer("[0-9]+", run.group())][:40]
        first = 0
        while first < len(groups):
            last = _last_group_of_card(text, groups, first)
            if last is None:
                first += 1
                continue
            yield groups[first][0], groups[last][1], 1.0
            first = last + 1


def _last_group_of_card(text: str, groups: list[tuple[int, int]], first: int) -> int | None:
    digits, found = "", None
    for last in range(first, min(first + 8, len(groups))):
        start, end = groups[first][0], groups[last][1]
        digits += text[groups[last][0] : end]
        if len(digits) > 19:
            break
        if len(digits) < 12 or not is_luhn(digits) or len(set(digits)) < 2 or text[start:end].count("\n") > 2:
            continue
        lengths = tuple(b - a for a, b in groups[first : last + 1])
        named = has_word_near(text, start, end, _CARD_WORDS)
        if named or (_is_issued_range(digits) and lengths in _CARD_GROUPS | {(len(digits),)}):
            found = last
    return found


def _is_issued_range(digits: str) -> bool:
    """Whether prefix and length are those of a card network (ISO/IEC 7812 issuer ranges)."""
    length, two, four = len(digits), int(digits[:2]), int(digits[:4])
    if digits[0] == "4":
        return length in (13, 16, 19)
    if 51 <= two <= 55 or 2221 <= four <= 2720:
        return length == 16
    if two in (34, 37):
        return length == 15
    if two in (36, 38, 39) or 300 <= int(digits[:3]) <= 305:
        return 14 <= length <= 19
    if 3528 <= four <= 3589 or two in (60, 62, 64, 65, 81):
        return 16 <= length <= 19
    if two in (50, 56, 57, 58, 63, 67):
        return 12 <= length <= 19 and length in (12, 13, 15, 16, 18, 19)
    return False


def _find_ibans(text: str) -> Iterator[tuple[int, int, float]]:
    """IBANs: the country says how long one is, so a word that follows is not taken for its end."""
    for head in _IBAN_HEAD.finditer(text):
        wanted, taken, at = IBAN_LENGTHS.get(head.group().upper()[:2], 0), 4, head.end()
        while taken < wanted and at < len(text):
            if text[at] in " \n-" and text[at - 1] not in " \n-":
                at += 1
            elif text[at].isascii() and text[at].isalnum():
                at, taken = at + 1, taken + 1
            else:
                break
        ends = at == len(text) or not text[at].isalnum()
        if wanted and taken == wanted and ends and is_iban(re.sub(r"[ \n-]", "", text[head.start() : at])):
            yield head.start(), at, 1.0


def _check_ip(match: re.Match[str]) -> float:
    text = match.group()
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return 0.0
    if not address.is_global or (address.version == 6 and len(text) < 8):
        return 0.0  # private, loopback, documentation: nobody's
    if (
        address.version == 4
        and len(text) == 7
        and not has_word_near(match.string, *match.span(), ("ip", "address", "dns", "host", "server"))
    ):
        return 0.0  # 3.1.1.6 is a version
    before = match.string[max(0, match.start() - 24) : match.start()]
    if address.version == 4 and re.search(
        r"(?i)\b(?:v|ver|version|release|section|chapter|clause|firmware|build)\.? ?:? ?$", before
    ):
        return 0.0
    return 0.9


def _check_base58(match: re.Match[str]) -> float:
    return float(is_base58check(match.group()))


def _check_bech32(match: re.Match[str]) -> float:
    return float(is_bech32(match.group()))


def _check_imei(match: re.Match[str]) -> float:
    return float(is_luhn(_digits(match.group())) and has_word_near(match.string, *match.span(), ("imei",)))


def _check_email(match: re.Match[str]) -> float:
    local, _, domain = match.group().rpartition("@")
    return 0.0 if ".." in local or "--" in domain[:1] else 1.0


PERSONAL_RULES: tuple[Rule, ...] = (
    Rule("personal.email", _EMAIL, "shape", check=_check_email, needs=("@",)),
    Rule("personal.email", _EMAIL_IN_WORDS, "shape", ignore_case=True, needs=("@", *_AT_IN_BRACKETS)),
    Rule("personal.payment_card", _CARD, "checksum", find=_find_cards, gate=SEVEN_DIGITS),
    Rule("personal.iban", _IBAN, "checksum", find=_find_ibans),
    Rule("personal.ip_address", _IPV4, "shape", check=_check_ip, gate=r"[0-9]\.[0-9]"),
    Rule("personal.ip_address", _IPV6, "shape", check=_check_ip),
    Rule("personal.mac_address", _MAC, "shape"),
    Rule("personal.crypto_address", _BASE58, "checksum", check=_check_base58, gate="[1-9A-HJ-NP-Za-km-z]{26}"),
    Rule("personal.crypto_address", _BECH32, "checksum", ignore_case=True, check=_check_bech32, needs=("bc1", "tb1", "ltc1")),
    Rule("personal.crypto_address", _HEX_ADDRESS, "shape", needs=("0x",)),
    Rule("personal.imei", _IMEI, "checksum", check=_check_imei, needs=("imei",)),
    PHONE_RULE,
    *NATIONAL_ID_RULES,
    *NAMED_ID_RULES,
)
