/* SPDX-License-Identifier: MIT */
/* The life of a client: it opens a conn under a loop of its own, and every call
 * runs that loop until it has its answer. */
#include <imap4/client.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/client/collect.h"
#include "lib/client/idle.h"
#include "lib/client/log.h"
#include "lib/client/run.h"
#include "lib/client/typed.h"
#include "lib/net/tls.h"

#define PORT     143
#define PORT_TLS 993
#define MAX_DATA (UINT64_C(256) << 20)

static void on_ready(void *ctx, struct imap4_conn *conn)
{
	struct imap4_client *c = ctx;

	(void)conn;
	c->ready = true;
	(void)event_base_loopbreak(c->base);
}

static void on_closed(void *ctx, struct imap4_conn *conn, int result,
		      const char *text)
{
	(void)conn;
	(void)client_lose(ctx, result, text);
}

static const struct imap4_conn_handler handler = {
    .ready = on_ready,
    .event = collect_event,
    .closed = on_closed,
};

/* Which of the protocols that imaplib knows, and its successor. */
static void find_protocol(struct imap4_client *c)
{
	static const char *const names[] = {"IMAP4rev1", "IMAP4", "IMAP4rev2"};
	const struct imap4_engine *e = imap4_conn_engine(c->conn);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (imap4_engine_has(e, names[i])) {
			c->protocol = names[i];
			return;
		}
	}
	(void)client_lose(c, IMAP4_EPROTO, "the server does not speak IMAP4");
}

int client_wait_ready(struct imap4_client *c)
{
	client_loop(c, &c->ready);
	if (!c->lost)
		find_protocol(c);
	return c->lost ? client_fail(c, c->lost, "%s", c->lost_text) : 0;
}

int client_tls(struct imap4_client *c, struct imap4_tls **tls)
{
	const struct imap4_tls_opts system = {.size = sizeof(system)};
	char err[CLIENT_TEXT_MAX];

	if (!*tls)
		*tls = c->tls;
	if (!*tls && !c->own_tls) {
		c->own_tls = imap4_tls_new(&system, err, sizeof(err));
		if (!c->own_tls)
			return client_fail(c, IMAP4_ETLS, "%s", err);
	}
	if (!*tls)
		*tls = c->own_tls;
	return 0;
}

static bool sensible(const struct imap4_conn_opts *o)
{
	return o->timeout_ms >= 0 && (o->host ? strlen(o->host) < TLS_HOST_MAX
					      : o->tunnel && o->tunnel[0]);
}

static void connect_to(struct imap4_client *c, struct imap4_conn_opts *o)
{
	if (!sensible(o)) {
		(void)client_lose(c, IMAP4_EINVAL,
				  "no command, too long a host name, or a "
				  "negative time-out");
		(void)client_fail(c, c->lost, "%s", c->lost_text);
		return;
	}
	if (o->security == IMAP4_SECURITY_TLS && client_tls(c, &o->tls) < 0) {
		(void)client_lose(c, c->result, c->error);
		return;
	}
	c->conn = imap4_conn_new(c->base, o, &handler, c);
	if (!c->conn) {
		(void)client_lose(c, IMAP4_ENOMEM, "out of memory");
		(void)client_fail(c, c->lost, "%s", c->lost_text);
		return;
	}
	imap4_engine_trace(imap4_conn_engine(c->conn), log_line, c);
	(void)client_wait_ready(c);
}

static struct imap4_client *open_client(struct imap4_conn_opts *conn,
					const struct imap4_client_opts *opts)
{
	struct imap4_client_opts o = {0};
	struct imap4_client *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	if (opts)
		memcpy(&o, opts,
		       opts->size < sizeof(o) ? opts->size : sizeof(o));
	c->base = event_base_new();
	if (!c->base || idle_init(c, o.idle_renew_ms) < 0) {
		if (c->base)
			event_base_free(c->base);
		free(c);
		return NULL;
	}
	c->type = "";
	c->protocol = "";
	c->clear_password = o.clear_password;
	c->max_data = o.max_data ? o.max_data : MAX_DATA;
	buf_init(&c->text, SIZE_MAX / 2);
	buf_init(&c->scratch, SIZE_MAX / 2);
	imap4_client_debug(c, o.debug, o.log, o.log_ctx);
	c->tls = o.tls;
	conn->size = sizeof(*conn);
	conn->tls = o.tls;
	conn->timeout_ms = o.timeout_ms;
	conn->limits = o.limits;
	connect_to(c, conn);
	return c;
}

struct imap4_client *imap4_client_open(const char *host, uint16_t port,
				       const struct imap4_client_opts *opts)
{
	struct imap4_conn_opts conn = {
	    .host = host && host[0] ? host : "localhost",
	    .port = port ? port : PORT,
	    .security = IMAP4_SECURITY_NONE,
	};

	return open_client(&conn, opts);
}

struct imap4_client *imap4_client_open_tls(const char *host, uint16_t port,
					   const struct imap4_client_opts *opts)
{
	struct imap4_conn_opts conn = {
	    .host = host && host[0] ? host : "localhost",
	    .port = port ? port : PORT_TLS,
	    .security = IMAP4_SECURITY_TLS,
	};

	return open_client(&conn, opts);
}

struct imap4_client *imap4_client_open_stream(
    const char *command, const struct imap4_client_opts *opts)
{
	struct imap4_conn_opts conn = {
	    .tunnel = command,
	    .security = IMAP4_SECURITY_NONE,
	};

	return open_client(&conn, opts);
}

void imap4_client_free(struct imap4_client *c)
{
	if (!c)
		return;
	imap4_conn_free(c->conn);
	imap4_tls_free(c->own_tls);
	idle_release(c);
	event_base_free(c->base);
	bodies_forget(c);
	free(c->body);
	items_release(&c->kept);
	data_release(&c->data);
	typed_release(c);
	buf_release(&c->text);
	buf_release(&c->scratch);
	free(c->welcome);
	free(c);
}

enum imap4_class imap4_client_class(const struct imap4_client *c)
{
	switch (c ? c->result : IMAP4_ENOMEM) {
	case IMAP4_OK:
	case IMAP4_ENO:
		return IMAP4_CLASS_NONE;
	case IMAP4_EREADONLY:
		return IMAP4_CLASS_READONLY;
	default:
		return c && c->lost ? IMAP4_CLASS_ABORT : IMAP4_CLASS_ERROR;
	}
}

const char *imap4_client_error(const struct imap4_client *c)
{
	return c ? c->error : "out of memory";
}

enum imap4_code imap4_client_code(const struct imap4_client *c)
{
	return c ? c->code : IMAP4_CODE_NONE;
}

int imap4_client_fd(const struct imap4_client *c)
{
	return c && c->conn ? imap4_conn_fd(c->conn) : -1;
}

void imap4_client_raw_names(struct imap4_client *c, bool raw)
{
	if (c)
		c->raw_names = raw;
}

enum imap4_state imap4_client_state(const struct imap4_client *c)
{
	return c && c->conn ? imap4_engine_state(imap4_conn_engine(c->conn))
			    : IMAP4_STATE_LOGOUT;
}

const char *imap4_client_protocol(const struct imap4_client *c)
{
	if (!c)
		return "";
	if (c->conn &&
	    imap4_engine_enabled(imap4_conn_engine(c->conn), "IMAP4rev2"))
		return "IMAP4rev2";
	return c->protocol;
}

const char *imap4_client_welcome(const struct imap4_client *c)
{
	return c && c->welcome ? c->welcome : "";
}

bool imap4_client_is_readonly(const struct imap4_client *c)
{
	return c && c->is_readonly;
}

struct imap4_engine *imap4_client_engine(struct imap4_client *c)
{
	return c && c->conn ? imap4_conn_engine(c->conn) : NULL;
}

const char *imap4_client_type(const struct imap4_client *c)
{
	return c ? c->type : "";
}

const struct imap4_data *imap4_client_data(const struct imap4_client *c)
{
	static const struct imap4_data none;

	return c ? &c->data : &none;
}

struct imap4_data *imap4_client_take(struct imap4_client *c)
{
	struct imap4_data *data = c ? malloc(sizeof(*data)) : NULL;

	if (data) {
		*data = c->data;
		c->data = (struct imap4_data){0};
	}
	return data;
}

void imap4_data_free(struct imap4_data *data)
{
	if (data)
		data_release(data);
	free(data);
}

void imap4_client_on_event(struct imap4_client *c,
			   void (*fn)(void *ctx, const struct imap4_event *ev),
			   void *ctx)
{
	if (!c)
		return;
	c->on_event = fn;
	c->event_ctx = ctx;
}

void imap4_client_on_body(struct imap4_client *c,
			  int (*fn)(void *ctx, const struct imap4_event *ev),
			  void *ctx)
{
	if (!c)
		return;
	c->on_body = fn;
	c->body_ctx = ctx;
}
