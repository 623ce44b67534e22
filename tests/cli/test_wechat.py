"""`./run wechat menu`: the menu from a file."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.services import Services
from fakeplatform.platform import Platform
from fakeplatform.server import PlatformServer
from knowledge_base.loading import load_menu
from knowledge_base.strict_yaml import ContentError
from tests.cli.conftest import Run, invoke
from tests.cli.test_platform import official_settings
from tests.clock import MovableClock
from tests.conftest import CONTENT


@pytest.fixture
def server(clock: MovableClock) -> Iterator[PlatformServer]:
    with PlatformServer(Platform(clock=clock)) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "content").mkdir()
    shutil.copy(CONTENT / "menu.yaml", tmp_path / "content")
    return tmp_path / "content"


@pytest.fixture
def on_account(make_product: Callable[..., Services], server: PlatformServer, folder: Path) -> Run:
    services = make_product(**official_settings(server), content_dir=folder)
    return lambda *arguments: invoke(services, *arguments)


def test_the_menu_is_pushed_and_then_the_same(on_account: Run, server: PlatformServer) -> None:
    before = on_account("wechat", "menu", "diff")
    assert (before.exit_code, "我的错题" in before.stdout) == (1, True)
    assert on_account("wechat", "menu", "push").exit_code == 0
    menu = server.platform.official.menu
    assert menu is not None
    assert [button["name"] for button in menu["button"]] == ["答题", "我的", "帮助"]
    after = on_account("wechat", "menu", "diff")
    assert (after.exit_code, after.stdout) == (0, "")


def test_what_the_platform_refuses_is_told(on_account: Run, server: PlatformServer) -> None:
    server.platform.faults.add("*", "errcode", 48001, times=9)
    for command in ("push", "diff"):
        result = on_account("wechat", "menu", command)
        assert (result.exit_code, "没有这个接口" in result.stderr) == (3, True)


def test_without_an_account_there_is_nothing_to_set_up(run: Run) -> None:
    result = run("wechat", "menu", "push")
    assert (result.exit_code, "ZHIBU_WECHAT_MP_APP_SECRET" in result.stderr) == (2, True)


def test_without_a_file_the_menu_is_left_alone(on_account: Run, folder: Path, server: PlatformServer) -> None:
    (folder / "menu.yaml").unlink()
    result = on_account("wechat", "menu", "push")
    assert (result.exit_code, "menu.yaml" in result.stderr, server.platform.calls) == (2, True, [])


def test_a_key_that_nobody_knows_is_an_error_with_its_place(
    on_account: Run, folder: Path, server: PlatformServer
) -> None:
    menu = folder / "menu.yaml"
    menu.write_text(menu.read_text("utf-8").replace("key: MINE", "key: MIEN"), "utf-8")
    with pytest.raises(ContentError, match="MIEN"):
        on_account("wechat", "menu", "push")
    assert server.platform.official.menu is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("buttons:\n  - name: 六个汉字太长\n    key: QUIZ\n", "太长"),
        ("buttons:\n  - name: 答题\n", "只能有一个"),
        ("buttons:\n  - name: 答题\n    key: QUIZ\n    url: https://example.org\n", "只能有一个"),
        ("buttons:\n  - name: 网页\n    url: example.org\n", "不是网址"),
        ("buttons:\n" + "  - name: 答题\n    key: QUIZ\n" * 4, "4 项"),
        ("buttons:\n  - name: 答题\n    items:\n" + "      - name: 一\n        key: QUIZ\n" * 6, "6 项"),
        ("buttons: []\nbotton: 1\n", "botton"),
        ("topic: x\n", "buttons"),
    ],
)
def test_a_menu_outside_of_the_platforms_limits_is_refused(folder: Path, text: str, words: str) -> None:
    (folder / "menu.yaml").write_text(f"schema: 1\n{text}", "utf-8")
    with pytest.raises(ContentError, match=words):
        load_menu(folder)
