/* SPDX-License-Identifier: MIT */
/* Which files that no row knows are messages that are there already. */
#include <stdlib.h>
#include <string.h>

#include "daemon/core/pair.h"
#include "tests/sim/sim_priv.h"
#include "tests/support/t.h"

static void take_facts(const struct sim *s, struct pair_here *h)
{
	int folder = h->from != 0 ? (int)h->from - 1 : s->f.n;
	struct world *w = s->w;
	const struct world_row *row =
	    h->from != 0 ? world_row(&w->folder[folder].table, h->from_uid)
			 : NULL;
	const struct world_file *f = world_file(&w->folder[folder].dir, h->key);
	const struct world_intent *i = world_intent(w, folder, h->key);

	/* One that was promised, and has other content by now, is not what the
	 * server may have got. */
	if (!f || (h->from == 0 && i && i->text && i->text != f->text))
		return;
	/* Nor what another folder has got, if it was edited, or is no longer
	 * that row's. */
	if (h->from != 0 &&
	    (!row || row->base.fate != FATE_ALIVE || row->text != f->text))
		return;
	if (h->from == 0 && i && i->text)
		h->sent = i->stored ? PAIR_STORED : PAIR_PROMISED;
	h->known = true;
	h->size = text_size(f->text);
	text_header(f->text, h->header);
	text_header(f->text, h->message);
	memcpy(h->sample, h->message, sizeof(h->sample));
}

static struct pair_here *add_lost(struct sim *s, struct pair_here *here,
				  size_t *n)
{
	here = reallocarray(here, *n + s->nlost + 1, sizeof(*here));
	assert_non_null(here);
	for (size_t i = 0; i < s->nlost; i++) {
		const struct sim_lost *l = &s->lost[i];
		const struct world_row *row =
		    world_row(&s->w->folder[l->folder].table, l->uid);
		if (l->folder == s->f.n)
			continue;
		here[*n] = (struct pair_here){
		    .key = l->key,
		    /* 0 is no folder there. */
		    .from = l->folder + 1,
		    .from_uid = l->uid,
		};
		if (s->w->caps.emailid && row)
			here[*n].emailid = text_body(row->text);
		(*n)++;
	}
	return here;
}

static void take_sizes(const struct sim *s, struct pair_there *there, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct world_message *m =
		    world_message(s->f.box, there[i].uid);
		there[i].size = m ? text_size(m->text) : UINT64_MAX;
		if (m && s->w->caps.emailid)
			there[i].emailid = text_body(m->text);
	}
}

static void take_answers(const struct sim *s, struct pair_there *there,
			 size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct pair_there *t = &there[i];
		const struct world_message *m = world_message(s->f.box, t->uid);
		if (!t->want || !m)
			continue;
		text_header(m->text,
			    t->want == PAIR_HEADER ? t->header : t->body);
		t->have |= t->want;
	}
}

/* Is all still there that was listed? */
static bool none_vanished(const struct sim *s, const struct pair_here *here,
			  size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (here[i].from == 0 && !world_file(s->f.dir, here[i].key))
			return false;
	}
	return true;
}

static void match(struct sim *s, struct pair_here *here, size_t nhere,
		  struct pair_there *there, size_t nthere)
{
	struct sim_folder *f = &s->f;
	struct pair_policy policy = {.unlike = 0};
	uint32_t unlike;

	pair_by_emailid(here, nhere, there, nthere);
	while (pair_want(here, nhere, there, nthere, &policy) > 0) {
		sim_meddle(s);
		take_answers(s, there, nthere);
	}
	(void)pair_up(here, nhere, there, nthere, &policy, &unlike);
	pair_apply(here, nhere, &f->local);
	f->moved_here = pair_moves(here, nhere, &f->nmoved_here);
	assert_int_not_equal(f->nmoved_here, SIZE_MAX);
	for (size_t i = 0; i < f->nmoved_here; i++)
		f->moved_here[i].from--;
}

bool sim_pair(struct sim *s)
{
	bool ok = true;
	struct sim_folder *f = &s->f;
	size_t nhere, nthere;
	struct pair_here *here =
	    pair_unmatched(&f->base, &f->remote, &f->local, &nhere);
	struct pair_there *there =
	    pair_new_messages(&f->base, &f->remote, &f->local, &nthere);

	assert_true(nhere != SIZE_MAX && nthere != SIZE_MAX);
	bool asked =
	    (nhere > 0 || s->nlost > 0) && nthere > 0 && sim_ask(s) && !s->cut;
	if (asked && sim_refused(s)) {
		f->stopped = true;
		ok = false;
	} else if (asked) {
		take_sizes(s, there, nthere);
		for (size_t i = 0; i < nthere; i++)
			there[i].outside |= !s->w->pull;
		ok = none_vanished(s, here, nhere);
		here = add_lost(s, here, &nhere);
		for (size_t i = 0; i < nhere; i++)
			take_facts(s, &here[i]);
		match(s, here, nhere, there, nthere);
	}
	free(here);
	free(there);
	return ok;
}
