/* SPDX-License-Identifier: MIT */
/* The status for people, as it stands on terminals of 40, 80 and 200 columns.
 */
#include "daemon/ctl/status_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/t.h"

/* 2026-12-01T12:00:00Z */
#define NOW 1796126400

static const char status[] =
    "{\"version\":1,\"program\":\"1.0\",\"pid\":812,"
    "\"started\":\"2026-12-01T08:00:00Z\",\"accounts\":["
    "{\"name\":\"home\",\"state\":\"idle\",\"mode\":\"notify\","
    "\"last_sync\":\"2026-12-01T11:59:48Z\","
    "\"last_change\":\"2026-12-01T11:55:00Z\","
    "\"next_try\":\"2026-12-01T12:04:48Z\",\"error\":null,\"folders\":["
    "{\"name\":\"INBOX\",\"messages\":8910,\"pending\":0,\"held\":0,"
    "\"watched\":true,\"set_aside\":[]},"
    "{\"name\":\"Sent\",\"messages\":1,\"pending\":2,\"held\":0,"
    "\"skipped\":1,\"watched\":false,\"set_aside\":["
    "{\"uid\":17,\"text\":\"the server said: too bad\"},"
    "{\"uid\":null,\"subject\":\"Re: plan\",\"text\":\"too large\"}]}]},"
    "{\"name\":\"work\",\"state\":\"idle\",\"mode\":\"poll\","
    "\"last_sync\":null,\"last_change\":null,\"next_try\":null,"
    "\"error\":{\"text\":\"Old: held back: 412 messages are gone here\","
    "\"hint\":\"see below\"},\"folders\":["
    "{\"name\":\"Old\",\"messages\":960,\"pending\":0,\"held\":412,"
    "\"watched\":false,\"set_aside\":[]},"
    "{\"name\":\"New\",\"messages\":5,\"pending\":0,\"held\":1,"
    "\"watched\":false,\"set_aside\":[]}]},"
    "{\"name\":\"off\",\"state\":\"auth\",\"mode\":\"poll\","
    "\"error\":{\"text\":\"login refused\",\"hint\":\"imapsyncctl auth off\"},"
    "\"folders\":[]}]}";

static char *render(const char *json, unsigned columns)
{
	json_t *root = json_loads(json, 0, NULL);

	assert_non_null(root);
	char *text = status_text(root, NOW, columns);
	json_decref(root);
	assert_non_null(text);
	return text;
}

static void test_status_text__at_80_columns(void **state)
{
	char *text = render(status, 80);

	(void)state;
	assert_string_equal(
	    text,
	    "imapsyncd 1.0, pid 812, running for 4 h\n"
	    "\n"
	    "home: idle (notify)\n"
	    "  2 folders, 8911 messages; synced 12 s ago, changed 5 min ago, "
	    "next look in 4\n"
	    "    min\n"
	    "  Sent: 2 changes are here, not on the server yet\n"
	    "  Sent: set aside: UID 17: the server said: too bad\n"
	    "  Sent: set aside: \"Re: plan\": too large\n"
	    "  Sent: 1 message is not fetched: max_size, max_age\n"
	    "\n"
	    "work: idle (poll)\n"
	    "  2 folders, 965 messages; not synced yet\n"
	    "  Old: held back: 412 messages are gone here\n"
	    "    to delete them:\n"
	    "      imapsyncctl approve work/Old\n"
	    "    to bring the messages back:\n"
	    "      imapsyncctl restore work/Old\n"
	    "  New: 1 deletion is held back\n"
	    "    to delete them:\n"
	    "      imapsyncctl approve work/New\n"
	    "    to bring the messages back:\n"
	    "      imapsyncctl restore work/New\n"
	    "\n"
	    "off: auth (poll)\n"
	    "  0 folders, 0 messages; not synced yet\n"
	    "  login refused\n"
	    "    -> imapsyncctl auth off\n");
	free(text);
}

static void test_status_text__at_40_columns(void **state)
{
	char *text = render(status, 40);

	(void)state;
	/* The first account, and what is too long for a line. */
	assert_non_null(strstr(text,
			       "home: idle (notify)\n"
			       "  2 folders, 8911 messages; synced 12 s\n"
			       "    ago, changed 5 min ago, next look in\n"
			       "    4 min\n"
			       "  Sent: 2 changes are here, not on the\n"
			       "    server yet\n"));
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");
		assert_true(len <= 40);
		line += len + 1;
	}
	free(text);
}

static void test_status_text__at_200_columns(void **state)
{
	char *text = render(status, 200);

	(void)state;
	assert_non_null(strstr(text,
			       "\n  2 folders, 8911 messages; synced 12 s ago, "
			       "changed 5 min ago, next look in 4 min\n"));
	free(text);
}

static void test_status_text__a_command_is_not_cut(void **state)
{
	char *text =
	    render("{\"accounts\":[{\"name\":\"an-account-of-a-long-name\","
		   "\"folders\":[{\"name\":\"A folder/with blanks\","
		   "\"misfit\":true}]}]}",
		   40);

	(void)state;
	assert_non_null(
	    strstr(text, "\n      imapsyncctl approve "
			 "'an-account-of-a-long-name/A folder/with blanks'\n"));
	free(text);
}

static void test_status_text__takes_what_it_gets(void **state)
{
	static const char *const odd[] = {
	    "{}",
	    "{\"accounts\":7,\"pid\":\"x\",\"started\":true}",
	    "{\"accounts\":[7,null,{\"name\":8,\"error\":[],\"folders\":7}]}",
	    "{\"accounts\":[{\"folders\":[null,{\"held\":\"x\"}]}]}",
	    "{\"accounts\":[{\"folders\":[{\"set_aside\":{}}]}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		char *text = render(odd[i], 0);
		assert_non_null(strstr(text, "imapsyncd"));
		free(text);
	}
}

static void test_status_text__folders(void **state)
{
	json_t *folders =
	    json_loads("[{\"name\":\"INBOX\",\"messages\":1,\"watched\":true},"
		       "{\"name\":\"Entw\xc3\xbcrfe\",\"messages\":2}]",
		       0, NULL);
	char *text = status_folders_text(folders, 80);

	(void)state;
	assert_string_equal(text, "INBOX: 1 message, watched\n"
				  "Entw\xc3\xbcrfe: 2 messages\n");
	free(text);
	json_decref(folders);
	folders = json_array();
	text = status_folders_text(folders, 80);
	assert_string_equal(text, "");
	free(text);
	json_decref(folders);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_status_text__at_80_columns),
	    cmocka_unit_test(test_status_text__at_40_columns),
	    cmocka_unit_test(test_status_text__at_200_columns),
	    cmocka_unit_test(test_status_text__a_command_is_not_cut),
	    cmocka_unit_test(test_status_text__takes_what_it_gets),
	    cmocka_unit_test(test_status_text__folders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
