/* SPDX-License-Identifier: MIT */
#include "daemon/core/agenda.h"

/* Passes of a folder that is stirred again and again: what is left waits for
 * the next sync. */
#define REPEATS 3
/* Scans because somebody moves files while the sync runs: likewise. */
#define LATE_SCANS 1

struct agenda_folder agenda_folder(const struct agenda_facts *f)
{
	return (struct agenda_folder){
	    .lost = !f->quiet && f->may_have_lost,
	    .gained = !f->quiet && f->may_have_gained,
	    .moves = f->moves,
	    .promised = f->promised,
	    .dying = f->tombs > 0,
	    .dirty = !f->quiet || !f->clean || f->asked || f->tombs > 0 ||
		     f->intents > 0,
	};
}

void agenda_init(struct agenda *a, struct agenda_folder *folder, size_t n)
{
	size_t lost = 0, gained = 0, both = 0;

	for (size_t i = 0; i < n; i++) {
		lost += folder[i].lost;
		gained += folder[i].gained;
		both += folder[i].lost && folder[i].gained;
	}
	*a = (struct agenda){.folder = folder, .n = n};
	/* Not where the only one that lost is the only one that gained. */
	a->crossing =
	    lost > 0 && gained > 0 && !(lost == 1 && gained == 1 && both == 1);
}

static bool todo(struct agenda_todo *out, enum agenda_step step, size_t folder,
		 bool defer_gone)
{
	*out = (struct agenda_todo){
	    .step = step, .folder = folder, .defer_gone = defer_gone};
	return true;
}

/* Each of these finds the first folder that has to go through its stage. */

static bool next_look(struct agenda *a, struct agenda_todo *out)
{
	for (size_t i = 0; a->crossing && i < a->n; i++) {
		struct agenda_folder *f = &a->folder[i];
		if (f->looked || !f->lost)
			continue;
		f->looked = f->dirty = true;
		return todo(out, AGENDA_LIST, i, true);
	}
	return false;
}

static bool pass(struct agenda *a, size_t i, struct agenda_todo *out)
{
	struct agenda_folder *f = &a->folder[i];
	bool defer = a->crossing && f->lost && !f->final;
	bool first = !f->passed;

	f->passed = true;
	f->dirty = defer;
	f->moves = false;
	(void)todo(out, AGENDA_PASS, i, defer);
	out->first = first;
	return true;
}

/* A move that was cut off is known to be done before it is tried again. */
static bool next_resolve(struct agenda *a, struct agenda_todo *out)
{
	for (size_t i = 0; i < a->n; i++) {
		struct agenda_folder *f = &a->folder[i];
		if (!f->promised || f->resolved)
			continue;
		f->resolved = a->resolving = f->dirty = true;
		return todo(out, AGENDA_RESOLVE, i, a->crossing && f->lost);
	}
	if (!a->resolving)
		return false;
	a->resolving = false;
	return todo(out, AGENDA_SCAN, 0, false);
}

/* What moved away first: the messages then are where their files are. */
static bool next_move(struct agenda *a, struct agenda_todo *out)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->folder[i].moves)
			return pass(a, i, out);
	}
	return false;
}

static bool next_gain(struct agenda *a, struct agenda_todo *out)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->folder[i].gained && !a->folder[i].passed)
			return pass(a, i, out);
	}
	return false;
}

/* All that is left, what was lost included. */
static bool next_rest(struct agenda *a, struct agenda_todo *out)
{
	for (size_t i = 0; i < a->n; i++) {
		struct agenda_folder *f = &a->folder[i];
		if (!f->dirty || f->repeats == REPEATS)
			continue;
		f->repeats++;
		f->final = true;
		return pass(a, i, out);
	}
	return false;
}

static bool any_late(const struct agenda *a)
{
	bool late = false;

	for (size_t i = 0; i < a->n; i++)
		late |= a->folder[i].late;
	return late;
}

static bool next_late(struct agenda *a, struct agenda_todo *out)
{
	if (a->scans == LATE_SCANS || !any_late(a))
		return false;
	a->scans++;
	for (size_t i = 0; i < a->n; i++) {
		a->folder[i].dirty |= a->folder[i].late;
		a->folder[i].late = false;
	}
	return todo(out, AGENDA_SCAN, 0, false);
}

static bool next_reap(struct agenda *a, struct agenda_todo *out)
{
	bool dying = false;

	for (size_t i = 0; i < a->n; i++)
		dying |= a->folder[i].dying && !a->folder[i].reaped;
	/* What is still late may be what seems to be deleted. */
	if (!dying || any_late(a))
		return false;
	if (!a->confirmed) {
		a->confirmed = true;
		return todo(out, AGENDA_SCAN, 0, false);
	}
	for (size_t i = 0; i < a->n; i++) {
		struct agenda_folder *f = &a->folder[i];
		if (!f->dying || f->reaped)
			continue;
		f->reaped = true;
		return todo(out, AGENDA_REAP, i, false);
	}
	return false;
}

struct agenda_todo agenda_next(struct agenda *a)
{
	struct agenda_todo out = {.step = AGENDA_END};

	(void)(next_look(a, &out) || next_resolve(a, &out) ||
	       next_move(a, &out) || next_gain(a, &out) || next_rest(a, &out) ||
	       next_late(a, &out) || next_reap(a, &out));
	return out;
}

void agenda_dirty(struct agenda *a, size_t folder)
{
	a->folder[folder].dirty = true;
}
