"""How commands tell findings: a line each, or JSON; exit status 1 where there are errors."""

from collections.abc import Sequence

from cli.services import FINDINGS, hint, say, say_json, stop
from knowledge_base.strict_yaml import Problem


def report(problems: Sequence[Problem], counted: str, *, as_json: bool) -> None:
    """Prints the findings and ends the command where one of them is an error. `counted` says what was looked at."""
    errors = sum(problem.severity == "error" for problem in problems)
    if as_json:
        say_json({"findings": [problem.as_dict() for problem in problems], "errors": errors})
    else:
        for problem in problems:
            say(str(problem))
        hint(f"{counted}{errors} 个错误，{len(problems) - errors} 个提醒。")
    if errors:
        stop(FINDINGS)
