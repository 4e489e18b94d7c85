/* SPDX-License-Identifier: MIT */
/* Makes a chosen call of libc fail. To be included by one file of a program:
 * what it defines stands in for libc's functions, for the program's own calls
 * only (a library's go where they always did). */
#ifndef TESTS_SUPPORT_FAULT_H
#define TESTS_SUPPORT_FAULT_H

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum fault_call {
	FAULT_OPEN = 1 << 0,
	FAULT_READ = 1 << 1,
	FAULT_WRITE = 1 << 2,
	FAULT_SYNC = 1 << 3,
	FAULT_RENAME = 1 << 4,
	FAULT_UNLINK = 1 << 5,
	FAULT_STAT = 1 << 6,
	FAULT_READDIR = 1 << 7,
	FAULT_LEASE = 1 << 8,
	FAULT_STEP = 1 << 9, /* of a statement: see the account's tests */
	FAULT_LIBC = 0xff,
};

static struct {
	unsigned calls;   /* which */
	const char *name; /* only files with this in their name; NULL: all */
	long skip;        /* so many of them go well first */
	bool lasts;       /* all others after that fail too */
	int number;       /* errno */
	bool hit;         /* one has failed */
	/* Called before each of those calls, whether it fails or not; may undo
	 * itself. */
	void (*before)(const char *name);
} fault;

/* The call number skip (from 0) of those fails. */
static inline void fault_arm(unsigned calls, long skip, int number)
{
	memset(&fault, 0, sizeof(fault));
	fault.calls = calls;
	fault.skip = skip;
	fault.number = number;
}

/* No more of it. Did it happen? */
static inline bool fault_disarm(void)
{
	bool hit = fault.hit;

	memset(&fault, 0, sizeof(fault));
	return hit;
}

static inline bool fault_now(enum fault_call call, const char *name)
{
	if (!(fault.calls & call) ||
	    (fault.name && (!name || !strstr(name, fault.name))))
		return false;
	if (fault.before)
		fault.before(name);
	if (fault.number == 0 || (fault.hit && !fault.lasts) ||
	    (!fault.hit && fault.skip-- > 0))
		return false;
	fault.hit = true;
	errno = fault.number;
	return true;
}

/* The name of an open file, as the kernel has it. */
static inline bool fault_now_fd(enum fault_call call, int fd)
{
	char link[64], name[4096];

	if (!(fault.calls & call))
		return false;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, name, sizeof(name) - 1);
	name[n < 0 ? 0 : n] = '\0';
	return fault_now(call, name);
}

/* Declares next: the function that ours stands in for. */
#define FAULT_NEXT(ours, name)                \
	__typeof__(&(ours)) next;             \
	void *found = dlsym(RTLD_NEXT, name); \
	memcpy(&next, &found, sizeof(next))

/* The symbol's name is given apart: the headers may have a function of that
 * name inline. */
#define FAULT_SYMBOL(name) \
	__asm__(name) __attribute__((visibility("hidden"), used))

int fault_openat(int dir, const char *name, int flags, ...)
    FAULT_SYMBOL("openat");
int fault_openat(int dir, const char *name, int flags, ...)
{
	FAULT_NEXT(fault_openat, "openat");
	va_list ap;

	va_start(ap, flags);
	mode_t mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return fault_now(FAULT_OPEN, name) ? -1 : next(dir, name, flags, mode);
}

ssize_t fault_read(int fd, void *p, size_t n) FAULT_SYMBOL("read");
ssize_t fault_read(int fd, void *p, size_t n)
{
	FAULT_NEXT(fault_read, "read");
	return fault_now_fd(FAULT_READ, fd) ? -1 : next(fd, p, n);
}

ssize_t fault_write(int fd, const void *p, size_t n) FAULT_SYMBOL("write");
ssize_t fault_write(int fd, const void *p, size_t n)
{
	FAULT_NEXT(fault_write, "write");
	return fault_now_fd(FAULT_WRITE, fd) ? -1 : next(fd, p, n);
}

/* Nobody pulls the plug here: they may fail, and do nothing else. */
int fault_fsync(int fd) FAULT_SYMBOL("fsync");
int fault_fsync(int fd)
{
	return fault_now_fd(FAULT_SYNC, fd) ? -1 : 0;
}

int fault_fdatasync(int fd) FAULT_SYMBOL("fdatasync");
int fault_fdatasync(int fd)
{
	return fault_now_fd(FAULT_SYNC, fd) ? -1 : 0;
}

int fault_syncfs(int fd) FAULT_SYMBOL("syncfs");
int fault_syncfs(int fd)
{
	return fault_now_fd(FAULT_SYNC, fd) ? -1 : 0;
}

int fault_renameat2(int from_dir, const char *from, int to_dir, const char *to,
		    unsigned flags) FAULT_SYMBOL("renameat2");
int fault_renameat2(int from_dir, const char *from, int to_dir, const char *to,
		    unsigned flags)
{
	FAULT_NEXT(fault_renameat2, "renameat2");
	if (fault_now(FAULT_RENAME, from))
		return -1;
	return next(from_dir, from, to_dir, to, flags);
}

int fault_renameat(int from_dir, const char *from, int to_dir, const char *to)
    FAULT_SYMBOL("renameat");
int fault_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	FAULT_NEXT(fault_renameat, "renameat");
	if (fault_now(FAULT_RENAME, from))
		return -1;
	return next(from_dir, from, to_dir, to);
}

int fault_unlinkat(int dir, const char *name, int flags)
    FAULT_SYMBOL("unlinkat");
int fault_unlinkat(int dir, const char *name, int flags)
{
	FAULT_NEXT(fault_unlinkat, "unlinkat");
	return fault_now(FAULT_UNLINK, name) ? -1 : next(dir, name, flags);
}

int fault_fstatat(int dir, const char *name, struct stat *st, int flags)
    FAULT_SYMBOL("fstatat");
int fault_fstatat(int dir, const char *name, struct stat *st, int flags)
{
	FAULT_NEXT(fault_fstatat, "fstatat");
	return fault_now(FAULT_STAT, name) ? -1 : next(dir, name, st, flags);
}

struct dirent *fault_readdir(DIR *d) FAULT_SYMBOL("readdir");
struct dirent *fault_readdir(DIR *d)
{
	FAULT_NEXT(fault_readdir, "readdir");
	return fault_now_fd(FAULT_READDIR, dirfd(d)) ? NULL : next(d);
}

/* Only F_SETLEASE. An argument is read as libc does it. */
int fault_fcntl(int fd, int cmd, ...) FAULT_SYMBOL("fcntl");
int fault_fcntl(int fd, int cmd, ...)
{
	FAULT_NEXT(fault_fcntl, "fcntl");
	va_list ap;

	va_start(ap, cmd);
	void *arg = va_arg(ap, void *);
	va_end(ap);
	if (cmd == F_SETLEASE && fault_now_fd(FAULT_LEASE, fd))
		return -1;
	return next(fd, cmd, arg);
}

#endif
