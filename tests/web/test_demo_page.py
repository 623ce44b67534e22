"""The demo page as a visitor sees it, in Chromium: it works by touch, by keyboard, in large type, and for everybody."""

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app import create_app
from bot.sending import Outgoing
from channels.local import LocalSender
from cli.services import Services
from storage import demo_inbox
from tests.web.chromium import CHROMIUM, LARGE_TYPE, browsers, served

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on PATH (apt-get install chromium)"),
]

PHONE, LAPTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
VIEWS = ("chat", "settings", "why", "wire")
QUIZ = '今日一题：预备期多长？\n<a href="weixin://bizmsgmenu?msgmenucontent=帮助&msgmenuid=q7">A 看帮助</a>'


@pytest.fixture(scope="module")
def launch() -> Iterator[Callable[..., Browser]]:
    with browsers() as launch:
        yield launch


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Browser]) -> Browser:
    return launch()


@pytest.fixture(scope="module")
def large_type(launch: Callable[..., Browser]) -> Browser:
    return launch(LARGE_TYPE)


@pytest.fixture
def address(services: Services) -> Iterator[str]:
    with served(create_app(services.settings, services)) as address:
        yield address


@pytest.fixture
def push(services: Services) -> Callable[[str], None]:
    """Speaks first to 正式党员 and 预备党员 on the page."""

    def keep(platform_id: str, client_id: str, text: str) -> None:
        with services.database().begin() as connection:
            demo_inbox.keep(connection, platform_id, client_id, services.clock(), text)

    sender = LocalSender(keep, lambda: True)

    def to_both(text: str) -> None:
        sender.send(sender.prepare(Outgoing(("demo-zhengshi", "demo-yubei"), text, text)), "local")

    return to_both


class Visitor:
    """The page open in a browser; `trouble` collects errors of scripts, the policy's refusals and foreign requests."""

    def __init__(self, browser: Browser, address: str, size: dict[str, int]) -> None:
        self.page: Page = browser.new_page(viewport=size, locale="zh-CN")  # type: ignore[arg-type]
        self.trouble: list[str] = []
        self.page.on("console", lambda message: self.trouble.append(message.text))
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("request", lambda asked: asked.url.startswith(address) or self.trouble.append(asked.url))
        self.page.goto(address)
        expect(self.page.locator(".people input")).to_have_count(5)

    def look(self, view: str) -> None:
        """Opens a part of the page where the screen is narrow; on a wide one it is there already."""
        button = self.page.locator(f".views [data-view={view}]")
        if button.is_visible():
            button.click()

    def say(self, text: str) -> str:
        """Types and sends; the reply."""
        self.look("chat")
        before = self.page.locator(".said:not(.mine)").count()
        self.page.get_by_label("要说的话").fill(text)
        self.page.get_by_role("button", name="发送").click()
        expect(self.page.locator(".said:not(.mine)")).to_have_count(before + 1)
        return self.newest()

    def newest(self) -> str:
        return self.page.locator(".said .bubble").last.inner_text()

    def choose(self, role: str) -> None:
        self.look("settings")
        self.page.locator(".people label", has_text=role).click()
        self.look("chat")

    def inspect(self) -> None:
        """No part of the page is wider than the screen, and axe finds nothing."""
        narrow = self.page.locator(".views").is_visible()
        for view in VIEWS if narrow else VIEWS[:1]:
            self.look(view)
            wide = "[document.documentElement, ...document.querySelectorAll('.column, #chat, .phone')]"
            over = f"() => {wide}.filter(each => each.scrollWidth > each.clientWidth).map(each => each.className)"
            assert self.page.evaluate(over) == [], view
            found = Axe().run(self.page)
            assert found.violations_count == 0, f"{view}: {found.generate_report()}"
        assert self.trouble == []


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_a_visitor_asks_and_sees_why_and_what_went_over_the_wire(
    browser: Browser, address: str, size: dict[str, int]
) -> None:
    visitor = Visitor(browser, address, size)
    page = visitor.page
    visitor.inspect()
    assert "【依据】《中国共产党章程》" in visitor.say("没转正能投票吗")
    page.locator(".under").get_by_role("button", name="为什么这样答").last.click()
    expect(page.locator("#why")).to_contain_text("直接作答")
    if size == PHONE:
        expect(page.locator(".why")).to_be_focused()
    expect(page.locator("#why .words")).to_have_text("没有转正能投票")
    assert page.locator("#why .candidates > li").count() == 10
    expect(page.locator("#why tbody tr").first).to_be_visible()
    visitor.look("wire")
    expect(page.locator("#wire")).to_contain_text("<Encrypt><![CDATA[")
    expect(page.locator("#wire")).to_contain_text("<Content><![CDATA[没转正能投票吗]]></Content>")
    visitor.inspect()


def test_the_clock_travels_and_what_is_pushed_then_can_be_tapped(
    browser: Browser, address: str, push: Callable[[str], None]
) -> None:
    visitor = Visitor(browser, address, PHONE)
    page = visitor.page
    visitor.look("settings")
    page.get_by_role("button", name="明天 07:35").click()
    expect(page.locator("#clock-day")).to_have_text("11月23日 星期一")
    expect(page.locator("#clock-ahead")).to_have_text("拨到了明天")
    push(QUIZ)
    visitor.look("chat")
    expect(page.locator(".said .bubble").last).to_contain_text("今日一题", timeout=10_000)
    expect(page.locator("#chat .time").last).to_have_text("11月23日 07:35")
    page.get_by_role("button", name="A 看帮助").click()
    expect(page.locator(".said.mine .bubble")).to_have_text("帮助")
    visitor.look("wire")
    expect(page.locator("#wire")).to_contain_text("<bizmsgmenuid><![CDATA[q7]]></bizmsgmenuid>")
    visitor.look("settings")
    other = page.locator(".people label", has_text="预备党员")
    expect(other.locator(".news")).to_be_visible()
    visitor.choose("预备党员")
    assert "今日一题" in visitor.newest()
    expect(other.locator(".news")).to_have_count(0)
    visitor.inspect()


def test_a_stranger_follows_binds_and_leaves_and_all_can_start_again(browser: Browser, address: str) -> None:
    visitor = Visitor(browser, address, LAPTOP)
    page = visitor.page
    visitor.choose("访客")
    visitor.inspect()
    expect(page.get_by_role("button", name="给我一个绑定码")).to_be_hidden()
    page.get_by_role("button", name="关注公众号").click()
    expect(page.locator(".said .bubble")).to_contain_text("我是支部助手")
    page.get_by_role("button", name="给我一个绑定码").click()
    expect(page.get_by_label("要说的话")).to_have_value(re.compile("绑定 ....-...."))
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".said .bubble").last).to_contain_text("同意请回复")
    assert "绑定好了：演示党员戊" in visitor.say("同意")
    expect(page.locator("#person-about")).to_have_text("演示党员戊，演示党委/演示党支部")
    page.get_by_role("button", name="公众号资料").click()
    page.get_by_role("button", name="不再关注").click()
    expect(page.get_by_role("button", name="关注公众号")).to_be_visible()
    page.get_by_role("button", name="重新开始").click()
    expect(page.locator("#person-about")).to_have_text("还没有绑定；没有关注公众号")
    expect(page.locator(".said")).to_have_count(0)
    visitor.inspect()


def test_everything_can_be_done_with_the_keyboard(browser: Browser, address: str) -> None:
    visitor = Visitor(browser, address, LAPTOP)
    keys, page = visitor.page.keyboard, visitor.page
    page.locator(".people input:checked").focus()
    keys.press("ArrowRight")
    expect(page.locator("#person-about")).to_contain_text("演示党员乙")
    expect(page.locator(".people input:checked")).to_be_focused()
    page.get_by_label("要说的话").focus()
    keys.type("预备期多长")
    keys.press("Enter")
    expect(page.locator(".said:not(.mine)")).to_have_count(1)
    keys.press("Shift+Tab")
    keys.press("Enter")
    expect(page.get_by_role("button", name="换成打字")).to_be_focused()
    for _ in range(3):
        keys.press("Tab")
    keys.press("Space")
    expect(page.get_by_role("button", name="转人工")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_role("button", name="转人工")).to_be_hidden()
    expect(page.get_by_role("button", name="帮助")).to_be_focused()
    keys.press("Enter")
    keys.press("Tab")
    keys.press("Enter")
    expect(page.locator("#chat .event")).to_have_text("点了菜单“帮助”")
    expect(page.locator(".said .bubble").last).to_contain_text("还可以回复")
    assert visitor.trouble == []


def test_only_what_is_new_is_added_to_the_log(browser: Browser, address: str) -> None:
    """A screen reader reads out what is added: the whole talk again would drown it."""
    visitor = Visitor(browser, address, LAPTOP)
    visitor.say("预备期多长")
    visitor.page.evaluate(
        """() => {
            window.added = 0;
            const count = (changes) => { for (const each of changes) window.added += each.addedNodes.length; };
            new MutationObserver(count).observe(document.getElementById("chat"), { childList: true });
        }"""
    )
    visitor.say("党费交多少")
    assert visitor.page.evaluate("window.added") == 2


def test_an_answer_stays_after_the_page_is_loaded_again(browser: Browser, address: str) -> None:
    visitor = Visitor(browser, address, PHONE)
    said = visitor.say("预备期多长")
    visitor.page.reload()
    expect(visitor.page.locator(".said .bubble")).to_have_count(2)
    assert visitor.newest() == said


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_type_twice_the_size_fits(large_type: Browser, address: str, size: dict[str, int]) -> None:
    visitor = Visitor(large_type, address, size)
    assert "【依据】" in visitor.say("没转正能投票吗")
    visitor.inspect()
    visitor.choose("访客")
    visitor.inspect()
