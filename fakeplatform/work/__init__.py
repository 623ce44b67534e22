"""WeCom's endpoints (企业微信)."""

from fakeplatform.work import messages, people

__all__ = ["messages", "people"]
