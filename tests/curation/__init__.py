"""Tests of the subject curation."""
