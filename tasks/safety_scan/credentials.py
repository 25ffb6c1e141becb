"""Credentials: tokens by their shape, and values by the name that they are assigned to.

Part of ``safety_scan``. Three sources: our table of modern shapes (``credential_shapes``), the patterns of ``detect-secrets``
that its authors keep, and assignments (``password: ...``, ``api_key = "..."``), whose value must look like a secret and not
like a placeholder.

One example::

    "export DB_PASSWORD=q7#Lw9vT" -> credential.assigned_secret

A credential is never cut out by its span: detectors know a token's beginning better than its end (3 of 40 characters, in one
library). The row is refused, and what is shown of it has whole tokens masked (``masking``).

Not covered: a secret in prose without a name ("the word is swordfish"), in an image, or split over rows.
"""

import importlib
import inspect
import math
import pkgutil
import re
from collections import Counter
from dataclasses import replace

from tasks.safety_scan.credential_shapes import SHAPES
from tasks.safety_scan.rules import Rule

_NAME = (
    r"(?:[a-z0-9]{1,12}passw(?:or)?d|pass(?:word|wd|phrase|code|wort|[ ]?(?=[=:]))|pwd|pw|secret|token|api[ _.-]?key|apikey|access[ _.-]?key|auth[ _.-]?key|account[ _.-]?key"  # noqa: E501
    r"|private[ _.-]?key|encryption[ _.-]?key|signing[ _.-]?key|master[ _.-]?key|license[ _.-]?key|shared[ _.-]?key|client[ _.-]?secret"  # noqa: E501
    r"|credentials?|authorization|bearer|auth|cookie|session[ _.-]?(?:id|key)|webhook[ _.-]?url|connection[ _.-]?string|[a-z0-9]{1,30}[_-]key"  # noqa: E501
    r"|[a-z0-9]{0,30}apikey|kennwort|passwort|contrasena|pin[ _-]?code|otp|seed[ _-]?phrase|recovery[ _-]?(?:code|key))"
)
_ASSIGNED = (
    r"(?<![a-z])" + _NAME + r"(?:[ _.-]?(?:id|key|token|value|string|hash|secret|code|live|test|prod|dev))?[0-9]?[\"'`\])]{0,3}"
    r"(?:[ \t]{0,4}(?::=|=>|==?|:|->|\|)[ \t]{0,4}(?:(?:basic|bearer|token|string|str|bytes|new)[ :=]{1,3}){0,2}|[ \t]{1,3}(?:is|are|was|set to|equals)[ \t]{1,3}(?:set to |currently |now )?:?[ ]?|[ \t]{1,3}(?=[\"'`]))"  # noqa: E501
    r"[brfu]?[\"'`]{0,3}([^\s\"'`<>|,;]{6,512})"
)
_IN_PROSE = r"(?<![a-z])(?:password|passwd|passcode|passphrase|pwd)[ \t]{1,3}(?:of |as |to )?[\"'`(]?([^\s\"'`<>]{8,128})"
_BEARER = r"(?<![a-z])(?:bearer|basic|token|apikey)[ \t]+([A-Za-z0-9+/_.=~-]{16,})"
_IN_URL = r"(?<![a-z0-9])[a-z][a-z0-9+.-]{1,20}://[^\s:/?#@\"'<>]{0,80}:([^\s/@\"'<>]{2,120})@[A-Za-z0-9\[]"
_FLAGGED = r"(?:curl|wget|mysql|sshpass|psql|redis-cli|docker|helm|http)\b[^\n]{0,80}?[ ](?:-u[ ]?|--user[ =]|-p[ ]?|--password[ =]|-a[ ])[\"']?(?:[^\s:\"'=]{1,60}:)?([^\s\"']{6,80})"  # noqa: E501
_URL_PARAMETER = r"[?&](?:api[_-]?key|access[_-]?token|auth|key|token|secret|password|sig|signature|client[_-]?secret)=([A-Za-z0-9%+/=_.~-]{12,})"  # noqa: E501

_PLACEHOLDER = re.compile(
    r"^[\[({<*]|^\$(?:[{(]|[A-Za-z_]+$)|^%[A-Za-z_]+%|\$\{|\{\{"
    r"|^(?:an?|my|the|any|is|not|in|on|to)(?:[^A-Za-z0-9]|$)"
    r"|^(?:your|some|insert|enter|replace|change|example|sample|dummy|fake|test|demo|placeholder|secret|pass|password|passwd|pwd|token|api"
    r"|key|value|string|none|null|nil|true|false|undefined|required|optional|hidden|redacted|masked|unknown|default|process\.env"
    r"|os\.environ|os\.getenv|getenv|env\.|config|settings|self\.|this\.|args|options|params|request|input|var|foo|bar|xxx|user|username)"
    r"(?:[^A-Za-z0-9]|(?-i:(?<=[a-z])[A-Z])|$)"
    r"|^(?:x{4,}|\*{3,}|\.{3,}|•+|-{3,}|_+)|(.)\1{5,}|^(?:abc|123)[a-z0-9]{0,3}$|[(\[{]$|\(\)|^[a-z_.]+\(|^https?://[^?@]*$",
    re.ASCII | re.IGNORECASE,
)
"""What stands in documentation where a reader is to put a secret."""
_EXPRESSION = re.compile(r"[a-z_][a-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)+(?:$|[\[(])", re.ASCII)
"""What stands there is code that fetches a value, not the value."""
_WORDS_ONLY = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*[.,;:!?)]*")
_LIKELY_PASSWORD_NAME = re.compile(r"(?i)pass|pwd|pw|kennwort|contrase")


def entropy(text: str) -> float:
    """Shannon entropy, bits per character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def _check_assigned(match: re.Match[str]) -> float:
    value = match.group(1).rstrip(".,;:!?)]}")
    name = match.group()[: match.start(1) - match.start()]
    if len(value) < 6 or _PLACEHOLDER.search(value) or _EXPRESSION.match(value):
        return 0.0
    classes = sum(bool(re.search(p, value)) for p in ("[a-z]", "[A-Z]", "[0-9]", r"[^A-Za-z0-9]"))
    quoted_or_set = bool(re.search(r"[=\"'`:]", name))
    if _LIKELY_PASSWORD_NAME.search(name):
        if _WORDS_ONLY.fullmatch(value):
            return 0.6 if quoted_or_set and "=" in name and len(value) >= 8 else 0.0
        return 0.8 if classes >= 2 and (quoted_or_set or classes >= 3) else 0.0
    if _WORDS_ONLY.fullmatch(value) and entropy(value) < 3.8:
        return 0.0
    if len(value) >= 16 and re.search("[0-9]", value) and entropy(value) >= 3.0:
        return 0.8
    return 0.6 if len(value) >= 8 and classes >= 3 and quoted_or_set and entropy(value) >= 2.8 else 0.0


def _check_flagged(match: re.Match[str]) -> float:
    """A password after ``-p`` has no name that would vouch for it: it must look like one."""
    value, flag = match.group(1), match.group()[: match.start(1) - match.start()]
    if not re.search(r"[ ](?:-p[ ]?|--password[ =])[\"']?$", flag):
        return _check_assigned(match)
    is_odd = re.search("[A-Za-z]", value) and re.search("[0-9!#$%&*?+^]", value) and not re.search(r"[/\\:.]", value)
    return 0.7 if is_odd and len(value) >= 8 and not _PLACEHOLDER.search(value) else _check_assigned(match)


def _check_in_prose(match: re.Match[str]) -> float:
    value = match.group(1).rstrip(".,;:?)]}")
    classes = sum(bool(re.search(p, value)) for p in ("[a-z]", "[A-Z]", "[0-9]", r"[^A-Za-z0-9.,;:/_-]"))
    return 0.7 if classes >= 3 and len(value) >= 8 and not _PLACEHOLDER.search(value) else 0.0


def _check_bearer(match: re.Match[str]) -> float:
    value = match.group(1)
    if _PLACEHOLDER.search(value) or not re.search("[0-9]", value) or not re.search("[A-Za-z]", value):
        return 0.0
    return 0.8 if entropy(value) >= 3.0 else 0.0


def _check_password_in_url(match: re.Match[str]) -> float:
    return 0.0 if _PLACEHOLDER.search(match.group(1)) else 0.9


_IN_CAPITALS = ("AKIA", "ASIA", "ABIA", "ACCA", "SCW", "AGE-")
"""Tokens that may by chance have no digit."""


def _check_shape(match: re.Match[str]) -> float:
    token = match.group()
    body = re.sub(r"^[A-Za-z0-9]{2,6}[_.-]", "", token)
    if re.search(r"(.)\1{7,}", body) or len(set(body)) < 6:
        return 0.0  # xxxxxxxx and its like: a placeholder in documentation
    if token.startswith(_IN_CAPITALS):
        return 0.9 if entropy(body) >= 3.0 else 0.0
    return 1.0 if re.search("[0-9]", body) else 0.9 if re.search("[a-z]", body) and re.search("[A-Z]", body) else 0.0


def _check_private_key(match: re.Match[str]) -> float:
    """A key has a body; a text about keys has only the marker."""
    return float(
        any(re.search("[0-9]", run) and re.search("[A-Za-z]", run) for run in re.findall("[A-Za-z0-9+/=]{20,}", match.group()))
    )


def _check_library(match: re.Match[str]) -> float:
    return 0.8 if re.search("[0-9]", match.group()) or "KEY" in match.group() else 0.0


_UNUSED = {
    "IPPublicDetector",
    "BasicAuthDetector",
    "PrivateKeyDetector",
    "IbmCloudIamDetector",
    "IbmCosHmacDetector",
    "OpenAIDetector",
    "NpmDetector",
    "JwtTokenDetector",
}
"""Kept out: an address is no credential; the others are covered here by rules that know the whole value, and whose time does not
grow with the square of a text that was made to be slow."""


def library_rules() -> tuple[Rule, ...]:
    """One rule for each pattern of ``detect-secrets``."""
    from detect_secrets import plugins
    from detect_secrets.plugins.base import RegexBasedDetector

    rules = []
    for module_info in sorted(pkgutil.iter_modules(plugins.__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{plugins.__name__}.{module_info.name}")
        for name, detector in sorted(vars(module).items()):
            own = (
                inspect.isclass(detector) and issubclass(detector, RegexBasedDetector) and detector.__module__ == module.__name__
            )
            if own and not inspect.isabstract(detector) and name not in _UNUSED:
                for pattern in detector.denylist:
                    if not pattern.flags & re.VERBOSE:
                        rules.append(
                            Rule(f"credential.{module_info.name}", pattern.pattern, "detect-secrets",
                                 ignore_case=bool(pattern.flags & re.IGNORECASE), check=_check_library, across_lines=False)
                        )  # fmt: skip
    return tuple(rules)


_NEEDS: dict[str, tuple[str, ...]] = {
    "langfuse_key": ("-lf-",), "azure_key": ("accountkey=", "sharedaccesskey=", "sv="), "azure_client_secret": ("q~",),
    "terraform_token": (".atlasv1.",), "teams_webhook": ("webhook.office.com",), "mailchimp_key": ("-us",), "mapbox_token": (".eyj",),  # noqa: E501
    "twitter_token": ("a" * 20,), "cloudant": ("cl",), "softlayer": ("sl", "softlayer"), "stripe": ("_live_",), "mailchimp": ("-us",),  # noqa: E501
    "github_token": (*(f"gh{kind}_" for kind in "pousr"), "github_pat_"), "artifactory": ("akc", "ap"),
    "telegram_token": (":",), "firebase_token": (":apa91b",),
}  # fmt: skip
"""Literals of patterns that do not begin with one."""
_NAME_NEEDS = (
    "pass", "pwd", "pw", "secret", "token", "key", "credential", "auth", "bearer", "cookie", "session", "webhook", "connection",
    "kennwort", "contrasena", "pin", "otp", "seed", "recovery",
)  # fmt: skip


def credential_rules() -> tuple[Rule, ...]:
    """All rules for credentials."""
    return tuple(replace(rule, needs=_NEEDS.get(rule.id.rpartition(".")[2], ())) if not rule.needs else rule for rule in _rules())


def _rules() -> tuple[Rule, ...]:
    shapes = tuple(Rule(f"credential.{name}", pattern, "shape", check=_check_private_key if name == "private_key" else _check_shape) for name, pattern in SHAPES)  # fmt: skip  # noqa: E501
    return (
        *shapes,
        *library_rules(),
        Rule(
            "credential.assigned_secret",
            _ASSIGNED,
            "assignment",
            ignore_case=True,
            group=1,
            check=_check_assigned,
            needs=_NAME_NEEDS,
            across_lines=False,
        ),
        Rule(
            "credential.password_in_prose",
            _IN_PROSE,
            "assignment",
            ignore_case=True,
            group=1,
            check=_check_in_prose,
            across_lines=False,
        ),
        Rule(
            "credential.authorization", _BEARER, "assignment", ignore_case=True, group=1, check=_check_bearer, across_lines=False
        ),
        Rule(
            "credential.password_in_url",
            _IN_URL,
            "shape",
            ignore_case=True,
            group=1,
            check=_check_password_in_url,
            needs=("://",),
        ),
        Rule("credential.command_line", _FLAGGED, "assignment", group=1, check=_check_flagged, across_lines=False),
        Rule(
            "credential.url_parameter",
            _URL_PARAMETER,
            "assignment",
            ignore_case=True,
            group=1,
            check=_check_bearer,
            gate="[?&]",
            across_lines=False,
        ),
    )
