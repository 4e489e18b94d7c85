/* SPDX-License-Identifier: MIT */
/* Rows and nodes: made from the view, looked up, bound to each other. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/core/folders/folders_priv.h"
#include "lib/util/ascii.h"
#include "lib/util/num.h"

static int node_cmp(const void *a, const void *b)
{
	const struct node *x = a, *y = b;
	int r;

	if (!x->name || !y->name)
		r = !x->name - !y->name;
	else
		r = folder_name_cmp(x->name, y->name);
	return r != 0 ? r : strcmp(x->tie, y->tie);
}

static int row_cmp(const void *a, const void *b)
{
	const struct folders_base *x = ((const struct row *)a)->base;
	const struct folders_base *y = ((const struct row *)b)->base;
	int r = folder_name_cmp(x->name, y->name);

	return r != 0 ? r : x->id < y->id ? -1 : x->id > y->id;
}

static int name_at_cmp(const void *a, const void *b)
{
	const struct name_at *x = a, *y = b;
	int r = folder_name_cmp(x->name, y->name);

	return r != 0 ? r : x->at < y->at ? -1 : x->at > y->at;
}

static int folded_cmp(const void *a, const void *b)
{
	const struct name_at *x = a, *y = b;
	int r = folder_name_fold_cmp(x->name, y->name);

	return r != 0 ? r : name_at_cmp(a, b);
}

static int nodes_init(struct nodes *side, size_t n)
{
	side->node = calloc(n + 1, sizeof(*side->node));
	side->by_now = calloc(n + 1, sizeof(*side->by_now));
	side->n = n;
	return side->node && side->by_now ? 0 : -1;
}

static void nodes_sort(const struct folders *f, struct nodes *side)
{
	if (side->n > 1)
		qsort(side->node, side->n, sizeof(*side->node), node_cmp);
	while (side->named < side->n && side->node[side->named].name)
		side->named++;
	for (size_t i = 0; i < side->named; i++)
		side->node[i].temporary =
		    folders_temporary(f, side->node[i].name);
	folders_index(side);
}

int folders_init(struct folders *f)
{
	const struct folders_view *v = f->view;

	f->row = calloc(v->nbase + 1, sizeof(*f->row));
	if (!f->row || nodes_init(&f->side[HERE], v->nhere) < 0 ||
	    nodes_init(&f->side[THERE], v->nthere) < 0)
		return -1;
	f->nrow = v->nbase;
	f->side[HERE].fold = f->policy->fold_here;
	for (size_t i = 0; i < v->nbase; i++)
		f->row[i] = (struct row){
		    .base = &v->base[i],
		    .at = {NONE, NONE},
		    .inbox = folder_name_inbox(v->base[i].name),
		    .move = SIDES,
		};
	for (size_t i = 0; i < v->nhere; i++)
		f->side[HERE].node[i] = (struct node){
		    .here = &v->here[i],
		    .name = v->here[i].name,
		    .now = v->here[i].name,
		    .tie = v->here[i].path,
		    .row = NONE,
		    .wanted = v->here[i].wanted,
		};
	for (size_t i = 0; i < v->nthere; i++) {
		f->noinferiors |= v->there[i].attr & FOLDERS_NOINFERIORS;
		f->side[THERE].node[i] = (struct node){
		    .there = &v->there[i],
		    .name = v->there[i].name,
		    .now = v->there[i].name,
		    .tie = v->there[i].wire,
		    .row = NONE,
		    .wanted = v->there[i].wanted,
		    .place = v->there[i].attr & FOLDERS_NOSELECT,
		};
	}
	if (f->nrow > 1)
		qsort(f->row, f->nrow, sizeof(*f->row), row_cmp);
	nodes_sort(f, &f->side[HERE]);
	nodes_sort(f, &f->side[THERE]);
	return 0;
}

void folders_release(struct folders *f)
{
	for (int s = 0; s < SIDES; s++) {
		free(f->side[s].node);
		free(f->side[s].by_now);
	}
	free(f->row);
}

void folders_add(struct folders *f, struct folders_plan *to,
		 struct folders_action a)
{
	if (to->n == to->cap) {
		size_t cap = to->cap ? to->cap * 2 : 32;
		struct folders_action *grown =
		    reallocarray(to->action, cap, sizeof(*grown));
		if (!grown) {
			f->failed = true;
			return;
		}
		to->action = grown;
		to->cap = cap;
	}
	to->action[to->n++] = a;
}

size_t folders_row(const struct folders *f, const char *name)
{
	size_t lo = 0, hi = f->nrow;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (folder_name_cmp(f->row[mid].base->name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < f->nrow && strcmp(f->row[lo].base->name, name) == 0 ? lo
									: NONE;
}

size_t folders_node(const struct nodes *side, const char *name)
{
	size_t lo = 0, hi = side->named;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (folder_name_cmp(side->node[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < side->named && strcmp(side->node[lo].name, name) == 0
		   ? lo
		   : NONE;
}

bool folders_free(const struct folders *f, const struct row *r, enum side s,
		  size_t node)
{
	const struct node *n = &f->side[s].node[node];

	return r->at[s] == NONE && n->row == NONE && !n->place && !n->twin &&
	       r->inbox == (n->name && folder_name_inbox(n->name));
}

size_t folders_namesake(const struct nodes *side, const char *name)
{
	size_t i = folders_node(side, name);

	while (i != NONE && i + 1 < side->named &&
	       (side->node[i].place || side->node[i].twin) &&
	       strcmp(side->node[i + 1].name, name) == 0)
		i++;
	return i;
}

void folders_index(struct nodes *side)
{
	for (size_t i = 0; i < side->named; i++)
		side->by_now[i] = (struct name_at){side->node[i].now, i};
	if (side->named > 1)
		qsort(side->by_now, side->named, sizeof(*side->by_now),
		      side->fold ? folded_cmp : name_at_cmp);
}

size_t folders_occupant(const struct nodes *side, const char *name, size_t but)
{
	int (*cmp)(const char *, const char *) =
	    side->fold ? folder_name_fold_cmp : folder_name_cmp;
	size_t lo = 0, hi = side->named, found = NONE;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (cmp(side->by_now[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < side->named && cmp(side->by_now[lo].name, name) == 0;
	     lo++) {
		size_t at = side->by_now[lo].at;
		if (at == but || side->node[at].place)
			continue;
		if (strcmp(side->by_now[lo].name, name) == 0)
			return at;
		found = at;
	}
	return found;
}

void folders_bind(struct folders *f, size_t row, enum side s, size_t node)
{
	struct node *n = &f->side[s].node[node];

	f->row[row].at[s] = node;
	n->row = row;
	/* A rename was interrupted: no pattern of the user is meant. */
	n->wanted |= n->temporary;
}

void folders_unbind(struct folders *f, size_t row, enum side s)
{
	f->side[s].node[f->row[row].at[s]].row = NONE;
	f->row[row].at[s] = NONE;
}

/* ---- names ---- */

const char *folders_text(struct folders *f, const char *a, size_t na,
			 const char *b)
{
	struct folders_plan *p = f->plan;
	size_t nb = strlen(b);

	if (p->ntext == p->textcap) {
		size_t cap = p->textcap ? p->textcap * 2 : 16;
		char **grown = reallocarray(p->text, cap, sizeof(*grown));
		if (!grown) {
			f->failed = true;
			return NULL;
		}
		p->text = grown;
		p->textcap = cap;
	}
	char *text = malloc(na + nb + 1);
	if (!text) {
		f->failed = true;
		return NULL;
	}
	memcpy(text, a, na);
	memcpy(text + na, b, nb + 1);
	p->text[p->ntext++] = text;
	return text;
}

const char *folders_lower(struct folders *f, const char *name)
{
	if (!folders_text(f, "", 0, name))
		return NULL;
	char *text = f->plan->text[f->plan->ntext - 1];
	for (char *p = text; *p; p++)
		*p = ascii_lower(*p);
	return text;
}

const char *folders_temporary_name(struct folders *f, size_t row)
{
	const char *prefix = f->policy->prefix;
	char name[40];

	(void)snprintf(name, sizeof(name), FOLDERS_TEMPORARY "%" PRId64,
		       f->row[row].base->id);
	return folders_text(f, prefix, strlen(prefix), name);
}

/* The digits of such a name, and what follows; NULL: it is none. */
static const char *temporary(const struct folders *f, const char *name)
{
	size_t n = strlen(f->policy->prefix);

	if (strncmp(name, f->policy->prefix, n) != 0 ||
	    strncmp(name + n, FOLDERS_TEMPORARY, strlen(FOLDERS_TEMPORARY)) !=
		0)
		return NULL;
	return name + n + strlen(FOLDERS_TEMPORARY);
}

bool folders_temporary(const struct folders *f, const char *name)
{
	const char *digits = temporary(f, name);
	size_t n = digits ? strspn(digits, "0123456789") : 0;

	return n > 0 && (digits[n] == '\0' || digits[n] == '/');
}

int64_t folders_temporary_id(const struct folders *f, const char *name)
{
	const char *digits = temporary(f, name);
	uint64_t id;

	if (!digits || num_parse(digits, strlen(digits), INT64_MAX, &id) < 0)
		return 0;
	return (int64_t)id;
}

enum folders_why folders_refused(struct folders *f, const char *name)
{
	enum folders_why why = folder_name_refused(name, f->policy);

	if (why != FOLDERS_WHY_NONE || !f->noinferiors)
		return why;
	char *parent = strdup(name);
	if (!parent) {
		f->failed = true;
		return FOLDERS_WHY_NONE;
	}
	for (char *end; (end = strrchr(parent, '/'));) {
		const struct nodes *there = &f->side[THERE];
		*end = '\0';
		size_t at = folders_node(there, parent);
		if (at != NONE &&
		    there->node[at].there->attr & FOLDERS_NOINFERIORS)
			why = FOLDERS_WHY_NOINFERIORS;
	}
	free(parent);
	return why;
}
