"""A fake WeChat platform to try any bot against: state, clock, endpoints, faults, webhook, what each member sees.

Imports nothing of the product and seals messages by itself. See README.md.
"""

from fakeplatform import official, work

__all__ = ["official", "work"]
