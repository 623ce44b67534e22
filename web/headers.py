"""The headers of every page: nothing from elsewhere, no inline script or style, no frame."""

from flask import Response

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def with_headers(response: Response) -> Response:
    """An after_request function."""
    response.headers.extend(_HEADERS)
    return response
