# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the scripts here share: processes that end, ports that answer.

gone() { # PID: ended, or a zombie that pid 1 has not reaped yet (it may take seconds)
    local st; st=$(awk '{sub(/.*\) /, ""); print $1}' "/proc/$1/stat" 2>/dev/null || true)
    [ -z "$st" ] || [ "$st" = Z ]
}
wait_gone() { # PID [STEPS OF 30 MS]
    local _
    for _ in $(seq "${2:-100}"); do ! gone "$1" || return 0; sleep 0.03; done
    return 1
}
kids() { ps -o pid= --ppid "$1" 2>/dev/null || true; }
open_port() { # PORT: does somebody listen there?
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}
wait_port() { # PORT
    local _
    for _ in $(seq 150); do ! open_port "$1" || return 0; sleep 0.03; done
    return 1
}
die() { echo "$(basename "$0"): $*" >&2; exit 1; }
