/* SPDX-License-Identifier: MIT */
/* File work on descriptors. Knows nothing of mail; decides nothing: errno goes
 * to the caller, who knows how far a failure reaches.
 */
#include "daemon/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WALK_FLAGS (O_PATH | O_DIRECTORY)
#define READ_BLOCK 4096

void fs_drop(int fd)
{
	int number = errno;

	if (fd >= 0)
		(void)close(fd);
	errno = number;
}

static int open_at(int dir, const char *name, int flags, mode_t mode)
{
	int fd;

	do
		fd = openat(dir, name, flags | O_CLOEXEC, mode);
	while (fd < 0 && errno == EINTR);
	return fd;
}

int fs_open(int dir, const char *name, int flags, mode_t mode)
{
	return open_at(dir, name, flags | O_NOFOLLOW, mode);
}

/* Takes the next component off *path. 1, 0 at the end, or -1. */
static int component(const char **path, bool follow, char out[NAME_MAX + 1])
{
	const char *p = *path + strspn(*path, "/");
	size_t len = strcspn(p, "/");

	if (len > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(out, p, len);
	out[len] = '\0';
	*path = p + len + strspn(p + len, "/");
	if (!follow && strcmp(out, "..") == 0) {
		errno = EXDEV;
		return -1;
	}
	return len > 0;
}

static int open_stepwise(int dir, const char *path, int flags, mode_t mode)
{
	char name[NAME_MAX + 1];
	int at = dir;
	int rc;

	if (path[0] == '/') {
		errno = EXDEV;
		return -1;
	}
	while ((rc = component(&path, false, name)) > 0) {
		bool last = *path == '\0';
		int next = fs_open(at, name, last ? flags : WALK_FLAGS,
				   last ? mode : 0);
		if (at != dir)
			fs_drop(at);
		if (next < 0 || last)
			return next;
		at = next;
	}
	if (at != dir)
		fs_drop(at);
	return rc < 0 ? -1 : open_at(dir, ".", flags, mode);
}

int fs_open_beneath(int dir, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
	    .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
	    .mode = flags & O_CREAT ? mode : 0,
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	long fd;

	if (path[0] == '\0')
		path = ".";
	do
		fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	while (fd < 0 && errno == EINTR);
	/* Before Linux 5.6, and under system call filters that are older than
	 * the call: those say EPERM. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return open_stepwise(dir, path, flags, mode);
	return (int)fd;
}

/* Makes new entries of a directory durable that is open with O_PATH only. */
static int sync_parent(int at)
{
	int fd = open_at(at, ".", O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0) {
		/* One may write to it, but not read it: then it cannot be
		 * synced, and is no place to be strict about. */
		return errno == EACCES ? 0 : -1;
	}
	int rc = fs_sync_dir(fd);
	fs_drop(fd);
	return rc;
}

static int enter(int at, const char *name, bool follow)
{
	int flags = WALK_FLAGS | (follow ? 0 : O_NOFOLLOW);
	int fd = open_at(at, name, flags, 0);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (mkdirat(at, name, 0700) < 0 && errno != EEXIST)
		return -1;
	if (sync_parent(at) < 0)
		return -1;
	return open_at(at, name, flags, 0);
}

int fs_make_dirs(int dir, const char *path, bool follow)
{
	char name[NAME_MAX + 1];
	int rc;

	if (!follow && path[0] == '/') {
		errno = EXDEV;
		return -1;
	}
	int at = open_at(dir, path[0] == '/' ? "/" : ".", WALK_FLAGS, 0);
	if (at < 0)
		return -1;
	while ((rc = component(&path, follow, name)) > 0) {
		int next = enter(at, name, follow);
		fs_drop(at);
		if (next < 0)
			return -1;
		at = next;
	}
	fs_drop(at);
	return rc;
}

int64_t fs_mtime_ns(const struct stat *st)
{
	int64_t ns =
	    (int64_t)((uint64_t)st->st_mtim.tv_sec * UINT64_C(1000000000) +
		      (uint64_t)st->st_mtim.tv_nsec);

	return ns != 0 ? ns : 1;
}

int fs_write(int fd, const void *p, size_t n)
{
	const char *from = p;

	while (n > 0) {
		ssize_t done = write(fd, from, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		if (done == 0) {
			/* Would go on for ever; POSIX leaves it open. */
			errno = EIO;
			return -1;
		}
		from += done;
		n -= (size_t)done;
	}
	return 0;
}

int fs_close(int fd)
{
	/* Linux has closed it even where it says EINTR. */
	return close(fd) < 0 && errno != EINTR ? -1 : 0;
}

int fs_sync(int fd)
{
	int rc;

	do
		rc = fsync(fd);
	while (rc < 0 && errno == EINTR);
	return rc;
}

int fs_datasync(int fd)
{
	int rc;

	do
		rc = fdatasync(fd);
	while (rc < 0 && errno == EINTR);
	return rc;
}

int fs_sync_dir(int dir)
{
	/* EINVAL: a file system whose directories need no sync (fsync(2)). */
	return fs_sync(dir) < 0 && errno != EINVAL ? -1 : 0;
}

/* The target is durable before the source goes: else a power cut between the
 * two could leave neither. */
static int link_new(int from_dir, const char *from, int to_dir, const char *to)
{
	if (linkat(from_dir, from, to_dir, to, 0) < 0)
		return -1;
	if (fs_sync_dir(to_dir) < 0)
		return -1;
	return unlinkat(from_dir, from, 0);
}

int fs_rename_new(int from_dir, const char *from, int to_dir, const char *to)
{
	int rc;

	do
		rc = renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE);
	while (rc < 0 && errno == EINTR);
	/* Some file systems do not know the flag. */
	if (rc < 0 && (errno == EINVAL || errno == ENOSYS))
		return link_new(from_dir, from, to_dir, to);
	return rc;
}

static int read_all(int fd, size_t max, struct buf *out)
{
	char block[READ_BLOCK];

	for (;;) {
		ssize_t n = read(fd, block, sizeof(block));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		if ((size_t)n > max - out->len) {
			errno = EFBIG;
			return -1;
		}
		if (buf_add(out, block, (size_t)n) < 0) {
			errno = ENOMEM;
			return -1;
		}
	}
}

int fs_read_small(int dir, const char *name, size_t max, struct buf *out)
{
	struct stat st;
	/* O_NONBLOCK: a FIFO of that name must not stop us. */
	int fd = fs_open(dir, name, O_RDONLY | O_NONBLOCK, 0);

	buf_reset(out);
	if (fd < 0)
		return -1;
	int rc = fstat(fd, &st);
	if (rc == 0 && !S_ISREG(st.st_mode)) {
		errno = EINVAL;
		rc = -1;
	}
	if (rc == 0)
		rc = read_all(fd, max, out);
	fs_drop(fd);
	return rc;
}

static int write_out(int fd, const void *p, size_t n)
{
	if (fs_write(fd, p, n) < 0 || fs_sync(fd) < 0) {
		fs_drop(fd);
		return -1;
	}
	return fs_close(fd);
}

int fs_replace(int dir, int fd, const char *tmp, const char *name,
	       const void *p, size_t n)
{
	if (write_out(fd, p, n) < 0 || renameat(dir, tmp, dir, name) < 0) {
		int number = errno;
		(void)unlinkat(dir, tmp, 0);
		errno = number;
		return -1;
	}
	return fs_sync_dir(dir);
}

int fs_write_durable(int dir, const char *name, const void *p, size_t n)
{
	char tmp[NAME_MAX + 1];
	int len = snprintf(tmp, sizeof(tmp), "%s.tmp", name);

	if (len < 0 || (size_t)len >= sizeof(tmp)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	/* Left by a run that was killed. */
	if (unlinkat(dir, tmp, 0) < 0 && errno != ENOENT)
		return -1;
	int fd = fs_open(dir, tmp, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return -1;
	return fs_replace(dir, fd, tmp, name, p, n);
}

DIR *fs_opendir(int dir)
{
	int fd = open_at(dir, ".", O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return NULL;
	DIR *d = fdopendir(fd);
	if (!d)
		fs_drop(fd);
	return d;
}

const struct dirent *fs_readdir(DIR *d)
{
	const struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(d);
	} while ((!entry && errno == EINTR) ||
		 (entry && (strcmp(entry->d_name, ".") == 0 ||
			    strcmp(entry->d_name, "..") == 0)));
	return entry;
}

int fs_is_file(int dir, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_REG;
	if (fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return S_ISREG(st.st_mode);
	return errno == ENOENT ? 0 : -1;
}
