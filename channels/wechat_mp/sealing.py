"""Signatures and sealed messages (消息加解密). The cipher is wechatpy's; every check around it is ours.

wechatpy alone accepts any padding byte and compares signatures as text; hostile input ended in exceptions.
"""

import base64
import binascii
import hmac
import secrets
from hashlib import sha1

from wechatpy.crypto import PrpCrypto

from channels.wechat_mp.xml import cdata

BLOCK = 32
_RANDOM = 16


class Refused(ValueError):
    """A message that is not authentic; the argument names the check that failed."""


def signature(*parts: str) -> str:
    """The platform's SHA-1 over the sorted parts."""
    # SHA-1 is the platform's choice, not ours; the time window and the stored replies stand beside it.
    return sha1("".join(sorted(parts)).encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def same(given: str, expected: str) -> bool:
    """Compares in constant time, whatever characters were given."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


class _Cipher(PrpCrypto):  # type: ignore[misc]  # wechatpy ships no types
    """wechatpy's sealing, with random bytes that nobody can foresee."""

    def get_random_string(self) -> str:
        return secrets.token_hex(_RANDOM // 2)


class Seal:
    """Opens and seals the messages of one account."""

    def __init__(self, token: str, aes_key: str, app_id: str, cipher: type[PrpCrypto] = _Cipher) -> None:
        """`aes_key` is the 43-character EncodingAESKey."""
        self._token, self._app_id = token, app_id
        self._crypto = cipher(base64.b64decode(aes_key + "="))

    def open(self, sealed: str, msg_signature: str, timestamp: str, nonce: str) -> bytes:
        """The XML inside. Raises Refused with the check that failed."""
        if not sealed:
            raise Refused("empty_encrypt")
        if not same(msg_signature, signature(self._token, timestamp, nonce, sealed)):
            raise Refused("msg_signature")
        return self._unpacked(self._decrypted(sealed.strip()))

    def seal(self, xml: str, timestamp: str, nonce: str) -> str:
        """The sealed envelope around a reply."""
        sealed = self._crypto.encrypt(xml, self._app_id).decode()
        signed = signature(self._token, timestamp, nonce, sealed)
        return (
            f"<xml><Encrypt>{cdata(sealed)}</Encrypt><MsgSignature>{cdata(signed)}</MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{cdata(nonce)}</Nonce></xml>"
        )

    def _decrypted(self, sealed: str) -> bytes:
        try:
            raw = base64.b64decode(sealed, validate=True)
        except (binascii.Error, ValueError):
            raise Refused("base64") from None
        if not raw or len(raw) % BLOCK:
            raise Refused("block_size")
        plain: bytes = self._crypto.cipher.decrypt(raw)
        padding = plain[-1]
        if not 1 <= padding <= BLOCK or plain[-padding:] != bytes([padding]) * padding:
            raise Refused("padding")
        return plain[_RANDOM:-padding]

    def _unpacked(self, content: bytes) -> bytes:
        length = int.from_bytes(content[:4], "big")
        if len(content) < 4 + length:
            raise Refused("length")
        if not hmac.compare_digest(content[4 + length :], self._app_id.encode()):
            raise Refused("appid")
        return content[4 : 4 + length]
