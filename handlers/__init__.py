"""FRONT. What members mean. routes.py is the page of contents; one short file per thing a member can say."""
