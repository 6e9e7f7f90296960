"""Signatures: who built a pack, told by a key that nobody else has.

A signature is Ed25519 (RFC 8032) over `PREFIX` and the digest of the tree, which covers every name, time and byte.
It lies in the pack. A pack with a signature is no better than the key by which it is checked: a game ships its
publisher's public key, and asks for that one.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from vfsloader import paths
from vfsloader.errors import ConfigError, DamagedError, MissingExtraError, PathNotFoundError
from vfsloader.runtime.atomic import draft
from vfsloader.store.pack.contents import PackFile
from vfsloader.store.pack.writer import PackFacts, sign_file
from vfsloader.store.store import Store

PREFIX = b"vfsloader pack signature 1\0"
#: 32 bytes, or the file that holds them.
PublicKey = bytes | paths.RealPath
_UNSIGNED = bytes(32)


def keygen(private: paths.RealPath, public: paths.RealPath) -> None:
    """Make a pair of keys; a file that is there is not replaced.

    Parameters
    ----------
    private
        Takes the key that signs: to be kept, and kept secret. Only its owner may read the file.
    public
        Takes the key that checks: to be shipped with the game.

    Raises
    ------
    PathExistsError
        One of the files is there.
    """
    key = _ed25519().Ed25519PrivateKey.generate()
    with draft(private, overwrite=False) as secret, draft(public, overwrite=False) as told:
        Path(secret).write_text(key.private_bytes_raw().hex() + "\n")
        Path(told).write_text(key.public_key().public_bytes_raw().hex() + "\n")
    os.chmod(private, 0o600)


def sign(pack: paths.RealPath, key: bytes | paths.RealPath) -> str:
    """Sign a pack; give the public key, in hexadecimal.

    The signed pack takes the place of the other in one step.

    Parameters
    ----------
    pack
        The file. It is not verified first.
    key
        The private key: 32 bytes, or the file that holds it.

    Raises
    ------
    ConfigError
        The file holds no key.
    DamagedError
        The pack's digest is not that of its tree: nobody should sign that.
    """
    private = _ed25519().Ed25519PrivateKey.from_private_bytes(_key_bytes(key))
    with Store(pack, read_only=True) as store:
        opened = PackFile(store)
        digest, facts = opened.tree_digest(), opened.facts()
        if opened.digest() != digest:
            raise DamagedError.at(str(pack), f"{pack} has no digest of its whole, or a wrong one; build it anew")
    signer = private.public_key().public_bytes_raw()
    signed = facts._replace(signer=signer, signature=private.sign(PREFIX + digest))
    with draft(pack, overwrite=True) as made:
        sign_file(os.fspath(pack), made, signed)
    return str(signer.hex())


def check_signature(facts: PackFacts, digest: bytes, key: PublicKey | None) -> tuple[str | None, str | None]:
    """Give who signed a pack, and what is wrong with that.

    Parameters
    ----------
    facts
        The pack's.
    digest
        The digest of its tree, worked out from its rows.
    key
        Whose signature it must be; None where any sound one, or none, will do.
    """
    if facts.signer == _UNSIGNED:
        return None, None if key is None else "nobody signed it"
    signer = facts.signer.hex()
    wanted = facts.signer if key is None else _key_bytes(key)
    if facts.signer != wanted:
        return signer, f"it is signed by {signer} and not by {wanted.hex()}"
    ed25519 = _ed25519()
    from cryptography.exceptions import InvalidSignature

    try:
        ed25519.Ed25519PublicKey.from_public_bytes(facts.signer).verify(facts.signature, PREFIX + digest)
    except (InvalidSignature, ValueError):
        return signer, f"the signature of {signer} is not of this pack"
    return signer, None


def _key_bytes(key: bytes | paths.RealPath) -> bytes:
    if isinstance(key, bytes):
        raw = key
    else:
        try:
            text = Path(key).read_text(encoding="ascii").strip()
            raw = bytes.fromhex(text)
        except FileNotFoundError:
            raise PathNotFoundError.at(str(key), f"there is no key {key}; vfsloader pack keygen makes one") from None
        except ValueError:
            raise ConfigError.at(str(key), f"{key} holds no key: 64 hexadecimal digits") from None
    if len(raw) != 32:
        raise ConfigError.at("key" if isinstance(key, bytes) else str(key), "a key has 32 bytes")
    return raw


def _ed25519() -> Any:
    """Give the module, which an extra brings."""
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as error:
        raise MissingExtraError.of("a signature", "cryptography", "sign") from error
    return ed25519
