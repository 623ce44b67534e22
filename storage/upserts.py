"""INSERT ... ON CONFLICT on either database: Core's own insert does not know it, the dialects' do."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

NewRow = Callable[[Any], Any]

# By the dialect's name.
NEW_ROW: Mapping[str, NewRow] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
