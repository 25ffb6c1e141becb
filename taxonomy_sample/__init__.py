"""A small real taxonomy, written for labflow: what a newcomer trains on, and what the tests run.

    documents/     the manual that the knowledge leaf pins; becomes the Git repository ``delorean_manual/``
    taxonomy/      one knowledge leaf, one grounded skill, one freeform skill; becomes the Git repository ``taxonomy/``
    materialise    makes both repositories, with the same commit ids on every machine

The car is real; prices and intervals are illustrative, and the text is our own.
"""
