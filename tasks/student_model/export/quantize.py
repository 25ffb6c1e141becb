"""Four bits a weight: ``llama-quantize`` of llama.cpp makes a Q4_K_M file from one in 16 bits.

Part of ``labflow model export``. The program runs without a shell, in a process of its own. A k-quant shares its scales among 256
numbers of a row; rows of another width llama-quantize stores in another format (Q5_0, Q8_0, F16), and which it took is read from
the file afterwards.

Source: llama.cpp, ``tools/quantize``.

Not covered: importance matrices, other k-quants.
"""

import subprocess
from pathlib import Path

from schemas.errors import TrainingError, UsageError
from tasks.student_model.export.architecture import ModelPlan

SUPER_BLOCK = 256
WAY_TO_GET_IT = "It comes with llama.cpp (its releases, Homebrew, conda-forge; or cmake --build build --target llama-quantize)"
_SECONDS = 6 * 3600.0


def require_quantizer(program: str | None) -> str:
    """The program's path.

    Raises:
        UsageError: there is none.
    """
    if program is None:
        raise UsageError(f"q4_k_m needs llama-quantize, which is not on PATH. {WAY_TO_GET_IT}; or choose --gguf q8_0.")
    return program


def quantize_file(program: str, source: Path, target: Path, threads: int) -> None:
    """Writes ``target``, whole or not at all.

    Args:
        program: Path of ``llama-quantize``.
        source: A GGUF file in 16 or 32 bits.

    Raises:
        TrainingError: the program failed; with its last line.
    """
    part = target.with_name(f"{target.name}.part")
    command = [program, str(source), str(part), "Q4_K_M", str(threads)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False)
        if run.returncode != 0 or not part.is_file():
            said = [line.strip() for line in (run.stderr + run.stdout).splitlines() if line.strip()]
            raise TrainingError(f"llama-quantize failed ({run.returncode}): {' | '.join(said[-2:])[:300]}")
        part.replace(target)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TrainingError(f"{program} cannot be run ({error}). {WAY_TO_GET_IT}.") from error
    finally:
        part.unlink(missing_ok=True)


def note_odd_widths(plan: ModelPlan, formats: dict[str, int]) -> str:
    """What became of rows that a k-quant cannot hold; empty where there are none.

    Args:
        formats: Tensors of the file by number format.
    """
    widths = sorted({tensor.shape[-1] for tensor in plan.tensors if len(tensor.shape) > 1 and tensor.shape[-1] % SUPER_BLOCK})
    if not widths:
        return ""
    taken = ", ".join(name for name in formats if not name.endswith("_K") and name != "F32")
    rows = " and ".join(str(width) for width in widths)
    return f"rows of {rows} numbers are no multiple of {SUPER_BLOCK}: llama-quantize stored them as {taken}, not in four bits"
