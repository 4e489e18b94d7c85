/* SPDX-License-Identifier: MIT */
#include "daemon/command.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/account/account.h"
#include "daemon/account/account_status.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/operand.h"
#include "daemon/service.h"
#include "daemon/status.h"

#define SETTLE_MS 8000

/* An account that a command waits for. */
struct part {
	struct member *member; /* NULL: it is done */
	char *folder;          /* of it, NULL: all; owned */
	uint64_t sync;         /* the first that begins after it was asked */
};

struct command {
	struct command *next;
	struct service *service;
	struct control_client *client; /* NULL: it went away */
	enum request_verb verb;
	bool quiet;
	struct part *part;
	size_t nparts, left;
	int status;
	int64_t until_ms; /* so long files that are being written are awaited */
};

static struct command *add(struct service *s, struct control_client *client,
			   const struct request *r)
{
	struct command *c = xcalloc(1, sizeof(*c));

	c->service = s;
	c->client = client;
	c->verb = r->verb;
	c->quiet = r->quiet;
	c->until_ms = clock_mono_ms() + SETTLE_MS;
	c->next = s->commands;
	s->commands = c;
	return c;
}

static void remove_command(struct command *c)
{
	struct command **at = &c->service->commands;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	for (size_t i = 0; i < c->nparts; i++)
		free(c->part[i].folder);
	free(c->part);
	free(c);
}

static void hear(void *ctx, enum log_level level, const char *account,
		 const char *lines);

static void listen_in(struct service *s)
{
	bool any = false;

	for (const struct command *c = s->commands; c; c = c->next)
		any |= c->verb == REQUEST_ONCE;
	log_set_tap(any ? hear : NULL, s);
}

static void end(struct command *c)
{
	struct service *s = c->service;

	if (c->client)
		control_end(c->client, c->status);
	remove_command(c);
	listen_in(s);
}

static void say(struct command *c, bool out, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void say(struct command *c, bool out, const char *fmt, ...)
{
	char text[1000];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!c->client)
		return;
	if (out)
		control_out(c->client, text);
	else
		control_err(c->client, text);
}

static void fail(struct command *c, int status)
{
	if (status > c->status)
		c->status = status;
}

/* What the log says while somebody waits for a sync that it ordered. */

static void hear(void *ctx, enum log_level level, const char *account,
		 const char *lines)
{
	const struct service *s = ctx;

	for (struct command *c = s->commands; c && account; c = c->next) {
		if (c->verb != REQUEST_ONCE ||
		    (c->quiet && level > LOG_WARNING))
			continue;
		for (size_t i = 0; i < c->nparts; i++) {
			const struct member *m = c->part[i].member;
			/* Lines of their own: a hint is one. */
			if (!m || !m->account ||
			    strcmp(m->config->name, account) != 0 ||
			    account_begun(m->account) < c->part[i].sync)
				continue;
			const char *hint = strchr(lines, '\n');
			int n = hint ? (int)(hint - lines) : (int)strlen(lines);
			say(c, false, "%.*s", n, lines);
			if (hint)
				say(c, false, "%s", hint + 1);
		}
	}
}

/* Is anybody waiting for it with open ears; is all to be compared? */
static void heed(struct service *s, struct member *m, bool full)
{
	bool audience = false;

	for (const struct command *c = s->commands; c; c = c->next) {
		for (size_t i = 0; i < c->nparts; i++)
			audience |=
			    c->part[i].member == m && c->verb == REQUEST_ONCE;
	}
	if (m->account)
		account_heed(m->account, full, audience);
}

/* Syncs. */

static void add_part(struct command *c, struct member *m, const char *folder)
{
	c->part = xreallocarray(c->part, c->nparts + 1, sizeof(*c->part));
	c->part[c->nparts++] = (struct part){
	    .member = m,
	    .folder = folder ? xstrdup(folder) : NULL,
	    .sync = account_begun(m->account) + 1,
	};
	c->left++;
}

/* An account that is asked for: to be synced, or it is said why not. */
static void ask(struct command *c, struct member *m, const char *folder,
		bool full)
{
	if (!m->account && m->paused) {
		say(c, false, "%s: paused", m->config->name);
		say(c, false, "  -> imapsyncctl resume %s", m->config->name);
		fail(c, ERR_TEMP);
		return;
	}
	if (!m->account) {
		say(c, false, "%s: about to begin anew", m->config->name);
		say(c, false, "  -> try again in a moment");
		fail(c, ERR_TEMP);
		return;
	}
	add_part(c, m, folder);
	heed(c->service, m, full);
	/* One that is not there may be new here. */
	if (folder && account_has_folder(m->account, folder))
		account_kick_folder(m->account, folder);
	else
		account_kick(m->account);
}

static struct member *find(struct command *c, const char *operand)
{
	struct member *m = members_find(&c->service->members, operand);

	if (m)
		return m;
	say(c, false, "imapsyncd: there is no account '%.*s'",
	    (int)strcspn(operand, "/"), operand);
	fail(c, ERR_USAGE);
	return NULL;
}

static void sync_accounts(struct command *c, const struct request *r)
{
	const struct members *all = &c->service->members;

	for (size_t i = 0; i < r->ntargets; i++) {
		if (!find(c, r->target[i]))
			return;
	}
	for (size_t i = 0; i < r->ntargets; i++)
		ask(c, find(c, r->target[i]), operand_folder(r->target[i]),
		    r->full);
	for (size_t i = 0; r->ntargets == 0 && i < all->n; i++) {
		if (!all->member[i]->paused)
			ask(c, all->member[i], NULL, r->full);
	}
	if (!r->wait)
		c->left = 0;
}

/* Is it the account that the other process means? */
static bool is_meant(struct command *c, const struct member *m,
		     const char *print)
{
	char own[20];

	(void)snprintf(own, sizeof(own), "%016" PRIx64,
		       config_account_print(m->with->config, m->config));
	if (strcmp(own, print) == 0)
		return true;
	say(c, false,
	    "%s: the running imapsyncd has this account, with another "
	    "configuration",
	    m->config->name);
	say(c, false, "  -> imapsyncctl reload, or stop it");
	fail(c, ERR_TEMP);
	return false;
}

static void sync_once(struct command *c, const struct request *r)
{
	for (size_t i = 0; i < r->ntargets; i++) {
		struct member *m = find(c, r->target[i]);
		if (m && is_meant(c, m, r->print[i]))
			ask(c, m, operand_folder(r->target[i]), r->full);
	}
}

/* What went wrong, as the log has said it perhaps long ago. */
static void say_error(struct command *c, const struct member *m)
{
	struct account_status st;

	account_status(m->account, &st);
	if (account_code(m->account) == ERR_NONE || st.err->code == ERR_NONE)
		return;
	say(c, false, "%s%s%s: %s", m->config->name, st.folder ? "/" : "",
	    st.folder ? st.folder : "", st.err->text);
	say(c, false, "  -> %s", st.err->hint);
}

static void check_folder(struct command *c, const struct part *p)
{
	const char *name = p->member->config->name;

	if (!p->folder || account_code(p->member->account) > ERR_HELD ||
	    account_has_folder(p->member->account, p->folder))
		return;
	say(c, false, "%s/%s: there is no such folder", name, p->folder);
	say(c, false, "  -> those there are: imapsyncctl folders %s", name);
	fail(c, ERR_USAGE);
}

/* Is nothing else of that account awaited? */
static bool is_last_of(const struct command *c, const struct part *p)
{
	for (size_t i = 0; i < c->nparts; i++) {
		if (&c->part[i] != p && c->part[i].member == p->member)
			return false;
	}
	return true;
}

/* Its sync has ended. */
static void part_done(struct command *c, struct part *p)
{
	struct member *m = p->member;
	bool last = is_last_of(c, p);

	fail(c, (int)account_code(m->account));
	check_folder(c, p);
	if (last && c->verb == REQUEST_SYNC) {
		say_error(c, m);
	} else if (last && !c->quiet) {
		char *text = account_summary(m->account);
		say(c, true, "%s: %s", m->config->name, text);
		free(text);
	}
	p->member = NULL;
	c->left--;
	heed(c->service, m, false);
}

static void each_part(struct service *s, struct member *m,
		      void (*fn)(struct command *c, struct part *p))
{
	struct command *next;

	for (struct command *c = s->commands; c; c = next) {
		next = c->next;
		if (c->left == 0)
			continue;
		for (size_t i = 0; i < c->nparts; i++) {
			if (c->part[i].member == m)
				fn(c, &c->part[i]);
		}
		if (c->left == 0)
			end(c);
	}
}

/* What somebody saved just before he asked is not sent at once, as nobody knows
 * whether it is whole. The account looks again by itself. */
static bool is_unsettled(const struct command *c, const struct part *p)
{
	struct account_status st;

	account_status(p->member->account, &st);
	return st.busy > 0 && clock_mono_ms() < c->until_ms;
}

static void maybe_done(struct command *c, struct part *p)
{
	uint64_t begun = account_begun(p->member->account);

	if (begun < p->sync)
		return;
	if (is_unsettled(c, p))
		p->sync = begun + 1;
	else
		part_done(c, p);
}

void command_synced(struct service *s, struct member *m)
{
	each_part(s, m, maybe_done);
}

static void part_lost(struct command *c, struct part *p)
{
	say(c, false, "%s: stopped before it was synced",
	    p->member->config->name);
	fail(c, ERR_TEMP);
	p->member = NULL;
	c->left--;
}

void command_ended(struct service *s, struct member *m)
{
	each_part(s, m, part_lost);
}

/* The other verbs. */

static void pause_or_resume(struct command *c, const struct request *r)
{
	struct members *all = &c->service->members;
	bool pause = r->verb == REQUEST_PAUSE;

	for (size_t i = 0; i < r->ntargets; i++) {
		if (!find(c, r->target[i]))
			return;
	}
	for (size_t i = 0; i < all->n; i++) {
		struct member *m = all->member[i];
		bool named = r->ntargets == 0;
		for (size_t k = 0; k < r->ntargets; k++)
			named |= members_find(all, r->target[k]) == m;
		if (!named || m->paused == pause)
			continue;
		log_at(LOG_INFO, m->config->name, NULL, "%s",
		       pause ? "paused" : "resumed");
		if (pause)
			member_pause(m);
		else
			member_resume(m);
	}
	service_tell(c->service);
}

static void reload(struct command *c)
{
	char *text = NULL;
	int status = service_reload(c->service, &text);

	fail(c, status);
	for (char *line = text; line && *line;) {
		char *end_of = strchrnul(line, '\n');
		say(c, false, "%.*s", (int)(end_of - line), line);
		line = *end_of ? end_of + 1 : end_of;
	}
	free(text);
	c->left = status == 0 && c->service->reloading ? 1 : 0;
}

void command_reloaded(struct service *s)
{
	struct command *next;

	for (struct command *c = s->commands; c; c = next) {
		next = c->next;
		if (c->verb == REQUEST_RELOAD && c->left > 0)
			end(c);
	}
}

void command_request(void *ctx, struct control_client *client,
		     const struct request *r)
{
	struct service *s = ctx;

	if (r->verb == REQUEST_STATUS) {
		status_answer(s, client);
		return;
	}
	struct command *c = add(s, client, r);
	listen_in(s);
	if (s->stopping) {
		say(c, false, "imapsyncd: is stopping");
		fail(c, ERR_TEMP);
	} else if (r->verb == REQUEST_SYNC) {
		sync_accounts(c, r);
	} else if (r->verb == REQUEST_ONCE) {
		sync_once(c, r);
	} else if (r->verb == REQUEST_RELOAD) {
		reload(c);
	} else {
		pause_or_resume(c, r);
	}
	if (c->left == 0)
		end(c);
}

void command_gone(void *ctx, struct control_client *client)
{
	struct service *s = ctx;

	status_gone(s, client);
	for (struct command *c = s->commands; c; c = c->next) {
		if (c->client == client)
			c->client = NULL;
	}
}

void command_release(struct service *s)
{
	log_set_tap(NULL, NULL);
	while (s->commands)
		remove_command(s->commands);
}
