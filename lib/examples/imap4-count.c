/* SPDX-License-Identifier: MIT */
/* The engine on a socket of the program's own: prints how many messages a
 * mailbox has. There is no TLS here: for a server on this machine. The password
 * is in the environment, as IMAP_PASSWORD. */
#include <imap4/engine.h>
#include <imap4/submit.h>

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STR(s) ((struct imap4_str){s, strlen(s)})

/* What comes next is queued in here; below 0: it does not work. */
static int on_event(struct imap4_engine *e, const struct imap4_event *ev,
		    imap4_id *login, char **argv)
{
	if (ev->type == IMAP4_EV_GREETING)
		return imap4_engine_login(e, STR(argv[3]),
					  STR(getenv("IMAP_PASSWORD")), login);
	if (ev->type == IMAP4_EV_MAILBOX_STATUS)
		printf("%u\n", (unsigned)ev->mailbox_status.messages);
	if (ev->type != IMAP4_EV_DONE || ev->status != IMAP4_STATUS_OK)
		return ev->type == IMAP4_EV_DONE ? -1 : 0;
	if (ev->id != *login)
		return 0;
	int rc = imap4_engine_status(e, STR(argv[4]), IMAP4_ST_MESSAGES, NULL);
	return rc < 0 ? rc : imap4_engine_logout(e, NULL);
}

int main(int argc, char **argv)
{
	struct addrinfo *a, hints = {.ai_socktype = SOCK_STREAM};
	struct imap4_engine *e = imap4_engine_new(NULL, (uint64_t)getpid());
	const struct imap4_event *ev;
	const void *out;
	char buf[4096];
	ssize_t n = 1;
	imap4_id login = 0;

	if (argc != 5 || getaddrinfo(argv[1], argv[2], &hints, &a) != 0)
		return EXIT_FAILURE; /* HOST PORT USER MAILBOX */
	int fd = socket(a->ai_family, a->ai_socktype, 0), rc = 0;
	if (fd < 0 || connect(fd, a->ai_addr, a->ai_addrlen) < 0)
		return EXIT_FAILURE;
	while (rc >= 0 && (n = read(fd, buf, sizeof(buf))) > 0) {
		size_t used, at = 0;
		do {
			rc = imap4_engine_read(e, buf + at, (size_t)n - at,
					       &used, &ev);
			at += used;
		} while (rc == 0 && ev->type != IMAP4_EV_NONE &&
			 (rc = on_event(e, ev, &login, argv)) >= 0);
		while ((used = imap4_engine_write(e, &out)) > 0 &&
		       (n = write(fd, out, used)) > 0)
			imap4_engine_sent(e, (size_t)n);
	}
	imap4_engine_free(e);
	return rc < 0 || n < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
