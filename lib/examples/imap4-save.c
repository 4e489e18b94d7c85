/* SPDX-License-Identifier: MIT */
/* Saves every message of a mailbox to a file of its own in a directory: 17.eml
 * is the one with the UID 17. The password is in the environment, as
 * IMAP_PASSWORD. */
#include <imap4.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

int main(int argc, char **argv)
{
	const char *password = getenv("IMAP_PASSWORD");

	if (argc != 6 || !password) {
		(void)fputs("usage: imap4-save HOST PORT USER MAILBOX "
			    "DIRECTORY\n",
			    stderr);
		return EX_USAGE;
	}
	struct imap4_body_dir to = {.dir = open(argv[5], O_DIRECTORY)};
	if (to.dir < 0) {
		perror(argv[5]);
		return EX_CANTCREAT;
	}
	uint16_t port = (uint16_t)strtoul(argv[2], NULL, 10);
	struct imap4_client *c = imap4_client_open_tls(argv[1], port, NULL);
	int rc = imap4_client_login(c, argv[3], password);
	if (rc == 0)
		rc = imap4_client_select(c, argv[4], true);
	if (rc == 0)
		rc = imap4_client_uid_fetch(c, "1:*", "(UID BODY.PEEK[])",
					    imap4_body_to_dir, &to);
	if (rc == 0)
		rc = imap4_client_logout(c);
	if (rc < 0)
		(void)fprintf(stderr, "imap4-save: %s\n",
			      imap4_client_error(c));
	imap4_client_free(c);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
