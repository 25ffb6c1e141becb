"""The verdict as Markdown, for whoever follows the run in the Prefect UI: what was decided, rule by rule, and who agreed.

Part of ``promote``; ``task.py`` hands it to Prefect. Messages hold names from a taxonomy, which may be anything: what could be
Markdown or HTML in them is shown, not obeyed. No path and no address of a server is in it.

Not covered: figures and samples (``labflow-outcome``), and the report.
"""

import re

from schemas.student_contracts import Reason, Verdict

_MARKS = re.compile(r"([\\`*_\[\]|~])")


def describe_verdict(verdict: Verdict) -> str:
    """A heading, a line for each rule, warnings, approvals, and what the run's models were asked."""
    parent = f", compared with release {verdict.parent}" if verdict.parent else ""
    title = f"Released as number {verdict.release.number}" if verdict.release else "Refused"
    lines = [f"## {title}", "", f"Taxonomy {verdict.taxonomy_commit[:10]}{parent}, decided {verdict.date}.", ""]
    lines += ["| | rule | what was seen |", "|---|---|---|"]
    lines += [f"| {_state(reason)} | {_plain(reason.rule)} | {_plain(reason.message)} |" for reason in verdict.reasons]
    for approval in verdict.approvals:
        comment = f": {_plain(approval.comment)}" if approval.comment else ""
        lines += ["", f"{_plain(approval.by)} {approval.decision} {_plain(approval.step)} on {approval.date}{comment}"]
    usage = verdict.usage
    if usage.requests or usage.cached:
        tokens = usage.prompt_tokens + usage.completion_tokens
        lines += ["", f"Served models: {usage.requests:,} requests, {tokens:,} tokens, {usage.cached:,} answers reused."]
    return "\n".join(lines)


def _state(reason: Reason) -> str:
    return "warning" if reason.severity == "warning" else "passed" if reason.passed else "failed"


def _plain(text: str) -> str:
    """One line that shows as it is written."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;"))
