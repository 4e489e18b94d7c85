/* SPDX-License-Identifier: MIT */
#include "daemon/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/account/account_status.h"
#include "daemon/base/err.h"
#include "daemon/base/fs.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/service.h"

#define MAX_BYTES ((size_t)4 << 20)

/* A member of struct totals that only grows. */
struct counter {
	const char *name, *help;
	size_t offset;
};

static const struct counter counters[] = {
    {"fetched", "New messages put into the Maildir",
     offsetof(struct totals, fetched)},
    {"uploaded", "Messages sent to the server",
     offsetof(struct totals, uploaded)},
    {"moved", "Messages moved between folders", offsetof(struct totals, moved)},
    {"flags", "Messages whose flags were changed",
     offsetof(struct totals, flags)},
    {"deleted", "Messages deleted on either side",
     offsetof(struct totals, deleted)},
};
#define NCOUNTERS (sizeof(counters) / sizeof(counters[0]))

/* Names of accounts have no newline. */
static int add_label(struct buf *out, const char *name)
{
	int rc = buf_adds(out, "{account=\"");

	for (; *name; name++) {
		if (*name == '"' || *name == '\\')
			rc |= buf_addc(out, '\\');
		rc |= buf_addc(out, *name);
	}
	return rc | buf_adds(out, "\"} ");
}

static int add_head(struct buf *out, const char *name, const char *type,
		    const char *help)
{
	return buf_addf(out,
			"# TYPE imapsyncd_%s %s\n# HELP imapsyncd_%s %s.\n",
			name, type, name, help);
}

static int add_sample(struct buf *out, const char *name, const char *suffix,
		      const struct member *m, int64_t value)
{
	int rc = buf_addf(out, "imapsyncd_%s%s", name, suffix);

	rc |= add_label(out, m->config->name);
	return rc | buf_addf(out, "%" PRId64 "\n", value);
}

static int add_counter(struct buf *out, const struct service *s,
		       const struct counter *c)
{
	int rc = add_head(out, c->name, "counter", c->help);

	for (size_t i = 0; i < s->members.n; i++) {
		const struct member *m = s->members.member[i];
		struct account_status st;
		size_t n;
		if (!m->account)
			continue;
		account_status(m->account, &st);
		memcpy(&n, (const char *)st.sum + c->offset, sizeof(n));
		rc |= add_sample(out, c->name, "_total", m, (int64_t)n);
	}
	return rc;
}

/* Gauges: is it well; when was the last sync. */
static int add_gauges(struct buf *out, const struct service *s)
{
	int rc = add_head(out, "up", "gauge",
			  "1 where the last sync found nothing wrong");

	for (size_t i = 0; i < s->members.n; i++) {
		const struct member *m = s->members.member[i];
		struct account_status st = {0};
		if (m->account)
			account_status(m->account, &st);
		rc |= add_sample(out, "up", "", m,
				 st.last_sync && st.err->code == ERR_NONE);
	}
	rc |= add_head(out, "last_sync_timestamp_seconds", "gauge",
		       "When the last sync came to its end");
	for (size_t i = 0; i < s->members.n; i++) {
		const struct member *m = s->members.member[i];
		struct account_status st = {0};
		if (m->account)
			account_status(m->account, &st);
		if (st.last_sync)
			rc |= add_sample(out, "last_sync_timestamp_seconds", "",
					 m, st.last_sync);
	}
	return rc;
}

int metrics_print(const struct service *s, struct buf *out)
{
	int rc = add_gauges(out, s);

	for (size_t i = 0; i < NCOUNTERS; i++)
		rc |= add_counter(out, s, &counters[i]);
	return rc | buf_adds(out, "# EOF\n");
}

/* By way of a file beside it: a collector sees the old one or the new one. Not
 * made durable: after a crash there will be another. */
static int replace(const char *path, const struct buf *text)
{
	char *tmp = xasprintf("%s.tmp", path);
	int fd = open(
	    tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	int rc = fd < 0 ? -1 : fs_write(fd, text->data, text->len);

	if (fd >= 0 && fs_close(fd) < 0)
		rc = -1;
	if (rc == 0)
		rc = rename(tmp, path);
	free(tmp);
	return rc;
}

void metrics_write(struct service *s)
{
	const char *path = s->current->config->metrics_file;
	struct buf text;
	struct err err;

	if (!path)
		return;
	buf_init(&text, MAX_BYTES);
	if (metrics_print(s, &text) == 0 && replace(path, &text) == 0) {
		s->unmetered = false;
	} else if (!s->unmetered) {
		s->unmetered = true;
		(void)err_errno(&err, ERR_IO, ERR_SCOPE_DAEMON,
				"cannot write '%s' (metrics_file)", path);
		log_err(LOG_WARNING, NULL, NULL, &err);
	}
	buf_release(&text);
}
