"""The stage: a Git taxonomy -> the whole current curriculum as dataset files, and what changed since the release.

    leaf nodes at head -> validated -> documents fetched, chunked -> exam split off -> leaf_nodes, seed_examples, chunks, exam

Place in the DAG: first. It reads Git's objects only: the user's checkout, index and branches stay as they are.

A leaf node's *key* is the digest of what its samples depend on: path (it stands in prompts), kind, texts, which seed examples
a teacher may see, documents (path and digest), and how they are chunked. Comments, blanks, quoting, the order of keys, the
format's version and the commit do not count. The *run key* is the digest of all keys with the settings' digest: the same
content and settings are the same run, whatever the commit is called.

    TaxonomyChange(base="4be1...", head="9c0d...", added=("knowledge/birds",), ..., run_key="7c1d6f2a90b3e845")

Not covered: samples (``teacher_generate``), and whether anything needs to be done (the flow compares run keys).
"""

from collections.abc import Iterable, Mapping

from schemas.contracts import Fault, Progress, ReportProgress, StageFolders, TaxonomyChange, TaxonomyRequest
from schemas.errors import TaxonomyError
from schemas.records import Document, digest_of
from schemas.settings import TaxonomySettings
from tasks.taxonomy_diff.check import CheckedLeaf, check_leaves
from tasks.taxonomy_diff.curriculum_files import Chunking, CurriculumLeaf, write_curriculum
from tasks.taxonomy_diff.documents import DocumentReader
from tasks.taxonomy_diff.exam_split import split_exam
from tasks.taxonomy_diff.fault_output import describe_faults
from tasks.taxonomy_diff.git_repository import GitRepository
from tasks.taxonomy_diff.leaf_node import ParsedLeaf
from tasks.taxonomy_diff.rules import FaultList, Severities, is_valid
from tasks.taxonomy_diff.taxonomy_tree import (
    TaxonomyTree,
    check_oddities,
    clean_only,
    list_tree,
    no_leaf_node,
    open_taxonomy,
    resolve_base,
    resolve_head,
    select_subtree,
)
from tasks.taxonomy_diff.token_counting import TokenCounter, open_counter
from tasks.taxonomy_diff.tree_changes import Changes, find_changes


def find_change(request: TaxonomyRequest, folders: StageFolders, progress: ReportProgress) -> TaxonomyChange:
    """The current curriculum's dataset files, and its changes against the release's commit.

    Args:
        request: Which taxonomy, which release. ``taxonomy.path`` is set.
        folders: Files go to ``folder/RUN_KEY/``, documents to ``cache``.

    Raises:
        TaxonomyError: the taxonomy cannot be read, has no leaf node, or (``on_invalid: stop``) invalid ones; all faults are told.
        DocumentError: a document's server does not answer, or a fetch met a limit.
        UsageError: ``taxonomy.rules`` names a rule that does not exist.
    """
    settings = request.taxonomy
    severities = Severities(settings.rules)
    only, counter = clean_only(settings.only), open_counter(settings.chunk_tokenizer)
    repository = open_taxonomy(settings.path)
    head = list_tree(repository, resolve_head(repository, settings.head))
    release_commit = request.release.taxonomy_commit if request.release else None
    base = list_tree(repository, resolve_base(repository, release_commit, "the release's commit") if release_commit else None)
    checked, faults = _check(repository, base, head, only, severities, progress)
    reader = DocumentReader(settings.documents, repository.top, folders.cache, progress)
    documents = _read_documents(reader, checked, severities, faults, progress)
    _stop_if_invalid(faults, settings)
    valid = [leaf.leaf for path, leaf in checked.items() if leaf.leaf is not None and path in documents]
    if not valid:
        raise TaxonomyError(f"no valid leaf node is left in {settings.path}: 'labflow taxonomy check' lists what to mend.")
    changes = find_changes(repository, base, head, only).printable()
    leaves = _with_keys(valid, documents, changes, settings, counter)
    leaf_keys = {leaf.parsed.path: leaf.key for leaf in leaves}
    run_key = digest_of({"leaf_nodes": leaf_keys, "settings": request.settings_digest})[:16]
    chunking = Chunking(settings.chunk_tokens, counter.count, reader.read_text)
    files = write_curriculum(leaves, chunking, _files_folder(folders, run_key, base, head, only), progress)
    return TaxonomyChange(
        base=base.commit,
        head=head.commit or "",
        added=changes.added,
        modified=changes.modified,
        renamed=changes.renamed,
        deleted=changes.deleted,
        faults=tuple(faults),
        **files,
        leaf_keys=leaf_keys,
        run_key=run_key,
    )


def _check(
    repository: GitRepository,
    base: TaxonomyTree,
    head: TaxonomyTree,
    only: str | None,
    severities: Severities,
    progress: ReportProgress,
) -> tuple[dict[str, CheckedLeaf], list[Fault]]:
    """Every leaf node of the curriculum, and the faults of all."""
    if not head.leaves and not base.leaves:
        raise no_leaf_node(repository, head)
    selected = select_subtree(base, head, only)
    if not selected:
        raise TaxonomyError(f"{repository.top} has no leaf node left at {head.commit}: there is nothing to train on.")
    checked = check_leaves(repository, selected.values(), severities, progress)
    faults = check_oddities(head.oddities, severities).faults
    return checked, faults + [fault for leaf in checked.values() for fault in leaf.faults]


def _read_documents(
    reader: DocumentReader,
    checked: Mapping[str, CheckedLeaf],
    severities: Severities,
    faults: list[Fault],
    progress: ReportProgress,
) -> dict[str, tuple[Document, ...]]:
    """The documents of each leaf node that is still valid; new faults are added to ``faults``."""
    found = {}
    for done, (path, leaf) in enumerate(checked.items(), 1):
        if leaf.leaf is not None:
            wrong = FaultList(leaf.leaf.file, severities)
            texts = reader.read(leaf.leaf, wrong)
            faults.extend(wrong.faults)
            if is_valid(wrong.faults):
                found[path] = tuple(text.document for text in texts)
        if leaf.leaf is not None and leaf.leaf.pin is not None:
            progress(Progress(done=done, total=len(checked), unit="leaf nodes", note="documents"))
    return found


def _stop_if_invalid(faults: list[Fault], settings: TaxonomySettings) -> None:
    faults.sort(key=lambda fault: (fault.path, fault.line, fault.column, fault.rule))
    if settings.on_invalid == "stop" and not is_valid(faults):
        wrong = len({fault.path for fault in faults if fault.severity == "error"})
        lead = f"{wrong} invalid leaf node{'s' if wrong > 1 else ''}: mend what follows, or set taxonomy.on_invalid to skip."
        raise TaxonomyError(f"{lead}\n{describe_faults(faults)}")


def _with_keys(
    leaves: list[ParsedLeaf],
    documents: Mapping[str, tuple[Document, ...]],
    changes: Changes,
    settings: TaxonomySettings,
    counter: TokenCounter,
) -> list[CurriculumLeaf]:
    sides, changed = split_exam(leaves, settings.exam_share), changes.by_path()
    chunking = f"{settings.chunk_tokens} {counter.digest}"
    return [
        CurriculumLeaf(
            parsed=leaf,
            documents=documents[leaf.path],
            held_out=tuple(sides[leaf.path]),
            key=leaf_key(leaf, documents[leaf.path], sides[leaf.path], chunking),
            change=changed.get(leaf.path, "unchanged"),
        )
        for leaf in leaves
    ]


def leaf_key(leaf: ParsedLeaf, documents: Iterable[Document], held_out: Iterable[bool], chunking: str) -> str:
    """16 hex digits of what the leaf node's samples depend on; ``chunking`` counts where there is a document to cut."""
    pinned = [[document.path, document.sha256] for document in documents]
    content = leaf.content() | {"documents": pinned, "held_out": list(held_out), "chunking": chunking if pinned else ""}
    return digest_of(content)[:16]


def _files_folder(folders: StageFolders, run_key: str, base: TaxonomyTree, head: TaxonomyTree, only: str | None) -> str:
    """Rows say what changed and in which line, so other commits with the same run key get files of their own."""
    return f"{folders.folder.rstrip('/')}/{run_key}/{digest_of([base.commit, head.commit, only])[:8]}"
