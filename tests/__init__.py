"""Tests: dialogues and rules first; `./run test` runs them with every other check."""
