"""Makes the README's picture: `python -m tests.web.picture`. At a fixed moment, so the same page gives the same."""

import tempfile
from pathlib import Path

from app import create_app, make_services
from config import settings as config
from tests.clock import MovableClock
from tests.web.chromium import browsers, served

PICTURE = Path(__file__).resolve().parent.parent.parent / "docs" / "pictures" / "demo.png"


def main() -> None:
    """A question, its answer, and why."""
    with tempfile.TemporaryDirectory() as folder, browsers() as launch:
        settings = config.load(env_file=None, instance_dir=Path(folder), log_level="ERROR")
        services = make_services(settings, MovableClock())
        with served(create_app(settings, services)) as address:
            page = launch().new_page(viewport={"width": 1200, "height": 740}, locale="zh-CN")
            page.goto(address)
            page.get_by_label("要说的话").fill("没转正能投票吗")
            page.get_by_role("button", name="发送").click()
            page.locator("#why .candidates").wait_for()
            page.locator("#text").blur()
            PICTURE.parent.mkdir(exist_ok=True)
            page.screenshot(path=PICTURE)
        services.database().dispose()


if __name__ == "__main__":
    main()
