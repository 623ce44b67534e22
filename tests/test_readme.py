"""The README's transcript is replayed: a new reader sees what the program says."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Talk

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_transcript_is_real(name: str, talk: Callable[[str], Talk]) -> None:
    block = re.search(r"```text\n(.*?)```", (ROOT / name).read_text("utf-8"), re.DOTALL)
    assert block
    turns = re.split(r"^> ", block[1], flags=re.MULTILINE)[1:]
    assert turns
    speaker = talk("demo")
    for turn in turns:
        said, _, printed = turn.partition("\n")
        assert speaker.say(said).text == printed.rstrip("\n")


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_picture_is_there_and_light(name: str) -> None:
    (picture,) = re.findall(r"!\[[^\]]+\]\(([^)]+\.png)\)", (ROOT / name).read_text("utf-8"))
    assert (ROOT / picture).read_bytes().startswith(b"\x89PNG")
    assert (ROOT / picture).stat().st_size < 200_000


def test_architecture_is_short_and_names_real_files() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    assert len(text.splitlines()) <= 150
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.(?:py|md))`", text))
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []
