/* SPDX-License-Identifier: MIT */
#include "daemon/status.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/account/account.h"
#include "daemon/account/account_folders.h"
#include "daemon/account/account_status.h"
#include "daemon/base/disk.h"
#include "daemon/base/xalloc.h"
#include "daemon/control/control.h"
#include "daemon/service.h"

/* An account's part of an answer. */
struct share {
	struct generation *with; /* keeps config */
	const struct config_account *config;
	struct account_folders folders;
	struct err err;
};

/* Databases are read on a thread of their own: the disk thread may be busy for
 * long, and a person wants to know with what. */
struct answer {
	struct job job;
	struct service *service;
	struct control_client *client; /* NULL: it went away */
	struct answer *next;
	struct share *share;
	size_t n;
};

/* RFC 3339, in UTC; null where there is none. */
static json_t *time_of(int64_t at)
{
	time_t t = (time_t)at;
	char text[40];
	struct tm tm;

	if (at == 0 || !gmtime_r(&t, &tm) ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return json_null();
	return json_string(text);
}

static json_t *error_of(const struct account_status *st)
{
	const struct err *e = st->err;

	if (e->code == ERR_NONE)
		return json_null();
	json_t *o = json_object();
	char *text = st->folder ? xasprintf("%s: %s", st->folder, e->text)
				: xstrdup(e->text);
	(void)json_object_set_new(o, "text", control_text(text));
	(void)json_object_set_new(o, "hint", control_text(e->hint));
	free(text);
	return o;
}

static json_t *asides_of(const struct account_folder *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->naside; i++) {
		const struct account_aside *a = &f->aside[i];
		json_t *o = json_object();
		(void)json_object_set_new(
		    o, "uid", a->uid ? json_integer(a->uid) : json_null());
		(void)json_object_set_new(o, "subject",
					  a->subject ? control_text(a->subject)
						     : json_null());
		(void)json_object_set_new(o, "text", control_text(a->text));
		(void)json_array_append_new(list, o);
	}
	return list;
}

static const struct account_left *left_of(const struct account_status *st,
					  const char *folder)
{
	static const struct account_left nothing;

	for (size_t i = 0; i < st->nleft; i++) {
		if (strcmp(st->left[i].folder, folder) == 0)
			return &st->left[i];
	}
	return &nothing;
}

static json_t *folder_of(const struct account_folder *f, const struct member *m,
			 const struct account_status *st)
{
	const struct account_left *left = left_of(st, f->name);
	json_t *o = json_object();

	(void)json_object_set_new(o, "name", control_text(f->name));
	(void)json_object_set_new(o, "messages", json_integer(f->messages));
	(void)json_object_set_new(o, "pending",
				  json_integer((json_int_t)left->pending));
	(void)json_object_set_new(o, "held", json_integer(f->held));
	(void)json_object_set_new(o, "misfit", json_boolean(f->misfit));
	(void)json_object_set_new(o, "skipped",
				  json_integer((json_int_t)left->skipped));
	(void)json_object_set_new(
	    o, "watched",
	    json_boolean(m && m->account && !m->paused &&
			 account_watches(m->account, f->name)));
	(void)json_object_set_new(o, "set_aside", asides_of(f));
	return o;
}

static void add_folders(json_t *o, const struct share *share,
			const struct member *m, const struct account_status *st)
{
	json_t *list = json_array();

	for (size_t i = 0; i < share->folders.n; i++)
		(void)json_array_append_new(
		    list, folder_of(&share->folders.folder[i], m, st));
	(void)json_object_set_new(o, "folders", list);
}

/* Before it was ever asked for, and while it is paused. */
static void live_status(const struct member *m, struct account_status *out)
{
	static const struct err none;

	if (m && m->account && !m->paused)
		account_status(m->account, out);
	else
		*out = (struct account_status){
		    .state = m && m->paused ? "paused" : "connecting",
		    .mode = "poll",
		    .err = &none};
	if (m && out->last_sync == 0)
		out->last_sync = m->last_sync;
	if (m && out->last_change == 0)
		out->last_change = m->last_change;
}

static json_t *account_of(const struct service *s, const struct share *share)
{
	const char *name = share->config->name;
	const struct member *m = members_find(&s->members, name);
	struct account_status st;
	json_t *o = json_object();

	live_status(m, &st);
	/* Nothing is wrong with it but that it cannot be read. */
	if (st.err->code == ERR_NONE && share->err.code != ERR_NONE)
		st.err = &share->err;
	(void)json_object_set_new(o, "name", json_string(name));
	(void)json_object_set_new(o, "state", json_string(st.state));
	(void)json_object_set_new(o, "mode", json_string(st.mode));
	(void)json_object_set_new(o, "last_sync", time_of(st.last_sync));
	(void)json_object_set_new(o, "last_change", time_of(st.last_change));
	(void)json_object_set_new(o, "next_try", time_of(st.next_try));
	(void)json_object_set_new(o, "error", error_of(&st));
	add_folders(o, share, m, &st);
	return o;
}

static json_t *status_of(const struct answer *a)
{
	const struct service *s = a->service;
	json_t *o = json_object(), *list = json_array();

	(void)json_object_set_new(o, "version", json_integer(1));
	(void)json_object_set_new(o, "program", json_string(VERSION));
	(void)json_object_set_new(o, "pid", json_integer(getpid()));
	(void)json_object_set_new(o, "started", time_of(s->started));
	(void)json_object_set_new(o, "state_dir",
				  control_text(s->current->config->state_dir));
	for (size_t i = 0; i < a->n; i++)
		(void)json_array_append_new(list, account_of(s, &a->share[i]));
	(void)json_object_set_new(o, "accounts", list);
	return o;
}

static void read_run(struct job *job)
{
	struct answer *a = (struct answer *)job;

	for (size_t i = 0; i < a->n; i++) {
		struct share *share = &a->share[i];
		(void)account_folders_read(share->with->config->state_dir,
					   share->config, &share->folders,
					   &share->err);
	}
}

static void release(struct answer *a)
{
	for (size_t i = 0; i < a->n; i++) {
		account_folders_release(&a->share[i].folders);
		generation_drop(a->share[i].with);
	}
	free(a->share);
	free(a);
}

static void read_done(struct job *job)
{
	struct answer *a = (struct answer *)job;
	struct answer **at = &a->service->answers;

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	if (a->client) {
		control_value(a->client, "status", status_of(a));
		control_end(a->client, 0);
	}
	release(a);
}

void status_answer(struct service *s, struct control_client *c)
{
	struct answer *a = xcalloc(1, sizeof(*a));

	a->job = (struct job){.run = read_run, .done = read_done};
	a->service = s;
	a->client = c;
	a->share = xcalloc(s->members.n, sizeof(*a->share));
	for (size_t i = 0; i < s->members.n; i++) {
		const struct member *m = s->members.member[i];
		if (m->leaving)
			continue;
		a->share[a->n++] = (struct share){
		    .with = generation_use(m->with), .config = m->config};
	}
	a->next = s->answers;
	s->answers = a;
	disk_post(s->reader, &a->job);
}

void status_gone(struct service *s, const struct control_client *c)
{
	for (struct answer *a = s->answers; a; a = a->next) {
		if (a->client == c)
			a->client = NULL;
	}
}

void status_release(struct service *s)
{
	for (struct answer *a = s->answers; a; a = a->next)
		a->client = NULL;
}

char *status_line(const struct service *s)
{
	size_t n = s->members.n, bad = 0;
	char *worst = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct member *m = s->members.member[i];
		struct account_status st;
		live_status(m, &st);
		if (st.err->code == ERR_NONE && !m->paused)
			continue;
		bad++;
		if (!worst)
			worst = xasprintf("%s: %s", m->config->name,
					  m->paused ? "paused" : st.err->text);
	}
	char *line = bad == 0 ? xasprintf("%zu account%s, all is well", n,
					  n == 1 ? "" : "s")
			      : xasprintf("%zu of %zu account%s: %s", bad, n,
					  n == 1 ? "" : "s", worst);
	free(worst);
	return line;
}
