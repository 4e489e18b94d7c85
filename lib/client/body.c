/* SPDX-License-Identifier: MIT */
/* Where bodies can go: to a descriptor, or each to a file of its own. */
#include <imap4/client.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/util/ascii.h"

/* "17.1.2.3.HEADER.eml"; the nesting that a server may send is deeper. */
#define NAME_LEN_MAX 200

static int write_all(int fd, struct imap4_str data)
{
	while (data.len > 0) {
		ssize_t n = write(fd, data.p, data.len);
		if (n < 0 && errno != EINTR)
			return IMAP4_EIO;
		if (n > 0) {
			data.p += n;
			data.len -= (size_t)n;
		}
	}
	return 0;
}

int imap4_body_to_fd(void *ctx, const struct imap4_event *ev)
{
	const int *fd = ctx;

	return ev->type == IMAP4_EV_BODY_DATA ? write_all(*fd, ev->body.data)
					      : 0;
}

/* ---- A directory -------------------------------------------------------- */

/* With the dot that the name has in front until the file is complete. The
 * section is the server's word: nothing in it may lead out of the directory. */
static int file_name(const struct imap4_body *body, char out[NAME_LEN_MAX])
{
	const struct imap4_str *section = &body->section;
	size_t n = (size_t)snprintf(out, NAME_LEN_MAX, ".%s%" PRIu32,
				    body->uid > 0 ? "" : "n",
				    body->uid > 0 ? body->uid : body->seq);

	if (section->len > 0)
		out[n++] = '.';
	for (size_t i = 0; i < section->len && section->p[i] != ' '; i++) {
		char c = section->p[i];
		bool plain = ascii_alpha(c) || ascii_digit(c) || c == '.';
		if (n + sizeof(".eml") > NAME_LEN_MAX) {
			errno = ENAMETOOLONG;
			return IMAP4_EIO;
		}
		out[n++] = plain ? c : '_';
	}
	memcpy(out + n, ".eml", sizeof(".eml"));
	return 0;
}

/* 0 is none: that descriptor is the program's, or else of no use to it. */
static int close_file(struct imap4_body_dir *d)
{
	int fd = d->fd;

	d->fd = 0;
	return fd > 0 && close(fd) < 0 ? IMAP4_EIO : 0;
}

static int begin_file(struct imap4_body_dir *d, const struct imap4_body *body)
{
	char name[NAME_LEN_MAX];
	int rc = file_name(body, name);

	if (rc < 0)
		return rc;
	/* Of one that was cut. */
	(void)close_file(d);
	int fd =
	    openat(d->dir, name,
		   O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return IMAP4_EIO;
	d->fd = fd;
	return 0;
}

static int end_file(struct imap4_body_dir *d, const struct imap4_body *body)
{
	char name[NAME_LEN_MAX];
	int rc = file_name(body, name);

	if (rc == 0)
		rc = close_file(d);
	if (rc == 0 && renameat(d->dir, name, d->dir, name + 1) < 0)
		rc = IMAP4_EIO;
	return rc;
}

int imap4_body_to_dir(void *ctx, const struct imap4_event *ev)
{
	struct imap4_body_dir *d = ctx;

	switch (ev->type) {
	case IMAP4_EV_BODY_BEGIN:
		return begin_file(d, &ev->body);
	case IMAP4_EV_BODY_DATA:
		return write_all(d->fd, ev->body.data);
	case IMAP4_EV_BODY_END:
		return end_file(d, &ev->body);
	default:
		return 0;
	}
}
