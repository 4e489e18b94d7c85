/* SPDX-License-Identifier: MIT */
#include "daemon/account/account_flight.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"

void account_flights_release(struct flights *f)
{
	flight_release(&f->before);
	flight_release(&f->now);
	*f = (struct flights){0};
}

void account_flights_begin(struct account *a)
{
	struct flights *f = &a->flights;

	f->losses = 0;
	f->goes_on = f->looking = false;
}

void account_flight_add(struct flight *out, enum flight_kind kind,
			const char *folder)
{
	flight_add(out, &(struct flight_item){.kind = kind, .folder = folder});
}

static void collect(struct account *a, struct flight *out)
{
	cycle_in_flight(a, out);
	if (out->n == 0)
		account_flight_add(out, FLIGHT_ACCOUNT, "");
	for (size_t i = 0; i < out->n; i++) {
		struct flight_item *x = &out->item[i];
		if (x->kind == FLIGHT_FOLDER || x->kind == FLIGHT_MAKE)
			x->known = account_was_avoided(a, x->folder);
	}
}

/* Before anybody else hears of it, who then forgets what was asked. */
void account_flight_hear(struct account *a, const struct imap4_event *ev)
{
	struct flights *f = &a->flights;

	if (ev->type != IMAP4_EV_DONE || ev->status != IMAP4_STATUS_LOST ||
	    f->noted || a->stopping)
		return;
	f->noted = true;
	collect(a, &f->now);
	f->condemned = flight_condemned(&f->before, &f->now);
}

static void say_condemned(struct account *a, const struct flight_item *x,
			  const struct err *why)
{
	struct err err;

	switch (x->kind) {
	case FLIGHT_BODY:
		err_set(&err, ERR_HELD, ERR_SCOPE_MESSAGE,
			"message UID %llu is set aside: the connection breaks "
			"where it is asked for: %s",
			(unsigned long long)x->id, why->text);
		break;
	case FLIGHT_UPLOAD:
		err_set(&err, ERR_HELD, ERR_SCOPE_MESSAGE,
			"'%s' is set aside: the connection breaks where it is "
			"sent: %s",
			x->file ? x->file : "a message", why->text);
		break;
	default:
		account_avoid(a, x->folder, why->text);
		err_set(&err, ERR_HELD, ERR_SCOPE_FOLDER,
			"it is set aside: the connection breaks where it is "
			"%s: %s",
			x->kind == FLIGHT_MAKE ? "made" : "opened", why->text);
		break;
	}
	err_hint(&err, "all else goes on; it is asked for again in the next "
		       "sync, then after 15 minutes, and so on up to a day");
	account_fail(a, x->folder, &err);
}

void account_flight_lost(struct account *a, const struct err *err)
{
	struct flights *f = &a->flights;
	const char *folder = f->now.n > 0 && f->now.item[0].folder[0]
				 ? f->now.item[0].folder
				 : NULL;

	if (err->busy || !f->noted) {
		account_fail(a, NULL, err);
		return;
	}
	(void)snprintf(f->why, sizeof(f->why), "%s", err->text);
	f->losses++;
	/* A service has time: it tries again soon anyway. */
	f->looking |= a->env.opts.once && (f->condemned || f->before.n > 0);
	f->goes_on = !a->env.opts.folder.dry_run &&
		     flight_goes_on(f->condemned, f->looking, f->losses);
	if (f->condemned)
		say_condemned(a, f->condemned, err);
	else if (f->goes_on)
		log_at(LOG_WARNING, a->env.account->name, folder,
		       "%s: trying what was asked for one by one", err->text);
	else
		account_fail(a, folder, err);
}

bool account_flight_careful(const struct account *a, const char *folder)
{
	return flight_concerns(&a->flights.before, folder);
}

/* On record. */

static int take(void *ctx, const struct state_flight *s)
{
	struct account *a = ctx;

	if (s->kind < FLIGHT_KINDS)
		flight_add(
		    &a->flights.before,
		    &(struct flight_item){.kind = (enum flight_kind)s->kind,
					  .folder = s->folder,
					  .id = s->id});
	return 0;
}

int account_flight_read(struct account *a, struct err *err)
{
	flight_release(&a->flights.before);
	return state_flight_each(a->store.state, take, a, err);
}

static int put_all(struct account *a, struct err *err)
{
	const struct flight *now = &a->flights.now;
	int r = 0;

	for (size_t i = 0; i < now->n && r == 0; i++) {
		const struct flight_item *x = &now->item[i];
		r = state_flight_add(
		    a->store.state,
		    &(struct state_flight){(uint32_t)x->kind, x->folder, x->id},
		    err);
	}
	return r;
}

/* The row of a folder by its name for people. */
static int64_t row_of(const struct account *a, const char *folder)
{
	const struct mailbox *box = mailboxes_find_display(&a->boxes, folder);

	return box ? box->row : 0;
}

static int put_aside(struct account *a, const struct flight_item *x,
		     struct err *err)
{
	char text[600];
	struct state_aside aside = {
	    .side = x->kind == FLIGHT_BODY ? STATE_HERE : STATE_THERE,
	    .id = x->id,
	    .text = a->flights.why,
	    .print = x->print,
	};
	int64_t row = row_of(a, x->folder);

	if ((x->kind != FLIGHT_BODY && x->kind != FLIGHT_UPLOAD) || row <= 0)
		return 0;
	if (x->kind == FLIGHT_UPLOAD && x->file) {
		(void)snprintf(text, sizeof(text),
			       "'%.150s' cannot be sent: %s", x->file,
			       a->flights.why);
		aside.text = text;
	}
	return store_set_aside(&a->store, row, &aside, err);
}

static int record(struct account *a, struct err *err)
{
	const struct flights *f = &a->flights;
	int r = state_flights_drop(a->store.state, err);

	if (r < 0 || !f->noted)
		return r;
	return f->condemned ? put_aside(a, f->condemned, err) : put_all(a, err);
}

int account_flight_keep(struct account *a, struct err *err)
{
	const struct flights *f = &a->flights;

	/* Nothing is known of who could not connect, or was sent away. */
	if (a->busy.now || !a->busy.reached || (!f->noted && f->before.n == 0))
		return 0;
	if (state_begin(a->store.state, err) < 0)
		return -1;
	return store_end(&a->store, record(a, err), err);
}

bool account_flight_turn(struct account *a)
{
	struct flights *f = &a->flights;

	if (!a->busy.now && a->busy.reached) {
		flight_release(&f->before);
		if (f->noted && !f->condemned) {
			f->before = f->now;
			f->now = (struct flight){0};
		}
	}
	flight_release(&f->now);
	f->noted = false;
	f->condemned = NULL;
	bool goes_on = f->goes_on && !a->stopping && !a->session;
	f->goes_on = false;
	return goes_on;
}
