"""SQLAlchemy Core statements compiled once per database and run by the driver itself, for the few on the hot path.

Core writes the SQL for either database; what is saved is its work on every execution, most of a message's
database time (benchmarks/webhook.py measures the whole).
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler

# sqlite.insert or postgresql.insert: both know ON CONFLICT, Core's own insert does not.
NewRow = Callable[[Any], Any]


class _Compiled(NamedTuple):
    sql: str
    positions: tuple[str, ...] | None
    defaults: dict[str, Any]


class Prepared:
    """One statement. Values go in as the driver takes them: moments as `to_stored` text."""

    def __init__(self, build: Callable[[NewRow], Any]) -> None:
        """`build` makes the Core statement, with the dialect's own `insert` at hand."""
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, **values: Any) -> Sequence[Any] | None:
        """Executes and gives the first row, or None."""
        compiled = self._compiled.get(connection.dialect.name) or self._compile(connection.dialect)
        merged = compiled.defaults | values
        bound = merged if compiled.positions is None else [merged[name] for name in compiled.positions]
        cursor = connection.connection.cursor()
        try:
            cursor.execute(compiled.sql, bound)
            row: Sequence[Any] | None = cursor.fetchone() if cursor.description else None
            return row
        finally:
            cursor.close()

    def _compile(self, dialect: Dialect) -> _Compiled:
        insert = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
        made = self._build(insert).compile(dialect=dialect)
        assert isinstance(made, SQLCompiler)
        positions = tuple(made.positiontup or ()) if made.positional else None
        # Two threads may compile at once; both come to the same.
        compiled = self._compiled[dialect.name] = _Compiled(str(made), positions, dict(made.params))
        return compiled
