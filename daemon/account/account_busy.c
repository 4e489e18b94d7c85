/* SPDX-License-Identifier: MIT */
#include "daemon/account/account_busy.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/clock.h"
#include "daemon/base/xalloc.h"

static int64_t now_ms(void)
{
	return clock_wall_ns() / 1000000;
}

void account_busy_release(struct busy *b)
{
	free(b->mailbox);
	b->mailbox = NULL;
	b->now = b->reached = false;
	b->said_ms = 0;
}

/* One mailbox that is not to be had is that mailbox; two are the server. */
static bool spreads(struct busy *b, const char *folder, const struct err *err)
{
	if (!err->may_spread || !folder)
		return false;
	if (b->mailbox)
		return strcmp(b->mailbox, folder) != 0;
	b->mailbox = xstrdup(folder);
	return false;
}

bool account_busy_take(struct account *a, const char *folder, struct err *err)
{
	struct busy *b = &a->busy;
	bool before = b->now;

	if (!err->busy && !spreads(b, folder, err))
		return false;
	reply_set_busy(err, err->busy_ms);
	b->now = true;
	if (err->busy_ms > b->said_ms)
		b->said_ms = err->busy_ms;
	return before;
}

void account_busy_hear(struct account *a, const struct imap4_event *ev)
{
	struct err err;

	if (ev->type != IMAP4_EV_DONE || ev->status == IMAP4_STATUS_OK ||
	    ev->status == IMAP4_STATUS_LOST)
		return;
	reply_command_err(ev, REACH_FOLDER, "what was asked", &err);
	if (err.busy)
		account_fail(a, NULL, &err);
}

bool account_busy_waits(struct account *a)
{
	int64_t left = failure_left_ms(a->busy.until_ms, now_ms());
	struct err err;

	if (left == 0)
		return false;
	err_set(&err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
		"not connecting: the server is busy, and is left alone for "
		"another %lld s",
		(long long)(left + 999) / 1000);
	err_hint(&err, "it goes on then, from where it was; nothing is lost");
	account_fail(a, NULL, &err);
	return true;
}

int64_t account_busy_left_ms(const struct account *a)
{
	return failure_left_ms(a->busy.until_ms, now_ms());
}

int account_busy_read(struct account *a, struct err *err)
{
	struct state_busy on_record;

	if (state_busy(a->store.state, &on_record, err) < 0)
		return -1;
	a->busy.until_ms = on_record.until_ms;
	a->busy.last_ms = on_record.last_ms;
	return 0;
}

int account_busy_keep(struct account *a, struct err *err)
{
	struct busy *b = &a->busy;

	if (b->now) {
		b->last_ms = failure_wait_ms(b->said_ms, b->last_ms);
		b->until_ms = now_ms() + b->last_ms;
	} else if (b->reached) {
		b->last_ms = b->until_ms = 0;
	} else {
		return 0;
	}
	return state_set_busy(
	    a->store.state, &(struct state_busy){b->until_ms, b->last_ms}, err);
}
