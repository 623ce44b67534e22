"""SQLAlchemy Core statements compiled once per database and run by the driver itself, for the few on the hot path.

Core writes the SQL for either database; what is saved is its work on every execution, most of a message's
database time (benchmarks/webhook.py measures the whole).
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from storage.upserts import NEW_ROW, NewRow


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

    def row(self, connection: Connection, **values: Any) -> Sequence[Any] | None:
        """Executes and gives the first row, or None."""
        cursor = self._executed(connection, values)
        row: Sequence[Any] | None = cursor.fetchone()
        cursor.close()
        return row

    def changed(self, connection: Connection, **values: Any) -> bool:
        """Executes and tells whether a row was written. The driver's own count is right on both databases."""
        cursor = self._executed(connection, values)
        changed: bool = cursor.rowcount > 0
        cursor.close()
        return changed

    def _executed(self, connection: Connection, values: dict[str, Any]) -> Any:
        compiled = self._compiled.get(connection.dialect.name) or self._compile(connection.dialect)
        merged = compiled.defaults | values
        cursor = connection.connection.cursor()
        cursor.execute(
            compiled.sql, merged if compiled.positions is None else [merged[name] for name in compiled.positions]
        )
        return cursor

    def _compile(self, dialect: Dialect) -> _Compiled:
        made = self._build(NEW_ROW[dialect.name]).compile(dialect=dialect)
        assert isinstance(made, SQLCompiler)
        positions = tuple(made.positiontup or ()) if made.positional else None
        # Two threads may compile at once; both come to the same.
        compiled = self._compiled[dialect.name] = _Compiled(str(made), positions, dict(made.params))
        return compiled
