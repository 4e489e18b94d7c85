/* SPDX-License-Identifier: MIT */
/* Commands whose arguments are anything at all. Input: a byte for the command,
 * then its arguments with a byte of 1 between them. Oracle: what is queued is
 * one command line, of one tag, to whoever reads literals as RFC 7888 has them;
 * what is refused sends nothing. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <imap4/command.h>

#include "lib/engine/engine_priv.h"

#define ARGS 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct args {
	struct imap4_str s[ARGS]; /* may hold NUL */
	const char *z[ARGS];      /* up to the first NUL */
	uint64_t n;
};

static int mailboxes(struct imap4_engine *e, int what, const struct args *a)
{
	switch (what) {
	case 0:
		return imap4_engine_create(e, a->s[0], NULL);
	case 1:
		return imap4_engine_create_use(e, a->s[0], a->z[1], NULL);
	case 2:
		return imap4_engine_rename(e, a->s[0], a->s[1], NULL);
	case 3:
		return imap4_engine_list(e, a->z[0], a->s[1], a->s[2], a->z[3],
					 NULL);
	case 4:
		return imap4_engine_lsub(e, a->s[0], a->s[1], NULL);
	case 5:
		return imap4_engine_status(e, a->s[0], (uint32_t)a->n, NULL);
	case 6:
		return imap4_engine_identify(e, a->s, ARGS / 2, NULL);
	case 7:
		return imap4_engine_enable(e, a->z[0], NULL);
	case 8:
		return imap4_engine_notify(e, a->z[0], NULL);
	default:
		return imap4_engine_proxyauth(e, a->s[0], NULL);
	}
}

static int admin(struct imap4_engine *e, int what, const struct args *a)
{
	switch (what) {
	case 0:
		return imap4_engine_setquota(e, a->s[0], a->z[1], NULL);
	case 1:
		return imap4_engine_setacl(e, a->s[0], a->s[1], a->s[2], NULL);
	case 2:
		return imap4_engine_deleteacl(e, a->s[0], a->s[1], NULL);
	case 3:
		return imap4_engine_listrights(e, a->s[0], a->s[1], NULL);
	case 4:
		return imap4_engine_getmetadata(e, a->s[0], a->z[1], a->s + 2,
						2, NULL);
	case 5:
		return imap4_engine_setmetadata(e, a->s[0], a->s + 2, 1, NULL);
	default:
		return imap4_engine_esearch(e, a->z[0], a->z[1], a->z[2], NULL);
	}
}

static int messages(struct imap4_engine *e, int what, const struct args *a)
{
	switch (what) {
	case 0:
		return imap4_engine_uid_fetch(e, a->z[0], a->z[1], a->n, true,
					      NULL);
	case 1:
		return imap4_engine_uid_fetch_partial(e, a->z[0], a->z[1],
						      (int64_t)a->n, -1, NULL);
	case 2:
		return imap4_engine_uid_store(e, a->z[0], '+', a->z[1], a->n,
					      NULL);
	case 3:
		return imap4_engine_uid_search(e, a->z[0], a->z[1], NULL);
	case 4:
		return imap4_engine_uid_sort(e, a->z[0], a->z[1], a->z[2],
					     NULL);
	case 5:
		return imap4_engine_uid_thread(e, a->z[0], a->z[1], a->z[2],
					       NULL);
	case 6:
		return imap4_engine_uid_copy(e, a->z[0], a->s[1], NULL);
	case 7:
		return imap4_engine_store(e, a->z[0], a->z[1], a->z[2], NULL);
	default:
		return imap4_engine_uid_expunge(e, a->z[0], NULL);
	}
}

static int builder(struct imap4_engine *e, int what, const struct args *a)
{
	imap4_engine_command_begin(e, what % 2 ? a->z[3] : "XFOO");
	imap4_engine_command_astring(e, a->s[0]);
	imap4_engine_command_open(e);
	imap4_engine_command_string(e, a->s[1]);
	if (what & 2)
		imap4_engine_command_close(e);
	if (what & 4)
		imap4_engine_command_flags(e, a->z[2]);
	else
		imap4_engine_command_syntax(e, a->z[2]);
	if (what & 8)
		imap4_engine_command_atom(e, a->z[1]);
	else
		imap4_engine_command_set(e, a->z[1]);
	imap4_engine_command_binary(e, a->s[2]);
	imap4_engine_command_number(e, a->n);
	return imap4_engine_command_end(e, NULL);
}

static void answer(struct imap4_engine *e, const char *text)
{
	const struct imap4_event *ev;
	size_t used;

	for (size_t len = strlen(text);; text += used, len -= used) {
		assert(imap4_engine_read(e, text, len, &used, &ev) == 0);
		if (ev->type == IMAP4_EV_NONE)
			return;
	}
}

/* Takes what is to be sent, and every literal: as many command lines as
 * complete ones. */
static size_t lines(struct imap4_engine *e)
{
	const void *p;
	struct frame f;
	size_t n = 0, count = 0, at = 0;

	frame_init_whole(&f, 1U << 20, 1U << 24);
	while ((n = imap4_engine_write(e, &p)) > 0 ||
	       f.state == FRAME_LITERAL) {
		if (n == 0)
			answer(e, "+ go\r\n");
		const char *text = p;
		int event;
		for (at = 0; at < n;) {
			size_t used;
			event = frame_feed(&f, text + at, n - at, &used);
			assert(event >= 0);
			at += used;
			if (event != FRAME_RESPONSE)
				continue;
			count++;
			assert(f.line.len > 9 &&
			       memcmp(f.line.data, e->prefix, 8) == 0);
		}
		imap4_engine_sent(e, n);
	}
	/* Nothing is left half-way. */
	assert(f.state == FRAME_DONE || f.line.len == 0);
	frame_release(&f);
	return count;
}

static struct imap4_engine *selected(void)
{
	struct imap4_engine *e = imap4_engine_new(NULL, 1);
	char line[64];

	assert(e);
	answer(e, "* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+ UIDPLUS MOVE "
		  "ESEARCH CONDSTORE QRESYNC NOTIFY METADATA QUOTA ACL "
		  "CREATE-SPECIAL-USE LIST-EXTENDED BINARY SORT PARTIAL "
		  "MULTISEARCH THREAD=REFERENCES SEARCHRES] hi\r\n");
	assert(imap4_engine_select(e, (struct imap4_str){"x", 1}, NULL, NULL) ==
	       0);
	assert(lines(e) == 1);
	(void)snprintf(line, sizeof(line), "%s1 OK x\r\n", e->prefix);
	answer(e, line);
	return e;
}

static int run(struct imap4_engine *e, int what, const struct args *a)
{
	switch (what / 16 % 4) {
	case 0:
		return mailboxes(e, what % 10, a);
	case 1:
		return admin(e, what % 7, a);
	case 2:
		return messages(e, what % 9, a);
	default:
		return builder(e, what % 16, a);
	}
}

/* Cuts the text into arguments; each is copied, so that an overrun is seen. */
static void split(const uint8_t *p, size_t size, struct args *a)
{
	for (int i = 0; i < ARGS; i++) {
		const uint8_t *stop =
		    size > 0 && i < ARGS - 1 ? memchr(p, 1, size) : NULL;
		size_t n = stop ? (size_t)(stop - p) : size;
		char *copy = malloc(n + 1);
		assert(copy);
		if (n > 0)
			memcpy(copy, p, n);
		copy[n] = '\0';
		a->s[i] = (struct imap4_str){copy, n};
		a->z[i] = copy;
		a->n = a->n * 31 + n;
		p += n + (stop != NULL);
		size -= n + (stop != NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct args a = {.n = 0};

	if (size == 0)
		return 0;
	struct imap4_engine *e = selected();
	split(data + 1, size - 1, &a);
	int rc = run(e, data[0], &a);
	assert(rc <= 0);
	assert(imap4_engine_pending(e) == (rc == 0));
	assert(lines(e) == (rc == 0));
	for (int i = 0; i < ARGS; i++)
		free((void *)(uintptr_t)a.s[i].p);
	imap4_engine_free(e);
	return 0;
}
