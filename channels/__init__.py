"""FRONT. Where chat platforms knock: each a codec of pure functions and a thin door."""
