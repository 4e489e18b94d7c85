/* SPDX-License-Identifier: MIT */
#include "daemon/account/account_report.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"

static bool notes_have(const struct notes *notes, const char *text)
{
	for (size_t i = 0; i < notes->n; i++) {
		if (strcmp(notes->text[i], text) == 0)
			return true;
	}
	return false;
}

/* text is owned from now on. */
static void notes_add(struct notes *notes, char *text)
{
	notes->text =
	    xreallocarray(notes->text, notes->n + 1, sizeof(*notes->text));
	notes->text[notes->n++] = text;
}

/* A service says once, not every five minutes, what is the same each time. */
static bool said_before(struct account *a, const char *folder, const char *what)
{
	char *text = xasprintf("%s %s", folder ? folder : "", what);
	bool known = notes_have(&a->report.said, text);

	/* Twice in one sync it is not worth saying either. */
	known |= !a->env.opts.once && notes_have(&a->report.saying, text);
	notes_add(&a->report.saying, text);
	/* Somebody who asks for a sync wants to hear all of it. */
	return known && !a->record.audience;
}

static void notes_release(struct notes *notes)
{
	for (size_t i = 0; i < notes->n; i++)
		free(notes->text[i]);
	free(notes->text);
	*notes = (struct notes){0};
}

/* Every error says what to do, also where nothing special is known of it. */
static const char *general_hint(enum err_code code)
{
	switch (code) {
	case ERR_CREATE:
	case ERR_IO:
		return "check the disk and the system's log; nothing is lost, "
		       "the next sync goes on from here";
	case ERR_TEMP:
		return "temporary; it will be tried again";
	case ERR_HELD:
		return "it is tried again with every sync";
	default:
		return "see what the server says: imapsyncd -vv";
	}
}

void account_fail(struct account *a, const char *folder, const struct err *err)
{
	enum log_level level = LOG_ERROR;
	struct err said = *err;

	if (account_busy_take(a, folder, &said)) {
		level = LOG_DEBUG;
	} else {
		if (err->code == ERR_HELD)
			level = LOG_WARNING;
		if (said_before(a, folder, err->text))
			level = LOG_DEBUG;
	}
	if (said.hint[0] == '\0')
		err_hint(&said, "%s", general_hint(err->code));
	log_err(level, a->env.account->name, folder, &said);
	account_record_failure(a, folder, &said);
	if (said.code <= a->report.code)
		return;
	a->report.code = said.code;
	if (said.code == ERR_HELD)
		return;
	free(a->report.failure);
	a->report.failure = xasprintf("%s%s%s", folder ? folder : "",
				      folder ? ": " : "", said.text);
}

void account_remark(struct account *a, const char *text)
{
	log_at(said_before(a, NULL, text) ? LOG_DEBUG : LOG_WARNING,
	       a->env.account->name, NULL, "%s", text);
}

/* RFC 9051 7.1: a person must see it. What was refused says so itself. */
static bool is_alert(const struct imap4_event *ev)
{
	bool status =
	    ev->type == IMAP4_EV_STATUS || ev->type == IMAP4_EV_GREETING ||
	    (ev->type == IMAP4_EV_DONE && ev->status == IMAP4_STATUS_OK);

	return status && ev->code.code == IMAP4_CODE_ALERT;
}

static void say_alert(struct account *a, const struct imap4_event *ev)
{
	const char *text = ev->text.p ? ev->text.p : "";

	if (!alerts_say(&a->report.alerts, text, ev->text.len, clock_wall()))
		return;
	report_erase(a->env.report);
	log_at(LOG_WARNING, a->env.account->name, NULL, "the server says: %.*s",
	       (int)ev->text.len, text);
}

void account_report_alert(struct account *a, const struct imap4_event *ev)
{
	if (is_alert(ev))
		say_alert(a, ev);
}

/* --check-config --connect. */
static void show_connection(struct account *a)
{
	const char *name = a->env.account->name;
	size_t n = a->boxes.n;

	if (a->report.failure)
		report_line(name, "failed: %s", a->report.failure);
	else
		report_line(name, "ok, %zu folder%s", n, n == 1 ? "" : "s");
}

/* What was said in a sync that looked at all there is, is all that is still
 * so. */
static void turn_notes(struct account *a)
{
	struct notes *old = &a->report.said;

	bool all = !a->due.names && a->report.code <= ERR_HELD;

	for (size_t i = 0; i < old->n && !all; i++) {
		if (!notes_have(&a->report.saying, old->text[i]))
			notes_add(&a->report.saying, xstrdup(old->text[i]));
	}
	notes_release(old);
	a->report.said = a->report.saying;
	a->report.saying = (struct notes){0};
}

static void say_more_alerts(struct account *a)
{
	size_t n = alerts_more(&a->report.alerts);

	if (n > 0)
		log_at(LOG_WARNING, a->env.account->name, NULL,
		       "the server says more (ALERT): %zu texts are not shown",
		       n);
}

void account_report_begin(struct account *a)
{
	struct account_report *r = &a->report;

	r->code = ERR_NONE;
	free(r->failure);
	r->failure = NULL;
	r->totals = (struct totals){0};
	r->started_ms = clock_mono_ms();
	account_record_begin(a);
}

void account_report_end(struct account *a)
{
	struct account_report *r = &a->report;

	say_more_alerts(a);
	if (a->stopping && !r->failure)
		r->failure = xstrdup("stopped by a signal");
	r->totals.took_ms = clock_mono_ms() - r->started_ms;
	if (a->env.opts.list_only)
		show_connection(a);
	else
		report_account(a->env.report, a->env.account->name, &r->totals,
			       r->failure);
	turn_notes(a);
	account_record_end(a);
}

void account_report_release(struct account_report *r)
{
	notes_release(&r->said);
	notes_release(&r->saying);
	free(r->failure);
}
