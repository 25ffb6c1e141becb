"""The words that the stages speak: record types, requests and results, settings, errors.

Everything here is data with a definition; nothing here does work. Imports the standard library, pydantic and jsonschema only.

    errors.py             what can go wrong, as a tree
    records.py            the rows of dataset files
    contracts.py          what a stage is asked and returns, from the taxonomy to the scanned samples
    student_contracts.py  the same from training to the verdict, and the summary of a run
    benchmarks.py         what an evaluation says besides the exam: benchmarks, safety, the judge
    settings.py           what a person can set; its sections in
    student_settings.py       train, evaluate, gate
    evaluate_settings.py      benchmarks and the judge
    guardian_settings.py      the guardian of the safety scan
    served_model_settings.py  teacher, critic, judge behind an API
    settings_model.py         what every section is
    qna/                  JSON Schemas of a leaf node's ``qna.yaml``
"""
