"""Saved steps are complete or ignored."""

import json
from pathlib import Path

import pytest

from tasks.train.saved_steps import MARK, last_complete, mark_complete


def save(folder: Path, step: int, request: str = "r1", mark: bool = True) -> Path:
    checkpoint = folder / f"checkpoint-{step}"
    checkpoint.mkdir(parents=True)
    (checkpoint / "model.safetensors").write_bytes(bytes([step % 256]) * 100)
    (checkpoint / "optimizer.pt").write_bytes(b"state")
    if mark:
        mark_complete(checkpoint, request, step)
    return checkpoint


def test_the_last_complete_one_is_used_and_the_others_removed(tmp_path: Path) -> None:
    save(tmp_path, 9)
    best = save(tmp_path, 100)
    assert last_complete(tmp_path, "r1") == best
    assert list(tmp_path.iterdir()) == [best]


def damage_nothing_was_marked(checkpoint: Path) -> None:
    (checkpoint / MARK).unlink()


def damage_a_file_is_gone(checkpoint: Path) -> None:
    (checkpoint / "optimizer.pt").unlink()


def damage_a_file_is_short(checkpoint: Path) -> None:
    (checkpoint / "model.safetensors").write_bytes(b"half")


def damage_the_mark_is_garbled(checkpoint: Path) -> None:
    (checkpoint / MARK).write_text("{")


def damage_it_is_of_another_request(checkpoint: Path) -> None:
    content = json.loads((checkpoint / MARK).read_text())
    (checkpoint / MARK).write_text(json.dumps(content | {"request": "r2"}))


@pytest.mark.parametrize(
    "damage",
    [
        damage_nothing_was_marked,
        damage_a_file_is_gone,
        damage_a_file_is_short,
        damage_the_mark_is_garbled,
        damage_it_is_of_another_request,
    ],
)
def test_a_torn_one_is_ignored_and_the_one_before_is_used(tmp_path: Path, damage) -> None:
    before = save(tmp_path, 50)
    damage(save(tmp_path, 100))
    assert last_complete(tmp_path, "r1") == before
    assert list(tmp_path.iterdir()) == [before]


def test_without_any_there_is_none(tmp_path: Path) -> None:
    assert last_complete(tmp_path / "absent", "r1") is None
    save(tmp_path, 5, mark=False)
    assert last_complete(tmp_path, "r1") is None
