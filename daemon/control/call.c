/* SPDX-License-Identifier: MIT */
#include "daemon/control/call.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/fs.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/control/place.h"
#include "lib/util/buf.h"

/* The status of very many folders. */
#define MAX_ANSWER ((size_t)64 << 20)
#define CHUNK      16384
/* For what is answered at once. */
#define PATIENCE_MS 30000

struct call {
	int fd;
	struct buf in;
	bool patient;
	void (*value)(void *ctx, const char *key, const json_t *value);
	void *ctx;
};

struct call *call_open(const char *dir)
{
	int at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (at < 0)
		return NULL;
	int fd = place_connect(at);
	(void)close(at);
	if (fd >= 0 && !place_trusts(fd)) {
		(void)close(fd);
		fd = -1;
	}
	if (fd < 0)
		return NULL;
	struct call *c = xcalloc(1, sizeof(*c));
	c->fd = fd;
	buf_init(&c->in, MAX_ANSWER);
	return c;
}

void call_close(struct call *c)
{
	if (!c)
		return;
	(void)close(c->fd);
	buf_release(&c->in);
	free(c);
}

static int no_answer(const char *why)
{
	struct err err;

	(void)err_set(&err, ERR_TEMP, ERR_SCOPE_DAEMON,
		      "the running imapsyncd %s", why);
	(void)err_hint(&err, "see its log: journalctl --user -u imapsyncd");
	log_err(LOG_ERROR, NULL, NULL, &err);
	return ERR_TEMP;
}

static int send_request(struct call *c, const struct request *r)
{
	char *line = request_print(r);

	if (!line) {
		log_at(LOG_ERROR, NULL, NULL,
		       "that is no request: too many names, or one that is "
		       "not UTF-8");
		return ERR_USAGE;
	}
	size_t len = strlen(line);
	line[len] = '\n'; /* in place of the NUL */
	int rc = fs_write(c->fd, line, len + 1);
	free(line);
	return rc < 0 ? no_answer("does not listen") : 0;
}

static bool comes(const struct call *c)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	int n;

	do {
		n = poll(&p, 1, c->patient ? -1 : PATIENCE_MS);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

/* 0: there is more in c->in, else the exit status. */
static int read_more(struct call *c)
{
	char chunk[CHUNK];

	if (!comes(c))
		return no_answer("does not answer");
	ssize_t n = read(c->fd, chunk, sizeof(chunk));
	if (n < 0 && errno == EINTR)
		return 0;
	if (n <= 0)
		return no_answer("ended before it was done");
	if (buf_add(&c->in, chunk, (size_t)n) < 0)
		return no_answer("says too much");
	return 0;
}

/* The exit status, or -1: the answer goes on. */
static int take_answer(const struct call *c, json_t *root)
{
	int status = -1;
	const char *key;
	json_t *value;

	json_object_foreach(root, key, value)
	{
		const char *text = json_string_value(value);
		if (strcmp(key, "exit") == 0)
			status = (int)(json_integer_value(value) & 0xff);
		else if (strcmp(key, "out") == 0 && text)
			(void)printf("%s\n", text);
		else if (strcmp(key, "err") == 0 && text)
			(void)fprintf(stderr, "%s\n", text);
		else if (c->value)
			c->value(c->ctx, key, value);
	}
	(void)fflush(stdout);
	return status;
}

/* The lines that are whole. */
static int take_lines(struct call *c)
{
	const char *end;
	int status = -1;

	while (status < 0 && c->in.len > 0 &&
	       (end = memchr(c->in.data, '\n', c->in.len))) {
		size_t len = (size_t)(end - c->in.data);
		json_t *root = json_loadb(c->in.data, len, 0, NULL);
		buf_consume(&c->in, len + 1);
		if (!json_is_object(root)) {
			json_decref(root);
			return no_answer("says what is not understood");
		}
		status = take_answer(c, root);
		json_decref(root);
	}
	return status;
}

int call_ask(struct call *c, const struct request *r,
	     void (*value)(void *ctx, const char *key, const json_t *value),
	     void *ctx)
{
	int rc = send_request(c, r);

	c->patient = r->wait || r->verb == REQUEST_ONCE;
	c->value = value;
	c->ctx = ctx;
	int status = -1;
	while (rc == 0 && status < 0) {
		rc = read_more(c);
		if (rc == 0)
			status = take_lines(c);
	}
	return rc != 0 ? rc : status;
}
