"""National numbers of persons: identity, tax, health and social insurance.

Part of ``safety_scan``. Where letters and check digit make a shape that nothing else has, the shape is enough. A bare number
needs its check digit *and* a word nearby that names it: one number in ten passes a check digit by chance. Sources: the issuers'
published descriptions (SSA, HMRC, NHS, INPS, AEAT, RRN, BZSt, UIDAI, ATO, CRA and others).

One example::

    "Her NHS number is 943 476 5919." -> personal.national_id, score 1.0

Not covered: countries not listed, numbers of companies, numbers without their name and without a shape of their own.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from tasks.safety_scan.checksums import is_luhn, is_mod11_10, is_verhoeff, weighted
from tasks.safety_scan.rules import SEVEN_DIGITS, Check, Rule, has_word_near

_ID = "personal.national_id"


def _compact(text: str) -> str:
    return re.sub("[^0-9A-Za-z]", "", text).upper()


def _named(holds: Callable[[str], bool], *words: str) -> Check:
    """Check digit and a naming word."""

    def check(match: re.Match[str]) -> float:
        number = _compact(match.group())
        return float(len(set(number)) > 1 and holds(number) and has_word_near(match.string, *match.span(), words))

    return check


def _shaped(holds: Callable[[str], bool]) -> Check:
    """Check digit alone, for numbers with letters at fixed places."""
    return lambda match: float(holds(_compact(match.group())))


def _is_us_ssn(number: str) -> bool:
    area, group, serial = int(number[:3]), number[3:5], number[5:]
    return area not in (0, 666) and area < 900 and group != "00" and serial != "0000" and number not in _ADVERTISED_SSN


_ADVERTISED_SSN = {"078051120", "219099999", "123456789"}


def _check_us_ssn(match: re.Match[str]) -> float:
    number, text = _compact(match.group()), match.string
    if not _is_us_ssn(number):
        return 0.0
    named = has_word_near(text, *match.span(), ("ssn", "social security", "social", "taxpayer"))
    separators = re.sub("[0-9]", "", match.group())
    return 1.0 if named else 0.85 if separators == "--" else 0.0


def _is_us_itin(number: str) -> bool:
    return number[0] == "9" and (50 <= int(number[3:5]) <= 65 or 70 <= int(number[3:5]) <= 88 or 90 <= int(number[3:5]) <= 99)


def _is_aba(number: str) -> bool:
    return number[:2] in {f"{i:02}" for i in (*range(1, 13), *range(21, 33), *range(61, 73), 80)} and (
        weighted(number, (3, 7, 1, 3, 7, 1, 3, 7, 1)) % 10 == 0
    )


def _is_nhs(number: str) -> bool:
    check = 11 - weighted(number, tuple(range(10, 1, -1))) % 11
    return check != 10 and check % 11 == int(number[9])


def _is_spanish(number: str) -> bool:
    digits = number[:-1].replace("X", "0", 1).replace("Y", "1", 1).replace("Z", "2", 1)
    return digits.isdigit() and "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits) % 23] == number[-1]


_ITALIAN_ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", (1, 0, 5, 7, 9, 13, 15, 17, 19, 21) * 2 + (2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23), strict=True))  # fmt: skip  # noqa: E501


def _is_italian(code: str) -> bool:
    total = sum(_ITALIAN_ODD[c] if i % 2 == 0 else int(c) if c.isdigit() else ord(c) - 65 for i, c in enumerate(code[:15]))
    return chr(65 + total % 26) == code[15]


def _is_finnish(code: str) -> bool:
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(code[:6] + code[-4:-1]) % 31] == code[-1]


def _is_polish(number: str) -> bool:
    month = int(number[2:4]) % 20
    return 1 <= month <= 12 and weighted(number, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def _is_singaporean(code: str) -> bool:
    total = weighted(code[1:8], (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(code[0], 0)
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "XWUTRQPNJLK"}[code[0]]
    return letters[total % 11] == code[8]


def _is_french(number: str) -> bool:
    digits = number.replace("2A", "19", 1).replace("2B", "18", 1) if not number.isdigit() else number
    return digits.isdigit() and 97 - int(digits[:13]) % 97 == int(digits[13:])


def _is_belgian(number: str) -> bool:
    return any(97 - int(prefix + number[:9]) % 97 == int(number[9:]) for prefix in ("", "2"))


def _is_dutch(number: str) -> bool:
    return weighted(number, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def _is_german_tax(number: str) -> bool:
    return number[0] != "0" and len(set(number[:10])) in (8, 9) and is_mod11_10(number)


def _is_brazilian(number: str) -> bool:
    digits = number[:9]
    for weight in (10, 11):
        digits += str(-weighted(digits, tuple(range(weight, 1, -1))) % 11 % 10)
    return digits == number and len(set(number)) > 1


def _is_turkish(number: str) -> bool:
    d = [int(c) for c in number]
    tenth = (sum(d[0:9:2]) * 7 - sum(d[1:8:2])) % 10
    return d[0] != 0 and tenth == d[9] and sum(d[:10]) % 10 == d[10]


def _is_korean(number: str) -> bool:
    return (11 - weighted(number, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11) % 10 == int(number[12])


def _is_chinese(code: str) -> bool:
    remainder = weighted(code[:17], (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11
    return "10X98765432"[remainder] == code[17] and code[6:8] in ("19", "20") and 1 <= int(code[10:12]) <= 12


def _is_thai(number: str) -> bool:
    return (11 - weighted(number, tuple(range(13, 1, -1))) % 11) % 10 == int(number[12])


def _is_australian_tax(number: str) -> bool:
    return weighted(number, (1, 4, 3, 7, 5, 8, 6, 9, 10)[: len(number)]) % 11 == 0


def _is_medicare(number: str) -> bool:
    return weighted(number, (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == int(number[8])


def _is_portuguese(number: str) -> bool:
    return (0 if (rest := weighted(number, tuple(range(9, 1, -1))) % 11) < 2 else 11 - rest) == int(number[8])


def _is_swedish(number: str) -> bool:
    return 1 <= int(number[-8:-6]) <= 12 and is_luhn(number[-10:])


def _is_south_african(number: str) -> bool:
    return 1 <= int(number[2:4]) <= 12 and 1 <= int(number[4:6]) <= 31 and is_luhn(number)


def _is_norwegian(number: str) -> bool:
    return (
        weighted(number, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11 == 0
        and weighted(number, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0
    )


def _is_npi(number: str) -> bool:
    return is_luhn("80840" + number)


def _number(digits: str) -> str:
    """A pattern for digit groups, for example "3 3 4", with optional separators between them."""
    groups = [f"[0-9]{{{n}}}" for n in digits.split()]
    return r"(?<![0-9A-Za-z])(?<![0-9][.,-])" + "[ .-]?".join(groups) + r"(?![0-9A-Za-z])(?![.,-][0-9])"


_EDGE, _END = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"

_RULES: tuple[Rule, ...] = (
    Rule("personal.us_ssn", _EDGE + r"(?<![0-9]-)[0-9]{3}[ .-]?[0-9]{2}[ .-]?[0-9]{4}" + _END + "(?!-[0-9])", "shape", check=_check_us_ssn),  # noqa: E501
    Rule("personal.us_itin", _EDGE + r"9[0-9]{2}[ -]?[5-9][0-9][ -]?[0-9]{4}" + _END, "shape",
         check=_named(_is_us_itin, "itin", "taxpayer", "tax id", "tax identification")),
    Rule("personal.bank_routing", _number("4 4 1"), "checksum", check=_named(_is_aba, "routing", "aba", "rtn", "bank transit")),
    Rule(_ID, _number("3 3 4"), "checksum", check=_named(_is_nhs, "nhs", "national health", "health service")),
    Rule(_ID, _number("10"), "checksum", check=_named(_is_npi, "npi", "national provider")),
    Rule(_ID, r"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[A-D]\b", "shape"),  # noqa: E501
    Rule(_ID, r"(?<![\w.,+-])[0-9]{8}-?[TRWAGMYFPDXBNJZSQVHLCKE](?![\w+])|\b[XYZ]-?[0-9]{7}-?[TRWAGMYFPDXBNJZSQVHLCKE]\b", "checksum", ignore_case=True, check=_shaped(_is_spanish)),  # noqa: E501
    Rule(_ID, r"\b[A-Z]{6}[0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]\b", "checksum", ignore_case=True, check=_shaped(_is_italian)),  # noqa: E501
    Rule(_ID, r"\b[0-3][0-9][01][0-9]{3}[-+A-FU-Y][0-9]{3}[0-9A-FHJ-NPR-Y]\b", "checksum", check=_shaped(_is_finnish)),
    Rule(_ID, r"\b[STFGM][0-9]{7}[A-Z]\b", "checksum", check=_shaped(_is_singaporean)),
    Rule(_ID, r"\b[A-Z]{3}[ABCFGHJLPT][A-Z][0-9]{4}[A-Z]\b", "shape"),  # Indian PAN
    Rule(_ID, _number("11"), "checksum", check=_named(_is_polish, "pesel")),
    Rule(_ID, _number("4 4 4"), "checksum", check=_named(is_verhoeff, "aadhaar", "aadhar", "uidai", "uid")),
    Rule(_ID, _EDGE + r"[12][ ]?[0-9]{2}[ ]?[0-9]{2}[ ]?(?:[0-9]{2}|2[AB])[ ]?[0-9]{3}[ ]?[0-9]{3}[ ]?[0-9]{2}" + _END, "checksum", check=_shaped(_is_french)),  # noqa: E501
    Rule(_ID, _EDGE + r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}\.[0-9]{2}" + _END, "checksum", check=_shaped(_is_belgian)),
    Rule(_ID, _number("9"), "checksum", check=_named(_is_dutch, "bsn", "burgerservicenummer", "citizen service", "sofi")),
    Rule(_ID, _number("2 3 3 3"), "checksum",
         check=_named(_is_german_tax, "steuer-id", "steuerid", "idnr", "steueridentifikationsnummer", "steuerliche", "tax id", "tin")),  # noqa: E501
    Rule(_ID, _number("11"), "checksum", check=_named(is_mod11_10, "oib")),
    Rule(_ID, _EDGE + r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}" + _END, "checksum", check=_shaped(_is_brazilian)),
    Rule(_ID, _number("11"), "checksum", check=_named(_is_brazilian, "cpf")),
    Rule(_ID, _number("11"), "checksum", check=_named(_is_turkish, "tckn", "kimlik", "tc kimlik", "turkish", "t.c.")),
    Rule(_ID, _number("11"), "checksum", check=_named(_is_norwegian, "norwegian", "personnummer", "fødselsnummer", "fodselsnummer")),  # noqa: E501
    Rule(_ID, _EDGE + r"[0-9]{2}[01][0-9][0-3][0-9]-[1-8][0-9]{6}" + _END, "checksum", check=_shaped(_is_korean)),
    Rule(_ID, _EDGE + r"[1-9][0-9]{16}[0-9Xx]" + _END, "checksum", check=_shaped(_is_chinese)),
    Rule(_ID, _number("1 4 5 2 1"), "checksum", check=_named(_is_thai, "thai", "citizen", "national id")),
    Rule(_ID, _number("3 3 3"), "checksum",
         check=_named(is_luhn, "sin", "social insurance", "canadian")),
    Rule(_ID, _number("3 3 3"), "checksum", check=_named(_is_australian_tax, "tfn", "tax file")),
    Rule(_ID, _number("4 5 1"), "checksum", check=_named(_is_medicare, "medicare")),
    Rule(_ID, _number("9"), "checksum", check=_named(_is_portuguese, "nif", "contribuinte")),
    Rule(_ID, _EDGE + r"(?:19|20)?[0-9]{2}[01][0-9][0-3][0-9][-+]?[0-9]{4}" + _END, "checksum",
         check=_named(_is_swedish, "personnummer", "swedish", "personal identity", "identity number")),
    Rule(_ID, _number("13"), "checksum", check=_named(_is_south_african, "south african", "rsa id", "sa id", "identity number", "id number")),  # noqa: E501
)  # fmt: skip

NATIONAL_ID_RULES: tuple[Rule, ...] = tuple(
    rule if rule.pattern.startswith(r"\b") else replace(rule, gate=SEVEN_DIGITS) for rule in _RULES
)
