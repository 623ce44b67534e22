"""The shared WeChat cases as test parameters. Skipped, with the reason, where their folder is not there."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(os.environ.get("ZHIBU_CONFORMANCE_DIR", "../shared/conformance/wechat"))

Case = dict[str, Any]


def cases(file: str) -> list[Any]:
    """Every case of a file as parameters; one skipped parameter where the file is missing."""
    path = FOLDER / f"{file}.json"
    if not path.is_file():
        reason = f"{path} is not there (set ZHIBU_CONFORMANCE_DIR)"
        return [pytest.param({}, marks=pytest.mark.skip(reason=reason), id="missing")]
    listed = json.loads(path.read_text("utf-8"))
    return [pytest.param(case, id=f"{number}-{case['name']}") for number, case in enumerate(listed)]
