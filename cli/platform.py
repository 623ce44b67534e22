"""`./run platform`: the fake WeChat platform by hand, with a page that shows what each member sees."""

import click

from cli.services import OUTSIDE, Services, hint, listening_problem, pass_services, say, stop
from config.settings import PREFIX, Settings
from fakeplatform.by_hand import serving
from fakeplatform.state import OfficialAccount, Side, WorkAccount

_PATHS: dict[Side, str] = {"official": "/wechat/mp", "work": "/wechat/wecom"}


@click.command("platform")
@click.option("--port", default=8090, show_default=True, type=click.IntRange(1, 65535), help="测试平台监听的端口")
@click.option("--bot", metavar="URL", help="机器人收消息的地址；不填就是本程序的")
@click.option("--work", is_flag=True, help="假扮企业微信；不填是公众号")
@pass_services
def platform(services: Services, port: int, bot: str | None, work: bool) -> None:
    """启动测试用的微信平台，网页上看每个成员收到什么（Ctrl+C 停止）。"""
    settings = services.settings
    side: Side = "work" if work else "official"
    if listening_problem("127.0.0.1", port):
        stop(OUTSIDE, f"端口 {port} 已被占用：请用 --port 换一个。")
    official, app = _official(settings), _app(settings)
    url = bot or f"http://127.0.0.1:{settings.port}{_PATHS[side]}"
    server = serving(url, port, services.clock, side=side, official=official, work=app)
    hint(f"测试平台：{server.url}  消息送到 {url}  （Ctrl+C 停止）")
    hint("把下面几行写进 .env（已经一样的不用改），再启动 ./run：")
    for name, value in (_work_lines(app) if work else _official_lines(official)).items():
        say(f"{PREFIX}{name}={value}")
    say(f"{PREFIX}{'WECOM' if work else 'WECHAT'}_API_BASE_URL={server.url}")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        hint("测试平台已停止。")


def _official(settings: Settings) -> OfficialAccount:
    """The account of the settings where there is one, else the made-up one."""
    made_up = OfficialAccount()
    return OfficialAccount(
        kind=settings.wechat_mp_kind,
        verified=settings.wechat_mp_verified,
        mode=settings.mp_mode if settings.wechat_mp_token else made_up.mode,
        app_id=settings.wechat_mp_app_id or made_up.app_id,
        secret=_secret(settings, "wechat_mp_app_secret", made_up.secret),
        token=_secret(settings, "wechat_mp_token", made_up.token),
        aes_key=_secret(settings, "wechat_mp_aes_key", made_up.aes_key),
    )


def _app(settings: Settings) -> WorkAccount:
    made_up = WorkAccount()
    return WorkAccount(
        corp_id=settings.wecom_corp_id or made_up.corp_id,
        agent_id=settings.wecom_agent_id or made_up.agent_id,
        secret=_secret(settings, "wecom_secret", made_up.secret),
        token=_secret(settings, "wecom_token", made_up.token),
        aes_key=_secret(settings, "wecom_aes_key", made_up.aes_key),
    )


def _secret(settings: Settings, name: str, made_up: str) -> str:
    secret = getattr(settings, name)
    return secret.get_secret_value() if secret else made_up


def _official_lines(account: OfficialAccount) -> dict[str, str]:
    """The settings of the made-up account; what is configured already is a secret and not shown."""
    made_up = OfficialAccount()
    lines = {
        "WECHAT_MP_KIND": account.kind,
        "WECHAT_MP_VERIFIED": str(account.verified).lower(),
        "WECHAT_MP_MODE": account.mode,
        "WECHAT_MP_APP_ID": account.app_id,
    }
    secrets = {
        "WECHAT_MP_APP_SECRET": (account.secret, made_up.secret),
        "WECHAT_MP_TOKEN": (account.token, made_up.token),
        "WECHAT_MP_AES_KEY": (account.aes_key, made_up.aes_key),
    }
    return lines | {name: value for name, (value, known) in secrets.items() if value == known}


def _work_lines(account: WorkAccount) -> dict[str, str]:
    made_up = WorkAccount()
    lines = {"WECOM_CORP_ID": account.corp_id, "WECOM_AGENT_ID": account.agent_id}
    secrets = {
        "WECOM_SECRET": (account.secret, made_up.secret),
        "WECOM_TOKEN": (account.token, made_up.token),
        "WECOM_AES_KEY": (account.aes_key, made_up.aes_key),
    }
    return lines | {name: value for name, (value, known) in secrets.items() if value == known}
