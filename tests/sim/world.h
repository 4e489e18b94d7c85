/* SPDX-License-Identifier: MIT */
/* A model of one account in memory: what the server has, what the Maildir has
 * and what the database says, with no more detail than decisions depend on. */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "daemon/core/types.h"
#include "tests/support/rng.h"

#define WORLD_FOLDERS  2
#define WORLD_MESSAGES 12 /* of one folder on one side */
#define WORLD_FILES    48 /* of one folder here */
#define WORLD_UIDS     96 /* of one folder, ever */
#define WORLD_TRASH    192

#define WORLD_LETTER    KEYWORD_BIT(0) /* a keyword with a letter */
#define WORLD_NO_LETTER KEYWORD_BIT(1) /* one that no file can show */

struct world_message {
	uint32_t uid;
	uint32_t body; /* which content: a move keeps it */
	uint64_t flags;
	uint64_t modseq;
};

struct world_file {
	uint64_t key; /* world_key() of its first name */
	uint32_t body;
	uint64_t flags;
	uint32_t hint;
	bool in_new;
};

/* What ever became of a UID. */
struct world_uid {
	uint64_t born;    /* flags it appeared with */
	uint64_t touched; /* flags that somebody changed since, on either side
			   */
	uint64_t gone;    /* mod-sequence of its end; 0: it is there */
};

struct world_folder {
	/* Server; by ascending uid. */
	struct world_message message[WORLD_MESSAGES];
	size_t messages;
	struct world_uid uid[WORLD_UIDS];
	uint32_t uidnext;
	uint64_t modseq;
	/* Maildir. */
	struct world_file file[WORLD_FILES];
	size_t files;
	/* Database; by ascending uid. */
	struct base_row row[WORLD_FILES];
	size_t rows;
	uint32_t known_uidnext;
	uint64_t known_modseq;
};

struct world {
	struct world_folder folder[WORLD_FOLDERS];
	struct world_file trash[WORLD_TRASH];
	size_t trashed;
	uint32_t bodies;
	uint64_t here_mask, there_mask; /* as in struct policy */
};

/* New mail on the server, nothing here. */
void world_init(struct world *w, struct rng *rng);
/* Somebody does something: there a message arrives, goes, moves to the other
 * folder or changes its flags; here a file changes its flags or leaves new/. */
void world_there(struct world *w, struct rng *rng);
void world_here(struct world *w, struct rng *rng);

/* Each returns NULL where there is none. */
struct world_message *world_message(struct world_folder *f, uint32_t uid);
struct world_file *world_file(struct world_folder *f, uint64_t key);
struct base_row *world_row(struct world_folder *f, uint32_t uid);
/* Is a file of that key in the trash? */
bool world_in_trash(const struct world *w, uint64_t key);
/* Of the file that a message is delivered as. */
uint64_t world_key(const struct world_folder *f, const struct world *w,
		   uint32_t uid);

/* Changes flags of a message as STORE does. */
void world_store(struct world_folder *f, struct world_message *m, uint64_t add,
		 uint64_t del);
/* Adds a row in its place. */
void world_add_row(struct world_folder *f, struct base_row row);
void world_drop_row(struct world_folder *f, uint32_t uid);

/* The two sides of a folder as views. row has room for WORLD_FILES. */
struct local_view world_local_view(const struct world_folder *f,
				   struct local_row *row);

enum world_look {
	WORLD_LOOK_FULL,
	WORLD_LOOK_CONDSTORE, /* changes, but not what vanished */
	WORLD_LOOK_QRESYNC,
};
/* As a look makes it: a delta since the recorded position where it adds up,
 * else everything. row: room for WORLD_MESSAGES, gone: for WORLD_UIDS. */
struct remote_view world_remote_view(const struct world_folder *f,
				     enum world_look how,
				     struct remote_row *row, uint32_t *gone);

#endif
