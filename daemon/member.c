/* SPDX-License-Identifier: MIT */
#include "daemon/member.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/account/account.h"
#include "daemon/account/account_status.h"
#include "daemon/base/xalloc.h"
#include "daemon/hook/hook.h"
#include "daemon/loop.h"

struct generation *generation_new(struct config *config)
{
	struct generation *g = xcalloc(1, sizeof(*g));

	g->config = config;
	g->users = 1;
	return g;
}

struct generation *generation_use(struct generation *g)
{
	g->users++;
	return g;
}

void generation_drop(struct generation *g)
{
	if (!g || --g->users > 0)
		return;
	config_free(g->config);
	free(g);
}

static void member_free(struct member *m)
{
	generation_drop(m->with);
	generation_drop(m->next);
	free(m);
}

static void take_next(struct member *m)
{
	if (!m->next)
		return;
	generation_drop(m->with);
	m->with = m->next;
	m->config = m->next_config;
	m->next = NULL;
}

static void remove_member(struct member *m)
{
	struct members *all = m->members;
	size_t i = 0;

	while (all->member[i] != m)
		i++;
	memmove(&all->member[i], &all->member[i + 1],
		(all->n - i - 1) * sizeof(*all->member));
	all->n--;
	member_free(m);
}

static void start_all(struct members *all);

static void remember(struct member *m)
{
	struct account_status st;

	account_status(m->account, &st);
	if (st.last_sync)
		m->last_sync = st.last_sync;
	if (st.last_change)
		m->last_change = st.last_change;
}

static void on_ended(void *ctx, struct account *a)
{
	struct member *m = ctx;
	struct members *all = m->members;

	remember(m);
	account_free(a);
	m->account = NULL;
	hook_leave(m->hook);
	m->hook = NULL;
	all->handler.ended(all->handler.ctx, m);
	if (m->leaving)
		remove_member(m);
	else
		take_next(m);
	start_all(all);
}

static void on_looked(void *ctx, struct account *a)
{
	struct member *m = ctx;

	(void)a;
	m->members->handler.looked(m->members->handler.ctx, m);
}

static void on_synced(void *ctx, struct account *a)
{
	struct member *m = ctx;
	struct account_status st;

	account_status(a, &st);
	hook_synced(m->hook, st.folder, st.err);
	m->members->handler.synced(m->members->handler.ctx, m);
}

static void start(struct member *m)
{
	struct loop *l = m->members->loop;
	const struct hook_env hook = {
	    .hooks = m->members->hooks,
	    .base = l->base,
	    .disk = l->disk,
	    .config = m->with->config,
	    .account = m->config,
	};
	m->hook = hook_new(&hook);
	struct account_env env = {
	    .base = l->base,
	    .disk = l->disk,
	    .config = m->with->config,
	    .account = m->config,
	    .report = &l->report,
	    .listener = hook_listener(m->hook),
	    .dirwatch = m->members->dirwatch,
	    .ended = on_ended,
	    .looked = on_looked,
	    .synced = on_synced,
	    .ctx = m,
	};

	m->account = account_new(&env);
}

/* Only when all that are to end have: what one leaves, its Maildir or its name,
 * another one may get. */
static void start_all(struct members *all)
{
	if (all->stopping || members_turning(all))
		return;
	for (size_t i = 0; i < all->n; i++) {
		if (!all->member[i]->account && !all->member[i]->paused)
			start(all->member[i]);
	}
}

static struct member *find(const struct members *all, const char *name,
			   size_t len)
{
	for (size_t i = 0; i < all->n; i++) {
		const char *have = all->member[i]->config->name;
		if (strlen(have) == len && memcmp(have, name, len) == 0)
			return all->member[i];
	}
	return NULL;
}

static void add(struct members *all, struct generation *g,
		const struct config_account *c)
{
	struct member *m = xcalloc(1, sizeof(*m));

	m->members = all;
	m->with = generation_use(g);
	m->config = c;
	all->member =
	    xreallocarray(all->member, all->n + 1, sizeof(*all->member));
	all->member[all->n++] = m;
}

/* What is nearly over begins anew. */
static void change(struct member *m, struct generation *g,
		   const struct config_account *c)
{
	generation_drop(m->next);
	m->next = generation_use(g);
	m->next_config = c;
	m->leaving = false;
	if (m->account)
		account_stop(m->account);
	else
		take_next(m);
}

static bool is_same(const struct member *m, const struct generation *g,
		    const struct config_account *c)
{
	return !m->leaving && !m->next &&
	       config_account_print(m->with->config, m->config) ==
		   config_account_print(g->config, c);
}

static bool enabled_in(const struct config *config, const char *name)
{
	const struct config_account *c =
	    config_find_account(config, name, strlen(name));

	return c && c->enabled;
}

static void drop_others(struct members *all, const struct generation *g)
{
	for (size_t i = all->n; i-- > 0;) {
		struct member *m = all->member[i];
		if (enabled_in(g->config, m->config->name))
			continue;
		m->leaving = true;
		if (m->account)
			account_stop(m->account);
		else
			remove_member(m);
	}
}

void members_set(struct members *all, struct generation *g)
{
	drop_others(all, g);
	for (size_t i = 0; i < g->config->naccounts; i++) {
		const struct config_account *c = &g->config->accounts[i];
		struct member *m = find(all, c->name, strlen(c->name));
		if (!c->enabled)
			continue;
		if (!m)
			add(all, g, c);
		else if (!is_same(m, g, c))
			change(m, g, c);
	}
	start_all(all);
}

void members_stop(struct members *all)
{
	all->stopping = true;
	for (size_t i = 0; i < all->n; i++) {
		if (all->member[i]->account)
			account_stop(all->member[i]->account);
	}
}

size_t members_running(const struct members *all)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		n += all->member[i]->account != NULL;
	return n;
}

bool members_turning(const struct members *all)
{
	for (size_t i = 0; i < all->n; i++) {
		if (all->member[i]->leaving || all->member[i]->next)
			return true;
	}
	return false;
}

struct member *members_find(const struct members *all, const char *operand)
{
	struct member *m = find(all, operand, strcspn(operand, "/"));

	return m && !m->leaving ? m : NULL;
}

void member_pause(struct member *m)
{
	m->paused = true;
	if (m->account)
		account_stop(m->account);
}

void member_resume(struct member *m)
{
	m->paused = false;
	start_all(m->members);
}

void members_release(struct members *all)
{
	for (size_t i = 0; i < all->n; i++)
		member_free(all->member[i]);
	free(all->member);
	*all = (struct members){0};
}
