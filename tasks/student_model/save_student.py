"""Writes a trained student as a complete checkpoint directory without any trace of where or when.

Part of ``train``, inside the worker process. The weights and configuration are new; the tokenizer's files are the base's own,
byte for byte, so an unchanged tokenizer keeps its digest.

Not covered: sharding rules, GGUF and other formats, a model card.
"""

import json
import shutil
from pathlib import Path

from tasks.student_model.labelled_tokens import PLAIN_TEMPLATE
from tasks.student_model.load_student import Student

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "tokenizer.model",
    "chat_template.jinja",
    "generation_config.json",
)
PLACES = ("_name_or_path", "name_or_path")


def save_student(student: Student, base: Path, folder: Path) -> None:
    """Writes the checkpoint into ``folder``.

    Args:
        student: the trained model, in the number format that it is to be stored in.
        base: directory of the model that it was trained from: its tokenizer's files are copied.
        folder: new directory.
    """
    student.model.save_pretrained(folder)
    for name in TOKENIZER_FILES:
        if (base / name).is_file():
            shutil.copyfile(base / name, folder / name)
    if student.tokenizer.chat_template == PLAIN_TEMPLATE:
        (folder / "chat_template.jinja").write_text(PLAIN_TEMPLATE, "utf-8")
    remove_places(folder)


def remove_places(folder: Path) -> None:
    """Takes local paths out of the configuration files: equal students must have equal files."""
    for name in ("config.json", "tokenizer_config.json", "generation_config.json"):
        file = folder / name
        if file.is_file():
            content = json.loads(file.read_text("utf-8"))
            if any(place in content for place in PLACES):
                kept = {key: value for key, value in content.items() if key not in PLACES}
                file.write_text(json.dumps(kept, indent=2, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
