"""Checks an exported change log without anything else of this project: `python verify_log.py FILE [--head HASH]`.

A log is UTF-8, one canonical JSON object a line: {seq, at, actor, action, payload, prev, hash}. `hash` is the SHA-256
of the canonical JSON (sorted keys, no spaces, UTF-8) of the rest, `prev` the line before's hash (64 zeros before the
first), `seq` counts from 1, and the last line is the export itself (action `export`): so an edited, missing, added or
moved line is found wherever it stands. Whoever can compute all hashes anew from some line on can still rewrite its
end: against that, note down the last hash elsewhere and give it as --head.

Exit code: 0 whole, 1 broken (the first bad seq is named), 2 wrong usage.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

FIELDS = {"seq", "at", "actor", "action", "payload", "prev", "hash"}
FIRST = "0" * 64
CLOSING = "export"


def canonical(value: object) -> str:
    """The one spelling of a JSON value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(record: dict[str, Any]) -> str:
    """The hash of a record: of everything in it but its hash."""
    rest = {name: value for name, value in record.items() if name != "hash"}
    return hashlib.sha256(canonical(rest).encode()).hexdigest()


def first_bad(raw: bytes, head: str = "") -> tuple[int, str] | None:
    """(the seq expected where the log breaks, why), or None for a whole log."""
    seq, prev, last = 0, FIRST, ""
    *lines, rest = raw.split(b"\n")
    for seq, line in enumerate(lines, 1):
        record = _record(line)
        if record is None:
            return seq, "这一行不是规定写法的 JSON，内容被改过"
        if record["seq"] != seq:
            return seq, f"这里应是第 {seq} 条，写的却是 {record['seq']}：有记录被删去、插入或调换"
        if record["prev"] != prev:
            return seq, "与上一条接不上：有记录被删去、插入或调换"
        if record["hash"] != digest(record):
            return seq, "内容与它的校验值不符，被改过"
        prev, last = record["hash"], record["action"]
    if rest:
        return seq + 1, "最后一行不完整"
    if last != CLOSING:
        return seq + 1, "末尾没有导出记录，后面的记录被删去"
    if head not in ("", prev):
        return seq, "末尾的校验值与给出的不同：末尾被删去，或整段被改写"
    return None


def _record(line: bytes) -> dict[str, Any] | None:
    """The object of a line; None unless the line is exactly its canonical spelling."""
    try:
        record = json.loads(line)
        good = isinstance(record, dict) and set(record) == FIELDS and canonical(record).encode() == line
    except (ValueError, RecursionError):
        return None
    return record if good and type(record["seq"]) is int else None


def main(arguments: list[str]) -> int:
    """The stand-alone command."""
    file, head = arguments[:1], arguments[2] if len(arguments) == 3 and arguments[1] == "--head" else ""
    if not file or len(arguments) not in (1, 3) or (len(arguments) == 3 and not head):
        sys.stderr.write("用法：python verify_log.py 日志文件 [--head 末尾的校验值]\n")
        return 2
    try:
        raw = Path(file[0]).read_bytes()
    except OSError as error:
        sys.stderr.write(f"{file[0]} 读不出来：{error.strerror}。请核对文件名。\n")
        return 2
    bad = first_bad(raw, head)
    if bad:
        sys.stdout.write(f"{file[0]}:{bad[0]} 第 {bad[0]} 条有问题：{bad[1]}。请向给出日志的人要一份没动过的。\n")
        return 1
    lines = raw.count(b"\n")
    sys.stdout.write(f"{file[0]}：{lines} 条，完整。末尾的校验值：{json.loads(raw.splitlines()[-1])['hash']}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
