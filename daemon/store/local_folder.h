/* SPDX-License-Identifier: MIT */
/* One folder on the disk side: its row, its directory, and which keyword has
 * which bit in its rows and which letter in its files. Disk thread only. */
#ifndef DAEMON_STORE_LOCAL_FOLDER_H
#define DAEMON_STORE_LOCAL_FOLDER_H

#include "daemon/maildir/keywords.h"
#include "daemon/maildir/maildir.h"
#include "daemon/state/state.h"

struct local_folder {
	struct state_folder row;
	bool have_dir;
	struct maildir dir;
	struct keywords letters;
	struct keyword_table table;
	int letter_of[KEYWORD_MAX]; /* -1: that keyword has no letter */
};

struct local_folder_opts {
	bool write; /* learn letters that other programs gave, remove what an
		     * interrupted sync left */
};

/* Opens the folder of a row; *row belongs to the shelf from now on, whatever
 * comes of it. root -1: there is none. 0, with .have_dir false where the
 * directory is not there; or -1 and *err, and *out is closed. */
int local_folder_open(struct state *state, int root, struct state_folder *row,
		      const struct local_folder_opts *opts,
		      struct local_folder *out, struct err *err);
/* Accepts one that is all zero. */
void local_folder_close(struct local_folder *f);

/* The bit of each letter in flag words, 0: none. */
void local_folder_letter_bits(const struct local_folder *f,
			      uint64_t bit[KEYWORD_LETTERS]);
/* The letters that a file with these flags is given, as a mask. */
uint32_t local_folder_letters(const struct local_folder *f, uint64_t flags);
/* The letters that show any of these flags: more where another program has
 * given one to $Forwarded, which is P for us. */
uint32_t local_folder_letters_showing(const struct local_folder *f,
				      uint64_t flags);
/* The flags that a file here can show. */
uint64_t local_folder_mask(const struct local_folder *f);
/* Gives a keyword a bit and, while there are any, a letter. 0 or -1 and *err.
 * With no bit left nothing happens. */
int local_folder_keyword_add(struct state *state, struct local_folder *f,
			     const char *name, struct err *err);

/* Its directory was made anew: gives all keywords letters again. Only where it
 * holds no file, whose letters may mean something else. 0 or -1 and *err. */
int local_folder_renew_letters(struct local_folder *f, struct err *err);

/* How flags and letters of one folder read in another. */
struct local_folder_map {
	uint64_t bit[KEYWORD_MAX];           /* 0: no such keyword there */
	signed char letter[KEYWORD_LETTERS]; /* -1 likewise */
};
/* Adds to `to` what it lacks of the keywords of from. 0 or -1 and *err. */
int local_folder_map(struct state *state, const struct local_folder *from,
		     struct local_folder *to, struct local_folder_map *out,
		     struct err *err);
uint64_t local_folder_map_flags(const struct local_folder_map *map,
				uint64_t flags);

#endif
