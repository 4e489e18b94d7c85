/* SPDX-License-Identifier: MIT */
/* Watches a mailbox: prints a line for everything that happens in it, for a
 * number of seconds, or for ever. The password is in the environment, as
 * IMAP_PASSWORD. */
#include <imap4.h>

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

/* A message that arrives brings EXISTS and RECENT at once: they are printed
 * together, when the server has been silent for this long. */
#define BURST_MS 100

static int watch(struct imap4_client *c, unsigned seconds)
{
	int n = imap4_client_idle(c, seconds);

	if (n < 0)
		return n;
	puts("watching");
	(void)fflush(stdout);
	while ((n = imap4_client_idle_burst(c, BURST_MS)) > 0) {
		const struct imap4_data *data = imap4_client_data(c);
		for (size_t i = 0; i < data->n; i++)
			printf("%s %s\n", data->item[i].name,
			       data->item[i].text.p);
		(void)fflush(stdout);
	}
	return n < 0 ? n : imap4_client_idle_done(c);
}

int main(int argc, char **argv)
{
	const char *password = getenv("IMAP_PASSWORD");

	if (argc < 5 || argc > 6 || !password) {
		(void)fputs("usage: imap4-watch HOST PORT USER MAILBOX "
			    "[SECONDS]\n",
			    stderr);
		return EX_USAGE;
	}
	uint16_t port = (uint16_t)strtoul(argv[2], NULL, 10);
	unsigned seconds = argc > 5 ? (unsigned)strtoul(argv[5], NULL, 10) : 0;
	struct imap4_client *c = imap4_client_open_tls(argv[1], port, NULL);
	int rc = imap4_client_login(c, argv[3], password);
	if (rc == 0)
		rc = imap4_client_select(c, argv[4], true);
	if (rc == 0)
		rc = watch(c, seconds);
	if (rc == 0)
		rc = imap4_client_logout(c);
	if (rc < 0)
		(void)fprintf(stderr, "imap4-watch: %s\n",
			      imap4_client_error(c));
	imap4_client_free(c);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
