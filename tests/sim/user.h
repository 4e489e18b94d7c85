/* SPDX-License-Identifier: MIT */
/* What people and their programs do, on both sides. */
#ifndef TESTS_SIM_USER_H
#define TESTS_SIM_USER_H

#include "tests/sim/world.h"

enum user_deed {
	/* On the server. */
	USER_ARRIVE,
	USER_EXPUNGE,
	USER_MOVE_THERE,
	USER_COPY_THERE,
	USER_FLAG_THERE,
	/* In the Maildir. */
	USER_NEW,
	USER_DELETE,
	USER_MOVE_HERE,
	USER_RENAME,
	USER_COPY_HERE,
	USER_EDIT,
	USER_TOUCH,
	USER_FLAG_HERE,
	USER_DEEDS,
};

/* One of them, to any message there is. Most is_full: no more messages are
 * added. */
void user_acts(struct world *w, struct rng *rng);
/* A few, so that there is something to begin with. */
void user_begins(struct world *w, struct rng *rng);

/* Each on its own, for histories made by hand. Folders are indices. */
void user_arrive(struct world *w, int box, uint64_t flags);
void user_expunge(struct world *w, int box, struct world_message *m);
void user_move_there(struct world *w, int box, struct world_message *m, int to);
void user_copy_there(struct world *w, int box, struct world_message *m, int to);
void user_flag_there(struct world *w, int box, struct world_message *m,
		     uint64_t flag);
void user_new(struct world *w, int folder, uint64_t flags);
void user_delete(struct world *w, int folder, struct world_file *f);
/* How a mail program moves or renames a file. */
struct user_way {
	bool new_name;
	bool new_file; /* copies and removes it instead of renaming it */
	bool new_time;
};
void user_move_here(struct world *w, int folder, struct world_file *f, int to,
		    struct user_way way);
void user_copy_here(struct world *w, int folder, struct world_file *f, int to);
void user_edit(struct world *w, int folder, struct world_file *f,
	       struct user_way way);
void user_touch(struct world *w, struct world_file *f);
void user_flag_here(struct world *w, int folder, struct world_file *f,
		    uint64_t flag);

#endif
