"""`./run test`: every check of the project, the tests last. `./run test slow`: the suites that take longer.

Further arguments go to pytest.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CHECKS = (
    ("风格 ruff", [BIN / "ruff", "check", "."]),
    ("排版 ruff format", [BIN / "ruff", "format", "--check", "--quiet", "."]),
    ("类型 mypy", [BIN / "mypy"]),
    ("分层 import-linter", [BIN / "lint-imports", "--no-cache"]),
)


WORKERS = ["-n", str(min(4, os.cpu_count() or 1))]


def main(arguments: list[str]) -> int:
    """The exit code: 0 when everything holds, else that of the first check that does not."""
    if not arguments:
        for name, command in CHECKS:
            print(f"== {name}", flush=True)
            if code := subprocess.call(list(map(str, command)), cwd=ROOT):
                return code
        arguments = WORKERS
    elif arguments == ["slow"]:
        arguments = [*WORKERS, "-m", "slow"]
    print("== 测试 pytest", flush=True)
    return subprocess.call([sys.executable, "-W", "ignore::SyntaxWarning", "-m", "pytest", *arguments], cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
