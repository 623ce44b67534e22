"""SUBJECT. Learning: the paper of the day, answers and their grading, what comes next, and an honest account of it."""
