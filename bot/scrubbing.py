"""No secret goes into a log or an error: the last sieve, for texts that libraries and platforms write."""

import re

_SECRETS = re.compile(
    r"""((?:access_token|refresh_token|(?:app|corp)?secret)["'=:\s\\]{1,6}|[?&]key=)[\w.~%+/=-]{6,}""", re.IGNORECASE
)


def scrubbed(text: str) -> str:
    """The text with `…` for what follows `access_token=`, `"secret": "` and the like."""
    return _SECRETS.sub(r"\1…", text)
