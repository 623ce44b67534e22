"""SUBJECT. Who is who: branches, members, the chat accounts bound to them, and what is kept about them."""
