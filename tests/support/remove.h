/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_REMOVE_H
#define TESTS_SUPPORT_REMOVE_H

#include <ftw.h>
#include <stdio.h>

static inline int remove_entry(const char *path, const struct stat *st,
			       int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* With all that is below it; links are not followed. */
static inline void remove_tree(const char *path)
{
	(void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
