"""Which human questions go to the exam: decided by each question's digest, near-duplicates together, the same on every machine.

Place in the DAG: before anything that a teacher sees is written. What is held out appears in no seed example.

A question's *subject* is its normalised text; in a grounded skill the context belongs to it ("Rewrite this text" asks another
thing of each text). Subjects of a leaf that are near-duplicates, the same content words and numbers but for spelling and
order, form a group, and a group counts as one question. The groups of a leaf stand in the order of their digests, a number
between 0 and 1 each, and the first of them go to the exam: all whose digest lies below ``exam_share``, but no fewer than that
share of the groups and no fewer than ``FEWEST``, and no more than half of them where the share itself does not ask for more.
A leaf of few questions keeps most of them for the teacher::

    questions   1  2  3  4  5  6  7 ... 11  12  15  20  30       exam_share 0.3
    exam        0  1  1  1  2  2  3 ...  3   4   5   6   9       at least; on average about half a question more

Where a question stands in its file does not matter. A question that is put in or taken out moves at most one other group, the
one on the border: the digests below a fixed number stay, whoever comes. A near-duplicate that is put in may move its own group,
and one that joins two groups both. Where two leaves ask the same, or parts of one group went two ways, the exam wins.

    split_exam([leaf], 0.3) -> {"knowledge/birds": [False, True, False, ...]}      True: held out

Not covered: facts that two different questions share; a leaf whose every question is in other leaves' exams (then nothing of
it is taught).
"""

import hashlib
import math
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

FEWEST = 3
"""Groups in the exam of a leaf that has at least 7: a score of one or two questions says next to nothing."""

Subject = tuple[str, str]
Terms = tuple[frozenset[str], frozenset[str], str]


def split_exam(leaves: Iterable[ParsedLeaf], exam_share: float) -> dict[str, list[bool]]:
    """For each leaf's path, whether each of its seeds is held out for the exam, in the seeds' order.

    Args:
        leaves: All leaf nodes of the curriculum.
        exam_share: Least share of a leaf's questions that the exam gets, 0 to 1; leaves of few questions give whole ones.
    """
    sides: dict[Subject, bool] = {}
    subjects: dict[str, list[Subject]] = {}
    groups: list[list[Subject]] = []
    for leaf in sorted(leaves, key=lambda leaf: leaf.path):
        subjects[leaf.path] = [subject_of(leaf.kind, seed.question, seed.context) for seed in leaf.seeds]
        leaf_groups = group_near_duplicates(list(dict.fromkeys(subjects[leaf.path])))
        for group in groups_of_exam(leaf_groups, exam_share):
            sides.update(dict.fromkeys(group, True))
        groups.extend(leaf_groups)
    sides = {subject: sides.get(subject, False) for group in groups for subject in group}
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


def groups_of_exam(groups: list[list[Subject]], exam_share: float) -> list[list[Subject]]:
    """The groups of one leaf that are held out, in the order of their digests."""
    shares = sorted((min(digest_share(subject) for subject in group), group) for group in groups)
    fewest = fewest_in_exam(len(groups), exam_share)
    below = sum(share < exam_share for share, _ in shares)
    return [group for _, group in shares[: min(max(below, fewest), max(fewest, len(groups) // 2))]]


def fewest_in_exam(questions: int, exam_share: float) -> int:
    """How many of a leaf's questions the exam gets at least. A leaf of one question is taught: it could teach nothing else.

    >>> [fewest_in_exam(questions, 0.3) for questions in (1, 2, 5, 7, 15)]
    [0, 1, 2, 3, 5]

    Args:
        questions: Groups of near-duplicates, from 0.
        exam_share: 0 to 1.
    """
    if questions < 2:
        return 0
    small = max(1, min(FEWEST, (questions - 1) // 2))
    return min(questions - 1, max(small, math.floor(exam_share * questions + 0.5)))


def _let_the_exam_win(groups: list[list[Subject]], sides: dict[Subject, bool]) -> None:
    """A group with a held-out subject is held out as a whole, until nothing changes: groups of several leaves may share one."""
    changed = True
    while changed:
        changed = False
        for group in groups:
            if any(sides[s] for s in group) and not all(sides[s] for s in group):
                sides.update(dict.fromkeys(group, True))
                changed = True
