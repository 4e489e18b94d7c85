/* SPDX-License-Identifier: MIT */
/* What the parts of the model shell share. It is the shape of daemon/account:
 * sim.c is account_sync.c, sim_survey.c is local_scan.c and reconcile.c,
 * sim_folder.c is folder.c with folder_plan.c, sim_pair.c is pairing.c,
 * sim_run.c is run.c with store_apply.c, sim_send.c is what goes out. */
#ifndef TESTS_SIM_SIM_PRIV_H
#define TESTS_SIM_SIM_PRIV_H

#include "daemon/core/agenda.h"
#include "daemon/core/exec.h"
#include "daemon/core/moves.h"
#include "daemon/core/safety.h"
#include "daemon/core/standing.h"
#include "tests/sim/sim.h"

#define SIM_RUNS 64

enum sim_item_state {
	ITEM_READY,
	ITEM_GONE, /* its file is not there any more */
	ITEM_SENT, /* the server has it; .told: as it said */
	ITEM_REFUSED,
	ITEM_UNSENT,
	ITEM_UNKNOWN,
};

/* One message of an effect that sends something. */
struct sim_item {
	enum sim_item_state state;
	bool done; /* by the server */
	uint32_t text, id;
	uint64_t print;
	uint32_t uid;  /* of the new one */
	uint32_t told; /* what the server said, 0: nothing to be believed */
};

/* An effect under way. */
struct sim_run {
	struct effect effect;
	unsigned stage;
	size_t at, answered; /* actions done, and known to be done */
	bool ok;
	bool together; /* one command for all */
	struct sim_item item[WORLD_MESSAGES];
};

/* A message that came, on its way to the disk. */
struct sim_arrival {
	struct world_message message;
	uint64_t key, print; /* of its file */
};

struct sim_local_scaned {
	bool clean;
	uint32_t stamp;
	uint64_t loose_file[WORLD_FILES], loose_row[WORLD_ROWS];
	struct loose loose; /* in these */
	struct move_there moved[WORLD_ROWS];
	size_t nmoved;
	uint64_t expected[WORLD_FILES];
	size_t nexpected;
};

struct sim_local_scan {
	struct sim_local_scaned folder[WORLD_FOLDERS];
	struct move_file gone[WORLD_FOLDERS * WORLD_ROWS];
	struct move_file found[WORLD_FOLDERS * WORLD_FILES];
	size_t ngone, nfound;
};

struct sim_lost {
	int folder;
	uint32_t uid;
	uint64_t key;
};

/* The sync of one folder. */
struct sim_folder {
	int n;
	struct world_box *box;
	struct world_dir *dir;
	struct world_table *table;
	/* The task. */
	bool remote_only, resolve, first, defer_gone, reap;
	bool same; /* as it was when it was surveyed */
	/* What came of it. */
	bool dying_there, missing, unopened, failed;
	/* Files that did not fit; nothing more does. */
	bool over_quota, no_room;
	size_t deferred, late, held_here, held_there, aside;
	/* The passes. */
	unsigned pass, short_listings;
	bool again, stopped;
	/* This pass. */
	struct base_row base_row[WORLD_ROWS];
	struct local_row local_row[WORLD_FILES];
	struct remote_row remote_row[WORLD_MESSAGES];
	uint32_t gone[WORLD_UIDS];
	struct base_view base;
	struct local_view local;
	struct remote_view remote;
	bool as_in_base;
	bool partial;       /* the list broke off */
	struct position at; /* as the look found it */
	struct horizon horizon;
	uint32_t uid_next; /* the lowest that is free, as far as
			    * the server says */
	struct move_here *moved_here;
	size_t nmoved_here;
	struct plan plan;
	struct exec exec;
	struct sim_run *run[SIM_RUNS];
	size_t runs;
	struct sim_arrival sink[WORLD_MESSAGES];
	size_t sunk;      /* messages in the sink */
	size_t delivered; /* of them with a file */
	bool recorded;    /* and with a row */
};

struct sim {
	const struct sim_opts *opts;
	struct world *w;
	struct rng rng;
	struct sim_result result;
	bool cut; /* there is no connection any more */
	bool may_fail, failing;
	bool full; /* the disk: nothing more is begun */
	struct standing status[WORLD_FOLDERS];
	struct sim_local_scan local_scan;
	unsigned local_scans;
	struct agenda agenda;
	struct agenda_folder agenda_folder[WORLD_FOLDERS];
	struct sim_lost lost[WORLD_FOLDERS * WORLD_ROWS];
	size_t nlost;
	struct safety_folder safety[WORLD_FOLDERS];
	const struct action *liar; /* the first whose UID was told wrong */
	struct sim_folder f;
	struct sim_run pool[SIM_RUNS];
};

/* A durable step is about to be made here. false: it is not made, for the power
 * is gone, or (sim_failed() then says so, once) the disk is full. */
bool sim_step(struct sim *s);
bool sim_failed(struct sim *s);
/* It was made. */
void sim_made(struct sim *s);
/* The server is asked for something. false: the connection is gone, and it is
 * not done. Its answer comes only where s->cut is not set afterwards. */
bool sim_ask(struct sim *s);
/* The same for something that changes it; sim_made() when it is done. */
bool sim_tell(struct sim *s);
/* A command that was asked is refused. */
bool sim_refused(struct sim *s);
/* Something is about to be deleted, on either side. */
void sim_deletes(struct sim *s);
bool sim_chance(struct sim *s, uint32_t odds);
void sim_meddle(struct sim *s);
bool sim_breaks(const struct sim *s, enum sim_sabotage rule);

/* sim_survey.c */
void sim_scan(struct sim *s, int folder, uint32_t uidvalidity,
	      const struct base_view *base, struct local_view *out);
/* false: the power is gone. */
bool sim_reconcile(struct sim *s, int folder, struct base_view *base,
		   struct local_view *local);
bool sim_local_scan(struct sim *s);
void sim_load(const struct world_table *t, struct base_view *out);

/* sim_pair.c: false: files were renamed meanwhile, and one of them may be what
 * is new. */
bool sim_pair(struct sim *s);

/* sim_folder.c */
struct horizon sim_horizon(const struct world *w);
void sim_folder(struct sim *s, const struct agenda_todo *todo);

/* sim_run.c: carries out s->f.plan. */
void sim_carry_out(struct sim *s);

/* sim_send.c: each makes at most one step. true: the effect ended. */
bool sim_upload(struct sim *s, struct sim_run *r);
bool sim_move_there(struct sim *s, struct sim_run *r);
bool sim_delete_there(struct sim *s, struct sim_run *r);

#endif
