/* SPDX-License-Identifier: MIT */
#include "daemon/control/control.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/fs.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/control/place.h"
#include "lib/util/text.h"

/* More than a person has open. The one that has been idle for longest makes
 * room for another one. */
#define MAX_CLIENTS 32
#define BACKLOG     128
/* A client that is silent, or does not read, for so long is closed. */
#define PATIENCE_S 10
/* What one that does not read may leave here; with a little of it, nothing more
 * is done for it. */
#define MAX_UNREAD  ((size_t)16 << 20)
#define MUCH_UNREAD ((size_t)256 << 10)

struct control_client {
	struct control *control;
	struct control_client *next; /* the one that came before */
	struct bufferevent *bev;
	struct event *turn; /* it may be its turn again */
	bool busy;          /* a request is being answered */
	bool said;          /* it sent its last; closed when all is answered */
	bool broken;        /* nothing can be sent any more */
};

struct control {
	struct control_handler handler;
	struct event_base *base;
	struct evconnlistener *listener;
	int dir; /* locked while we live */
	bool bound;
	struct control_client *clients; /* the latest first */
	size_t nclients;
};

static void take_line(struct control_client *c);

static void close_client(struct control_client *c)
{
	struct control *control = c->control;
	struct control_client **at = &control->clients;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	control->nclients--;
	if (c->busy)
		control->handler.gone(control->handler.ctx, c);
	event_free(c->turn);
	bufferevent_free(c->bev);
	free(c);
}

/* While a request is being answered, that takes as long as it takes. */
static void set_patience(struct control_client *c)
{
	static const struct timeval patience = {.tv_sec = PATIENCE_S};

	(void)bufferevent_set_timeouts(c->bev, c->busy ? NULL : &patience,
				       &patience);
}

static size_t unsent(const struct control_client *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

/* Answers. */

void control_value(struct control_client *c, const char *key, json_t *value)
{
	json_t *root = json_object();
	char *line = NULL;

	if (json_object_set_new(root, key, value) == 0)
		line = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	struct evbuffer *out = bufferevent_get_output(c->bev);
	/* What is lost makes the rest worthless: it is closed at the end. */
	if (!line || c->broken || evbuffer_get_length(out) > MAX_UNREAD ||
	    evbuffer_add(out, line, strlen(line)) < 0 ||
	    evbuffer_add(out, "\n", 1) < 0)
		c->broken = true;
	free(line);
}

json_t *control_text(const char *text)
{
	size_t len = strlen(text), n = 0;
	char *shown = xmalloc(len * TEXT_ESCAPED + 1);

	for (size_t pos = 0; pos < len;)
		n += text_escape(text, len, &pos, shown + n);
	json_t *value = json_stringn(shown, n);
	free(shown);
	return value;
}

void control_out(struct control_client *c, const char *text)
{
	control_value(c, "out", control_text(text));
}

void control_err(struct control_client *c, const char *text)
{
	control_value(c, "err", control_text(text));
}

void control_end(struct control_client *c, int status)
{
	static const struct timeval at_once = {0, 0};

	control_value(c, "exit", json_integer(status));
	c->busy = false;
	if (c->broken) {
		close_client(c);
		return;
	}
	set_patience(c);
	/* From the loop: whoever answers may be in the middle of something, and
	 * an answer at once would let requests recurse. */
	event_add(c->turn, &at_once);
}

/* Requests. */

static void refuse(struct control_client *c, const char *why)
{
	char *text = xasprintf("imapsyncd: not understood: %s", why);
	struct evbuffer *in = bufferevent_get_input(c->bev);

	c->busy = true;
	c->said = true; /* whatever else it sends is not wanted */
	(void)bufferevent_disable(c->bev, EV_READ);
	(void)evbuffer_drain(in, evbuffer_get_length(in));
	control_err(c, text);
	free(text);
	control_end(c, ERR_USAGE);
}

static void take_request(struct control_client *c, const char *line, size_t len)
{
	struct control *control = c->control;
	struct request r;
	const char *why;

	if (request_parse(line, len, &r, &why) < 0) {
		refuse(c, why);
		return;
	}
	c->busy = true;
	set_patience(c);
	control->handler.request(control->handler.ctx, c, &r);
	request_release(&r);
}

static void take_line(struct control_client *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t len;

	if (c->busy || unsent(c) > MUCH_UNREAD)
		return;
	char *line = c->said && evbuffer_get_length(in) == 0
			 ? NULL
			 : evbuffer_readln(in, &len, EVBUFFER_EOL_LF);
	if (line) {
		take_request(c, line, len);
		free(line);
	} else if (c->said) {
		if (unsent(c) == 0)
			close_client(c);
	} else if (evbuffer_get_length(in) > REQUEST_MAX_BYTES) {
		close_client(c);
	}
}

static void on_readable(struct bufferevent *bev, void *arg)
{
	(void)bev;
	take_line(arg);
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	take_line(arg);
}

/* All is sent. */
static void on_written(struct bufferevent *bev, void *arg)
{
	struct control_client *c = arg;

	(void)bev;
	take_line(c);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct control_client *c = arg;

	(void)bev;
	/* It said all that it had to say, and may wait for the answer. */
	if ((what & BEV_EVENT_EOF) && !c->said) {
		c->said = true;
		take_line(c);
		return;
	}
	close_client(c);
}

/* Clients. */

static void make_room(struct control *control)
{
	struct control_client *oldest = NULL;

	for (struct control_client *c = control->clients; c; c = c->next)
		oldest = c->busy ? oldest : c;
	if (!oldest && control->clients)
		oldest = control->clients; /* all wait: the latest */
	close_client(oldest);
}

static void on_client(struct evconnlistener *l, evutil_socket_t fd,
		      struct sockaddr *from, int len, void *arg)
{
	struct control *control = arg;

	(void)l;
	(void)from;
	(void)len;
	struct bufferevent *bev =
	    place_trusts(fd) ? bufferevent_socket_new(control->base, fd,
						      BEV_OPT_CLOSE_ON_FREE)
			     : NULL;
	if (!bev) {
		(void)close(fd);
		return;
	}
	if (control->nclients == MAX_CLIENTS)
		make_room(control);
	struct control_client *c = xcalloc(1, sizeof(*c));
	*c = (struct control_client){
	    .control = control, .next = control->clients, .bev = bev};
	c->turn = evtimer_new(control->base, on_turn, c);
	if (!c->turn)
		abort(); /* out of memory */
	control->clients = c;
	control->nclients++;
	bufferevent_setwatermark(bev, EV_READ, 0, REQUEST_MAX_BYTES + 1);
	bufferevent_setcb(bev, on_readable, on_written, on_event, c);
	set_patience(c);
	(void)bufferevent_enable(bev, EV_READ);
}

/* The socket. */

/* 0, or -1 and *err. */
static int check_dir(int fd, const char *dir, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_errno(err, ERR_CREATE, ERR_SCOPE_DAEMON,
				 "cannot read '%s'", dir);
	if (st.st_uid == geteuid() && (st.st_mode & 022) == 0)
		return 0;
	(void)err_set(err, ERR_CREATE, ERR_SCOPE_DAEMON,
		      "others can write to '%s'", dir);
	return err_hint(err, "chmod 700 it, or set runtime_dir to a directory "
			     "of your own");
}

static int open_dir(const char *dir, struct err *err)
{
	int fd = -1;

	if (fs_make_dirs(AT_FDCWD, dir, true) == 0)
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, ERR_CREATE, ERR_SCOPE_DAEMON,
				 "cannot make the directory '%s'", dir);
	if (check_dir(fd, dir, err) == 0) {
		/* Goes with the process; the socket alone would not tell. */
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return fd;
		(void)err_set(err, ERR_TEMP, ERR_SCOPE_DAEMON,
			      "another imapsyncd answers in '%s'", dir);
		(void)err_hint(err, "a second one needs a runtime_dir of its "
				    "own");
	}
	(void)close(fd);
	return -1;
}

static int listen_in(struct control *c, const char *dir, struct err *err)
{
	c->dir = open_dir(dir, err);
	if (c->dir < 0)
		return -1;
	int fd = place_bind(c->dir);
	c->bound = fd >= 0;
	if (fd >= 0)
		c->listener = evconnlistener_new(
		    c->base, on_client, c,
		    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, fd);
	if (c->listener)
		return 0;
	if (fd >= 0)
		fs_drop(fd);
	return err_errno(err, ERR_CREATE, ERR_SCOPE_DAEMON,
			 "cannot make the socket '%s/" PLACE_NAME "'", dir);
}

struct control *control_new(struct event_base *base, const char *dir,
			    const struct control_handler *handler,
			    struct err *err)
{
	struct control *c = xcalloc(1, sizeof(*c));

	c->handler = *handler;
	c->base = base;
	c->dir = -1;
	if (listen_in(c, dir, err) == 0)
		return c;
	control_free(c);
	return NULL;
}

void control_free(struct control *c)
{
	if (!c)
		return;
	while (c->clients) {
		struct bufferevent *bev = c->clients->bev;
		/* What was answered last, as far as it goes. */
		struct evbuffer *out = bufferevent_get_output(bev);
		(void)evbuffer_unfreeze(out, 1);
		(void)evbuffer_write(out, bufferevent_getfd(bev));
		c->clients->busy = false;
		close_client(c->clients);
	}
	if (c->listener)
		evconnlistener_free(c->listener);
	if (c->bound)
		(void)unlinkat(c->dir, PLACE_NAME, 0);
	if (c->dir >= 0)
		(void)close(c->dir);
	free(c);
}
