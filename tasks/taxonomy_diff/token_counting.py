"""How large a text is: the student's tokens, or a fixed counter's pieces of words, numbers and punctuation.

A student that is made from scratch has no tokenizer while its curriculum is cut; the fixed counter stands in, the same on every
machine and for ever. Its piece is a run of up to eight letters or digits, or one other character that is not a blank; English
prose gets about as many pieces as a byte-pair tokenizer of some thousand entries makes.

    count_tokens("The DMC-12 weighs 1,233 kg.") == 10      The | DMC | - | 12 | weighs | 1 | , | 233 | kg | .

Place in the DAG: chunk sizes, the limit on contexts, and estimates. Not covered: chat templates, which add tokens of their own.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import UsageError

PIECES = re.compile(r"\w{1,8}|[^\w\s]")


@dataclass(frozen=True)
class TokenCounter:
    """A counter with the digest that tells it from others: another counter cuts other chunks."""

    count: Callable[[str], int]
    digest: str


def count_tokens(text: str) -> int:
    """The number of the fixed counter's pieces in the text."""
    return len(PIECES.findall(text))


FIXED_COUNTER = TokenCounter(count_tokens, "fixed")


def open_counter(tokenizer: str | None) -> TokenCounter:
    """The counter of a ``tokenizer.json``, or the fixed one for None.

    Raises:
        UsageError: the file is absent or no tokenizer.
    """
    if tokenizer is None:
        return FIXED_COUNTER
    try:
        content = Path(tokenizer).expanduser().read_bytes()
    except OSError as error:
        raise UsageError(
            f"taxonomy.chunk_tokenizer: cannot read {tokenizer}: {error.strerror}. Name a tokenizer.json."
        ) from error
    from tokenizers import Tokenizer  # 0.1 s that a run with the fixed counter does not pay

    try:
        student = Tokenizer.from_str(content.decode("utf-8"))
    except Exception as error:  # the library raises bare Exception for what it cannot read
        raise UsageError(f"taxonomy.chunk_tokenizer: {tokenizer} is not a tokenizer.json: {str(error)[:100]}.") from error
    student.no_truncation()
    student.no_padding()
    return TokenCounter(lambda text: len(student.encode(text, add_special_tokens=False).ids), hashlib.sha256(content).hexdigest())
