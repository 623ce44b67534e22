"""SUBJECT. What the knowledge base learns from its use: missed questions, notes to the branch, receipts, feedback."""
