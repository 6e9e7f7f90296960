"""Signatures: proof of who built a pack.

A signature is Ed25519 (RFC 8032) over `PREFIX` and the first part of the pack's seal, which covers every byte of the
file (`vfsloader.store.pack.seal`). It is stored in the seal. It proves nothing unless it is checked against a trusted
key: a game ships its publisher's public key and checks against that one.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from vfsloader import paths
from vfsloader.errors import ConfigError, DamagedError, MissingExtraError, PathNotFoundError
from vfsloader.runtime.atomic import staged
from vfsloader.store.pack.contents import PackFile
from vfsloader.store.pack.seal import Seal
from vfsloader.store.pack.writer import sign_file
from vfsloader.store.store import Store

PREFIX = b"vfsloader pack signature 2\0"
#: A key of 32 bytes, or the file that contains it.
Key = bytes | paths.RealPath
_UNSIGNED = bytes(32)


def keygen(private: paths.RealPath, public: paths.RealPath) -> None:
    """Make a pair of keys; existing files are not replaced.

    Parameters
    ----------
    private
        The file for the key that signs. Keep it, and keep it secret: only its owner may read it.
    public
        The file for the key that checks. Ship it with the game.

    Raises
    ------
    PathExistsError
        One of the files already exists.
    """
    key = _ed25519().Ed25519PrivateKey.generate()
    with (
        staged(private, overwrite=False, mode=0o600) as private_path,
        staged(public, overwrite=False) as public_path,
    ):
        Path(private_path).write_text(key.private_bytes_raw().hex() + "\n")
        Path(public_path).write_text(key.public_key().public_bytes_raw().hex() + "\n")


def sign(pack: paths.RealPath, key: Key) -> str:
    """Sign a pack and return the public key, in hexadecimal.

    The signed pack replaces the old one in one step.

    Parameters
    ----------
    pack
        The file. It is not verified first.
    key
        The private key: 32 bytes, or the file that contains it.

    Raises
    ------
    ConfigError
        The file does not contain a key.
    DamagedError
        The pack's digest does not match its tree.
    """
    private = _ed25519().Ed25519PrivateKey.from_private_bytes(_key_bytes(key))
    with Store(pack, read_only=True) as store:
        file = PackFile(store)
        if file.digest() != file.tree_digest() or file.index_digest() != file.seal.index_digest:
            raise DamagedError.at(str(pack), f"cannot sign {pack}: it lacks a correct digest; rebuild it")
    signer = private.public_key().public_bytes_raw()
    signature = private.sign(PREFIX + file.seal.signed_part())
    with staged(pack, overwrite=True) as staged_path:
        sign_file(os.fspath(pack), staged_path, replace(file.seal, signer=signer, signature=signature))
    return str(signer.hex())


def check_signature(seal: Seal, key: Key | None) -> tuple[str | None, str | None]:
    """Return who signed a pack, and what is wrong with the signature.

    Parameters
    ----------
    seal
        The seal of the pack; that it agrees with the rest of the file is checked elsewhere.
    key
        The public key that must have signed it; None to accept any valid signature, or none.
    """
    if seal.signer == _UNSIGNED:
        return None, None if key is None else "it is not signed"
    signer = seal.signer.hex()
    expected = seal.signer if key is None else _key_bytes(key)
    if seal.signer != expected:
        return signer, f"it is signed by {signer}, not by {expected.hex()}"
    ed25519 = _ed25519()
    from cryptography.exceptions import InvalidSignature

    try:
        ed25519.Ed25519PublicKey.from_public_bytes(seal.signer).verify(seal.signature, PREFIX + seal.signed_part())
    except (InvalidSignature, ValueError):
        return signer, f"its signature by {signer} is invalid"
    return signer, None


def sign_bytes(data: bytes, key: Key) -> tuple[str, bytes]:
    """Sign bytes that are not a pack; return the public key, in hexadecimal, and the signature."""
    private = _ed25519().Ed25519PrivateKey.from_private_bytes(_key_bytes(key))
    return str(private.public_key().public_bytes_raw().hex()), bytes(private.sign(data))


def public_key(key: Key) -> str:
    """Return the public key, in hexadecimal, that a key or a file of it contains."""
    return _key_bytes(key).hex()


def signs(key: bytes, signature: bytes, data: bytes) -> bool:
    """Return whether a public key's owner has signed some bytes."""
    ed25519 = _ed25519()
    from cryptography.exceptions import InvalidSignature

    try:
        ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def _key_bytes(key: Key) -> bytes:
    if isinstance(key, bytes):
        raw, source = key, "key"
    else:
        source = str(key)
        try:
            raw = bytes.fromhex(Path(key).read_text(encoding="ascii").strip())
        except FileNotFoundError:
            raise PathNotFoundError.at(source, f"there is no key {key}; vfsloader pack keygen makes one") from None
        except ValueError:
            raise ConfigError.at(source, f"{key} is not a key file: it needs 64 hexadecimal digits") from None
    if len(raw) != 32:
        raise ConfigError.at(source, f"a key has 32 bytes, not {len(raw)}")
    return raw


def _ed25519() -> Any:
    """Import the module, which an extra installs."""
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as error:
        raise MissingExtraError.of("a signature", "cryptography", "sign") from error
    return ed25519
