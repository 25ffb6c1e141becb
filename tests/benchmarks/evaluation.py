"""Seconds for multiple-choice questions: labflow's evaluation against lm-eval's own command line, same model, same questions.

    python -m tests.benchmarks.evaluation [QUESTIONS]     1,000 unless told; needs the extra lm-eval

Both ask every question in two forms, by letter and by text (cloze), through the chat template, and read the model from disk:
``lm_eval run --model hf --batch_size 32`` with two tasks in YAML, and ``labflow model evaluate``. The model is a small Llama of
random weights in the size of the embedded default. Prints JSON: wall and CPU seconds of each whole process and both accuracies,
which must be the same.
"""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from schemas.student_settings import TrainSettings
from tasks.student_model.scratch_student import make_scratch_student

WORDS = ["steel", "engine", "door", "length", "width", "battery", "colour", "front", "rear", "axle", "year", "price", "panel"]
SAME = 0.002
"""Largest difference of an accuracy: of a thousand, two questions whose best choices differ by rounding alone."""
TASK = """task: {form}
dataset_path: json
dataset_kwargs: {{data_files: {{test: {file}}}}}
test_split: test
output_type: multiple_choice
doc_to_text: {text}
doc_to_choice: {choices}
doc_to_target: answer
metric_list: [{{metric: {metric}}}]
"""
LETTERS = (
    '"{{question}}\\nA. {{choices[0]}}\\nB. {{choices[1]}}\\nC. {{choices[2]}}\\nD. {{choices[3]}}\\nAnswer:"',
    '["A", "B", "C", "D"]',
    "acc",
)
CLOZE = ('"{{question}}"', "choices", "acc_norm")


def main(questions: int) -> dict[str, Any]:
    """Times both on the same files."""
    with tempfile.TemporaryDirectory(prefix="labflow-evaluation-") as name:
        folder = Path(name)
        generator = random.Random(7)
        texts = [" ".join(generator.choices(WORDS, k=12)) for _ in range(500)]
        make_scratch_student(folder / "model", texts, TrainSettings())
        file = folder / "questions.jsonl"
        rows = [
            {
                "question": f"What is the {' '.join(generator.choices(WORDS, k=6))} number {number}?",
                "choices": [f"{word} {generator.randint(1, 999)}" for word in generator.sample(WORDS, 4)],
                "answer": generator.randrange(4),
            }
            for number in range(questions)
        ]
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        ours, theirs = time_labflow(folder, file), time_lm_eval(folder, file)
        if any(abs(ours[form] - theirs[form]) > SAME for form in ("letters", "cloze")):
            raise SystemExit(f"not the same accuracies: labflow {ours}, lm-eval {theirs}")
        return {"questions": questions, "forms": 2, "labflow": ours, "lm_eval_command": theirs}


def time_labflow(folder: Path, file: Path) -> dict[str, float]:
    """The whole process of ``labflow model evaluate``."""
    arguments = [
        "model",
        "evaluate",
        "--model",
        str(folder / "model"),
        "--questions",
        str(file),
        "--json",
        "--out",
        str(folder / "out"),
    ]
    command = [sys.executable, "-c", "from flows.cli import main; main()", *arguments]
    taken, output = _timed(command, folder)
    scores = {score["metric"]: score["student"] for score in json.loads(output)["benchmarks"]}
    return taken | {form: scores[form] for form in ("letters", "cloze")}


def time_lm_eval(folder: Path, file: Path) -> dict[str, float]:
    """The whole process of ``lm_eval run``."""
    tasks = folder / "tasks"
    tasks.mkdir()
    for form, (text, choices, metric) in {"letters": LETTERS, "cloze": CLOZE}.items():
        (tasks / f"{form}.yaml").write_text(TASK.format(form=form, file=file, text=text, choices=choices, metric=metric))
    command = [
        sys.executable,
        "-m",
        "lm_eval",
        "run",
        "--model",
        "hf",
        "--model_args",
        f"pretrained={folder / 'model'},dtype=float32",
    ]
    command += ["--tasks", "letters,cloze", "--include_path", str(tasks), "--batch_size", "32", "--device", "cpu"]
    taken, _ = _timed([*command, "--apply_chat_template", "--output_path", str(folder / "lm_eval")], folder)
    (written,) = (folder / "lm_eval").rglob("results_*.json")
    results = json.loads(written.read_text())["results"]
    return taken | {"letters": results["letters"]["acc,none"], "cloze": results["cloze"]["acc_norm,none"]}


def _timed(command: list[str], folder: Path) -> tuple[dict[str, float], str]:
    """Wall and CPU seconds of a process with its children, and what it printed."""
    root = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "hf"), "PYTHONPATH": root}
    before, started = _cpu_seconds(), time.monotonic()
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command[2:5]} failed:\n{done.stderr[-3000:]}")
    return {"seconds": round(time.monotonic() - started, 1), "cpu_seconds": round(_cpu_seconds() - before, 1)}, done.stdout


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000), indent=2))
