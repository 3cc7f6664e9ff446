"""Secrets and the token issuer's key pair of a local stack: made once, kept in files that only their owner can read."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


def write_private(path: Path, content: bytes) -> None:
    """Write a file that nobody but its owner may read, at no moment."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)


def unpadded(content: bytes) -> str:
    """Base64url without padding, as JOSE writes it."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def secret_values(path: Path) -> dict[str, dict[str, Any]]:
    """The value of each Secrets Manager secret, by its name in the template: read from `path`, or made and kept there."""
    if not path.exists():
        values = {
            "gateway": {"api_key": f"sk_test_{secrets.token_hex(16)}", "webhook_secret": f"whsec_{secrets.token_hex(16)}"},
            "carrier": {"api_key": secrets.token_hex(16), "webhook_secret": secrets.token_hex(32)},
            "sealing": {"master_key": base64.b64encode(secrets.token_bytes(32)).decode()},
        }
        write_private(path, json.dumps(values, indent=2).encode())
    values = json.loads(path.read_text())
    # A file of before there were accounts with carriers.
    if "accounts" not in values["carrier"]:
        values["carrier"]["accounts"] = carrier_accounts()
        write_private(path, json.dumps(values, indent=2).encode())
    return values


def carrier_accounts() -> dict[str, dict[str, str]]:
    """An account with each carrier of the simulator, in the form that the carrier's own numbers have."""
    numbers = {"dhl-express": "123456789", "fedex": "740561073", "gls": "276a12345", "postnl": "DEVC/11223344/123456", "ups": "A1B2C3", "usps": "94107219/903937677/1000405525"}
    return {name: {"client_id": f"oms-{name}", "secret": secrets.token_hex(16), "account": number} for name, number in numbers.items()}


def issuer_key(path: Path) -> rsa.RSAPrivateKey:
    """The key that signs local tokens (RS256, as common identity providers use): read from `path`, or made and kept there."""
    if not path.exists():
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        write_private(path, pem)
    loaded = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(loaded, rsa.RSAPrivateKey):
        raise TypeError(f"{path} holds no RSA key")
    return loaded


def jwks(key: rsa.RSAPrivateKey) -> dict[str, Any]:
    """The public half as a JSON Web Key Set; the key's id is its RFC 7638 thumbprint."""
    numbers = key.public_key().public_numbers()
    as_bytes = lambda value: value.to_bytes((value.bit_length() + 7) // 8, "big")
    required = {"e": unpadded(as_bytes(numbers.e)), "kty": "RSA", "n": unpadded(as_bytes(numbers.n))}
    thumbprint = hashlib.sha256(json.dumps(required, separators=(",", ":"), sort_keys=True).encode()).digest()
    return {"keys": [{**required, "kid": unpadded(thumbprint), "alg": "RS256", "use": "sig"}]}
