/* SPDX-License-Identifier: MIT */
/* A model of one account in memory: what the server has, what the Maildir has
 * and what the database says, with no more detail than decisions depend on. All
 * of it is durable: a crash is that everything else is forgotten. */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "daemon/core/window.h"
#include "tests/support/rng.h"

#define WORLD_FOLDERS  3
#define WORLD_BOXES    4  /* of the server; the last one is not synced */
#define WORLD_MESSAGES 56 /* of one mailbox */
#define WORLD_FILES    56 /* of one folder */
#define WORLD_ROWS     64
#define WORLD_UIDS     200 /* of one mailbox, ever */
#define WORLD_INTENTS  64
#define WORLD_TRASH    128
#define WORLD_BODIES   200
#define WORLD_ASIDES   8

#define WORLD_LETTER    KEYWORD_BIT(0) /* a keyword with a letter */
#define WORLD_NO_LETTER KEYWORD_BIT(1) /* one that no file can show */

/* A content, and what a server made of it when it came in. */
enum text_form {
	TEXT_PLAIN,
	TEXT_GROWN,     /* by a line end, as Courier does */
	TEXT_REWRITTEN, /* it has another header now */
	TEXT_FORMS,
};

static inline uint32_t text_of(uint32_t body, enum text_form form)
{
	return body * TEXT_FORMS + form;
}

static inline uint32_t text_body(uint32_t text)
{
	return text / TEXT_FORMS;
}

uint64_t text_size(uint32_t text);
/* 32 bytes that are the same where the headers are. */
void text_header(uint32_t text, unsigned char out[32]);

/* Server. */

/* .id is whom a user takes it for, on whichever side: a move keeps it, a copy
 * is another one. Nobody but users and the tests knows it. */
struct world_message {
	uint32_t uid;
	uint32_t id;
	uint32_t text;
	uint64_t flags;
	uint64_t modseq;
};

struct world_box {
	struct world_message message[WORLD_MESSAGES]; /* by ascending uid */
	size_t messages;
	uint16_t gone[WORLD_UIDS]; /* mod-sequence of a UID's end */
	uint32_t uidvalidity, uidnext;
	uint64_t modseq;
};

struct world_caps {
	bool uids;    /* tells APPENDUID and COPYUID */
	bool expunge; /* UID EXPUNGE */
	bool move;
	bool multiappend;
	bool condstore;
	bool qresync; /* an expunge counts as a change, and can be asked for */
	bool emailid;
	bool lies;           /* some of the UIDs that it tells are wrong */
	enum text_form form; /* what it makes of what is appended */
};

/* Maildir. */

struct world_file {
	uint64_t key; /* of the unique part of its name */
	uint64_t flags;
	uint32_t id;
	uint32_t text;
	uint32_t inode, mtime;
	/* Which message its name says that it is. */
	uint32_t hint_uid, hint_uidvalidity, hint_size, hint_mtime;
	int hint_folder;
	bool in_new;
};

struct world_dir {
	struct world_file file[WORLD_FILES];
	size_t files;
	uint32_t stamp; /* changes with every name */
};

/* Database. */

struct world_row {
	struct base_row base;
	uint32_t text; /* of its file, as far as known */
};

struct world_table {
	struct world_row row[WORLD_ROWS]; /* by ascending uid */
	size_t rows;
	struct position at;
	struct horizon horizon;
	bool hold;
	size_t held_here, held_there;
};

struct world_intent {
	int folder;
	uint64_t key;
	uint32_t text; /* of an upload; 0: of a move, from: */
	int source;
	uint32_t source_uid;
	uint32_t uidvalidity, uidnext, attempts;
	bool stored; /* the server said that it has it */
};

/* What users did to a content. */
struct world_deeds {
	uint8_t made;    /* so many are its own, copies included */
	uint8_t deleted; /* removed, or replaced by new content */
	uint8_t moved_here, moved_there, renamed;
	uint8_t copied_here, copied_there;
	uint8_t marked_here, marked_there, unmarked;
};

struct world_folder {
	struct world_dir dir;
	struct world_table table;
};

struct world {
	struct world_box box[WORLD_BOXES];
	struct world_folder folder[WORLD_FOLDERS];
	struct world_intent intent[WORLD_INTENTS];
	size_t intents;
	/* Files that the server would not have, for an hour. */
	uint64_t aside[WORLD_ASIDES];
	size_t asides;
	struct world_file trash[WORLD_TRASH];
	size_t trashed;
	struct world_deeds deeds[WORLD_BODIES];
	uint32_t bodies, ids, names, inodes, times;
	struct world_caps caps;
	int trash_box; /* where deleted messages go; -1: nowhere */
	/* The configuration. */
	bool expunge, pull, push, delete_here, delete_there;
	uint64_t max_size;              /* 0: none */
	uint64_t here_mask, there_mask; /* as in struct policy */
};

/* Empty mailboxes, folders and tables, and any server there may be. */
void world_init(struct world *w, struct rng *rng);

/* Each returns NULL where there is none. */
struct world_message *world_message(struct world_box *b, uint32_t uid);
struct world_file *world_file(struct world_dir *d, uint64_t key);
struct world_row *world_row(struct world_table *t, uint32_t uid);
/* The row that the file of that name belongs to. */
struct world_row *world_file_row(struct world_table *t, uint64_t key);
struct world_intent *world_intent(struct world *w, int folder, uint64_t key);
bool world_has(const struct world_box *b, uint32_t id);

/* What a server does. */

/* Returns the UID. */
uint32_t world_arrive(struct world_box *b, uint32_t id, uint32_t text,
		      uint64_t flags);
void world_store(struct world_box *b, struct world_message *m, uint64_t add,
		 uint64_t del);
void world_expunge(struct world *w, struct world_box *b,
		   struct world_message *m);
/* The copy's UID. */
uint32_t world_copy(struct world_box *from, uint32_t uid, struct world_box *to);
/* A mailbox without messages, as it may come back from a backup. */
void world_rebuild(struct world *w, struct world_box *b);

/* What happens to files. */

/* A name that nobody had. */
uint64_t world_name(struct world *w);
struct world_file *world_add_file(struct world_dir *d, struct world_file f);
void world_remove_file(struct world_dir *d, struct world_file *f);
uint64_t world_print(const struct world_file *f);
/* Renames it to have these flags. */
void world_flag_file(struct world *w, struct world_dir *d, struct world_file *f,
		     uint64_t add, uint64_t del);

/* How many have that body: in the first so many boxes; as files. */
size_t world_count_there(const struct world *w, int boxes, uint32_t body);
size_t world_count_here(const struct world *w, uint32_t body);

/* What is recorded. */

void world_add_row(struct world_table *t, struct world_row row);
void world_drop_row(struct world_table *t, uint32_t uid);
/* Replaces others of that file; counts their attempts on. */
void world_promise(struct world *w, struct world_intent i);
void world_drop_intent(struct world *w, int folder, uint64_t key);
void world_rename_intents(struct world *w, int folder, uint64_t key,
			  uint64_t to);

#endif
