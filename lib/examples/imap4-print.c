/* SPDX-License-Identifier: MIT */
/* Prints all messages of the inbox: the program in the manual of Python's
 * imaplib, in C. The password is in the environment, as IMAP_PASSWORD. */
#include <imap4.h>

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

/* A message comes in pieces, and none of it is kept. */
static int print(void *ctx, const struct imap4_event *ev)
{
	(void)ctx;
	if (ev->type == IMAP4_EV_BODY_BEGIN)
		printf("Message %u\n", (unsigned)ev->body.seq);
	else if (ev->type == IMAP4_EV_BODY_DATA)
		(void)fwrite(ev->body.data.p, 1, ev->body.data.len, stdout);
	else if (ev->type == IMAP4_EV_BODY_END)
		putchar('\n');
	return ferror(stdout) ? IMAP4_EIO : 0;
}

int main(int argc, char **argv)
{
	const char *password = getenv("IMAP_PASSWORD");

	if (argc != 4 || !password) {
		(void)fputs("usage: imap4-print HOST PORT USER\n", stderr);
		return EX_USAGE;
	}
	uint16_t port = (uint16_t)strtoul(argv[2], NULL, 10);
	struct imap4_client *c = imap4_client_open_tls(argv[1], port, NULL);
	int rc = imap4_client_login(c, argv[3], password);
	if (rc == 0)
		rc = imap4_client_select(c, "INBOX", true);
	if (rc == 0)
		rc = imap4_client_uid_fetch(c, "1:*", "BODY.PEEK[]", print,
					    NULL);
	if (rc == 0)
		rc = imap4_client_logout(c);
	if (rc < 0)
		(void)fprintf(stderr, "imap4-print: %s\n",
			      imap4_client_error(c));
	imap4_client_free(c);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
