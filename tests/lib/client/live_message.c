/* SPDX-License-Identifier: MIT */
/* The commands on messages, on a real server. */
#include "tests/lib/client/live.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

/* A mailbox with n messages, selected. */
static const char *open_box(struct imap4_client *c, const char *name, int n)
{
	const char *box = live_box(c, name);

	live_fill(c, box, n);
	ok(c, imap4_client_select(c, box, false));
	return box;
}

static void add(struct imap4_client *c, const char *box, const char *text)
{
	ok(c, imap4_client_append(c, box, NULL, NULL, text, strlen(text)));
}

static void test_live__append(void **state)
{
	static const char text[] = "Subject: bare\n\nline\rlast\r\n";
	static const char sent[] = "Subject: bare\r\n\r\nline\r\nlast\r\n";
	struct imap4_client *c = live_login();
	const char *box = live_box(c, "append");
	char date[IMAP4_DATE_MAX];

	(void)state;
	assert_int_equal(imap4_time2internaldate(760686745, 0, date), 0);
	ok(c, imap4_client_append(c, box, "\\Seen \\Flagged", date, text,
				  strlen(text)));
	assert_string_equal(imap4_client_type(c), "OK");
	ok(c, imap4_client_response(c, "APPENDUID"));
	assert_int_equal(live_count(c), 1);
	ok(c, imap4_client_select(c, box, false));
	ok(c, imap4_client_fetch(c, "1", "(FLAGS INTERNALDATE BODY.PEEK[])"));
	live_expect(c, "\\Seen");
	live_expect(c, "\\Flagged");
	live_expect(c, "8-Feb-1994 05:52:25 +0000");
	assert_string_equal(imap4_client_data(c)->item[0].literal.p, sent);
	assert_int_equal(imap4_client_append(c, live_name("nowhere"), NULL,
					     NULL, text, strlen(text)),
			 IMAP4_ENO);
	assert_int_equal(
	    imap4_client_append(c, box, "(\\Seen)\r\n", NULL, text, 1),
	    IMAP4_EINVAL);
	assert_int_equal(
	    imap4_client_append(c, box, NULL, "yesterday", text, 1),
	    IMAP4_EINVAL);
	ok(c, imap4_client_noop(c));
	live_logout(c);
}

/* A file of about 4 MB, its lines ended by LF. */
static int large_file(void)
{
	char path[] = "/tmp/imap4-live.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	FILE *f = fdopen(dup(fd), "w");
	assert_non_null(f);
	(void)fputs("Subject: large\n\n", f);
	for (int i = 0; i < 100000; i++)
		(void)fprintf(f, "this is line number %9d of it\n", i);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void test_live__append_fd(void **state)
{
	struct imap4_client *c = live_login();
	const char *box = live_box(c, "append fd");
	int fd = large_file(), pipes[2];

	(void)state;
	ok(c, imap4_client_append_fd(c, box, NULL, NULL, fd));
	ok(c, imap4_client_select(c, box, false));
	ok(c, imap4_client_fetch(c, "1", "(BODY.PEEK[])"));
	const struct imap4_str s = imap4_client_data(c)->item[0].literal;
	assert_int_equal(s.len, 18 + 100000 * 37);
	static const char last[] = "line number     99999 of it\r\n";
	assert_memory_equal(s.p + s.len - strlen(last), last, strlen(last));
	/* It would have to be read twice. */
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(imap4_client_append_fd(c, box, NULL, NULL, pipes[0]),
			 IMAP4_EIO);
	ok(c, imap4_client_noop(c));
	(void)close(pipes[0]);
	(void)close(pipes[1]);
	(void)close(fd);
	live_logout(c);
}

static void test_live__fetch(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	(void)open_box(c, "fetch", 2);
	ok(c, imap4_client_fetch(c, "1:*", "(UID RFC822.HEADER RFC822.SIZE)"));
	/* For each message a pair, and the parenthesis behind the literal. */
	assert_int_equal(live_count(c), 4);
	const struct imap4_item *item = imap4_client_data(c)->item;
	assert_string_equal(item[0].name, "FETCH");
	assert_int_equal(strncmp(item[0].text.p, "1 (", 3), 0);
	assert_non_null(strstr(item[0].text.p, "RFC822.HEADER {"));
	assert_int_equal(strncmp(item[0].literal.p, "From: ", 6), 0);
	assert_int_equal(strlen(item[0].literal.p), item[0].literal.len);
	assert_null(item[1].literal.p);
	assert_int_equal(strncmp(item[2].text.p, "2 (", 3), 0);
	ok(c, imap4_client_fetch(c, "1", "RFC822"));
	assert_string_equal(imap4_client_data(c)->item[0].literal.p,
			    LIVE_MESSAGE);
	ok(c, imap4_client_fetch(c, "1", "FLAGS"));
	assert_int_equal(live_count(c), 1);
	live_expect(c, "\\Seen");
	live_logout(c);
}

static void test_live__internaldate(void **state)
{
	struct imap4_client *c = live_login();
	const char *box = live_box(c, "internaldate");
	struct tm tm;

	(void)state;
	ok(c,
	   imap4_client_append(c, box, NULL, "\"07-Feb-1994 21:52:25 -0800\"",
			       LIVE_MESSAGE, strlen(LIVE_MESSAGE)));
	ok(c, imap4_client_select(c, box, false));
	ok(c, imap4_client_fetch(c, "1", "(INTERNALDATE)"));
	assert_int_equal(imap4_internaldate2tuple(live_text(c, 0), &tm), 0);
	assert_int_equal(tm.tm_year, 94);
	assert_int_equal(tm.tm_mday, 8);
	assert_int_equal(tm.tm_hour, 5);
	live_logout(c);
}

static void test_live__flags(void **state)
{
	struct imap4_client *c = live_login();
	struct imap4_str flags[8];

	(void)state;
	(void)open_box(c, "flags", 1);
	ok(c, imap4_client_store(c, "1", "FLAGS", "(\\Answered)"));
	ok(c, imap4_client_fetch(c, "1", "(FLAGS)"));
	size_t n = imap4_parse_flags(live_text(c, 0), flags, 8);
	assert_true(n > 0 && n < 8);
	bool found = false;
	for (size_t i = 0; i < n; i++)
		found = found || memcmp(flags[i].p, "\\Answered", 9) == 0;
	assert_true(found);
	live_logout(c);
}

struct seen {
	size_t fetches, octets, begun, ended;
	uint32_t uid;
};

static void on_event(void *ctx, const struct imap4_event *ev)
{
	struct seen *seen = ctx;

	if (ev->type != IMAP4_EV_FETCH)
		return;
	seen->fetches++;
	assert_true(ev->fetch.have & IMAP4_F_UID);
	assert_true(ev->fetch.uid > seen->uid);
	seen->uid = ev->fetch.uid;
}

static int on_body(void *ctx, const struct imap4_event *ev)
{
	struct seen *seen = ctx;

	if (ev->type == IMAP4_EV_BODY_BEGIN)
		seen->begun++;
	else if (ev->type == IMAP4_EV_BODY_END)
		seen->ended++;
	else
		seen->octets += ev->body.data.len;
	return 0;
}

static int refuse(void *ctx, const struct imap4_event *ev)
{
	(void)ctx;
	(void)ev;
	return IMAP4_EIO;
}

/* Typed, beside the text. */
static void test_live__events(void **state)
{
	struct imap4_client *c = live_login();
	struct seen seen = {0};

	(void)state;
	(void)open_box(c, "events", 3);
	imap4_client_on_event(c, on_event, &seen);
	ok(c, imap4_client_fetch(c, "1:3", "(UID FLAGS)"));
	assert_int_equal(seen.fetches, 3);
	assert_int_equal(live_count(c), 3);
	live_logout(c);
}

static void test_live__bodies(void **state)
{
	struct imap4_client *c = live_login();
	struct seen seen = {0};

	(void)state;
	(void)open_box(c, "bodies", 2);
	imap4_client_on_body(c, on_body, &seen);
	ok(c, imap4_client_fetch(c, "1:2", "(BODY.PEEK[])"));
	assert_int_equal(seen.begun, 2);
	assert_int_equal(seen.ended, 2);
	assert_int_equal(seen.octets, 2 * strlen(LIVE_MESSAGE));
	const struct imap4_item *item = imap4_client_data(c)->item;
	assert_null(item[0].literal.p);
	assert_int_equal(item[0].literal.len, strlen(LIVE_MESSAGE));
	imap4_client_on_body(c, refuse, NULL);
	assert_int_equal(imap4_client_fetch(c, "1:2", "(BODY.PEEK[])"),
			 IMAP4_EIO);
	imap4_client_on_body(c, NULL, NULL);
	ok(c, imap4_client_fetch(c, "1", "(BODY.PEEK[])"));
	assert_string_equal(imap4_client_data(c)->item[0].literal.p,
			    LIVE_MESSAGE);
	live_logout(c);
}

static void test_live__bodies_to_fd(void **state)
{
	struct imap4_client *c = live_login();
	char path[] = "/tmp/imap4-live.XXXXXX", text[512];
	int fd = mkstemp(path), full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0 && full >= 0);
	assert_int_equal(unlink(path), 0);
	(void)open_box(c, "bodies to fd", 1);
	imap4_client_on_body(c, imap4_body_to_fd, &fd);
	ok(c, imap4_client_fetch(c, "1", "(BODY.PEEK[])"));
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	assert_int_equal(n, strlen(LIVE_MESSAGE));
	assert_memory_equal(text, LIVE_MESSAGE, strlen(LIVE_MESSAGE));
	imap4_client_on_body(c, imap4_body_to_fd, &full);
	assert_int_equal(imap4_client_fetch(c, "1", "(BODY.PEEK[])"),
			 IMAP4_EIO);
	ok(c, imap4_client_noop(c));
	(void)close(fd);
	(void)close(full);
	live_logout(c);
}

static void test_live__store(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	(void)open_box(c, "store", 2);
	ok(c, imap4_client_store(c, "1:2", "+FLAGS", "\\Flagged $Work"));
	assert_int_equal(live_count(c), 2);
	live_expect(c, "$Work");
	ok(c, imap4_client_store(c, "1", "-flags.silent", "(\\Flagged)"));
	ok(c, imap4_client_search(c, NULL, "FLAGGED", NULL));
	assert_string_equal(live_text(c, 0), "2");
	assert_int_equal(imap4_client_store(c, "1 2", "+FLAGS", "\\Seen"),
			 IMAP4_EINVAL);
	live_logout(c);
}

static void test_live__copy(void **state)
{
	struct imap4_client *c = live_login();
	char to[64];

	(void)state;
	(void)snprintf(to, sizeof(to), "%s", live_box(c, "copy to"));
	(void)open_box(c, "copy from", 3);
	ok(c, imap4_client_copy(c, "1,3", to));
	ok(c, imap4_client_response(c, "COPYUID"));
	assert_int_equal(live_count(c), 1);
	ok(c, imap4_client_select(c, to, false));
	assert_string_equal(live_text(c, 0), "2");
	live_logout(c);
}

static void test_live__move(void **state)
{
	struct imap4_client *c = live_login();
	char to[64];

	(void)state;
	live_needs(c, "MOVE");
	(void)snprintf(to, sizeof(to), "%s", live_box(c, "move to"));
	(void)open_box(c, "move from", 3);
	ok(c, imap4_client_move(c, "2:3", to));
	ok(c, imap4_client_search(c, NULL, "ALL", NULL));
	assert_string_equal(live_text(c, 0), "1");
	ok(c, imap4_client_select(c, to, false));
	assert_string_equal(live_text(c, 0), "2");
	live_logout(c);
}

static void test_live__expunge(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	(void)open_box(c, "expunge", 4);
	ok(c, imap4_client_store(c, "2:3", "+FLAGS.SILENT", "\\Deleted"));
	ok(c, imap4_client_expunge(c));
	/* Each counted when those before it have gone. */
	assert_int_equal(live_count(c), 2);
	unsigned long sum = strtoul(live_text(c, 0), NULL, 10) +
			    strtoul(live_text(c, 1), NULL, 10);
	assert_true(sum == 4 || sum == 5);
	ok(c, imap4_client_expunge(c));
	assert_int_equal(live_count(c), 0);
	live_logout(c);
}

static void test_live__search(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	const char *box = open_box(c, "search", 2);
	add(c, box, "Subject: something else\n\nx\n");
	ok(c, imap4_client_select(c, box, false));
	ok(c, imap4_client_search(c, NULL, "ALL", NULL));
	assert_string_equal(live_text(c, 0), "1 2 3");
	ok(c, imap4_client_search(c, NULL, "FROM", "Ann Lee", "UNSEEN", NULL));
	assert_string_equal(live_text(c, 0), "1 2");
	ok(c, imap4_client_search(c, NULL, "(SUBJECT \"test message\")", NULL));
	assert_string_equal(live_text(c, 0), "1 2");
	ok(c,
	   imap4_client_search(c, NULL, "2:3", "NOT", "SUBJECT", "\"", NULL));
	assert_string_equal(live_text(c, 0), "2 3");
	ok(c, imap4_client_search(c, NULL, "SUBJECT", "x\r\nz NOOP", NULL));
	assert_string_equal(live_text(c, 0), "");
	live_logout(c);
}

static void test_live__search_charset(void **state)
{
	static const char text[] =
	    "Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n\r\nx\r\n";
	struct imap4_client *c = live_login();
	const char *box = live_box(c, "charset");

	(void)state;
	add(c, box, text);
	ok(c, imap4_client_select(c, box, false));
	ok(c, imap4_client_search(c, "UTF-8", "SUBJECT",
				  "Gr\xc3\xbc\xc3\x9f\x65", NULL));
	assert_string_equal(live_text(c, 0), "1");
	assert_true(imap4_client_search(c, "X-NO-SUCH", "SUBJECT", "\xc3\xbc",
					NULL) < 0);
	live_logout(c);
}

static void test_live__sort(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	live_needs(c, "SORT");
	const char *box = open_box(c, "sort", 0);
	add(c, box, "Subject: b\n\nx\n");
	add(c, box, "Subject: a\n\nx\n");
	ok(c, imap4_client_select(c, box, false));
	ok(c, imap4_client_sort(c, "(SUBJECT)", NULL, "ALL", NULL));
	assert_string_equal(live_text(c, 0), "2 1");
	ok(c, imap4_client_sort(c, "REVERSE SUBJECT", "UTF-8", "ALL", NULL));
	assert_string_equal(live_text(c, 0), "1 2");
	live_logout(c);
}

static void test_live__thread(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	live_needs(c, "THREAD=REFERENCES");
	(void)open_box(c, "thread", 2);
	ok(c, imap4_client_thread(c, "REFERENCES", NULL, "ALL", NULL));
	live_expect(c, "(1");
	live_expect(c, "2");
	live_logout(c);
}

static void test_live__uid(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	(void)open_box(c, "uid", 2);
	ok(c, imap4_client_store(c, "1", "+FLAGS", "\\Deleted"));
	ok(c, imap4_client_expunge(c));
	ok(c, imap4_client_uid(c, "search", "ALL", NULL));
	assert_string_equal(live_text(c, 0), "2");
	ok(c, imap4_client_uid(c, "FETCH", "2", "(FLAGS)", NULL));
	live_expect(c, "UID 2");
	ok(c, imap4_client_uid(c, "STORE", "2:*", "+FLAGS", "(\\Seen)", NULL));
	live_expect(c, "\\Seen");
	assert_true(imap4_client_uid(c, "NONSENSE", NULL) < 0);
	live_logout(c);
}

static void test_live__partial(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	(void)open_box(c, "partial", 1);
	ok(c, imap4_client_partial(c, 1, "RFC822.TEXT", 1, 5));
	const struct imap4_item *item = imap4_client_data(c)->item;
	assert_true(live_count(c) > 0);
	/* Short ones may come as a quoted string. */
	assert_true(item[0].literal.p
			? strcmp(item[0].literal.p, "Hello") == 0
			: strstr(item[0].text.p, "\"Hello\"") != NULL);
	ok(c, imap4_client_partial(c, 1, "BODY[TEXT]", 8, 3));
	item = imap4_client_data(c)->item;
	assert_true(item[0].literal.p ? strcmp(item[0].literal.p, "Bob") == 0
				      : strstr(item[0].text.p, "Bob") != NULL);
	live_logout(c);
}

/* Any command of the engine, and its typed answer. */
static void test_live__run(void **state)
{
	struct imap4_client *c = live_login();
	imap4_id id;

	(void)state;
	(void)open_box(c, "run", 1);
	assert_int_equal(imap4_engine_uid_fetch(imap4_client_engine(c), "1:*",
						"UID", 0, false, &id),
			 0);
	ok(c, imap4_client_run(c, id, "FETCH"));
	assert_int_equal(live_count(c), 1);
	live_expect(c, "UID 1");
	live_logout(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_live__append),
	    cmocka_unit_test(test_live__append_fd),
	    cmocka_unit_test(test_live__fetch),
	    cmocka_unit_test(test_live__internaldate),
	    cmocka_unit_test(test_live__flags),
	    cmocka_unit_test(test_live__events),
	    cmocka_unit_test(test_live__bodies),
	    cmocka_unit_test(test_live__bodies_to_fd),
	    cmocka_unit_test(test_live__store),
	    cmocka_unit_test(test_live__copy),
	    cmocka_unit_test(test_live__move),
	    cmocka_unit_test(test_live__expunge),
	    cmocka_unit_test(test_live__search),
	    cmocka_unit_test(test_live__search_charset),
	    cmocka_unit_test(test_live__sort),
	    cmocka_unit_test(test_live__thread),
	    cmocka_unit_test(test_live__uid),
	    cmocka_unit_test(test_live__partial),
	    cmocka_unit_test(test_live__run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
