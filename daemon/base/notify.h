/* SPDX-License-Identifier: MIT */
/* Tells systemd how the service is: the protocol of sd_notify(3), which is one
 * datagram to $NOTIFY_SOCKET. Without that variable nothing happens. */
#ifndef DAEMON_BASE_NOTIFY_H
#define DAEMON_BASE_NOTIFY_H

#include <stdint.h>

/* None of these can fail for the caller: what cannot be sent is dropped. */
void notify_ready(void);
/* To be followed by notify_ready() when the new configuration is in use. */
void notify_reloading(void);
void notify_stopping(void);
void notify_watchdog(void);
/* One line for "systemctl status"; control characters become blanks. */
void notify_status(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* How often notify_watchdog() must be called at least, in milliseconds: half of
 * what the unit's WatchdogSec= says. 0: never. */
int64_t notify_watchdog_ms(void);

#endif
