"""The rules of the house that import-linter cannot see."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OTHERS = {"tests", "benchmarks", "docs", "deploy", "instance"}
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["root_packages"]
SOURCES = [ROOT / "app.py", *(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))]


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in SOURCES:
        if "migrations" not in path.parts:
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def test_the_folder_list_is_the_layers() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith((".", "__"))}
    assert folders - OTHERS == set(PACKAGES)
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    assert {name for layer in layers for name in layer.replace(" ", "").split("|")} == set(PACKAGES)


def importers(library: str) -> list[str]:
    found = []
    for name, tree in trees():
        modules = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        modules += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        if any(module.split(".")[0] == library for module in modules):
            found.append(name)
    return sorted(found)


@pytest.mark.parametrize(
    ("library", "files"),
    [
        ("jieba", ["knowledge_base/tokens.py"]),
        ("wechatpy", ["channels/wechat_mp/client.py", "channels/wechat_mp/sealing.py"]),
        ("requests", ["channels/api.py"]),
        ("rapidfuzz", ["knowledge_base/features.py", "knowledge_base/near.py"]),
        ("onnxruntime", ["knowledge_base/dense.py"]),
        ("tokenizers", ["knowledge_base/dense.py"]),
        ("openpyxl", ["curation/spreadsheets/workbook.py"]),
        ("python_calamine", ["curation/spreadsheets/opening.py"]),
        ("alembic", ["storage/database.py"]),
    ],
)
def test_one_file_knows_a_library(library: str, files: list[str]) -> None:
    assert sorted(importers(library)) == files


def test_broad_excepts_stand_at_the_rim_only() -> None:
    broad = []
    for name, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                names = ast.unparse(node.type) if node.type else ""
                if names in ("", "Exception", "BaseException"):
                    broad.append(name)
    assert broad == ["bot/pipeline.py", "scheduler/clock.py", "scheduler/delivery.py"]


def test_time_is_read_in_one_place() -> None:
    readers = [
        name
        for name, tree in trees()
        if re.search(r"\b(datetime\.now|time\.time|utcnow|date\.today)\(", ast.unparse(tree))
    ]
    assert readers == ["config/clock.py"]


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"#.*\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError")
    assert [path.name for path in SOURCES if marks.search(path.read_text("utf-8"))] == []


def test_functions_and_files_stay_readable() -> None:
    long_files = [name for name, tree in trees() if len((ROOT / name).read_text("utf-8").splitlines()) > 420]
    long_functions = [
        f"{name}:{node.name}"
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 60
    ]
    assert (long_files, long_functions) == ([], [])


def test_every_package_says_what_it_is() -> None:
    silent = [name for name, tree in trees() if not ast.get_docstring(tree)]
    assert silent == []
