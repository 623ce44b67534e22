"""The whole webhook path with its database against a bare Flask app, under the same server, in one run.

    .venv/bin/python benchmarks/webhook.py [--seconds 8] [--write]

Both run under gunicorn (gthread, 2 workers x 8 threads) on this machine; a client in another process keeps
CONNECTIONS requests under way over kept-alive connections. Every message has its own MsgId (so each is a durable
write), its own sender out of 500, and one of the starter content's
wordings, or ("a free question") a question that is none of them. Rounds alternate, the ratio is of
medians. `--write` puts the table into docs/explanation/performance.md.
"""

import argparse
import asyncio
import importlib.metadata
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from channels.wechat_mp.sealing import Seal, signature  # noqa: E402 - the path comes first
from channels.wechat_mp.xml import parse  # noqa: E402
from knowledge_base.loading import load  # noqa: E402

TOKEN, AES_KEY, APP_ID = "benchmark", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wx0000000000000001"
CONNECTIONS, SENDERS, ROUNDS = 32, 500, 3
PAGE = ROOT / "docs" / "explanation" / "performance.md"
BEGIN, END = "<!-- webhook -->", "<!-- /webhook -->"

BARE = """
from flask import Flask
app = Flask(__name__)
@app.post("/wechat/mp")
def reply():
    return "success"
"""
OURS = "from app import create_app\napp = create_app()\n"


@contextmanager
def served(source: str, settings: dict[str, str]) -> Iterator[int]:
    """A gunicorn over a module of that source; gives its port."""
    port = random.randint(20000, 40000)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "benchmarked.py").write_text(source)
        environment = os.environ | {
            "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",
            "ZHIBU_INSTANCE_DIR": folder,
            "ZHIBU_LOG_LEVEL": "INFO",
            "ZHIBU_RATE_LIMIT": "0",
        }
        command = [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "gunicorn",
            "--preload",
            "-k",
            "gthread",
            "-w",
            "2",
            "--threads",
            "8",
        ]
        command += ["--log-level", "error", "-b", f"127.0.0.1:{port}", "benchmarked:app"]
        process = subprocess.Popen(command, env=environment | settings, stderr=subprocess.DEVNULL, cwd=folder)
        try:
            _wait(port, process)
            yield port
        finally:
            process.terminate()
            process.wait()


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    import socket

    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            raise SystemExit("the server did not start")
        time.sleep(0.1)
    raise SystemExit("the server did not answer")


def requests(mode: str, count: int, questions: list[str], seed: int) -> list[bytes]:
    """Whole HTTP requests, made before the clock runs."""
    chooser = random.Random(seed)
    seal = Seal(TOKEN, AES_KEY, APP_ID)
    made = []
    for number in range(count):
        timestamp, nonce = str(int(time.time())), str(chooser.randrange(10**9))
        body = (
            f"<xml><ToUserName>gh_1</ToUserName><FromUserName>o{chooser.randrange(SENDERS):06d}</FromUserName>"
            f"<CreateTime>{timestamp}</CreateTime><MsgType>text</MsgType>"
            f"<Content><![CDATA[{chooser.choice(questions)}]]></Content>"
            f"<MsgId>{seed * 10**9 + number}</MsgId></xml>"
        )
        query = {"timestamp": timestamp, "nonce": nonce, "signature": signature(TOKEN, timestamp, nonce)}
        if mode == "safe":
            envelope = parse(seal.seal(body, timestamp, nonce).encode())
            query |= {"encrypt_type": "aes", "msg_signature": envelope["MsgSignature"]}
            body = f"<xml><ToUserName>gh_1</ToUserName><Encrypt><![CDATA[{envelope['Encrypt']}]]></Encrypt></xml>"
        data = body.encode()
        head = (f"POST /wechat/mp?{urlencode(query)} HTTP/1.1", "Host: x", f"Content-Length: {len(data)}", "", "")
        made.append("\r\n".join(head).encode() + data)
    return made


async def drive(port: int, made: list[bytes], seconds: float) -> tuple[float, list[float]]:
    """(requests answered per second, each one's milliseconds)."""
    waiting, taken = iter(made), []
    stop = time.perf_counter() + seconds

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            began = time.perf_counter()
            if began > stop:
                break
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head.split(b"\r\n", 1)[0]:
                raise SystemExit(head.decode())
            length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            await reader.readexactly(length)
            taken.append((time.perf_counter() - began) * 1000)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    return len(taken) / (time.perf_counter() - began), taken


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    questions = [wording for entry in load(ROOT / "knowledge_base" / "content").entries for wording in entry.wordings]
    asked = (ROOT / "tests" / "content" / "questions.jsonl").read_text("utf-8").splitlines()
    free = [json.loads(line)["query"] for line in asked]
    plain = {"ZHIBU_WECHAT_MP_TOKEN": TOKEN, "ZHIBU_WECHAT_MP_MODE": "plain"}
    safe = {"ZHIBU_WECHAT_MP_TOKEN": TOKEN, "ZHIBU_WECHAT_MP_AES_KEY": AES_KEY, "ZHIBU_WECHAT_MP_APP_ID": APP_ID}
    # "plain" asks for nothing but the list of commands, as the floor of reliability.md does; "answer" asks questions.
    cases = {
        "bare Flask": (BARE, {}, "plain", questions),
        "plain, 帮助": (OURS, plain, "plain", ["帮助"]),
        "plain, an answer": (OURS, plain, "plain", questions),
        "safe, an answer": (OURS, safe, "safe", questions),
        "safe, a free question": (OURS, safe, "safe", free),
    }
    rates: dict[str, list[float]] = {name: [] for name in cases}
    latencies: dict[str, list[float]] = {name: [] for name in cases}
    for round_number in range(ROUNDS):
        for name, (source, settings, mode, texts) in cases.items():
            made = requests(
                mode,
                int(6000 * options.seconds) if name == "bare Flask" else int(4000 * options.seconds),
                texts,
                round_number + 1,
            )
            with served(source, settings) as port:
                asyncio.run(drive(port, made[:500], 2))
                rate, taken = asyncio.run(drive(port, made[500:], options.seconds))
            rates[name].append(rate)
            latencies[name] += taken
            print(f"round {round_number + 1} {name}: {rate:.0f}/s", flush=True)
    table = "\n".join(_table(rates, latencies))
    print(table)
    if options.write:
        text = PAGE.read_text("utf-8")
        before, rest = text.split(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.split(END)[1]}", "utf-8")


def _table(rates: dict[str, list[float]], latencies: dict[str, list[float]]) -> Iterator[str]:
    bare = statistics.median(rates["bare Flask"])
    versions = " ".join(f"{name} {importlib.metadata.version(name)}" for name in ("flask", "gunicorn", "sqlalchemy"))
    names = (line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
    cpu = next(names, "?").rpartition(":")[2].strip()
    today, system = time.strftime("%Y-%m-%d"), f"Python {platform.python_version()}，{versions}"
    yield f"{today}，{os.cpu_count()} 核 {cpu}，{system}，SQLite（WAL，NORMAL）。"
    yield ""
    yield "| | 每秒请求 | 与空 Flask 之比 | p50 ms | p99 ms |"
    yield "|---|---|---|---|---|"
    for name, measured in rates.items():
        rate, quantiles = statistics.median(measured), statistics.quantiles(latencies[name], n=100)
        yield f"| {name} | {rate:.0f} | {rate / bare:.2f} | {quantiles[49]:.1f} | {quantiles[98]:.1f} |"


if __name__ == "__main__":
    main()
