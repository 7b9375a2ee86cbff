#!/usr/bin/env bash
# Sets up what is missing, takes the sample documents in corpus/ in when they are new, and serves the web app.
#   bash scripts/start.sh [--host ADDRESS] [--port PORT] [--data-dir DIR]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
# shellcheck source=scripts/setup.sh
source "$root/scripts/setup.sh"

# The data folder as app.py will see it: from the arguments, else from the settings.
data_dir() {
    local previous="" argument
    for argument in "$@"; do
        case $argument in
            --data-dir=*) printf '%s\n' "${argument#--data-dir=}" && return ;;
        esac
        if [ "$previous" = --data-dir ]; then printf '%s\n' "$argument" && return; fi
        previous=$argument
    done
    "$python" -c 'from core.settings import load_settings; print(load_settings().data_dir)'
}

# Takes corpus/ in once for each state of its files, so that a sample removed by the user does not come back.
ingest_corpus() {
    local data=$1 stamp state
    stamp="$data/.corpus.sha256"
    state=$(find corpus -type f ! -name '.*' -print0 | sort -z | xargs -0 -r sha256sum | sha256sum)
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$state" ] && return 0
    say "Đưa văn bản trong corpus/ vào kho"
    if "$python" app.py ingest corpus --data-dir "$data"; then
        printf '%s\n' "$state" >"$stamp"
    else
        say "Có văn bản mẫu chưa đưa vào kho được (lý do ở trên); ứng dụng vẫn chạy với những văn bản còn lại."
    fi
}

lock_setup
ensure_venv
install_requirements requirements.txt
ensure_ocr
ensure_program soffice libreoffice-writer-nogui "đọc được tệp .doc, .rtf, .odt"
data=$(data_dir "$@") || fail "Không đọc được cấu hình (lý do ở trên)."
ingest_corpus "$data"
unlock_setup
exec "$python" app.py serve "$@"
