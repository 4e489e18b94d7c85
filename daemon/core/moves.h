/* SPDX-License-Identifier: MIT */
/* Finds out which files went where: pairs rows whose file is gone with files
 * that no row knows, over all folders of an account. By what a rename keeps
 * (inode, size, time), else by content; never by the name alone. */
#ifndef DAEMON_CORE_MOVES_H
#define DAEMON_CORE_MOVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MOVES_DIGEST 32

struct move_file {
	int64_t folder;
	uint32_t uid;   /* of the row; 0: a file without one */
	uint64_t key;   /* of the name that it has, or had */
	uint64_t print; /* see print_of(); 0: not known */
	uint64_t flags; /* of a file; of a row: those of its file, as a result
			 */
	uint64_t size;  /* bytes on disk */
	bool have_digest;
	unsigned char digest[MOVES_DIGEST]; /* of what is the same message */
	/* Results. */
	bool wanted; /* its digest is needed: the caller sets it, if it can */
	bool paired;
	int64_t to; /* of a row: where its file is now */
	uint64_t to_key;
};

/* First round: those that are surely the same by their prints. Marks as wanted
 * those of found that are of about the size (see CANON_SLACK) of some row that
 * was not paired. Returns how many are wanted. Sorts both arrays. */
size_t moves_by_print(struct move_file *gone, size_t ngone,
		      struct move_file *found, size_t nfound);
/* Second round, when the wanted ones have their digests: the same content. Of
 * several alike those of the same folder and name first, then of the same
 * folder, then of the same name. Returns how many rows have their file, over
 * both rounds. Sorts both, gone by folder and uid. */
size_t moves_by_digest(struct move_file *gone, size_t ngone,
		       struct move_file *found, size_t nfound);

#endif
