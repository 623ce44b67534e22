"""Signing and sealing as the platform does it (消息加解密), written from its description, without any SDK."""

import base64
import hashlib
import hmac
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32


class NotOurs(ValueError):
    """A sealed reply that cannot be opened; the argument names the step that failed."""


def sign(*parts: str) -> str:
    """SHA-1 over the sorted parts."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def _cipher(aes_key: str) -> Cipher[modes.CBC]:
    key = base64.b64decode(aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def seal(text: str, aes_key: str, receiver: str) -> str:
    """Base64 of AES-CBC over 16 random bytes, length, text, receiver (AppID or CorpID), padded to 32."""
    content = text.encode()
    packed = secrets.token_bytes(16) + struct.pack(">I", len(content)) + content + receiver.encode()
    filler = BLOCK - len(packed) % BLOCK
    encryptor = _cipher(aes_key).encryptor()
    sealed = encryptor.update(packed + bytes([filler]) * filler) + encryptor.finalize()
    return base64.b64encode(sealed).decode()


def unseal(sealed: str, aes_key: str, receiver: str) -> str:
    """What `seal` sealed. Raises NotOurs."""
    try:
        raw = base64.b64decode(sealed, validate=True)
    except ValueError:
        raise NotOurs("base64") from None
    if not raw or len(raw) % BLOCK:
        raise NotOurs("block")
    decryptor = _cipher(aes_key).decryptor()
    packed = decryptor.update(raw) + decryptor.finalize()
    filler = packed[-1]
    if not 1 <= filler <= BLOCK or packed[-filler:] != bytes([filler]) * filler:
        raise NotOurs("padding")
    packed = packed[16:-filler]
    (length,) = struct.unpack(">I", packed[:4])
    if not hmac.compare_digest(packed[4 + length :], receiver.encode()):
        raise NotOurs("receiver")
    return packed[4 : 4 + length].decode()
