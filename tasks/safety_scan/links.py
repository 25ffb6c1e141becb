"""Links, judged by the policy's lists.

Part of ``safety_scan``.

One example::

    "see http://bit.ly/3x" -> links.shortener

Not covered: what stands behind a link; nothing is fetched.
"""

import re

from tasks.safety_scan.policy import Links
from tasks.safety_scan.rules import Check, Rule

_WEB = r"(?<![A-Za-z0-9])https?://[^\s<>\"'`)\]}]{3,2000}"
_SCRIPT = r"(?<![A-Za-z0-9])(?:(?:javascript|vbscript):[ ]?[a-z_$.]{2,40}[(=.]|data:[ ]?(?:text/html|image/svg\+xml|application/[a-z0-9.+-]{2,40})[;,])[^\s]{0,2000}"  # noqa: E501
_RAW_ADDRESS = r"(?<![A-Za-z0-9])https?://(?:[^\s/@]{1,80}@)?(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9a-fA-F:]{3,40}\]|0x[0-9a-fA-F]{8}|[0-9]{8,10})(?=[:/\s?#]|$)"
_DISGUISED = r"(?<![A-Za-z0-9])https?://(?:[a-z0-9-]{1,63}\.){0,5}xn--[a-z0-9-]{2,60}"


def link_rules(links: Links) -> tuple[Rule, ...]:
    """Rules for links: dangerous schemes and disguises always, lists as the policy has them."""
    rules = [
        Rule("links.script", _SCRIPT, "shape", ignore_case=True, across_lines=False, needs=("javascript:", "vbscript:", "data:")),
        Rule("links.raw_address", _RAW_ADDRESS, "shape", ignore_case=True, across_lines=False, needs=("http",)),
        Rule("links.disguised_domain", _DISGUISED, "shape", ignore_case=True, across_lines=False, needs=("xn--",)),
    ]
    for name, domains, wanted in (
        ("links.blocked_domain", links.blocked_domains, True),
        ("links.shortener", links.shorteners, True),
        ("links.unlisted_domain", links.allowed_domains, False),
    ):
        if domains:
            gate = "http" if name == "links.unlisted_domain" else "|".join(re.escape(d.lower()) for d in domains)
            needs = ("http",) if name == "links.unlisted_domain" else tuple(d.lower() for d in domains)
            rules.append(
                Rule(
                    name,
                    _WEB,
                    "list",
                    ignore_case=True,
                    across_lines=False,
                    gate=gate,
                    needs=needs,
                    check=_host_in(domains, wanted),
                )
            )
    return tuple(rules)


def _host_in(domains: tuple[str, ...], wanted: bool) -> Check:
    lowered = tuple(domain.lower().lstrip(".") for domain in domains)

    def check(match: re.Match[str]) -> float:
        host = re.split(r"[/?#:]", match.group().split("//", 1)[1].rpartition("@")[2].lower(), maxsplit=1)[0].rstrip(".,;")
        return float(any(host == domain or host.endswith("." + domain) for domain in lowered) == wanted)

    return check
