"""The official account's endpoints."""

from fakeplatform.official import account, mass, messages, notices, users

__all__ = ["account", "mass", "messages", "notices", "users"]
