"""Commands for accounts."""

import getpass
import sys
from argparse import Namespace

from commands.output import EXIT_OK
from core.errors import UsageError
from core.settings import Settings


def user(options: Namespace, settings: Settings) -> int:
    """Manage accounts."""
    from web.accounts import Accounts, Role

    accounts = Accounts(settings.data_dir / "accounts.sqlite")
    match options.action:
        case "add":
            accounts.add(options.name, _new_password(), Role(options.role))
            lines = [f"Đã thêm {options.name} ({options.role})."]
        case "passwd":
            accounts.set_password(options.name, _new_password())
            lines = [f"Đã đổi mật khẩu của {options.name}."]
        case "disable":
            accounts.set_disabled(options.name, True)
            lines = [f"Đã khóa tài khoản {options.name}."]
        case _:
            listed = accounts.list()
            lines = [f"{a.name:<24}{a.role.value:<16}{'đã khóa' if a.disabled else ''}" for a in listed]
    print("\n".join(lines))
    return EXIT_OK


def _new_password() -> str:
    """From the terminal without echo, else the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Mật khẩu mới: ")
    if first != getpass.getpass("Nhập lại: "):
        raise UsageError("Hai lần nhập mật khẩu không giống nhau. Hãy làm lại.")
    return first
