# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the scripts here share: processes that end, ports that answer.

# A fork costs more than all else here, so the shell reads /proc itself.

gone() { # PID: ended, or a zombie that pid 1 has not reaped yet (it may take seconds)
    local st=
    { read -r st <"/proc/$1/stat"; } 2>/dev/null || true
    st=${st##*) }
    [ -z "$st" ] || [ "${st%% *}" = Z ]
}
wait_gone() { # PID [STEPS OF 30 MS]
    local i
    for ((i = ${2:-100}; i > 0; i--)); do ! gone "$1" || return 0; sleep 0.03; done
    return 1
}
kids() {
    local f=/proc/$1/task/$1/children line=
    if [ -e "$f" ]; then
        { read -r line <"$f"; } 2>/dev/null || true
        echo "$line"
    else
        ps -o pid= --ppid "$1" 2>/dev/null || true
    fi
}
open_port() { # PORT: does somebody listen there?
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}
wait_port() { # PORT
    local i
    for ((i = 150; i > 0; i--)); do ! open_port "$1" || return 0; sleep 0.03; done
    return 1
}
die() { echo "$(basename "$0"): $*" >&2; exit 1; }
