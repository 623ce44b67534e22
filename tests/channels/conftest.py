"""The platform in each of its three modes."""

from collections.abc import Callable

import pytest

from tests.platform import Platform


@pytest.fixture(params=["plain", "compat", "safe"])
def platform(request: pytest.FixtureRequest, make_platform: Callable[..., Platform]) -> Platform:
    """A platform in each of the three modes."""
    return make_platform(request.param)
