/* SPDX-License-Identifier: MIT */
/* Prints all messages of the inbox: the program in the manual of Python's
 * imaplib, in C. The password is in the environment, as IMAP_PASSWORD. */
#include <imap4.h>

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

static int print_message(struct imap4_client *c, unsigned long number)
{
	char set[24];

	(void)snprintf(set, sizeof(set), "%lu", number);
	if (imap4_client_fetch(c, set, "(RFC822)") < 0)
		return -1;
	/* Nothing comes where another program has deleted it meanwhile. */
	const struct imap4_data *data = imap4_client_data(c);
	if (data->n > 0 && data->item[0].literal.p)
		printf("Message %lu\n%s\n", number, data->item[0].literal.p);
	return 0;
}

static int print_all(struct imap4_client *c)
{
	int rc = imap4_client_search(c, NULL, "ALL", NULL);
	struct imap4_data *found = imap4_client_take(c);
	const char *p = found && found->n > 0 ? found->item[0].text.p : "";
	unsigned long number;
	char *end;

	for (; rc == 0 && (number = strtoul(p, &end, 10)) > 0; p = end)
		rc = print_message(c, number);
	imap4_data_free(found);
	return rc;
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
		rc = print_all(c);
	if (rc == 0)
		rc = imap4_client_logout(c);
	if (rc < 0)
		(void)fprintf(stderr, "imap4-print: %s\n",
			      imap4_client_error(c));
	imap4_client_free(c);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
