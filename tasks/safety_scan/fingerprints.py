"""What is remembered of a question and its answer, to find those that say the same again.

Part of ``safety_scan``: made where a row is judged (which may be another process), read by ``duplicates``. The keys are the same
in every process and on every machine.

One example::

    fingerprint_of(Asked("How long is the car?", "It is 4.2 m long."))
      -> Fingerprint(exact=b"16 bytes", keys=[8 numbers], text=b"\\0How long is the car?\\x1fIt is 4.2 m long.")

Near duplicates are sought by MinHash signatures of the content words (Broder 1997; ``rensa``), cut into bands whose keys hold the
numbers too: rows that differ in a number never meet, so a template with ten thousand numbers stays linear.

Not covered: whether two rows with a key in common are duplicates (``duplicates`` verifies).
"""

import hashlib
from dataclasses import dataclass

from rensa import RMinHash

from tasks.safety_scan.fields import Asked
from tasks.safety_scan.likeness import content_words, numbers, plain_form

BANDS = 8
_ROWS_OF_A_BAND = 4
_SEED = 11
_MASK = 2**64 - 1
_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is remembered of a row.

    Args:
        exact: 16 bytes: question, context and answer, case and punctuation aside.
        keys: One 64-bit number for each band; empty where near duplicates are not sought.
        text: Whether rules wrote it from a fact, question and answer, as ``pack_text`` has them.
    """

    exact: bytes
    keys: list[int]
    text: bytes


def fingerprint_of(asked: Asked, near: bool = True) -> Fingerprint:
    """The row's fingerprint."""
    context = plain_form(asked.context) if asked.context else ""
    exact = _digest(_BETWEEN.join((plain_form(asked.question), context, plain_form(asked.answer))), 16)
    if not near:
        return Fingerprint(exact, [], b"")
    words = ["q" + word for word in content_words(asked.question)] + ["a" + word for word in content_words(asked.answer)]
    minhash = RMinHash(num_perm=BANDS * _ROWS_OF_A_BAND, seed=_SEED)
    minhash.update(words or ["-"])
    signature = minhash.digest()
    # Only hashes of numbers are the same in every process: those of texts are salted.
    agreed = int.from_bytes(
        _digest(_BETWEEN.join((*numbers(asked.question), "", *numbers(asked.answer), "", context)), 8), "little"
    )
    rows = _ROWS_OF_A_BAND
    keys = [hash((agreed, band, *signature[band * rows : band * rows + rows])) & _MASK for band in range(BANDS)]
    return Fingerprint(exact, keys, pack_text(asked))


def pack_text(asked: Asked) -> bytes:
    """What verification needs, in few bytes."""
    return f"{int(bool(asked.fact))}{asked.question}{_BETWEEN}{asked.answer}".encode("utf-8", "surrogatepass")


def unpack_text(text: bytes) -> tuple[bool, str, str]:
    """Whether rules wrote it from a fact, its question, its answer."""
    whole = text.decode("utf-8", "surrogatepass")
    question, _, answer = whole[1:].partition(_BETWEEN)
    return whole[0] == "1", question, answer


def place_digest(asked: Asked) -> bytes:
    """16 bytes that are equal for the same item in the same leaf node."""
    return _digest(_BETWEEN.join((asked.leaf_node, asked.question, asked.context, asked.answer)), 16)


def _digest(text: str, size: int) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).digest()
