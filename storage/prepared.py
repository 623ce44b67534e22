"""SQLAlchemy Core statements compiled once and run by the driver itself, for the few on the hot path.

Core writes the SQL for either database; what is saved is its work on every execution, most of a message's
database time (benchmarks/webhook.py measures the whole).
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.sql.compiler import SQLCompiler


class Prepared:
    """One statement for one dialect. Values go in as the driver takes them: moments as `to_stored` text."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # every Executable we pass compiles
        assert isinstance(compiled, SQLCompiler)
        self._sql = str(compiled)
        self._positions = tuple(compiled.positiontup or ()) if compiled.positional else None
        self._defaults = dict(compiled.params)

    def run(self, connection: Connection, **values: Any) -> Sequence[Any] | None:
        """Executes and gives the first row, or None."""
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self._sql, self._bound(values))
            row: Sequence[Any] | None = cursor.fetchone() if cursor.description else None
            return row
        finally:
            cursor.close()

    def _bound(self, values: dict[str, Any]) -> Any:
        merged = self._defaults | values
        return merged if self._positions is None else [merged[name] for name in self._positions]
