"""Commands as an operator types them, in this process; a crash is a crash of the test, never an exit code."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from cli.main import commands
from cli.services import Services

Run = Callable[..., Result]


def invoke(services: Services, *arguments: object, stdin: str | bytes = b"") -> Result:
    """`./run <arguments>` with these services; the result holds exit code, stdout and stderr."""
    return CliRunner().invoke(commands, [str(a) for a in arguments], obj=services, input=stdin, catch_exceptions=False)


@pytest.fixture
def run(services: Services) -> Run:
    """`run("kb", "ask", "预备期多长")` on the demo database."""
    return lambda *arguments, stdin=b"": invoke(services, *arguments, stdin=stdin)
