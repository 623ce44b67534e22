"""wechatpy's client of the official account, behind our own edge.

wechatpy knows the addresses and shapes of the API; every request of it goes through channels.api instead of its own
`_request`: that one refetches tokens without end, takes a page for an answer, and puts secrets into its errors.
"""

import json
from typing import Any

from wechatpy import WeChatClient

from channels.api import Api, token_in
from channels.tokens import Fetch, Tokens

PLATFORM = "https://api.weixin.qq.com"


class Client(WeChatClient):  # type: ignore[misc]  # wechatpy ships no types
    """As wechatpy's; raises channels.api's exceptions and returns objects only."""

    def __init__(self, app_id: str, api: Api, tokens: Tokens) -> None:
        super().__init__(app_id, secret="", auto_retry=False)  # the secret is the token fetcher's alone
        self._api = api
        self._tokens = tokens

    API_BASE_URL = "/cgi-bin/"

    @property
    def access_token(self) -> str:
        """The shared token."""
        return self._tokens.get()

    def fetch_access_token(self) -> dict[str, Any]:
        """Never by itself: the token manager decides when."""
        return {"access_token": self._tokens.get()}

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        base = kwargs.pop("api_base_url", self.API_BASE_URL)
        url = url_or_endpoint.removeprefix(PLATFORM)
        process = kwargs.pop("result_processor", None)
        if isinstance(kwargs.get("data"), dict):
            kwargs["data"] = json.dumps(kwargs["data"], ensure_ascii=False).encode()
        path = url if url.startswith("/") else base.removeprefix(PLATFORM) + url
        answer = self._api.call(self._tokens, method.upper(), path, **kwargs)
        return process(answer) if process else answer


def stable_token(api: Api, app_id: str, secret: str) -> Fetch:
    """Fetches from /cgi-bin/stable_token: the same token whoever asks, so that nobody ends another's."""

    def fetch(force: bool) -> tuple[str, int]:
        asked = {"grant_type": "client_credential", "appid": app_id, "secret": secret, "force_refresh": force}
        return token_in(api, "POST", "/cgi-bin/stable_token", data=json.dumps(asked).encode())

    return fetch
