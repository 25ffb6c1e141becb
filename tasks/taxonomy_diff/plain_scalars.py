"""What an unquoted text means: null, true, a number or text in YAML 1.2, and what readers of YAML 1.1 make of it instead.

Place in the DAG: below ``safe_yaml.py``. Sources: YAML 1.2.2, section 10.3.2 (core schema); PyYAML's own resolver for YAML 1.1.

    plain_type("12") == "number"    plain_type("yes") == "a boolean"    plain_type("12:30") == "a base-60 number"

Not covered: quoted and block scalars, which are text whatever they say.
"""

import re
from typing import Any

import yaml
from yaml.resolver import Resolver

CORE_INT = re.compile(r"[-+]?[0-9]{1,18}|0o[0-7]{1,20}|0x[0-9a-fA-F]{1,15}")
CORE_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
CORE_NULL = frozenset(("", "~", "null", "Null", "NULL"))
CORE_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
PYYAML = Resolver()
"""Says what PyYAML, which most tools read YAML 1.1 with, makes of an unquoted text."""
YAML11_NAMES = {"bool": "a boolean", "int": "a number", "float": "a number", "timestamp": "a date"}
YAML11_Y_AND_N = frozenset("yYnN")  # booleans in YAML 1.1, text to PyYAML
PLAIN_MAX_CHARACTERS = 64  # a longer number or date is none that anyone writes


def plain_type(text: str) -> str:
    """What some YAML reader makes of an unquoted text: null, boolean and number as in YAML 1.2; else YAML 1.1's reading."""
    if text in CORE_NULL:
        return "null"
    if len(text) > PLAIN_MAX_CHARACTERS:
        return ""
    if (text[0].isdigit() or text[0] in "-+.") and (CORE_INT.fullmatch(text) or CORE_FLOAT.fullmatch(text)):
        return "number"
    if text in CORE_BOOL:
        return "boolean"
    if text in YAML11_Y_AND_N:
        return "a boolean"
    name = YAML11_NAMES.get(_pyyaml_type(text), "")
    return "a base-60 number" if name == "a number" and ":" in text else name


def is_text_to_pyyaml(text: str) -> bool:
    """Whether PyYAML takes an unquoted text for text, as it does 1e3, 08 and y, which other readers do not."""
    return _pyyaml_type(text) == "str"


def _pyyaml_type(text: str) -> str:
    return str(PYYAML.resolve(yaml.ScalarNode, text, (True, False))).rpartition(":")[2]


def core_value(text: str) -> Any:
    """The value of a text whose ``plain_type`` is null, boolean or number."""
    if text in CORE_NULL:
        return None
    if text in CORE_BOOL:
        return CORE_BOOL[text]
    if CORE_INT.fullmatch(text):
        return int(text[2:], {"o": 8, "x": 16}[text[1]]) if text[:2] in ("0o", "0x") else int(text)
    return float(text.replace(".inf", "inf").replace(".Inf", "inf").replace(".INF", "inf").lower().replace(".nan", "nan"))
