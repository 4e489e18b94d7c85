/* SPDX-License-Identifier: MIT */
/* Where things are: expansion of paths in the file, and the places that the
 * environment names (XDG base directories, systemd). Creates nothing. */
#ifndef CONFIG_PATHS_H
#define CONFIG_PATHS_H

#include <stdbool.h>

/* $HOME, else what the user database says; NULL: neither is an absolute path.
 * Allocated. */
char *paths_home(void);

/* An absolute path without "//", "/./" and final "/": "~/" and "$HOME/" (or
 * either alone) replaced. NULL and a constant text in *why: not a path that
 * can be used. Allocated. */
char *paths_expand(const char *value, const char **why);

/* Where state_dir and runtime_dir are when the file does not say; runtime_dir
 * may be NULL: there is no such directory. Allocated. */
char *paths_state_dir(const char **why);
char *paths_runtime_dir(void);

/* The places of the configuration file, first to last, ended by NULL; free
 * with mem_list_free(). */
char **paths_config_files(void);

/* The path with all symbolic links followed, also where only its beginning
 * exists. Allocated. */
char *paths_canonical(const char *path);

/* Is inner the same as outer, or below it? Both canonical. */
bool paths_within(const char *outer, const char *inner);

#endif
