"""The other forms of an English word: dogs -> dog; reported -> report, reports, reporting.

Part of ``train``, inside the worker process. A student made from scratch has a vector for each token and none for what they have
in common: *dog* is as far from *dogs* as from anything else, until it has been asked about both (``prompt_noise.py``). The forms
come from lemminflect's dictionary, of which nouns, verbs and adjectives are asked.

Example: dogs -> dog, dogged, dogging

Not covered: derivations (photograph, photography), synonyms, other languages than English: their words have no other forms here.
"""

PARTS_OF_SPEECH = ("NOUN", "VERB", "ADJ")
SHORTEST = 3
"""Letters: shorter words are of the kind that questions are built with."""


def other_forms(word: str) -> list[str]:
    """The other forms of a word, in the word's own case.

    >>> other_forms("Dogs")[:1], other_forms("of")
    (['Dog'], [])
    """
    if len(word) < SHORTEST or not word.isalpha():
        return []
    from lemminflect import getAllInflections, getAllLemmas  # a second of CPU time, for students made from scratch alone

    lemmas = {(part, lemma) for part, found in getAllLemmas(word.lower()).items() if part in PARTS_OF_SPEECH for lemma in found}
    forms = {form for part, lemma in lemmas for found in getAllInflections(lemma, part).values() for form in found}
    others = sorted(forms - {word.lower()})
    return [form.capitalize() for form in others] if word[0].isupper() else others
