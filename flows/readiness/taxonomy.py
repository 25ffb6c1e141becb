"""Whether the taxonomy of a run is valid: what the run's first stage finds anyhow, looked at by hand (``labflow doctor``).

Not covered: the documents that leaf nodes pin, which only a run fetches.
"""

from collections.abc import Iterator

from flows.readiness.check import Check
from schemas.errors import LabflowError
from schemas.settings import Settings


def check_taxonomy_content(settings: Settings) -> Iterator[Check]:
    """Whether the commit of the settings can be read and has no errors; the built-in sample needs no look."""
    from tasks.taxonomy_diff.diff import check_taxonomy

    taxonomy = settings.taxonomy
    if taxonomy.path is None:
        yield Check("taxonomy", "ok", "the built-in sample")
        return
    try:
        leaves, faults = check_taxonomy(taxonomy, worktree=False)
    except LabflowError as error:
        yield Check("taxonomy", "fail", str(error), "correct taxonomy.path and taxonomy.head")
        return
    errors = sum(fault.severity == "error" for fault in faults)
    found = f"{taxonomy.path} at {taxonomy.head}: {leaves:,} leaf nodes, {errors} errors, {len(faults) - errors} warnings"
    if not errors:
        yield Check("taxonomy", "ok", found)
        return
    first = next(fault for fault in faults if fault.severity == "error")
    told = f"{found}; the first in {first.path}:{first.line}"
    skipped = taxonomy.on_invalid == "skip"
    yield Check(
        "taxonomy", "warn" if skipped else "fail", told, f"labflow taxonomy check --taxonomy {taxonomy.path} names them all"
    )
