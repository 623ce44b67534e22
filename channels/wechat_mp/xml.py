"""The platform's XML, strictly: one pass of expat that refuses what a message never has."""

import re
from datetime import datetime
from typing import Any
from xml.parsers import expat

MAX_DEPTH = 16


class BadXml(ValueError):
    """Not the platform's XML: malformed, another root, a DOCTYPE, an entity, or nested too deep."""


class _Builder:
    """Collects elements into dicts: text as it stands, a repeated element as a list, an empty one as ""."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self._open: list[tuple[str, dict[str, Any], list[str]]] = []

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise BadXml("depth")
        if not self._open and name != "xml":
            raise BadXml("root")
        self._open.append((name, {}, []))

    def text(self, data: str) -> None:
        self._open[-1][2].append(data)

    def end(self, _name: str) -> None:
        name, fields, texts = self._open.pop()
        value: Any = fields or "".join(texts)
        if not self._open:
            self.root = fields
            return
        parent = self._open[-1][1]
        if name in parent:
            earlier = parent[name]
            parent[name] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
        else:
            parent[name] = value


def _refuse(*_: object) -> None:
    raise BadXml("doctype")


def parse(body: bytes) -> dict[str, Any]:
    """The fields of an <xml> message. Raises BadXml."""
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.CharacterDataHandler = builder.text
    parser.EndElementHandler = builder.end
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise error if isinstance(error, BadXml) else BadXml("malformed") from None
    return builder.root


_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def legal(text: str) -> str:
    """The text without the characters XML does not allow (control characters, lone surrogates, U+FFFE/F)."""
    return _ILLEGAL.sub("", text)


def cdata(text: str) -> str:
    """Text as a CDATA section that nothing in the text can leave."""
    return f"<![CDATA[{legal(text).replace(']]>', ']]]]><![CDATA[>')}]]>"


def passive(kind: str, to: str, sender: str, at: datetime, content: str) -> str:
    """A passive reply of any type around the XML of its content."""
    return (
        f"<xml><ToUserName>{cdata(to)}</ToUserName><FromUserName>{cdata(sender)}</FromUserName>"
        f"<CreateTime>{int(at.timestamp())}</CreateTime><MsgType>{cdata(kind)}</MsgType>{content}</xml>"
    )
