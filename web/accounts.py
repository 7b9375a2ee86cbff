"""Accounts, roles and sessions, kept in one SQLite file beside the library.

| role          | may                                                                      |
|---------------|--------------------------------------------------------------------------|
| official      | ask, open documents and provisions, judge answers, change own password   |
| trainer       | all of that, and make, take and download training materials              |
| administrator | all of that, and upload, correct and remove documents                    |

Accounts themselves are kept from the command line (`app.py user …`), by whoever may log in to the machine.
"""

import hashlib
import re
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from core.errors import PermissionDeniedError, StoreError, UsageError

SESSION_LIFETIME = timedelta(hours=12)
MIN_PASSWORD_CHARS = 10

# Wrong passwords within the window after which further ones are not even tried: by one address for one name, by one
# address for any name, and for one name from anywhere. The last is high, for it locks out the name's owner as well.
_THROTTLE_WINDOW = timedelta(minutes=5)
_MAX_FAILURES_PAIR, _MAX_FAILURES_ADDRESS, _MAX_FAILURES_NAME = 5, 30, 100

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    name TEXT PRIMARY KEY, password_hash TEXT NOT NULL, role TEXT NOT NULL, disabled INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS sessions (
    token_hash TEXT PRIMARY KEY, name TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE, expires_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS failed_logins (name TEXT NOT NULL, address TEXT NOT NULL, at TEXT NOT NULL);
"""


class Role(StrEnum):
    """What an account may do, least first; each role may all that the ones before it may."""

    OFFICIAL = "official"
    TRAINER = "trainer"
    ADMINISTRATOR = "administrator"

    @property
    def vietnamese_name(self) -> str:
        """Its Vietnamese name."""
        return {Role.OFFICIAL: "Cán bộ", Role.TRAINER: "Giảng viên", Role.ADMINISTRATOR: "Quản trị"}[self]

    def includes(self, other: "Role") -> bool:
        """Whether it may all that `other` may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(other)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may use the assistant."""

    name: str
    role: Role
    disabled: bool = False


class Accounts:
    """All accounts of one data folder; safe to use from many threads and processes at once."""

    def __init__(self, path: Path, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path = path
        self._now = now
        self._hasher = PasswordHasher()
        # Verified when the name is unknown, so that the time taken does not tell which names exist.
        self._decoy_hash = self._hasher.hash(secrets.token_urlsafe())
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
        except OSError as error:
            raise _unusable(path, error) from error
        with self._transaction() as database:
            database.executescript(_SCHEMA)

    def add(self, name: str, password: str, role: Role) -> Account:
        """Create an account.

        Raises:
            UsageError: the name is malformed or taken, or the password too short.
        """
        name = name.strip().lower()
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"Tên tài khoản “{name}” không hợp lệ. Hãy dùng 2–64 ký tự gồm chữ thường không dấu, số, “.”, “_”, “-”."
            )
        password_hash = self._hashed(password)
        try:
            with self._transaction() as database:
                database.execute("INSERT INTO accounts VALUES (?, ?, ?, 0)", (name, password_hash, role.value))
        except sqlite3.IntegrityError:
            raise UsageError(f"Tài khoản “{name}” đã có. Hãy chọn tên khác hoặc đổi mật khẩu của nó.") from None
        return Account(name, role)

    def ensure_administrator(self) -> tuple[str, str] | None:
        """Name and password of a new administrator when there is no account yet; the password is kept nowhere."""
        if self.list():
            return None
        password = secrets.token_urlsafe(12)
        return self.add("admin", password, Role.ADMINISTRATOR).name, password

    def list(self) -> list[Account]:
        """All accounts by name."""
        with self._transaction() as database:
            rows = database.execute("SELECT name, role, disabled FROM accounts ORDER BY name").fetchall()
        return [Account(name, Role(role), bool(disabled)) for name, role, disabled in rows]

    def get(self, name: str) -> Account | None:
        """The account of that name that may be used now; `None` when unknown or disabled."""
        return next((account for account in self.list() if account.name == name and not account.disabled), None)

    def set_password(self, name: str, password: str) -> None:
        """Give an account another password and end its sessions.

        Raises:
            UsageError: no such account, or the password is too short.
        """
        self._update("UPDATE accounts SET password_hash = ? WHERE name = ?", self._hashed(password), name)

    def set_disabled(self, name: str, disabled: bool) -> None:
        """Shut an account out at once, or let it in again.

        Raises:
            UsageError: no such account.
        """
        self._update("UPDATE accounts SET disabled = ? WHERE name = ?", disabled, name)

    def change_password(self, name: str, old: str, new: str, address: str) -> None:
        """Change the own password, proven by the old one; all its sessions end.

        Raises:
            PermissionDeniedError: the old password is wrong, or was guessed too often.
            UsageError: the new one is too short.
        """
        self._verify(name, old, address)
        self.set_password(name, new)

    def sign_in(self, name: str, password: str, address: str) -> str:
        """Session token for a name and its password; `address` is the client's, for throttling.

        Raises:
            PermissionDeniedError: wrong name or password, disabled account, or too many failures lately.
        """
        name = name.strip().lower()
        self._verify(name, password, address)
        token = secrets.token_urlsafe(32)
        with self._transaction() as database:
            database.execute("DELETE FROM sessions WHERE expires_at < ?", (self._stamp(),))
            expires_at = self._stamp(SESSION_LIFETIME)
            database.execute("INSERT INTO sessions VALUES (?, ?, ?)", (_token_hash(token), name, expires_at))
        return token

    def sign_out(self, token: str) -> None:
        """End a session; unknown tokens are ignored."""
        with self._transaction() as database:
            database.execute("DELETE FROM sessions WHERE token_hash = ?", (_token_hash(token),))

    def signed_in(self, token: str) -> Account | None:
        """The account a session belongs to; `None` when it ended or its account was disabled."""
        with self._transaction() as database:
            row = database.execute(
                "SELECT name, role FROM sessions JOIN accounts USING (name)"
                " WHERE token_hash = ? AND expires_at >= ? AND NOT disabled",
                (_token_hash(token), self._stamp()),
            ).fetchone()
        return Account(row[0], Role(row[1])) if row else None

    def _verify(self, name: str, password: str, address: str) -> None:
        if self._is_throttled(name, address):
            minutes = int(_THROTTLE_WINDOW.total_seconds() // 60)
            raise PermissionDeniedError(f"Sai mật khẩu quá nhiều lần. Hãy chờ {minutes} phút rồi thử lại.")
        with self._transaction() as database:
            row = database.execute(
                "SELECT password_hash FROM accounts WHERE name = ? AND NOT disabled", (name,)
            ).fetchone()
        try:
            self._hasher.verify(row[0] if row else self._decoy_hash, password)
        except VerificationError:
            with self._transaction() as database:
                database.execute("INSERT INTO failed_logins VALUES (?, ?, ?)", (name, address, self._stamp()))
            raise PermissionDeniedError("Tên đăng nhập hoặc mật khẩu không đúng. Hãy kiểm tra và nhập lại.") from None

    def _is_throttled(self, name: str, address: str) -> bool:
        with self._transaction() as database:
            database.execute("DELETE FROM failed_logins WHERE at < ?", (self._stamp(-_THROTTLE_WINDOW),))
            pair, by_address, by_name = database.execute(
                "SELECT count(*) FILTER (WHERE name = :name AND address = :address),"
                " count(*) FILTER (WHERE address = :address), count(*) FILTER (WHERE name = :name) FROM failed_logins",
                {"name": name, "address": address},
            ).fetchone()
        return bool(pair >= _MAX_FAILURES_PAIR or by_address >= _MAX_FAILURES_ADDRESS or by_name >= _MAX_FAILURES_NAME)

    def _hashed(self, password: str) -> str:
        if len(password) < MIN_PASSWORD_CHARS:
            raise UsageError(f"Mật khẩu quá ngắn ({len(password)} ký tự). Hãy dùng ít nhất {MIN_PASSWORD_CHARS} ký tự.")
        return self._hasher.hash(password)

    def _update(self, statement: str, value: str | bool, name: str) -> None:
        with self._transaction() as database:
            if not database.execute(statement, (value, name)).rowcount:
                raise UsageError(f"Không có tài khoản “{name}”. Hãy xem danh sách bằng lệnh: python app.py user list")
            database.execute("DELETE FROM sessions WHERE name = ?", (name,))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            database = sqlite3.connect(self._path, timeout=10)
            try:
                database.execute("PRAGMA foreign_keys = ON")
                with database:
                    yield database
            finally:
                database.close()
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise _unusable(self._path, error) from error

    def _stamp(self, shift: timedelta = timedelta(0)) -> str:
        return (self._now() + shift).isoformat()


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _unusable(path: Path, error: Exception) -> StoreError:
    return StoreError(f"Không mở được tệp tài khoản {path} ({error}). Hãy kiểm tra quyền ghi và dung lượng đĩa.")
