/* SPDX-License-Identifier: MIT */
/* File work that must not go wrong: whole writes, opening without leaving a
 * directory, renames that never overwrite, and making things durable. All
 * restart on EINTR, open with O_CLOEXEC and report through errno. */
#ifndef DAEMON_BASE_FS_H
#define DAEMON_BASE_FS_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "lib/util/buf.h"

/* Opens one name in dir; a link there is never followed. flags and mode as for
 * openat(2). The descriptor, or -1. */
int fs_open(int dir, const char *name, int flags, mode_t mode);
/* Opens a relative path ("" is dir itself) that must not lead out of dir and
 * must not contain a link, whoever renames things meanwhile (openat2(2); where
 * the kernel or a filter refuses that, one component at a time). */
int fs_open_beneath(int dir, const char *path, int flags, mode_t mode);
/* Makes the directories of path that are missing (0700), each durable in its
 * parent. follow: path is the user's own, absolute or with links and ".."; else
 * as in fs_open_beneath(). 0 or -1. */
int fs_make_dirs(int dir, const char *path, bool follow);

/* A file's modification time in nanoseconds, to compare: a time from a broken
 * clock may wrap around. Never 0, which stands for "not known" elsewhere. */
int64_t fs_mtime_ns(const struct stat *st);

/* Writes all n bytes. 0 or -1. */
int fs_write(int fd, const void *p, size_t n);
/* 0, or -1: what was written may be lost (NFS reports that only here). The
 * descriptor is gone either way. */
int fs_close(int fd);
/* Closes a descriptor that has nothing to lose; keeps errno. */
void fs_drop(int fd);
/* fsync and fdatasync. After -1 the data is lost: the kernel has forgotten the
 * pages, so a second try would wrongly succeed. */
int fs_sync(int fd);
int fs_datasync(int fd);
/* Makes renames, creations and removals in a directory durable. */
int fs_sync_dir(int dir);

/* Renames, but never over something: EEXIST. */
int fs_rename_new(int from_dir, const char *from, int to_dir, const char *to);

/* Reads a whole regular file of at most max bytes into out (initialised by the
 * caller, replaced). EFBIG: it is longer; EINVAL: not a regular file. */
int fs_read_small(int dir, const char *name, size_t max, struct buf *out);
/* fd is open for writing on the new file tmp: writes n bytes to it, makes them
 * durable, renames tmp over name, makes that durable. Closes fd; where it
 * fails, tmp is gone and name is as it was. */
int fs_replace(int dir, int fd, const char *tmp, const char *name,
	       const void *p, size_t n);
/* The same from scratch, by way of "<name>.tmp" (0600). One writer at a time.
 */
int fs_write_durable(int dir, const char *name, const void *p, size_t n);

/* A directory stream of its own: the offset is not shared with dir. Close it
 * with closedir(). NULL: errno. */
DIR *fs_opendir(int dir);
/* The next entry but "." and "..", borrowed until the next call. NULL: the end,
 * errno 0; or a failure, errno not 0, and the listing proves nothing. */
const struct dirent *fs_readdir(DIR *d);
/* Is the entry a regular file? Asks the file system only where readdir did not
 * say. 1; 0, also for a file that is gone by now; -1: nobody knows. */
int fs_is_file(int dir, const struct dirent *entry);

#endif
