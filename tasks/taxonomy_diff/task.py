"""The first stage: what changed in the taxonomy. It reads a moving branch, so it always looks."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from schemas.contracts import Progress, StageFolders, TaxonomyChange, TaxonomyRequest
from tasks.placement.progress import report_progress
from tasks.taxonomy_diff.change import find_change


@task(name="taxonomy_diff", cache_policy=NO_CACHE)
def taxonomy_diff(request: TaxonomyRequest, storage: str) -> TaxonomyChange:
    """The change between the current release and the taxonomy's head; its files lie under the run key."""
    folders = StageFolders(folder=f"{storage}/stages/taxonomy_diff", cache=f"{storage}/cache")
    progress = report_progress("taxonomy_diff")
    progress(Progress(done=0, unit="leaf nodes"))
    change = find_change(request, folders, progress)
    progress(Progress(done=change.leaf_nodes.rows, total=change.leaf_nodes.rows, unit="leaf nodes"))
    return change
