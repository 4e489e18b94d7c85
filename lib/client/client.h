/* SPDX-License-Identifier: MIT */
/* The inside of an imap4_client, shared by the files that make it up: client.c
 * (life), run.c (a command from submit to its end), collect.c (responses to
 * items), items.c (items to results), log.c; the others are the commands. */
#ifndef LIB_CLIENT_CLIENT_H
#define LIB_CLIENT_CLIENT_H

#include <imap4/client.h>
#include <imap4/submit.h>

#include "lib/client/items.h"
#include "lib/util/buf.h"

struct event;
struct event_base;

#define CLIENT_TEXT_MAX  512
#define CLIENT_LOG_LINES 20
#define CLIENT_LOG_WIDTH 240

/* A literal that went by, kept for the FETCH that it belongs to. */
struct client_body {
	struct buf data;
	uint64_t size;
	bool absent; /* it was given away instead */
};

struct idle {
	bool on;
	bool accepted;    /* by the server */
	size_t seen;      /* of the items kept, those handed out or older */
	int64_t until;    /* monotonic, ms */
	int64_t renew_at; /* the same */
	int64_t renew_ms;
	struct event *alarm;
	int wake_fd;        /* an eventfd */
	struct event *wake; /* on it */
	bool woken;
};

struct imap4_client {
	struct event_base *base;
	struct imap4_conn *conn; /* NULL: not any more */
	struct imap4_tls *tls;   /* what the caller gave, or: */
	struct imap4_tls *own_tls;
	bool clear_password;
	bool raw_names;
	bool ready; /* the conn said so */
	int lost;   /* why there is no connection, else 0 */
	char lost_text[CLIENT_TEXT_MAX];
	char *welcome;
	const char *protocol;

	/* The last call. */
	int result;
	char error[CLIENT_TEXT_MAX];
	const char *type;
	struct imap4_data data;

	/* The command under way. */
	imap4_id id;
	bool done;
	enum imap4_status status;
	enum imap4_code code;
	bool partial;    /* OK, but not all was done */
	bool unparsed;   /* OK, but not all that came was understood */
	struct buf text; /* of its tagged response */
	/* Who answers what it is asked; ctx is theirs. */
	void (*on_challenge)(struct imap4_client *c, struct imap4_str text);
	void (*on_append)(struct imap4_client *c, const struct imap4_event *ev);
	void *asked;

	/* Who gets the responses of this command typed: true, it is not kept.
	 */
	bool (*on_typed)(struct imap4_client *c, const struct imap4_event *ev);
	const void *typed; /* a struct of theirs */
	int typed_result;  /* of the caller's function that failed first */
	/* What SEARCH and SORT found. */
	struct imap4_set found;
	uint32_t *order;
	size_t norder, cap_order;

	/* What came and was not asked for yet. */
	struct items kept;
	size_t max_data;
	struct buf scratch;
	struct client_body *body;
	size_t nbodies, cap_bodies;
	uint64_t body_bytes; /* announced, of those that are kept */

	bool is_readonly;
	bool selecting;       /* READ-ONLY is no news */
	bool turned_readonly; /* the caller does not know yet */
	struct idle idle;

	void (*on_event)(void *ctx, const struct imap4_event *ev);
	void *event_ctx;
	int (*on_body)(void *ctx, const struct imap4_event *ev);
	void *body_ctx;
	int body_result; /* of the first one that failed */

	int debug;
	void (*log)(void *ctx, const char *line);
	void *log_ctx;
	char last[CLIENT_LOG_LINES][CLIENT_LOG_WIDTH];
	unsigned lines; /* that were ever logged */
};

#endif
