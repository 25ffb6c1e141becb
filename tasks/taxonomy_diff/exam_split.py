"""Which human questions go to the exam: decided by each question's digest, near-duplicates together, the same on every machine.

Place in the DAG: before anything that a teacher sees is written. What is held out appears in no seed example.

A question's *subject* is its normalised text; in a grounded skill the context belongs to it ("Rewrite this text" asks another
thing of each text). Subjects of a leaf that are near-duplicates, the same content words and numbers but for spelling and
order, form a group. A group goes where the digest of its first question says: to the exam where the digest, as a number
between 0 and 1, lies below ``exam_share``. One exception keeps every leaf both taught and examined: a group goes to the other
side where all groups before it are on one side, so the first two groups never agree. Whatever is appended to a file therefore
moves nothing before it, unless it is a near-duplicate of questions on both sides: then the exam wins. It also wins where two
leaves ask the same.

    split_exam([leaf], 0.3) -> {"knowledge/birds": [False, True, False, ...]}      True: held out

Not covered: questions put in front of a file's first two, which may change sides with them; facts that two different
questions share.
"""

import hashlib
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz

from tasks.taxonomy_diff.in_document import content_terms
from tasks.taxonomy_diff.leaf_node import ParsedLeaf
from tasks.taxonomy_diff.question_text import normalise_question

NEAR_WORD = 80.0
"""rapidfuzz ratio, 0 to 100, of two words that may be one word's spellings: colour and color, catalogue and catalog."""
NEAR_TEXT = 96.0
"""rapidfuzz ratio of two long questions that differ in a word or two. Questions made on one pattern, each about another thing
("What is the price of the left door?"), stay below, and are different questions."""
ASKING_WORDS = frozenset(
    ("who", "when", "where", "why", "how", "not", "no", "without", "before", "after", "over", "under", "more")
)
"""Stop words that make another question: when it was built is not where."""
MOST_COMPARED = 1_000
"""A leaf node of more questions is compared by content words alone: a pair each would take minutes."""

Subject = tuple[str, str]
Terms = tuple[frozenset[str], frozenset[str], str]


def split_exam(leaves: Iterable[ParsedLeaf], exam_share: float) -> dict[str, list[bool]]:
    """For each leaf's path, whether each of its seeds is held out for the exam, in the seeds' order.

    Args:
        leaves: All leaf nodes of the curriculum.
        exam_share: Share of questions that the exam gets, 0 to 1, about: leaves of few questions give a whole one.
    """
    sides: dict[Subject, bool] = {}
    subjects: dict[str, list[Subject]] = {}
    groups: list[list[Subject]] = []
    for leaf in sorted(leaves, key=lambda leaf: leaf.path):
        subjects[leaf.path] = [subject_of(leaf.kind, seed.question, seed.context) for seed in leaf.seeds]
        leaf_groups = group_near_duplicates(list(dict.fromkeys(subjects[leaf.path])))
        _choose_sides(leaf_groups, exam_share, sides)
        groups.extend(leaf_groups)
    _let_the_exam_win(groups, sides)
    return {path: [sides[subject] for subject in of_leaf] for path, of_leaf in subjects.items()}


def subject_of(kind: str, question: str, context: str | None) -> Subject:
    """What makes a question the same as another."""
    return normalise_question(question), normalise_question(context or "") if kind == "grounded_skill" else ""


def group_near_duplicates(subjects: Sequence[Subject]) -> list[list[Subject]]:
    """The subjects in groups, ordered by their first member; near-duplicates of near-duplicates are together."""
    terms = {subject: _terms(subject) for subject in subjects}
    groups: list[list[Subject]] = []
    same_terms: dict[Terms, list[Subject]] = {}
    for subject in subjects:
        if len(subjects) > MOST_COMPARED:
            near = [same_terms[terms[subject]]] if terms[subject] in same_terms else []
        else:
            near = [group for group in groups if any(_is_near(subject, other, terms) for other in group)]
        if not near:
            groups.append([subject])
            same_terms[terms[subject]] = groups[-1]
            continue
        for other in near[1:]:
            near[0].extend(other)
        near[0].append(subject)
        groups = [group for group in groups if not any(group is other for other in near[1:])]
    return groups


def _terms(subject: Subject) -> Terms:
    """Numbers and content words of question and context; the text itself where a question has none ("Who is it?")."""
    question, context = subject
    asking = {word for word in question.split() if word in ASKING_WORDS}
    found = frozenset(content_terms(question)) | asking or frozenset((question,))
    return frozenset(t for t in found if t[0].isdigit()), frozenset(t for t in found if not t[0].isdigit()), context


def _is_near(one: Subject, other: Subject, terms: dict[Subject, Terms]) -> bool:
    """Whether two questions ask the same in nearly the same words, of the same numbers."""
    (numbers, words, context), (other_numbers, other_words, other_context) = terms[one], terms[other]
    if numbers != other_numbers:
        return False
    if context != other_context and not fuzz.ratio(context, other_context, score_cutoff=NEAR_TEXT):
        return False
    return _same_words(words, other_words) or fuzz.ratio(one[0], other[0], score_cutoff=NEAR_TEXT) > 0


def _same_words(words: frozenset[str], others: frozenset[str]) -> bool:
    """Whether the words are the same, but for the spelling of some long ones."""
    left, right = words - others, set(others - words)
    if len(left) != len(right):
        return False
    for word in sorted(left):
        near = [other for other in sorted(right) if len(word) > 4 and fuzz.ratio(word, other, score_cutoff=NEAR_WORD)]
        if not near:
            return False
        right.discard(near[0])
    return True


def digest_share(subject: Subject) -> float:
    """The subject's digest as a number from 0 to below 1."""
    digest = hashlib.sha256("\n".join(subject).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _choose_sides(groups: list[list[Subject]], exam_share: float, sides: dict[Subject, bool]) -> None:
    """Adds the side of every subject of one leaf. A leaf of one group is taught: it could teach nothing else."""
    before: set[bool] = set()
    for group in groups:
        decided = [sides[subject] for subject in group if subject in sides]
        if decided:
            held_out = any(decided)
        elif len(groups) == 1:
            held_out = False
        else:
            held_out = digest_share(group[0]) < exam_share
            if len(before) == 1:
                held_out = not next(iter(before))
        before.add(held_out)
        sides.update(dict.fromkeys(group, held_out))


def _let_the_exam_win(groups: list[list[Subject]], sides: dict[Subject, bool]) -> None:
    """A group with a held-out subject is held out as a whole, until nothing changes: groups of several leaves may share one."""
    changed = True
    while changed:
        changed = False
        for group in groups:
            if any(sides[s] for s in group) and not all(sides[s] for s in group):
                sides.update(dict.fromkeys(group, True))
                changed = True
