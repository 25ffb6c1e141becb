"""The words that the stages speak: record types, requests and results, settings, errors.

Everything here is data with a definition; nothing here does work. Imports the standard library, pydantic and jsonschema only.

    errors.py     what can go wrong, as a tree
    records.py    the rows of dataset files
    contracts.py  what a stage is asked, and what it returns
    settings.py   what a person can set
    qna/          JSON Schemas of a leaf node's ``qna.yaml``
"""
