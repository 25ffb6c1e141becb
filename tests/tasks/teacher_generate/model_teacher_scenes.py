"""A small leaf of each kind, and a scripted teacher that answers each prompt right, for the model teacher's tests."""

import hashlib
import json
from typing import Any

from schemas.records import Chunk, Document, LeafKind, LeafNode, SeedExample
from schemas.settings import TeacherSettings
from tasks.teacher_generate.material import LeafMaterial
from tests.tasks.chat_model.scripted_server import Asked, Reply, ScriptedServer

DOCUMENT = Document(repo="https://example.org/rivers", commit="a" * 40, path="rhine.md", sha256="0" * 64)


def leaf_of(kind: LeafKind, name: str = "one") -> LeafNode:
    return LeafNode(
        path=f"{kind}/{name}",
        kind=kind,
        version=3,
        description="rivers of Europe",
        outline="the Rhine from source to sea",
        key=hashlib.sha256(f"{kind}{name}".encode()).hexdigest(),
        change="added",
        documents=(DOCUMENT,) if kind == "knowledge" else (),
        taught=3,
        held_out=1,
    )


def material_of(kind: LeafKind, name: str = "one", chunks: int = 2, seeds: int = 3) -> LeafMaterial:
    leaf = leaf_of(kind, name)
    texts = [f"The Rhine passes {number} cities. It flows to the North Sea." for number in range(chunks)]
    return LeafMaterial(
        leaf,
        tuple(
            SeedExample(
                id=f"{number:016x}",
                leaf_node=leaf.path,
                kind=kind,
                question=f"What is seed {number}?",
                context=None if kind == "freeform_skill" else f"A passage about seed {number // 2}.",
                answer=f"Seed answer {number}.",
            )
            for number in range(seeds)
        ),
        tuple(
            Chunk(
                id=f"chunk{number}",
                leaf_node=leaf.path,
                document=DOCUMENT,
                headings=("The Rhine", "Cities"),
                text=text,
                start=number * 1000,
                end=number * 1000 + len(text),
            )
            for number, text in enumerate(texts)
        )
        if kind == "knowledge"
        else (),
    )


def form_of(asked: Asked) -> str:
    return asked["response_format"]["json_schema"]["name"]


def good_answer(asked: Asked) -> Reply:
    """Fits the form; depends on nothing but the request."""
    mark = hashlib.sha256(json.dumps([asked["messages"], asked["seed"]]).encode()).hexdigest()[:8]
    many = [f"{mark}-{number}" for number in range(7)]
    answers: dict[str, Any] = {
        "Pairs": {"pairs": [{"question": f"Question {each}?", "answer": f"Answer {each}."} for each in many]},
        "GroundedPairs": {
            "pairs": [{"context": f"Context {e}.", "question": f"Question {e}?", "answer": f"Answer {e}."} for e in many]
        },
        "Questions": {"questions": [f"Question {each}?" for each in many]},
        "Contexts": {"contexts": [f"Context {each}." for each in many]},
        "Answer": {"answerable": "yes", "answer": "It flows to the North Sea."},
        "Summary": {"summary": f"Summary {mark}."},
        "Facts": {"facts": [f"Fact {each}." for each in many[:2]]},
    }
    return Reply(text=json.dumps(answers[form_of(asked)]))


def teacher_of(server: ScriptedServer, **changes: Any) -> TeacherSettings:
    return TeacherSettings(kind="model", model=server.settings(concurrency=16), **changes)
