/* SPDX-License-Identifier: MIT */
#include "daemon/control/place.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/base/fs.h"

/* By way of the directory's descriptor: a path may be longer than the 107
 * bytes that fit. */
static struct sockaddr_un address(int dir)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	(void)snprintf(at.sun_path, sizeof(at.sun_path),
		       "/proc/self/fd/%d/" PLACE_NAME, dir);
	return at;
}

int place_connect(int dir)
{
	struct sockaddr_un at = address(dir);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	fs_drop(fd);
	return -1;
}

int place_bind(int dir)
{
	struct sockaddr_un at = address(dir);

	if (unlinkat(dir, PLACE_NAME, 0) < 0 && errno != ENOENT)
		return -1;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)&at, sizeof(at)) == 0 &&
	    fchmodat(dir, PLACE_NAME, 0600, 0) == 0)
		return fd;
	fs_drop(fd);
	return -1;
}

bool place_trusts(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	return peer.uid == geteuid() || peer.uid == 0;
}
