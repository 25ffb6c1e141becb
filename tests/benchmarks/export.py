"""What it costs to write a GGUF file: seconds and memory for a model of about 500 MB with random weights in bfloat16.

    python -m tests.benchmarks.export [--formats f16 q8_0] [--hidden 1024]

Prints JSON. Each format is written and read back in a process of its own, so that its peak memory is its own.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Makes the model, exports it in each format, prints what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--formats", nargs="+", default=["f16", "bf16", "q8_0"])
    parser.add_argument("--hidden", type=int, default=1024)
    parser.add_argument("--child", nargs=3, metavar=("MODEL", "TARGET", "FORMAT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(export(*options.child)))
        return
    from tests.tasks.student_model.export.made_models import make_checkpoint

    with tempfile.TemporaryDirectory() as folder:
        config = {"hidden_size": options.hidden, "intermediate_size": 3 * options.hidden, "num_hidden_layers": 16}
        config |= {"num_attention_heads": 16, "num_key_value_heads": 8, "vocab_size": 32_000, "tie_word_embeddings": True}
        model = make_checkpoint(Path(folder) / "model", dtype="BF16", **config)
        size = sum(file.stat().st_size for file in model.glob("*.safetensors"))
        results = []
        for kind in options.formats:
            target = Path(folder) / f"{kind}.gguf"
            child = [sys.executable, "-m", "tests.benchmarks.export", "--child", str(model), str(target), kind]
            results.append(json.loads(subprocess.run(child, capture_output=True, text=True, check=True).stdout))
            target.unlink()
    print(json.dumps({"checkpoint_mb": round(size / 1e6), "exports": results}, indent=2))


def peak_mb() -> int:
    """The most memory that this process has held, megabytes. What getrusage tells is inherited from the parent."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return round(int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024)


def export(model: str, target: str, kind: str) -> dict[str, object]:
    """One export in this process, and what it took."""
    from tasks.student_model.export.architecture import plan_model
    from tasks.student_model.export.exporting import Exported
    from tasks.student_model.export.gguf_file import Facts, write_gguf
    from tasks.student_model.export.reading_back import compare_tensors
    from tasks.student_model.export.vocabulary import read_vocabulary

    before = peak_mb()
    exported, started, cpu = Exported(Path(model)), time.monotonic(), time.process_time()
    plan = plan_model(exported.folder)
    vocabulary = read_vocabulary(exported.folder, plan.vocabulary)
    write_gguf(Path(target), plan, vocabulary, Facts("benchmark", ""), kind, lambda _done, _total: None)
    written = {"seconds": time.monotonic() - started, "cpu_seconds": time.process_time() - cpu}
    peak = peak_mb()
    started, cpu = time.monotonic(), time.process_time()
    compare_tensors(Path(target), plan, kind)
    read = {"seconds": time.monotonic() - started, "cpu_seconds": time.process_time() - cpu}
    return {
        "format": kind,
        "file_mb": round(Path(target).stat().st_size / 1e6),
        "largest_tensor_in_float32_mb": round(max(4 * tensor.shape[0] * tensor.shape[-1] for tensor in plan.tensors) / 1e6),
        "writing": {key: round(value, 1) for key, value in written.items()},
        "reading_back": {key: round(value, 1) for key, value in read.items()},
        "rss_mb_imports": before,
        "rss_mb_writing": peak,
        "rss_mb_reading_back": peak_mb(),
    }


if __name__ == "__main__":
    main()
