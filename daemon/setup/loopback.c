/* SPDX-License-Identifier: MIT */
/* One connection at a time, each with little time: a browser opens spare ones
 * and leaves them silent. */
#include "daemon/setup/loopback.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/fs.h"

#define REQUEST_MS 2000
#define TRIES      20

static int listen_on(int family, uint16_t port)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6,
				   .sin6_port = htons(port),
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_in four = {
	    .sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	const void *address = family == AF_INET ? (void *)&four : (void *)&six;
	socklen_t len = family == AF_INET ? sizeof(four) : sizeof(six);
	int one = 1;

	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one,
				 sizeof(one));
	if (port != 0) /* --port, again soon after the last time */
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one,
				 sizeof(one));
	if (bind(fd, address, len) < 0 || listen(fd, 8) < 0) {
		fs_drop(fd);
		return -1;
	}
	return fd;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in a = {0};
	socklen_t len = sizeof(a);

	(void)getsockname(fd, (struct sockaddr *)(void *)&a, &len);
	return ntohs(a.sin_port);
}

int loopback_open(uint16_t port, struct loopback *out, struct err *err)
{
	for (int i = 0; i < TRIES; i++) {
		struct loopback l = {.fd = {listen_on(AF_INET, port), -1}};
		if (l.fd[0] < 0)
			break;
		l.port = port_of(l.fd[0]);
		l.fd[1] = listen_on(AF_INET6, l.port);
		/* Taken by somebody there who would get the code; without IPv6
		 * there is nobody. */
		if (l.fd[1] >= 0 || errno != EADDRINUSE) {
			*out = l;
			return 0;
		}
		loopback_close(&l);
		errno = EADDRINUSE;
		if (port != 0)
			break;
	}
	(void)err_errno(err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
			"cannot listen on localhost:%u", (unsigned)port);
	return err_hint(err, "try another --port, or --paste");
}

void loopback_close(struct loopback *l)
{
	for (int i = 0; i < 2; i++) {
		if (l->fd[i] >= 0)
			fs_drop(l->fd[i]);
		l->fd[i] = -1;
	}
}

static bool readable(int fd, int64_t until)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int64_t left = until - clock_mono_ms();

	return left > 0 && poll(&p, 1, (int)left) > 0;
}

/* Reads the head of a request. -1: it did not come whole, in time, or is too
 * long. */
static ssize_t read_head(int fd, char *p, size_t size)
{
	int64_t until = clock_mono_ms() + REQUEST_MS;
	size_t n = 0;

	while (readable(fd, until)) {
		ssize_t r = recv(fd, p + n, size - 1 - n, 0);
		if (r <= 0)
			return -1;
		n += (size_t)r;
		p[n] = '\0';
		if (memmem(p, n, "\r\n\r\n", 4))
			return (ssize_t)n;
		if (n == size - 1)
			return -1;
	}
	return -1;
}

/* The query of "GET /?QUERY HTTP/1.1" for this host and port; NULL: it is
 * another request. The path must be ours exactly, and so must the host: a page
 * of another name that resolves to this machine is not the provider. */
static const char *query_of(const char *head, uint16_t port, size_t *len)
{
	char hosts[3][64];
	bool host = false;

	if (strncmp(head, "GET /?", 6) != 0)
		return NULL;
	*len = strcspn(head + 6, " \r\n");
	if (strncmp(head + 6 + *len, " HTTP/1.", 8) != 0)
		return NULL;
	(void)snprintf(hosts[0], sizeof(hosts[0]), "\r\nHost: localhost:%u\r\n",
		       (unsigned)port);
	(void)snprintf(hosts[1], sizeof(hosts[1]), "\r\nHost: 127.0.0.1:%u\r\n",
		       (unsigned)port);
	(void)snprintf(hosts[2], sizeof(hosts[2]), "\r\nHost: [::1]:%u\r\n",
		       (unsigned)port);
	for (int i = 0; i < 3; i++)
		host = host || strcasestr(head, hosts[i]);
	return host ? head + 6 : NULL;
}

static void answer(int fd, const char *status, const char *text)
{
	char page[1024];
	int n = snprintf(
	    page, sizeof(page),
	    "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Content-Length: %zu\r\nCache-Control: no-store\r\n"
	    "Content-Security-Policy: default-src 'none'\r\n"
	    "Referrer-Policy: no-referrer\r\nConnection: close\r\n\r\n%s",
	    status, strlen(text), text);

	(void)send(fd, page, (size_t)n, MSG_NOSIGNAL);
	/* Else closing with something unread would take the page back. */
	(void)shutdown(fd, SHUT_WR);
}

/* 1: it is there, *code; 0: another request; -1: *err. */
static int serve(int fd, uint16_t port,
		 const struct redirect_expected *expected, char **code,
		 struct err *err)
{
	char head[LOOPBACK_REQUEST_MAX + 1];
	size_t len;
	const char *query = NULL;
	int rc = 0;

	if (read_head(fd, head, sizeof(head)) >= 0)
		query = query_of(head, port, &len);
	if (!query) {
		answer(fd, "404 Not Found", "Nothing is here.\n");
		return 0;
	}
	switch (redirect_read(query, len, expected, code, err)) {
	case REDIRECT_CODE:
		answer(fd, "200 OK",
		       "Done. The terminal goes on; this page may be "
		       "closed.\n");
		rc = 1;
		break;
	case REDIRECT_REFUSED:
		answer(fd, "200 OK", "Refused. The terminal says why.\n");
		rc = -1;
		break;
	case REDIRECT_FOREIGN:
		answer(fd, "400 Bad Request",
		       "That is not the answer that is waited for.\n");
		break;
	}
	explicit_bzero(head, sizeof(head));
	return rc;
}

int loopback_wait(const struct loopback *l,
		  const struct redirect_expected *expected, int64_t timeout_ms,
		  char **code, struct err *err)
{
	int64_t until = clock_mono_ms() + timeout_ms;
	int rc = 0;

	(void)err_set(err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
		      "nobody came back from the browser");
	(void)err_hint(err, "start again, or take --paste");
	while (rc == 0) {
		struct pollfd p[2] = {{.fd = l->fd[0], .events = POLLIN},
				      {.fd = l->fd[1], .events = POLLIN}};
		int64_t left = until - clock_mono_ms();
		if (left <= 0 || poll(p, 2, (int)left) <= 0)
			return -1;
		for (int i = 0; i < 2 && rc == 0; i++) {
			if (p[i].revents == 0)
				continue;
			int fd = accept4(l->fd[i], NULL, NULL, SOCK_CLOEXEC);
			if (fd < 0)
				continue;
			rc = serve(fd, l->port, expected, code, err);
			(void)close(fd); /* was only a browser */
		}
	}
	return rc > 0 ? 0 : -1;
}
