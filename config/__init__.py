"""Settings, logs and the clock: read here once, handed down as values."""
