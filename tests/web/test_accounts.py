from datetime import UTC, datetime, timedelta

import pytest

from core.errors import PermissionDeniedError, StoreError, UsageError
from web.accounts import SESSION_LIFETIME, Account, Accounts, Role

PASSWORD = "mot-mat-khau-dai"


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(tmp_path, clock) -> Accounts:
    accounts = Accounts(tmp_path / "accounts.sqlite", now=clock)
    accounts.add("lan", PASSWORD, Role.TRAINER)
    return accounts


def test_roles_include_those_below_and_not_those_above():
    assert Role.TRAINER.includes(Role.OFFICIAL)
    assert Role.TRAINER.includes(Role.TRAINER)
    assert not Role.TRAINER.includes(Role.ADMINISTRATOR)


def test_sign_in_gives_a_session_for_the_account(accounts):
    token = accounts.sign_in(" Lan ", PASSWORD, "10.0.0.1")
    assert accounts.signed_in(token) == Account("lan", Role.TRAINER)


def test_wrong_password_and_unknown_name_are_refused_alike(accounts):
    messages = set()
    for name, password in (("lan", "sai-mat-khau-roi"), ("khong-co", PASSWORD)):
        with pytest.raises(PermissionDeniedError) as refusal:
            accounts.sign_in(name, password, "10.0.0.1")
        messages.add(str(refusal.value))
    assert len(messages) == 1


def test_session_ends_by_signing_out_and_by_time(accounts, clock):
    left, kept = (accounts.sign_in("lan", PASSWORD, "10.0.0.1") for _ in range(2))
    accounts.sign_out(left)
    assert accounts.signed_in(left) is None
    assert accounts.signed_in(kept) is not None
    clock.time += SESSION_LIFETIME + timedelta(seconds=1)
    assert accounts.signed_in(kept) is None


def test_disabled_account_loses_its_sessions_and_cannot_sign_in_until_let_in_again(accounts):
    token = accounts.sign_in("lan", PASSWORD, "10.0.0.1")
    accounts.set_disabled("lan", True)
    assert accounts.signed_in(token) is None
    assert accounts.get("lan") is None
    with pytest.raises(PermissionDeniedError):
        accounts.sign_in("lan", PASSWORD, "10.0.0.1")
    accounts.set_disabled("lan", False)
    assert accounts.signed_in(accounts.sign_in("lan", PASSWORD, "10.0.0.1"))


def test_changing_the_password_needs_the_old_one_and_ends_sessions(accounts):
    token = accounts.sign_in("lan", PASSWORD, "10.0.0.1")
    with pytest.raises(PermissionDeniedError):
        accounts.change_password("lan", "khong-phai-cai-cu", "mat-khau-moi-hon", "10.0.0.1")
    accounts.change_password("lan", PASSWORD, "mat-khau-moi-hon", "10.0.0.1")
    assert accounts.signed_in(token) is None
    assert accounts.sign_in("lan", "mat-khau-moi-hon", "10.0.0.1")


def test_guessing_is_throttled_even_with_the_right_password_and_ends_with_time(accounts, clock):
    for _ in range(5):
        with pytest.raises(PermissionDeniedError):
            accounts.sign_in("lan", "sai-mat-khau-roi", "10.0.0.9")
    with pytest.raises(PermissionDeniedError, match="quá nhiều lần"):
        accounts.sign_in("lan", PASSWORD, "10.0.0.9")
    assert accounts.sign_in("lan", PASSWORD, "10.0.0.1"), "another address is not punished"
    clock.time += timedelta(minutes=6)
    assert accounts.sign_in("lan", PASSWORD, "10.0.0.9")


@pytest.mark.parametrize("name", ["", "a", "Nguyễn", "a b", "../x", "x" * 65])
def test_malformed_names_are_refused(accounts, name):
    with pytest.raises(UsageError):
        accounts.add(name, PASSWORD, Role.OFFICIAL)


def test_taken_name_and_short_password_are_refused(accounts):
    with pytest.raises(UsageError, match="đã có"):
        accounts.add("lan", PASSWORD, Role.OFFICIAL)
    with pytest.raises(UsageError, match="quá ngắn"):
        accounts.add("minh", "ngan", Role.OFFICIAL)
    assert [account.name for account in accounts.list()] == ["lan"]


def test_first_administrator_is_made_once(tmp_path):
    accounts = Accounts(tmp_path / "accounts.sqlite")
    name, password = accounts.ensure_administrator()
    assert accounts.signed_in(accounts.sign_in(name, password, "::1")).role is Role.ADMINISTRATOR
    assert accounts.ensure_administrator() is None


def test_neither_passwords_nor_tokens_are_stored(accounts, tmp_path):
    token = accounts.sign_in("lan", PASSWORD, "10.0.0.1")
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert PASSWORD.encode() not in stored
    assert token.encode() not in stored
    assert (tmp_path / "accounts.sqlite").stat().st_mode & 0o077 == 0


def test_unusable_folder_is_told(tmp_path):
    (tmp_path / "tep").write_text("không phải thư mục")
    with pytest.raises(StoreError, match="tệp tài khoản"):
        Accounts(tmp_path / "tep" / "accounts.sqlite")
