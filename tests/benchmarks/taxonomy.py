"""How fast a large taxonomy is compared and checked: ``python -m tests.benchmarks.taxonomy [LEAVES [CHANGED [HISTORY]]]``.

Makes a Git taxonomy of 10,000 leaf nodes (a third of them knowledge) of which 100 then change, and measures in fresh processes:

    diff        from the release's commit to the head, with validation of what changed: CPU seconds, start of Python included
    check       all leaf nodes on one processor, and on all: milliseconds a file, wall seconds, peak memory of the largest process
    history     where HISTORY is a clone of a real taxonomy: each commit compared with its parent, CPU seconds in all, and for how
                many commits the answer is not that of ``git diff --name-status -M``

Prints what it does on standard error, and one JSON object last.
"""

import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

IDENTITY = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "haven", "inlet", "joule")
DIFF = (
    "from schemas.settings import TaxonomySettings; from tasks.taxonomy_diff.diff import diff_taxonomy; "
    "found = diff_taxonomy(TaxonomySettings(path={path!r}), {base!r}); print(len(found.changes.by_path()), found.valid)"
)
HISTORY = """
import subprocess
from tasks.taxonomy_diff.taxonomy_tree import list_tree, open_taxonomy
from tasks.taxonomy_diff.tree_changes import find_changes

def leaf(path):
    roots = ("knowledge", "compositional_skills", "foundational_skills")
    return path[:-9] if path.split("/")[0] in roots and path.endswith("/qna.yaml") else None

repository = open_taxonomy({path!r})
commits = repository.run("rev-list", "--first-parent", "HEAD").decode().split()
wrong = 0
for commit, parent in zip(commits, [*commits[1:], None]):
    found = find_changes(repository, list_tree(repository, parent), list_tree(repository, commit))
    command = ["git", "-C", {path!r}, "diff", "--name-status", "-M", "-z", parent or repository.empty_tree(), commit]
    words = subprocess.run(command, capture_output=True, check=True).stdout.decode().split("\\0")
    git = set()
    while len(words) > 1:
        status = words.pop(0)[0]
        old, new = leaf(words.pop(0)), leaf(words.pop(0)) if status == "R" else None
        if status == "R":
            entries = [("R", old, new)] if old and new else [("D", old), ("A", new)]
        else:
            entries = [(status, old)]
        git.update(entry for entry in entries if all(entry))
    ours = set([("A", p) for p in found.added] + [("M", p) for p in found.modified] + [("D", p) for p in found.deleted])
    wrong += git != ours | set(("R", r.from_path, r.to_path) for r in found.renamed)
print(len(commits), wrong)
"""
CHECK = """
from schemas.settings import TaxonomySettings
from tasks.taxonomy_diff.check import check_faults
from tasks.taxonomy_diff.rules import Severities
from tasks.taxonomy_diff.taxonomy_tree import list_tree, open_taxonomy
if __name__ == "__main__":
    repository = open_taxonomy({path!r})
    leaves = list_tree(repository, repository.resolve_commit("HEAD")).leaves.values()
    faults = check_faults(repository, leaves, Severities(), processes={processes})
    print(len(leaves), len(faults))
"""


def main(leaves: int, changed: int, history: str | None) -> None:
    """Makes the tree in a temporary folder, measures, and prints."""
    with tempfile.TemporaryDirectory(prefix="labflow-benchmark-") as folder:
        taxonomy = Path(folder) / "taxonomy"
        base = make_taxonomy(taxonomy, leaves, changed)
        log(f"made {leaves} leaf nodes, {changed} changed since {base[:8]}")
        diff = min(
            (measure(DIFF.format(path=str(taxonomy), base=base), folder) for _ in range(3)), key=lambda m: m["cpu_seconds"]
        )
        one = measure(CHECK.format(path=str(taxonomy), processes=1), folder)
        both = measure(CHECK.format(path=str(taxonomy), processes=len(os.sched_getaffinity(0))), folder)
        past = measure(HISTORY.format(path=history), folder) if history else None
    result: dict[str, object] = {
        "leaf_nodes": leaves,
        "changed": changed,
        "processors": len(os.sched_getaffinity(0)),
        "diff_cpu_seconds": diff["cpu_seconds"],
        "diff_wall_seconds": diff["wall_seconds"],
        "diff_peak_mib": diff["peak_mib"],
        "check_one_ms_per_file": round(1000 * one["cpu_seconds"] / leaves, 3),
        "check_one_wall_seconds": one["wall_seconds"],
        "check_one_peak_mib": one["peak_mib"],
        "check_all_wall_seconds": both["wall_seconds"],
        "check_all_cpu_seconds": both["cpu_seconds"],
        "check_all_peak_mib": both["peak_mib"],
    }
    if past is not None:
        commits, wrong = past["said"].split()
        result |= {"history_commits": int(commits), "history_wrong": int(wrong), "history_cpu_seconds": past["cpu_seconds"]}
    print(json.dumps(result))


def make_taxonomy(path: Path, leaves: int, changed: int) -> str:
    """Writes the repository by one ``git fast-import`` and returns the first of its two commits."""
    path.mkdir(parents=True)
    git(path, "init", "--quiet", "--initial-branch=main")
    stream = [b"commit refs/heads/main\nmark :1\ncommitter a <a@example.org> 1767323045 +0000\ndata 0\n"]
    stream += [entry for number in range(leaves) for entry in files_of(number, "")]
    stream.append(b"commit refs/heads/main\ncommitter a <a@example.org> 1767323046 +0000\ndata 0\nfrom :1\n")
    stream += [files_of(number, "edited ")[0] for number in range(0, leaves, max(1, leaves // changed))][:changed]
    git(path, "fast-import", "--quiet", stdin=b"".join(stream))
    return git(path, "rev-parse", "main~1")


def files_of(number: int, edit: str) -> list[bytes]:
    """The fast-import entries of one leaf node: qna.yaml and attribution.txt."""
    kind = number % 3
    root = ("knowledge", "compositional_skills", "foundational_skills")[kind]
    folder = f"{root}/{WORDS[number % 10]}/{WORDS[number // 10 % 10]}/leaf_{number}"
    text = (knowledge_text(number, edit) if kind == 0 else skill_text(number, edit)).encode()
    attribution = f"Title of work: leaf {number}\nLicense: CC0-1.0\n".encode()
    return [
        b"M 100644 inline %s/%s\ndata %d\n%s\n" % (folder.encode(), name, len(content), content)
        for name, content in ((b"qna.yaml", text), (b"attribution.txt", attribution))
    ]


def sentence(number: int, salt: int, length: int) -> str:
    return " ".join(WORDS[(number * 7 + salt * 3 + i * i) % 10] + str((number + salt * i) % 97) for i in range(length))


def skill_text(number: int, edit: str) -> str:
    lines = ["version: 3", f"task_description: The {edit}skill {number} of naming trees.", "created_by: ana", "seed_examples:"]
    for i in range(6):
        lines += [
            f"  - question: What is {sentence(number, i, 12)}?",
            f"    answer: |\n      It is {sentence(number, i + 9, 40)}.",
        ]
    return "\n".join(lines) + "\n"


def knowledge_text(number: int, edit: str) -> str:
    lines = [
        "version: 3",
        "domain: trees",
        "created_by: ana",
        f"document_outline: The {edit}trees of place {number}.",
        "seed_examples:",
    ]
    for i in range(5):
        lines += ["  - context: |", f"      {sentence(number, i, 60)}.", f"      {sentence(number, i + 5, 60)}."]
        lines.append("    questions_and_answers:")
        for j in range(3):
            lines.append(f"      - question: Where is {sentence(number, 5 * i + j, 8)}?")
            lines.append(f"        answer: In {sentence(number, 5 * i + j + 4, 15)}.")
    commit = hashlib.sha1(str(number).encode()).hexdigest()
    lines += ["document:", "  repo: https://example.org/trees/places", f"  commit: {commit}", "  patterns: [places/*.md]"]
    return "\n".join(lines) + "\n"


def measure(program: str, folder: str) -> dict[str, Any]:
    """Runs a program in a process of its own and reports its CPU seconds (with its children's), wall seconds and peak memory."""
    script = Path(folder) / "measured.py"
    script.write_text(program)
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True, check=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    log(f"{done.stdout.split()} in {cpu:.2f} CPU seconds, {wall:.2f} seconds")
    return {
        "cpu_seconds": round(cpu, 3),
        "wall_seconds": round(wall, 3),
        "peak_mib": round(after.ru_maxrss / 1024, 1),
        "said": done.stdout.strip(),
    }


def git(path: Path, *arguments: str, stdin: bytes = b"") -> str:
    environment = os.environ | IDENTITY
    return (
        subprocess.run(["git", "-C", str(path), *arguments], input=stdin, env=environment, capture_output=True, check=True)
        .stdout.decode()
        .strip()
    )


def log(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    given = [int(number) for number in sys.argv[1:3]]
    main(given[0] if given else 10_000, given[1] if len(given) > 1 else 100, sys.argv[3] if len(sys.argv) > 3 else None)
