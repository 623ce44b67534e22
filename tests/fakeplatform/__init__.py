"""Tests of the fake platform itself: it must be right before anything is judged by it."""
