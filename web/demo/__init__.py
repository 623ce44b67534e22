"""The demo page: a phone chat in the browser, on this machine only. It talks to the real webhook."""
