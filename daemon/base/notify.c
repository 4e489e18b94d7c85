/* SPDX-License-Identifier: MIT */
/* Sends the few messages that systemd understands. Each opens its own socket:
 * they are rare, and nothing has to be kept or closed. */
#include "daemon/base/notify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "lib/util/ascii.h"
#include "lib/util/num.h"

static void notify_send(const char *text, int flags)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	if (!path || (path[0] != '/' && path[0] != '@'))
		return;
	size_t len = strlen(path);
	if (len < 2 || len >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, len);
	if (path[0] == '@')
		to.sun_path[0] = '\0'; /* the abstract name space */
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	socklen_t size =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	/* Nobody could do anything about a failure. */
	(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL | flags,
		     (const struct sockaddr *)&to, size);
	(void)close(fd);
}

void notify_ready(void)
{
	notify_send("READY=1", 0);
}

void notify_reloading(void)
{
	char text[80];

	/* Type=notify-reload tells by the time which reload this answers. */
	(void)snprintf(text, sizeof(text),
		       "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_mono_us());
	notify_send(text, 0);
}

void notify_stopping(void)
{
	notify_send("STOPPING=1", 0);
}

void notify_watchdog(void)
{
	notify_send("WATCHDOG=1", 0);
}

void notify_status(const char *fmt, ...)
{
	static const char key[] = "STATUS=";
	char text[512];
	va_list ap;

	memcpy(text, key, sizeof(key));
	char *value = text + sizeof(key) - 1;
	va_start(ap, fmt);
	(void)vsnprintf(value, sizeof(text) - (sizeof(key) - 1), fmt, ap);
	va_end(ap);
	/* A newline would begin a key of a server's choice. */
	for (char *p = value; *p; p++) {
		if (ascii_ctl(*p))
			*p = ' ';
	}
	/* Where it is not read, the next one says more. */
	notify_send(text, MSG_DONTWAIT);
}

int64_t notify_watchdog_ms(void)
{
	const char *text = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	uint64_t us, wanted;

	if (!text || num_parse(text, strlen(text), INT64_MAX, &us) < 0)
		return 0;
	/* Inherited from a parent that is the one being watched. */
	if (pid && (num_parse(pid, strlen(pid), INT32_MAX, &wanted) < 0 ||
		    (pid_t)wanted != getpid()))
		return 0;
	return (int64_t)(us / 2 / 1000);
}
