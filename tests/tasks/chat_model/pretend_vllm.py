"""A program that takes vLLM's arguments and serves a scripted model: what the tests of the managed server start.

Its behaviour hangs on the model directory's files: ``crash`` (it ends at once), ``slow`` (never healthy), ``stubborn`` (ignores
SIGTERM), ``fragile`` (dies at the third question), ``fragile_once`` (only the first time), ``slow_again`` (dies at the third
question and is never healthy again). It starts a child of its own, as vLLM does; ``pids`` holds both process ids.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

model = Path(sys.argv[2])
port = int(sys.argv[sys.argv.index("--port") + 1])
name = sys.argv[sys.argv.index("--served-model-name") + 1]
questions = 0


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    global questions
    while True:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        lengths = [line.split(":")[1] for line in head.split("\r\n") if line.lower().startswith("content-length:")]
        asked = json.loads(await reader.readexactly(int(lengths[0])) or b"{}") if lengths else {}
        questions += bool(asked)
        once, slow_again = model / "fragile_once", model / "slow_again"
        if ((model / "fragile").exists() or once.exists() or slow_again.exists()) and questions == 3:
            once.unlink(missing_ok=True)
            if slow_again.exists():
                slow_again.rename(model / "slow")
            print("RuntimeError: CUDA error: an illegal memory access", *["shutting down"] * 20, sep="\n", flush=True)
            os._exit(9)
        fits = '{"colour": "vermilion", "shade": "pale"}'
        text = fits if "response_format" in asked else f"{name} says {os.environ.get('MARK', '')}"
        body = json.dumps({"choices": [{"message": {"content": text}, "finish_reason": "stop"}], "usage": {}}).encode()
        status = "503 Loading" if (model / "slow").exists() else "200 OK"
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()


async def serve() -> None:
    server = await asyncio.start_server(talk, "127.0.0.1", port)
    await server.serve_forever()


print("loading the model", " ".join(sys.argv[1:]), flush=True)
print("OPENAI_API_KEY" in os.environ, os.environ.get("CUDA_VISIBLE_DEVICES"), flush=True)
if (model / "crash").exists():
    print("ValueError: no such quantization", flush=True)
    sys.exit(3)
if (model / "stubborn").exists():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
(model / "pids").write_text(f"{os.getpid()} {child.pid}")
asyncio.run(serve())
