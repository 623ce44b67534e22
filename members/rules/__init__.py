"""Pure rules about members: no IO, no clock, no randomness of their own."""
