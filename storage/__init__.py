"""FLOOR. The only package that knows engines, connections and SQL."""
