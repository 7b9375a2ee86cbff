#!/usr/bin/env bash
# Sets up what is missing and runs the whole gate: format, lint, types, import layers, tests. Arguments go to pytest.
#   bash scripts/test.sh [PYTEST ARGUMENT…]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
# shellcheck source=scripts/setup.sh
source "$root/scripts/setup.sh"

chromium_works() {
    local name
    for name in chromium google-chrome; do
        command -v "$name" >/dev/null && "$name" --version >/dev/null 2>&1 && return 0
    done
    return 1
}

# The browser tests drive Debian's Chromium; where apt offers only a snap (Ubuntu), Playwright's own build stands in.
ensure_chromium() {
    chromium_works && return 0
    apt_install chromium fonts-liberation fonts-dejavu-core && chromium_works && return 0
    say "Không cài được Chromium của hệ điều hành, thử bản của Playwright"
    fetch_playwright_chromium >"$venv/chromium.log" 2>&1 && chromium_works && return 0
    fail "Các bài thử giao diện cần trình duyệt Chromium mà ở đây không cài được (nhật ký: $venv/chromium.log)." \
        "Hãy chạy: sudo apt install chromium fonts-liberation fonts-dejavu-core" \
        "(Ubuntu: sudo snap install chromium), rồi chạy lại lệnh này."
}

fetch_playwright_chromium() {
    local ask_path='from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)'
    "$python" -m playwright install chromium || return 1
    as_root "$python" -m playwright install-deps chromium || true
    ln -sf "$("$python" -c "$ask_path")" "$venv/bin/chromium"
}

results=()
failed=0

# check NAME COMMAND…: runs one step of the gate and keeps its result for the summary.
check() {
    local name=$1 started=$SECONDS state=đạt
    shift
    printf '\n== %s\n' "$name"
    "$@" || { state="KHÔNG ĐẠT" && failed=1; }
    results+=("$(printf '%-14s %4ds  %s' "$name" $((SECONDS - started)) "$state")")
}

lock_setup
ensure_venv
install_requirements requirements-dev.txt
ensure_ocr
ensure_program soffice libreoffice-writer-nogui "đọc được tệp .doc, .rtf, .odt"
unlock_setup
command -v tesseract >/dev/null || fail "Các bài thử bản quét cần tesseract (lệnh cài ở trên)."
export PATH="$venv/bin:$PATH"
ensure_chromium

check "ruff format" ruff format --check .
check "ruff check" ruff check .
check "mypy" mypy
check "lint-imports" lint-imports
check "pytest" python -m pytest "$@"

printf '\nKết quả\n'
printf '%s\n' "${results[@]}"
exit "$failed"
