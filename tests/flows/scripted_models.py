"""A teacher and critic of the sample taxonomy, scripted: right about what its humans wrote, and of one mind about the rest.

As a program it takes vLLM's arguments and serves that model, for runs that start their own server::

    python -m tests.flows.scripted_models serve MODEL_DIRECTORY --port 4321 ...

``MODEL_DIRECTORY/taxonomy`` holds the taxonomy's path; each start adds a line to ``MODEL_DIRECTORY/starts``.
"""

import hashlib
import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from schemas.records import Chunk, Document
from tasks.teacher_generate.extractive.reading import read_chunks
from tasks.teacher_generate.extractive.wordings import write_wordings
from tests.tasks.chat_model.scripted_server import Asked, Reply, Script, ScriptedServer
from tests.tasks.teacher_generate.model_teacher_scenes import form_of, good_answer

BEST = {"YesNo": ("verdict", "yes"), "Relevancy": ("relevancy", "2"), "PairQuality": ("quality", "3")}
WORST = {"YesNo": "no", "Relevancy": "0", "PairQuality": "1"}


def knowing_model(taxonomy: Path, refused_leaf: str = "", refuse_all: bool = False) -> Script:
    """Knows the humans' pairs; of generated ones it refuses about one in eight, and all whose prompt names ``refused_leaf``.

    Args:
        refuse_all: Whether it refuses every generated sample.
    """
    truth = {question: (answer, context) for question, answer, context in human_pairs(taxonomy)}

    def script(asked: Asked) -> Reply:
        form = form_of(asked)
        if form not in BEST:
            good = good_answer(asked).text
            if refused_leaf and refused_leaf in str(asked):  # the critic is not told the leaf: the teacher's words carry it
                good = good.replace("Question ", "Refused question ")
            return Reply(text=good)
        question, answer, source = (tagged(asked, tag) for tag in ("question", "answer", "source"))
        if question in truth:
            right = answer in ("", truth[question][0]) and source in ("", truth[question][1])
        else:
            right = not refuse_all and "Refused" not in question and hashlib.sha256(question.encode()).digest()[0] % 8 > 0
        key, best = BEST[form]
        return Reply(text=json.dumps({"explanation": "So it is.", key: best if right else WORST[form]}))

    return script


def reading_model(taxonomy: Path) -> Script:
    """Knows the humans' pairs, and writes about a document what stands in it."""
    knowing = knowing_model(taxonomy)

    def script(asked: Asked) -> Reply:
        found = re.search(r"<document>\n(.*?)\n</document>", asked["messages"][-1]["content"], re.DOTALL)
        if form_of(asked) != "Pairs" or found is None:
            return knowing(asked)
        pairs = pairs_of(found.group(1))
        # Each request of a chunk begins elsewhere, as a model does at another seed or after other examples.
        begin = int(hashlib.sha256(json.dumps([asked["messages"], asked["seed"]]).encode()).hexdigest()[:8], 16)
        chosen = [pairs[(begin + step) % len(pairs)] for step in range(5)]
        return Reply(text=json.dumps({"pairs": [{"question": question, "answer": answer} for question, answer in chosen]}))

    return script


@cache
def pairs_of(text: str) -> list[tuple[str, str]]:
    """Questions and answers about a text, by the extractive teacher's rules."""
    document = Document(repo="-", commit="0" * 40, path="document.md", sha256="0" * 64)
    chunk = Chunk(id="c", leaf_node="knowledge/document", document=document, text=text, start=0, end=len(text))
    facts = [fact for reading in read_chunks([chunk]) for fact in reading.facts]
    return [(wording, fact.answer.text) for fact in facts for wording in write_wordings(fact, 6, 1)[0]]


def yes_sayer(asked: Asked) -> Reply:
    """A good teacher, and a critic that likes everything."""
    form = form_of(asked)
    return Reply(text=json.dumps({"explanation": "Fine.", **dict([BEST[form]])})) if form in BEST else good_answer(asked)


def human_pairs(taxonomy: Path) -> Iterator[tuple[str, str, str]]:
    """(question, answer, context) of all seed examples, white space made plain."""
    for path in sorted(taxonomy.rglob("qna.yaml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["seed_examples"]:
            for pair in entry.get("questions_and_answers", [entry]):
                yield plain(pair["question"]), plain(pair["answer"]), plain(entry.get("context", ""))


def tagged(asked: dict[str, Any], tag: str) -> str:
    found = re.search(rf"<{tag}>\n(.*?)\n</{tag}>", asked["messages"][-1]["content"], re.DOTALL)
    return plain(found.group(1)) if found else ""


def plain(text: str) -> str:
    return " ".join(text.split())


def main() -> None:
    model = Path(sys.argv[2])
    with (model / "starts").open("a") as stream:
        stream.write(f"{os.getpid()}\n")
    server = ScriptedServer(knowing_model(Path((model / "taxonomy").read_text())))
    server.port = int(sys.argv[sys.argv.index("--port") + 1])
    with server:
        signal.sigwait({signal.SIGTERM})


if __name__ == "__main__":
    main()
