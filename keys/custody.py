"""Key files: a signing key at rest, sealed with a passphrase.

    {
      "format": "liuchi/key/v1",
      "kdf": {
        "n": 32768,
        "name": "scrypt",
        "p": 1,
        "r": 8,
        "salt": "<16 bytes>"
      },
      "key_id": "<32 bytes>",
      "nonce": "<12 bytes>",
      "public": "<32 bytes>",
      "sealed": "<48 bytes>",
      "suite": "ed25519-v1"
    }

One spelling: ASCII JSON, keys ascending, two spaces of indentation, bytes in lower-case hex, one newline at the end. What
is read is spelled again and compared. `sealed` is AES-256-GCM over the 32-byte seed; its key is scrypt over the passphrase
(NFC, UTF-8), its additional data the same text without the line `sealed`: no other byte can change unnoticed.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from operator import index
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from keys.identity import SEED_BYTES, SigningKey
from keys.suites import ED25519
from tlog.entry import key_id

FORMAT = "liuchi/key/v1"
SCRYPT_R, SCRYPT_P = 8, 1
SCRYPT_N = 2**15
# scrypt fills 128·n·r bytes. A file names its own n, so a reader's memory must not be the file's to choose: 256 MiB at most.
LARGEST_N = 256 * 2**20 // (128 * SCRYPT_R)
AFFORDABLE = f"a power of two from 2 to {LARGEST_N}"
LARGEST_FILE = 4096


class KeyFileRefused(Exception):
    """A key file was not read or not written: `path`, `why`, and `code` for programs."""

    code: str

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path, self.why = path, why


class KeyFileMissing(KeyFileRefused):
    """There is nothing at this path."""

    code = "key-file-missing"


class KeyFileExists(KeyFileRefused):
    """There is something at this path already."""

    code = "key-file-exists"


class KeyFileBroken(KeyFileRefused):
    """The file is not what `write_key` writes."""

    code = "key-file-broken"


class WrongPassphrase(KeyFileRefused):
    """The passphrase does not open the file, or the file was altered: the cipher cannot tell which."""

    code = "wrong-passphrase"


@dataclass(frozen=True, slots=True)
class _Header:
    """What a key file says in clear; all else in it is constant or follows from the public key."""

    public: bytes
    n: int
    salt: bytes
    nonce: bytes

    def spelled(self, **sealed: str) -> bytes:
        """The file's bytes; without `sealed`, the additional data of the sealing."""
        kdf = {"n": self.n, "name": "scrypt", "p": SCRYPT_P, "r": SCRYPT_R, "salt": self.salt.hex()}
        clear = {
            "format": FORMAT,
            "kdf": kdf,
            "key_id": key_id(ED25519, self.public).hex(),
            "nonce": self.nonce.hex(),
            "public": self.public.hex(),
            "suite": ED25519,
        }
        return json.dumps(clear | sealed, indent=2, sort_keys=True).encode() + b"\n"

    def cipher(self, passphrase: str) -> AESGCM:
        """The cipher of this passphrase; takes 128·n·r bytes and, at the default n, about a tenth of a second."""
        # NFC: the same characters come in other code points from another system's keyboard (RFC 8265, OpaqueString).
        spoken = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
        return AESGCM(Scrypt(salt=self.salt, length=32, n=self.n, r=SCRYPT_R, p=SCRYPT_P).derive(spoken))


def write_key(path: Path, key: SigningKey, passphrase: str, n: int = SCRYPT_N) -> None:
    """Seal a key into a new file, mode 0600, whole or not at all.

    `n` is scrypt's cost, a power of two. Raises KeyFileExists, ValueError (empty passphrase, n out of bounds), OSError (also
    where the file system knows no hard links).
    """
    if not passphrase:
        raise ValueError("a key file needs a passphrase")
    if not _affordable(n):
        raise ValueError(f"scrypt's n is {AFFORDABLE}, not {n}")
    header = _Header(key.public, n, secrets.token_bytes(16), secrets.token_bytes(12))
    sealed = key.sealed(lambda seed: header.cipher(passphrase).encrypt(header.nonce, seed, header.spelled()))
    _place(path, header.spelled(sealed=sealed.hex()))


def read_key(path: Path, passphrase: str) -> SigningKey:
    """The key in a file that `write_key` wrote. Raises KeyFileMissing, KeyFileBroken, WrongPassphrase, OSError."""
    header, sealed = _parsed(path)
    try:
        seed = header.cipher(passphrase).decrypt(header.nonce, sealed, header.spelled())
    except InvalidTag:
        raise WrongPassphrase(path, "this passphrase does not open the key file, or the file was altered") from None
    key = SigningKey.from_seed(seed)
    if key.public != header.public:
        raise _broken(path, "the seed of the public key that it names")
    return key


def _affordable(n: int) -> bool:
    return 2 <= n <= LARGEST_N and n & (n - 1) == 0


def _parsed(path: Path) -> tuple[_Header, bytes]:
    raw = _content(path)
    try:
        found = json.loads(raw)
        kdf = found["kdf"]
        public, salt, nonce, sealed = map(bytes.fromhex, (found["public"], kdf["salt"], found["nonce"], found["sealed"]))
        header = _Header(public, index(kdf["n"]), salt, nonce)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _broken(path, "a JSON map with format, kdf, key_id, nonce, public, sealed and suite, bytes in hex") from None
    if (len(public), len(salt), len(nonce), len(sealed)) != (32, 16, 12, SEED_BYTES + 16):
        raise _broken(path, "public key, salt, nonce and sealed seed of 32, 16, 12 and 48 bytes")
    if header.spelled(sealed=sealed.hex()) != raw:
        raise _broken(path, f"format {FORMAT}, suite {ED25519}, scrypt with r 8 and p 1, the key's own id, in its one spelling")
    if not _affordable(header.n):
        raise _broken(path, f"scrypt with n {AFFORDABLE}")
    return header, sealed


def _broken(path: Path, expected: str) -> KeyFileBroken:
    return KeyFileBroken(path, f"no whole key file; expected {expected}")


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise KeyFileMissing(path, "there is no such key file") from None
    if len(raw) > LARGEST_FILE:
        raise _broken(path, f"at most {LARGEST_FILE} bytes")
    return raw


def _place(path: Path, raw: bytes) -> None:
    """Put these bytes at a path where nothing is yet."""
    handle, name = tempfile.mkstemp(prefix=".key-", dir=path.parent)  # 1. mode 0600; a crash leaves at worst this sealed draft
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())  # 2. the bytes are on disk before the name is
        path.hardlink_to(draft)  # 3. fails where a name exists already; a rename would silently replace that key
    except FileExistsError:
        raise KeyFileExists(path, "exists already, and a key is never overwritten; choose another name") from None
    finally:
        draft.unlink()
    _sync(path.parent)  # 4. only now does the name outlast a power cut


def _sync(folder: Path) -> None:
    with suppress(PermissionError):  # Windows opens no folder
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
