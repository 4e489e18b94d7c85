/* SPDX-License-Identifier: MIT */
/* Watches two mailboxes in one thread, each on a connection of its own under a
 * libevent loop: prints how many messages are in them, at first and whenever
 * that changes. The password is in the environment, as IMAP_PASSWORD. */
#include <imap4.h>

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STR(s) ((struct imap4_str){s, strlen(s)})

static char **args; /* HOST PORT USER MAILBOX MAILBOX */

static void closed(void *box, struct imap4_conn *c, int result,
		   const char *text)
{
	(void)fprintf(stderr, "%s: %s: %s\n", (char *)box,
		      imap4_strerror(result), text);
	imap4_conn_free(c);
}

static void idle(void *box, struct imap4_conn *c, int result,
		 enum imap4_code code, const char *text)
{
	struct imap4_engine *e = imap4_conn_engine(c);

	(void)code;
	if (result < 0 || imap4_engine_select(e, STR(box), NULL, NULL) < 0 ||
	    imap4_engine_idle(e, NULL) < 0)
		closed(box, c, result, text);
}

static void ready(void *box, struct imap4_conn *c)
{
	struct imap4_credentials cred = {.size = sizeof(cred)};

	cred.user = STR(args[3]);
	cred.password = STR(getenv("IMAP_PASSWORD"));
	(void)imap4_conn_login(c, &cred, idle, box);
}

static void event(void *box, struct imap4_conn *c, const struct imap4_event *ev)
{
	struct imap4_engine *e = imap4_conn_engine(c);

	if (ev->type == IMAP4_EV_EXISTS)
		printf("%s: %u\n", (char *)box, (unsigned)ev->number);
	(void)fflush(stdout);
	/* A server may end IDLE, and must be asked again. */
	if (ev->type == IMAP4_EV_DONE && ev->status == IMAP4_STATUS_OK &&
	    imap4_engine_state(e) == IMAP4_STATE_SELECTED &&
	    imap4_engine_pending(e) == 0)
		(void)imap4_engine_idle(e, NULL);
}

int main(int argc, char **argv)
{
	static const struct imap4_conn_handler handler = {ready, event, closed};
	const struct imap4_tls_opts trust = {.size = sizeof(trust)};
	struct imap4_conn_opts o = {.size = sizeof(o)};
	struct event_base *base = event_base_new();
	char err[256];

	args = argv;
	if (argc != 6 || !(o.tls = imap4_tls_new(&trust, err, sizeof(err))))
		return EXIT_FAILURE;
	o.host = argv[1];
	o.port = (uint16_t)strtoul(argv[2], NULL, 10);
	(void)imap4_conn_new(base, &o, &handler, argv[4]);
	(void)imap4_conn_new(base, &o, &handler, argv[5]);
	(void)event_base_dispatch(base);
	imap4_tls_free(o.tls);
	event_base_free(base);
	return EXIT_SUCCESS;
}
