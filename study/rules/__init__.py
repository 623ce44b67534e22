"""Pure rules of learning: no IO, no clock, no randomness of their own."""
