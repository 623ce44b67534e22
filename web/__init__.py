"""FRONT. Pages, and the two addresses that tell a monitor how we are."""
