/* SPDX-License-Identifier: MIT */
/* Opens and makes Maildir folders below an account's root, and sweeps tmp/.
 * Does not look at messages.
 */
#include "daemon/maildir/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/fs.h"

int maildir_error(struct err *err, const char *fmt, ...)
{
	enum err_code code = ERR_IO;
	enum err_scope scope = ERR_SCOPE_FOLDER;
	char what[sizeof(err->text)];
	int number = errno;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	errno = number;
	switch (number) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		code = ERR_TEMP;
		scope = ERR_SCOPE_ACCOUNT;
		break;
	case ENOSPC:
	case EDQUOT:
	case EROFS:
		scope = ERR_SCOPE_ACCOUNT;
		break;
	default:
		break;
	}
	return err_errno(err, code, scope, "%s", what);
}

static int open_root(const char *path)
{
	int fd;

	do
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	return fd;
}

/* A link whose target is not mounted is not a root that is missing. */
static bool missing(const char *path)
{
	struct stat st;

	if (errno != ENOENT)
		return false;
	bool there = fstatat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
	errno = ENOENT;
	return !there;
}

static int check_root(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_errno(err, ERR_IO, ERR_SCOPE_ACCOUNT,
				 "cannot examine the Maildir '%s'", path);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return 0;
	(void)err_set(err, ERR_IO, ERR_SCOPE_ACCOUNT,
		      "the Maildir '%s' may be written to by others", path);
	return err_hint(err, "chmod go-w '%s'", path);
}

int maildir_root_open(const char *path, bool create, struct err *err)
{
	int fd = open_root(path);

	if (fd < 0 && missing(path)) {
		if (!create)
			return -2;
		if (fs_make_dirs(AT_FDCWD, path, true) < 0)
			return err_errno(err, ERR_CREATE, ERR_SCOPE_ACCOUNT,
					 "cannot create the Maildir '%s'",
					 path);
		fd = open_root(path);
	}
	if (fd < 0)
		return err_errno(err, ERR_IO, ERR_SCOPE_ACCOUNT,
				 "cannot open the Maildir '%s'", path);
	if (check_root(fd, path, err) < 0) {
		fs_drop(fd);
		return -1;
	}
	return fd;
}

static int folder_error(struct err *err, enum err_code code, const char *verb,
			const char *path)
{
	int number = errno;

	(void)maildir_error(err, "cannot %s the folder directory '%s'", verb,
			    path);
	if (err->code == ERR_IO)
		err->code = code;
	/* Nothing is wrong with the disk, and it will not pass by itself. */
	if (number == ELOOP || number == ENOTDIR) {
		err->code = ERR_HELD;
		(void)err_hint(err, "links below the Maildir root are not "
				    "followed; move the directory there, or "
				    "mount it");
	}
	return -1;
}

/* Opens cur, new and tmp of m->dir as far as they are there. Returns how many
 * are, or -1. */
static int open_three(struct maildir *m)
{
	static const char *const name[] = {"cur", "new", "tmp"};
	int *const fd[] = {&m->cur, &m->new_, &m->tmp};
	int n = 0;

	for (int i = 0; i < 3; i++) {
		if (*fd[i] < 0)
			*fd[i] = fs_open_beneath(m->dir, name[i],
						 O_RDONLY | O_DIRECTORY, 0);
		if (*fd[i] >= 0)
			n++;
		else if (errno != ENOENT)
			return -1;
	}
	return n;
}

/* cur comes last: it is what makes a directory a folder. */
static int make_three(const struct maildir *m)
{
	if (fs_make_dirs(m->dir, "tmp", false) < 0 ||
	    fs_make_dirs(m->dir, "new", false) < 0)
		return -1;
	return fs_make_dirs(m->dir, "cur", false);
}

static int open_folder(int root, const char *path, bool create,
		       struct maildir *m, struct err *err)
{
	m->dir = fs_open_beneath(root, path, O_RDONLY | O_DIRECTORY, 0);
	if (m->dir < 0 && errno == ENOENT) {
		if (!create)
			return 1;
		if (fs_make_dirs(root, path, false) < 0)
			return folder_error(err, ERR_CREATE, "create", path);
		m->dir = fs_open_beneath(root, path, O_RDONLY | O_DIRECTORY, 0);
	}
	if (m->dir < 0)
		return folder_error(err, ERR_IO, "open", path);
	int n = open_three(m);
	if (n >= 0 && n < 3 && create) {
		if (make_three(m) < 0)
			return folder_error(err, ERR_CREATE, "create", path);
		n = open_three(m);
	}
	if (n < 0)
		return folder_error(err, ERR_IO, "open", path);
	if (n == 0)
		return 1;
	if (n == 3)
		return 0;
	(void)err_set(err, ERR_IO, ERR_SCOPE_FOLDER,
		      "the folder directory '%s' has not all of cur, new and "
		      "tmp",
		      path);
	return err_hint(err, "create the missing ones, or remove the rest");
}

int maildir_open(int root, const char *path, bool create, struct maildir *out,
		 struct err *err)
{
	struct maildir m = {.dir = -1, .cur = -1, .new_ = -1, .tmp = -1};
	int rc = open_folder(root, path, create, &m, err);

	if (rc != 0)
		maildir_close(&m);
	else
		*out = m;
	return rc;
}

void maildir_close(struct maildir *m)
{
	fs_drop(m->dir);
	fs_drop(m->cur);
	fs_drop(m->new_);
	fs_drop(m->tmp);
	*m = (struct maildir){.dir = -1, .cur = -1, .new_ = -1, .tmp = -1};
}

/* Not by age: after a jump of the clock that would hit other programs' files.
 * 1 where a file was removed. */
static int clean_one(int tmp, const struct dirent *entry)
{
	if (strncmp(entry->d_name, MAILDIR_TMP_PREFIX,
		    strlen(MAILDIR_TMP_PREFIX)) != 0)
		return 0;
	int file = fs_is_file(tmp, entry);
	if (file <= 0)
		return file;
	if (unlinkat(tmp, entry->d_name, 0) < 0)
		return errno == ENOENT ? 0 : -1;
	return 1;
}

int maildir_clean_tmp(const struct maildir *m, struct err *err)
{
	DIR *d = fs_opendir(m->tmp);
	int n = 0;

	if (!d)
		return maildir_error(err, "cannot list tmp/");
	for (const struct dirent *entry; (entry = fs_readdir(d));) {
		int rc = clean_one(m->tmp, entry);
		if (rc < 0) {
			(void)maildir_error(err, "cannot clean tmp/");
			(void)closedir(d);
			return -1;
		}
		n += rc;
	}
	if (errno != 0)
		n = maildir_error(err, "cannot list tmp/");
	(void)closedir(d);
	return n;
}
