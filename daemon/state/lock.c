/* SPDX-License-Identifier: MIT */
/* The lock of an account's database. The file's content, the holder's process
 * id, is for the message to others only; the lock itself is the kernel's. */
#include "daemon/state/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/base/fs.h"
#include "daemon/base/xalloc.h"
#include "daemon/state/state.h"
#include "lib/util/num.h"

/* 0: not known. */
static unsigned long read_pid(int fd)
{
	char text[24];
	uint64_t pid;

	ssize_t n = pread(fd, text, sizeof(text), 0);
	if (n > 0 && text[n - 1] == '\n')
		n--;
	if (n <= 0 || num_parse(text, (size_t)n, INT32_MAX, &pid) < 0)
		return 0;
	return (unsigned long)pid;
}

static int taken(int fd, const char *account, struct err *err)
{
	unsigned long pid = read_pid(fd);
	char who[40] = "";

	if (pid > 0)
		(void)snprintf(who, sizeof(who), " (pid %lu)", pid);
	(void)err_set(err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
		      "another imapsyncd%s is using account '%s'", who,
		      account);
	return err_hint(err,
			"stop it, or leave the work to it: "
			"imapsyncctl sync --wait %s",
			account);
}

/* Best effort: the lock holds without it. */
static void write_pid(int fd)
{
	char text[24];

	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) != n)
		return;
}

pid_t state_holder(const char *dir, const char *account)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char *path = xasprintf("%s/%s.lock", dir, account);
	int fd = fs_open(AT_FDCWD, path, O_RDWR, 0);
	pid_t pid = 0;

	free(path);
	if (fd < 0)
		return 0;
	/* The number in a file that nobody has locked is that of a process that
	 * is gone. */
	if (fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
		pid = (pid_t)read_pid(fd);
	(void)close(fd);
	return pid;
}

int lock_take(const char *dir, const char *account, struct err *err)
{
	/* Of the open file, not of the process: a lock of the process would be
	 * lost when any other descriptor of the file is closed, and would not
	 * keep out a second user in this process. */
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char *path = xasprintf("%s/%s.lock", dir, account);

	int fd = fs_open(AT_FDCWD, path, O_RDWR | O_CREAT, 0600);
	if (fd < 0) {
		(void)err_errno(err, errno == ENOSPC ? ERR_IO : ERR_CREATE,
				ERR_SCOPE_ACCOUNT, "cannot open '%s'", path);
	} else if (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
		if (errno == EAGAIN || errno == EACCES)
			(void)taken(fd, account, err);
		else
			(void)err_errno(err, ERR_IO, ERR_SCOPE_ACCOUNT,
					"cannot lock '%s'", path);
		(void)close(fd);
		fd = -1;
	} else {
		write_pid(fd);
	}
	free(path);
	return fd;
}
