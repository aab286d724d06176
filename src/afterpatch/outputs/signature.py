"""`manifest.sig`: an Ed25519 signature (RFC 8032) over the bytes of `manifest.json`.

The file holds the 64 bytes of the signature and nothing else, so that other programs can check it,
such as `openssl pkeyutl -verify -rawin`. Which key made it stands in the manifest. The only file
that knows cryptography, and imported only when there is something to sign or to check.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from afterpatch.errors import UsageError
from afterpatch.limits import KEY_FILE_BYTES

__all__ = ["Checker", "Signer"]


class Signer:
    """A private key that signs; `key` names its public half, see `_named`."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.key = _named(private.public_key())

    @classmethod
    def load(cls, path: Path, passphrase: Callable[[], str]) -> Signer:
        """Reads a private key in PEM (PKCS #8). `passphrase` is asked for when it is encrypted.

        Raises UsageError when the file holds no such key.
        """
        data, encrypted = _read(path), False
        try:
            try:
                private = load_pem_private_key(data, None)
            except TypeError:  # what the library raises for a key that needs a passphrase
                encrypted = True
                private = load_pem_private_key(data, passphrase().encode())
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            hint = " that this passphrase opens" if encrypted else ""
            raise UsageError(f"{path} holds no private Ed25519 key{hint}: {_MAKE}") from error
        if not isinstance(private, Ed25519PrivateKey):
            raise UsageError(f"{path} holds a key that is not Ed25519: {_MAKE}")
        return cls(private)

    def sign(self, content: bytes) -> bytes:
        return self._private.sign(content)


class Checker:
    """A public key that a signature is held against; `key` names it, see `_named`."""

    def __init__(self, public: Ed25519PublicKey) -> None:
        self._public = public
        self.key = _named(public)

    @classmethod
    def load(cls, path: Path) -> Checker:
        """Reads a public key in PEM. Raises UsageError when the file holds no such key."""
        try:
            public = load_pem_public_key(_read(path))
        except (ValueError, UnsupportedAlgorithm) as error:
            raise UsageError(
                f"{path} holds no public key: write it with "
                "`openssl pkey -in KEY.pem -pubout -out PUB.pem`"
            ) from error
        if not isinstance(public, Ed25519PublicKey):
            raise UsageError(f"{path} holds a key that is not Ed25519, with which --sign signs")
        return cls(public)

    def agrees(self, content: bytes, signature: bytes) -> bool:
        try:
            self._public.verify(signature, content)
        except InvalidSignature:
            return False
        return True


_MAKE = "make one with `openssl genpkey -algorithm ed25519 -out KEY.pem`"


def _read(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(KEY_FILE_BYTES)


def _named(public: Ed25519PublicKey) -> str:
    """The name of a key: SHA-256 of its public half as SubjectPublicKeyInfo in DER (RFC 8410)."""
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"SHA256:{hashlib.sha256(der).hexdigest()}"
