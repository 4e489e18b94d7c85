/* SPDX-License-Identifier: MIT */
/* In which order an account's folders are synced. Messages move between
 * folders, on both sides: what one folder lost, another may have gained. So a
 * deletion is believed only when all folders that gained something have been
 * looked at, and what is new is fetched only when all folders that lost
 * something have been. Pure; the account carries it out. */
#ifndef DAEMON_CORE_AGENDA_H
#define DAEMON_CORE_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agenda_folder {
	/* Set by the caller, before or while the agenda runs. */
	bool dirty;    /* something differs, or nobody knows */
	bool lost;     /* the server may have fewer of the known messages */
	bool gained;   /* the server may have new ones */
	bool moves;    /* files were moved out of it: their messages follow */
	bool promised; /* messages were to follow into it, and nobody knows
			* whether they did */
	bool dying;    /* rows wait to be deleted there */
	bool late;     /* its pass found what the scan had not: it may have come
			* from another folder, or gone there */
	/* The agenda's own. */
	bool looked, passed, final, reaped, resolved;
	unsigned repeats;
};

/* What is known of a folder when all files were looked at. */
struct agenda_facts {
	bool quiet;                          /* its mailbox is as on record */
	bool may_have_lost, may_have_gained; /* else: see core/standing.h */
	bool clean;                          /* its files are as the rows say */
	bool moves;                          /* some were moved out of it */
	bool promised; /* messages were told to follow into it */
	bool asked;    /* the guard holds something, or was answered; or there
			* are messages that the server did not send */
	uint64_t tombs, intents; /* on record */
};
struct agenda_folder agenda_folder(const struct agenda_facts *f);

enum agenda_step {
	AGENDA_LIST,    /* a pass that neither fetches nor deletes: which of its
			 * messages are gone? */
	AGENDA_RESOLVE, /* a pass that only adopts: what became of moves into
			 * it? */
	AGENDA_PASS,
	AGENDA_SCAN, /* look at all files once more: where it was found out
		      * what became of moves; where something was late; and as
		      * the second look, before anything is deleted there. Sets
		      * .moves, .stirred */
	AGENDA_REAP, /* a pass that deletes what is dying there */
	AGENDA_END,
};

struct agenda {
	struct agenda_folder *folder; /* n; the caller's */
	size_t n;
	bool crossing;  /* one folder may have gained what another lost */
	bool resolving; /* a survey is due, now that moves are resolved */
	bool confirmed; /* the second look was taken */
	unsigned scans; /* because something was late */
};

struct agenda_todo {
	enum agenda_step step;
	size_t folder;   /* but SURVEY, END */
	bool defer_gone; /* leave what is gone there to a later one */
	bool first;      /* PASS: of this folder and sync */
};

/* folder[] is set up (all else zero) and outlives the agenda. */
void agenda_init(struct agenda *a, struct agenda_folder *folder, size_t n);
/* The next step; it is taken to be done when this is called again. Ends in any
 * case: no folder is passed more than a few times. */
struct agenda_todo agenda_next(struct agenda *a);
/* Messages or files came into a folder by what was done in another one. */
void agenda_dirty(struct agenda *a, size_t folder);

#endif
