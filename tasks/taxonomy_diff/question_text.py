"""When two questions are the same: case, blanks, punctuation at the ends and Unicode's look-alike forms do not count.

    normalise_question("  Who designed the\\n DMC-12 ? ") == "who designed the dmc-12"

Place in the DAG: the exam split and the rule against duplicate questions. Not covered: near-duplicates (``exam_split.py``).
"""

import re
import unicodedata

BLANKS = re.compile(r"\s+")
ENDS = " \t\n.,;:!?\"'()[]{}<>«»“”‘’`*_-–—…¿¡"


def normalise_question(question: str) -> str:
    """The question as it is compared. A question of nothing but punctuation stays as it is."""
    text = BLANKS.sub(" ", unicodedata.normalize("NFKC", question)).casefold().strip()
    return text.strip(ENDS) or text
