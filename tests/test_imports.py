"""Who may know whom: the import rules of the house."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"schemas", "tasks", "flows", "deployments", "taxonomy_sample"}
SHARED_ROOMS = {"dataset_files", "chat_model", "student_model"}
STAGES = {
    "taxonomy_diff",
    "safety_scan",
    "teacher_generate",
    "critic_filter",
    "train",
    "evaluate",
    "promote",
}
LEARNING = {"torch", "transformers", "peft", "accelerate", "datasets", "safetensors", "bitsandbytes"}


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, at any depth, with its full dotted name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def is_task_file(path: Path) -> bool:
    return path.name == "task.py" or path.parent == ROOT / "tasks" / "placement"


@pytest.mark.parametrize("path", modules("schemas"), ids=str)
def test_schemas_import_the_standard_library_pydantic_and_jsonschema_only(path: Path) -> None:
    allowed = sys.stdlib_module_names | {"pydantic", "jsonschema", "schemas"}
    assert {name.split(".")[0] for name in imports(path)} <= allowed


@pytest.mark.parametrize("path", modules("tasks"), ids=str)
def test_no_room_imports_another_stage(path: Path) -> None:
    room = path.relative_to(ROOT / "tasks").parts[0]
    for name in imports(path):
        parts = name.split(".")
        if parts[0] in OURS - {"schemas", "tasks"}:
            pytest.fail(f"{path} imports {name}")
        if parts[0] == "tasks" and len(parts) > 1:
            allowed = SHARED_ROOMS | {room} | ({"placement"} if is_task_file(path) else set())
            assert parts[1] in allowed, f"{path} imports {name}"


@pytest.mark.parametrize("room", sorted(SHARED_ROOMS))
def test_shared_rooms_know_no_stage(room: str) -> None:
    for path in modules(f"tasks/{room}"):
        assert not {name.split(".")[1] for name in imports(path) if name.startswith("tasks.")} & STAGES


@pytest.mark.parametrize("path", modules("tasks"), ids=str)
def test_prefect_appears_in_task_files_and_placement_only(path: Path) -> None:
    if not is_task_file(path):
        assert "prefect" not in {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", [*modules("tasks"), *modules("flows"), *modules("schemas")], ids=str)
def test_learning_libraries_appear_in_their_rooms_only(path: Path) -> None:
    if not {"train", "evaluate", "student_model"} & set(path.parts):
        assert not {name.split(".")[0] for name in imports(path)} & LEARNING


@pytest.mark.parametrize("path", [p for p in modules("tasks") if p.name == "__init__.py"], ids=str)
def test_a_room_opens_with_a_docstring_and_nothing_else(path: Path) -> None:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    assert len(body) == 1
    assert isinstance(body[0], ast.Expr)


def modules_after(code: str) -> set[str]:
    """The top-level modules that are loaded after running the code in a fresh interpreter."""
    code += "\nimport sys; print(' '.join(sorted({m.split('.')[0] for m in sys.modules})))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(run.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("path", [*modules("tasks"), *modules("flows"), *modules("schemas")], ids=str)
def test_lm_eval_appears_in_the_evaluation_only(path: Path) -> None:
    if "evaluate" not in path.parts:
        assert "lm_eval" not in {name.split(".")[0] for name in imports(path)}


def test_help_loads_neither_prefect_nor_learning_libraries() -> None:
    code = (
        "from typer.testing import CliRunner; from flows.cli import app; assert not CliRunner().invoke(app, ['--help']).exit_code"
    )
    assert not modules_after(code) & (LEARNING | {"prefect", "matplotlib", "presidio_analyzer", "openai"})


def test_the_flow_loads_no_learning_library() -> None:
    assert not modules_after("import flows.retrain") & (LEARNING | {"dask", "distributed"})
