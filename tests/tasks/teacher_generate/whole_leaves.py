"""The parts that a teacher hands over, put together leaf by leaf."""

from collections.abc import Iterable, Iterator

from schemas.contracts import Usage
from tasks.chat_model.chat import add_usage
from tasks.teacher_generate.material import LeafDrafts


def whole_leaves(parts: Iterable[LeafDrafts]) -> Iterator[LeafDrafts]:
    """One ``LeafDrafts`` for each leaf."""
    whole: LeafDrafts | None = None
    for part in parts:
        whole = whole or LeafDrafts(part.leaf, [])
        assert whole.leaf == part.leaf, "a leaf's parts come one after another"
        whole.samples.extend(part.samples)
        whole.reserved.extend(part.reserved)
        whole.rejected.extend(part.rejected)
        whole = LeafDrafts(
            whole.leaf, whole.samples, whole.reserved, whole.rejected, add_usage(whole.usage, part.usage or Usage()), part.is_last
        )
        if part.is_last:
            yield whole
            whole = None
    assert whole is None, f"{whole.leaf.path if whole else ''} has no last part"
