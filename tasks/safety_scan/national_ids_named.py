"""Further national numbers of persons, most of which need a word beside them that names them.

Part of ``safety_scan``, the second half of ``national_ids``. Sources: the issuers' published descriptions of their numbers and
check digits (PPSN, AHV, CURP, RUT, CUIL, CNP, rodné číslo, EGN, HKID, My Number, SNILS, INN, isikukood, AMKA, CPR, MBI, DEA and
others).

One example::

    "Her PPS number is 1234567FA." -> personal.national_id, score 1.0

Not covered: numbers of companies and vehicles; driving licences, whose forms differ by state and have no check digit.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from tasks.safety_scan.checksums import is_luhn, weighted
from tasks.safety_scan.rules import SEVEN_DIGITS, Check, Rule, has_word_near

_ID = "personal.national_id"
_EDGE, _END = r"(?<![0-9A-Za-z])(?<![0-9][.,-])", r"(?![0-9A-Za-z])(?![.,-][0-9])"


def _compact(text: str) -> str:
    return re.sub("[^0-9A-Za-z]", "", text).upper()


def _check(holds: Callable[[str], bool], *words: str) -> Check:
    """Check digit, and a naming word where there are any."""

    def check(match: re.Match[str]) -> float:
        number = _compact(match.group())
        if len(set(number)) < 2 or not holds(number):
            return 0.0
        return float(not words or has_word_near(match.string, *match.span(), words))

    return check


def _is_irish(code: str) -> bool:
    total = weighted(code[:7], (8, 7, 6, 5, 4, 3, 2)) + (9 * (ord(code[8]) - 64) if code[8:] not in ("", "W") else 0)
    return code[7] == "WABCDEFGHIJKLMNOPQRSTUV"[total % 23]


def _is_ean(number: str) -> bool:
    return weighted(number, (1, 3) * 6 + (1,)) % 10 == 0


def _is_chilean(code: str) -> bool:
    digits, total = code[:-1][::-1], 0
    for place, digit in enumerate(digits):
        total += int(digit) * (2 + place % 6)
    return "0K987654321"[total % 11] == code[-1]


def _is_argentine(number: str) -> bool:
    return (11 - weighted(number, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 11 == int(number[10])


def _is_romanian(number: str) -> bool:
    return 1 <= int(number[3:5]) <= 12 and weighted(number[:12], (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11 % 10 == int(
        number[12]
    )


def _is_czech(number: str) -> bool:
    month = int(number[2:4]) % 50 % 20
    return 1 <= month <= 12 and (len(number) == 9 or int(number) % 11 == 0 or int(number[:9]) % 11 % 10 == int(number[9]))


def _is_bulgarian(number: str) -> bool:
    return weighted(number[:9], (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10 == int(number[9])


def _is_of_hong_kong(code: str) -> bool:
    letters = code[:-7].rjust(2)
    values = [36 if c == " " else ord(c) - 55 for c in letters] + [int(c) for c in code[-7:-1]]
    total = sum(v * w for v, w in zip(values, range(9, 1, -1), strict=True))
    return "0123456789A"[-total % 11] == code[-1]


def _is_taiwanese(code: str) -> bool:
    value = 10 + "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(code[0])
    return (value // 10 + value % 10 * 9 + weighted(code[1:], (8, 7, 6, 5, 4, 3, 2, 1, 1))) % 10 == 0


def _is_japanese(number: str) -> bool:
    rest = weighted(number[:11], (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return (0 if rest <= 1 else 11 - rest) == int(number[11])


def _is_russian_insurance(number: str) -> bool:
    return weighted(number[:9], tuple(range(9, 0, -1))) % 101 % 100 == int(number[9:])


def _is_russian_tax(number: str) -> bool:
    first = weighted(number[:10], (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10
    second = weighted(number[:11], (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10
    return number[10:] == f"{first}{second}"


def _is_baltic(number: str) -> bool:
    rest = weighted(number[:10], (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if rest == 10:
        rest = weighted(number[:10], (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return rest == int(number[10])


def _is_german_insurance(code: str) -> bool:
    digits = code[:8] + f"{ord(code[8]) - 64:02}" + code[9:11]
    products = [int(d) * w for d, w in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True)]
    return sum(p // 10 + p % 10 for p in products) % 10 == int(code[11])


def _is_dea(code: str) -> bool:
    d = [int(c) for c in code[2:]]
    return (d[0] + d[2] + d[4] + 2 * (d[1] + d[3] + d[5])) % 10 == d[6]


def _is_dated(number: str) -> bool:
    return 1 <= int(number[:2]) <= 31 and 1 <= int(number[2:4]) <= 12


_L, _M = "[AC-HJKMNP-RT-Y]", "[AC-HJKMNP-RT-Y0-9]"

_RULES: tuple[Rule, ...] = (
    Rule(_ID, _EDGE + r"[0-9]{7}[A-Wa-w][A-IWa-iw]?" + _END, "checksum", check=_check(_is_irish, "pps", "ppsn", "personal public service")),  # noqa: E501
    Rule(_ID, _EDGE + r"756[. ]?[0-9]{4}[. ]?[0-9]{4}[. ]?[0-9]{2}" + _END, "checksum", check=_check(_is_ean)),
    Rule(_ID, _EDGE + r"[A-Z][AEIOUX][A-Z]{2}[0-9]{2}[01][0-9][0-3][0-9][HMX][A-Z]{2}[B-DF-HJ-NP-TV-Z]{3}[0-9A-Z][0-9]" + _END, "shape"),  # noqa: E501
    Rule(_ID, _EDGE + r"[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}-[0-9Kk]" + _END, "checksum", check=_check(_is_chilean)),
    Rule(_ID, _EDGE + r"(?:20|23|24|27)-[0-9]{8}-[0-9]" + _END, "checksum", check=_check(_is_argentine)),
    Rule(_ID, _EDGE + r"[1-9][0-9]{12}" + _END, "checksum", check=_check(_is_romanian, "cnp", "cod numeric personal")),
    Rule(_ID, _EDGE + r"[0-9]{6}/?[0-9]{3,4}" + _END, "checksum",
         check=_check(_is_czech, "rodné číslo", "rodne cislo", "birth number", "rč")),
    Rule(_ID, _EDGE + r"[0-9]{10}" + _END, "checksum", check=_check(_is_bulgarian, "egn", "егн")),
    Rule(_ID, _EDGE + r"[A-Z]{1,2}[0-9]{6}\([0-9A]\)", "checksum", check=_check(_is_of_hong_kong)),
    Rule(_ID, _EDGE + r"[A-Z][12][0-9]{8}" + _END, "checksum", check=_check(_is_taiwanese, "taiwan", "taiwanese", "national id", "identity card")),  # noqa: E501
    Rule(_ID, _EDGE + r"[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}" + _END, "checksum",
         check=_check(_is_japanese, "my number", "individual number", "マイナンバー")),
    Rule(_ID, _EDGE + r"[0-9]{9}" + _END, "checksum", check=_check(is_luhn, "israeli", "teudat zehut")),
    Rule(_ID, _EDGE + r"[0-9]{3}-[0-9]{3}-[0-9]{3}[ -][0-9]{2}" + _END, "checksum", check=_check(_is_russian_insurance)),
    Rule(_ID, _EDGE + r"[0-9]{12}" + _END, "checksum", check=_check(_is_russian_tax, "inn", "инн")),
    Rule(_ID, _EDGE + r"[1-8][0-9]{10}" + _END, "checksum",
         check=_check(_is_baltic, "isikukood", "asmens kodas", "estonian", "lithuanian", "personal code")),
    Rule(_ID, _EDGE + r"[0-9]{11}" + _END, "checksum", check=_check(is_luhn, "amka")),
    Rule(_ID, _EDGE + r"[0-9]{6}-?[0-9]{4}" + _END, "shape", check=_check(_is_dated, "cpr", "cpr-nummer", "danish")),
    Rule(_ID, _EDGE + r"[0-9]{2} ?[0-9]{6} ?[A-Z] ?[0-9]{3}" + _END, "checksum",
         check=_check(_is_german_insurance, "sozialversicherungsnummer", "rentenversicherungsnummer", "versicherungsnummer", "rvnr",  # noqa: E501
                      "sv-nummer", "social security")),
    Rule(_ID, _EDGE + rf"[1-9]{_L}{_M}[0-9][ -]?{_L}{_M}[0-9][ -]?{_L}{{2}}[0-9]{{2}}" + _END, "shape",
         check=_check(lambda _: True, "mbi", "medicare", "beneficiary")),
    Rule(_ID, _EDGE + r"[ABFGMPR][A-Z9][0-9]{7}" + _END, "checksum", check=_check(_is_dea, "dea")),
    Rule(_ID, _EDGE + r"(?:[A-Z]{1,2}[0-9]{6,8}|[0-9]{9}|[0-9]{2}[A-Z]{2}[0-9]{5}|[CFGHJKLMNPRTVWXYZ0-9]{9})" + _END, "shape",
         check=_check(lambda n: sum(c.isdigit() for c in n) >= 5, "passport", "passport no", "reisepass", "passeport", "pasaporte")),  # noqa: E501
    Rule(_ID, _EDGE + r"[0-9]{5}-[0-9]{7}-[0-9]" + _END, "shape", check=_check(lambda _: True, "cnic", "nadra", "pakistani")),
)  # fmt: skip

_WITHOUT_SEVEN_DIGITS = (r"[1-9]" + _L, "(?:[A-Z]{1,2}[0-9]{6,8}", r"[A-Z][AEIOUX]", r"[A-Z]{1,2}[0-9]{6}\(")
"""Their digits do not stand in a row: the patterns are their own gates."""

NAMED_ID_RULES: tuple[Rule, ...] = tuple(
    rule if rule.pattern.startswith(tuple(_EDGE + start for start in _WITHOUT_SEVEN_DIGITS)) else replace(rule, gate=SEVEN_DIGITS)
    for rule in _RULES
)
