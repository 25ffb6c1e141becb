"""Which GPUs this machine has, by its driver's own tool: no torch is imported for that.

Not covered: AMD and Intel (their tools have no stable machine-readable output; choose the profile by hand).
"""

import shutil
import subprocess

_SECONDS = 20.0


def find_gpus() -> list[str]:
    """A line for each NVIDIA GPU, for example ``NVIDIA H100, 81559 MiB``; empty where there is none or no driver."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    command = [program, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []  # a driver that does not answer drives nothing
    return [line.strip() for line in answer.stdout.splitlines() if line.strip()] if answer.returncode == 0 else []
