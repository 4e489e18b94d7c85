/* SPDX-License-Identifier: MIT */
/* Uploads a message from a file, however large, and prints the UID that it got
 * where the server tells (RFC 4315). The password is in the environment, as
 * IMAP_PASSWORD. */
#include <imap4.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* The message is as old as the file. */
static int upload(struct imap4_client *c, const char *mailbox, int fd)
{
	char date[IMAP4_DATE_MAX];
	struct stat st;

	if (fstat(fd, &st) < 0 ||
	    imap4_time2internaldate(st.st_mtime, 0, date) < 0)
		return imap4_client_append_fd(c, mailbox, "(\\Seen)", NULL, fd);
	return imap4_client_append_fd(c, mailbox, "(\\Seen)", date, fd);
}

int main(int argc, char **argv)
{
	const char *password = getenv("IMAP_PASSWORD");

	if (argc != 6 || !password) {
		(void)fputs("usage: imap4-upload HOST PORT USER MAILBOX FILE\n",
			    stderr);
		return EX_USAGE;
	}
	int fd = open(argv[5], O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		perror(argv[5]);
		return EX_NOINPUT;
	}
	uint16_t port = (uint16_t)strtoul(argv[2], NULL, 10);
	struct imap4_client *c = imap4_client_open_tls(argv[1], port, NULL);
	int rc = imap4_client_login(c, argv[3], password);
	if (rc == 0)
		rc = upload(c, argv[4], fd);
	if (rc == 0)
		rc = imap4_client_response(c, "APPENDUID");
	if (rc == 0 && imap4_client_data(c)->n > 0)
		printf("%s\n", imap4_client_data(c)->item[0].text.p);
	if (rc == 0)
		rc = imap4_client_logout(c);
	if (rc < 0)
		(void)fprintf(stderr, "imap4-upload: %s\n",
			      imap4_client_error(c));
	imap4_client_free(c);
	(void)close(fd);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
