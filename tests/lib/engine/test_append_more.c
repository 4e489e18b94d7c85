/* SPDX-License-Identifier: MIT */
/* APPEND beyond one plain message: CATENATE, BINARY, UTF-8 headers, REPLACE. */
#include <strings.h>

#include "tests/lib/engine/upload.h"
#include "tests/support/rng.h"

static struct peer p;

static void start(const char *capabilities)
{
	upload_start(&p, capabilities);
	assert_int_equal(imap4_engine_select(p.e, peer_str("x"), NULL, NULL),
			 0);
	peer_flush(&p);
	peer_server(&p, "T1 OK\r\n");
	buf_reset(&p.sent);
	buf_reset(&p.log);
}

static struct imap4_catenate url(const char *s)
{
	return (struct imap4_catenate){.url = peer_str(s)};
}

static struct imap4_catenate text(uint64_t length)
{
	return (struct imap4_catenate){.length = length};
}

/* The first example of RFC 4469, which puts a part between two texts. */
static void test_append_more__catenate(void **state)
{
	const struct imap4_catenate parts[] = {
	    url("/Drafts;UIDVALIDITY=385759045/;UID=20/;section=HEADER"),
	    text(5), url("/Drafts;UIDVALIDITY=385759045/;UID=30 x"), text(2)};
	struct imap4_append a = upload_message(0);
	imap4_id id;

	(void)state;
	start("CATENATE LITERAL+");
	a.part = parts;
	a.nparts = 4;
	a.flags = "\\Seen";
	assert_int_equal(imap4_engine_append(p.e, &a, &id), 0);
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	peer_sends(&p, "T2 APPEND box (\\Seen) CATENATE (URL "
		       "/Drafts;UIDVALIDITY=385759045/;UID=20/;section=HEADER "
		       "TEXT {5}\r\n");
	peer_server(&p, "+ go\r\n");
	peer_logs(&p, "APPEND_DATA 2 #0 5\n");
	upload_give(&p, id, "first");
	peer_sends(&p, "first URL "
		       "\"/Drafts;UIDVALIDITY=385759045/;UID=30 x\" TEXT "
		       "{2}\r\n");
	peer_server(&p, "+ go\r\n");
	peer_logs(&p, "APPEND_DATA 2 #1 2\n");
	upload_give(&p, id, "\r\n");
	peer_sends(&p, "\r\n)\r\nT3 NOOP\r\n");
	peer_server(&p, "T2 NO [BADURL \"/x\"] no\r\nT3 OK\r\n");
	peer_logs(&p, "DONE 2 NO [BADURL 0 0 arg=/x] text=no\n"
		      "DONE 3 OK text=\n");
	peer_release(&p);
}

/* All of it is on the server: there is nothing to ask for. */
static void test_append_more__catenate_without_text(void **state)
{
	const struct imap4_catenate part = url("/a;UID=1");
	struct imap4_append a = upload_message(0);

	(void)state;
	start("CATENATE");
	a.part = &part;
	a.nparts = 1;
	assert_int_equal(imap4_engine_append(p.e, &a, NULL), 0);
	upload_asks(&p, "");
	peer_sends(&p, "T2 APPEND box CATENATE (URL /a;UID=1)\r\n");
	peer_server(&p, "T2 OK [APPENDUID 1 2] done\r\n");
	peer_logs(&p, "DONE 2 OK [APPENDUID 0 1 dst=2:2] text=done\n");
	peer_release(&p);
}

static void test_append_more__refused_between_texts(void **state)
{
	const struct imap4_catenate parts[] = {text(3), url("/x"), text(4)};
	struct imap4_append a = upload_message(0);
	imap4_id id;

	(void)state;
	start("CATENATE");
	a.part = parts;
	a.nparts = 3;
	assert_int_equal(imap4_engine_append(p.e, &a, &id), 0);
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	peer_sends(&p, "T2 APPEND box CATENATE (TEXT {3}\r\n");
	peer_server(&p, "+ go\r\n");
	peer_logs(&p, "APPEND_DATA 2 #0 3\n");
	upload_give(&p, id, "abc");
	peer_sends(&p, "abc URL /x TEXT {4}\r\n");
	peer_server(&p, "T2 NO [TOOBIG] no\r\n");
	peer_sends(&p, "T3 NOOP\r\n");
	peer_logs(&p, "DONE 2 NO [TOOBIG 0 0] text=no\n");
	peer_release(&p);
}

/* RFC 3516 4.4, RFC 6855 4: literal8. */
static void test_append_more__binary_and_utf8(void **state)
{
	struct imap4_append a = upload_message(3);
	imap4_id id;

	(void)state;
	start("BINARY LITERAL+ UTF8=ACCEPT");
	a.binary = true;
	a.has_date = true;
	assert_int_equal(imap4_engine_append(p.e, &a, &id), 0);
	peer_sends(&p, "T2 APPEND box \"01-Jan-1970 00:00:00 +0000\" "
		       "~{3}\r\n");
	peer_server(&p, "+ go\r\n");
	peer_logs(&p, "APPEND_DATA 2 #0 3\n");
	assert_int_equal(imap4_engine_append_data(p.e, id, "a\0b", 3), 0);
	peer_flush(&p);
	assert_memory_equal(p.sent.data, "a\0b\r\n", 5);
	buf_reset(&p.sent);
	/* As if ENABLE was under way. */
	assert_int_equal(caps_ask(p.e, "UTF8=ACCEPT", strlen("UTF8=ACCEPT")),
			 0);
	peer_server(&p, "T2 OK\r\n* ENABLED UTF8=ACCEPT\r\n");
	buf_reset(&p.log);
	a = upload_message(2);
	a.utf8 = true;
	assert_int_equal(imap4_engine_append(p.e, &a, &id), 0);
	peer_sends(&p, "T3 APPEND box () UTF8 (~{2}\r\n");
	peer_server(&p, "+ go\r\n");
	peer_logs(&p, "APPEND_DATA 3 #0 2\n");
	upload_give(&p, id, "\xc3\xa9");
	peer_sends(&p, "\xc3\xa9)\r\n");
	peer_release(&p);
}

/* RFC 8508 3.4 */
static void test_append_more__replace(void **state)
{
	struct imap4_append a = upload_message(2);
	imap4_id id;

	(void)state;
	start("REPLACE LITERAL+");
	a.flags = "\\Draft";
	assert_int_equal(imap4_engine_uid_replace(p.e, 0, &a, &id),
			 IMAP4_EINVAL);
	assert_int_equal(imap4_engine_uid_replace(p.e, 2000, &a, &id), 0);
	upload_asks(&p, "APPEND_DATA 2 #0 2\n");
	upload_give(&p, id, "hi");
	peer_sends(&p, "T2 UID REPLACE 2000 box (\\Draft) {2+}\r\nhi\r\n");
	peer_server(&p, "* OK [APPENDUID 1 2001] new\r\n* 5 EXISTS\r\n"
			"* 4 EXPUNGE\r\nT2 OK done\r\n");
	peer_logs(&p, "STATUS 0 OK [APPENDUID 0 1 dst=2001:2001] text=new\n"
		      "EXISTS 5\nEXPUNGE 4\nDONE 2 OK text=done\n");
	assert_int_equal(imap4_engine_uid_replace(p.e, 2000, &a, &id), 0);
	assert_int_equal(imap4_engine_append_abort(p.e, id), 0);
	peer_sends(&p, "");
	peer_release(&p);
}

static void test_append_more__needs_what_the_server_has(void **state)
{
	const struct imap4_catenate part = url("/x"), empty = text(0);
	struct imap4_append a = upload_message(1);

	(void)state;
	start("X");
	a.binary = true;
	assert_int_equal(imap4_engine_append(p.e, &a, NULL), IMAP4_ESTATE);
	a.binary = false;
	a.utf8 = true;
	assert_int_equal(imap4_engine_append(p.e, &a, NULL), IMAP4_ESTATE);
	a.utf8 = false;
	a.part = &part;
	a.nparts = 1;
	assert_int_equal(imap4_engine_append(p.e, &a, NULL), IMAP4_ESTATE);
	a.nparts = 0;
	assert_int_equal(imap4_engine_uid_replace(p.e, 1, &a, NULL),
			 IMAP4_ESTATE);
	peer_sends(&p, "");
	peer_release(&p);

	start("CATENATE REPLACE IMAP4rev2");
	a.part = &empty;
	a.nparts = 1;
	assert_int_equal(imap4_engine_append(p.e, &a, NULL), IMAP4_EINVAL);
	a.part = NULL;
	a.nparts = 0;
	a.utf8 = true;
	assert_int_equal(imap4_engine_uid_replace(p.e, 1, &a, NULL),
			 IMAP4_ESTATE);
	/* RFC 9051 has it without a name of its own. */
	a.utf8 = false;
	a.binary = true;
	assert_int_equal(imap4_engine_append(p.e, &a, NULL), 0);
	peer_sends(&p, "T2 APPEND box ~{1}\r\n");
	peer_release(&p);
}

/* A server that does not understand a flag answers BAD and takes the lines of a
 * message that it did not ask for as commands: Dovecot does. */
static void test_append_more__asks_first_where_flags_are_not_plain(void **state)
{
	static const struct {
		const char *flags;
		bool plain;
	} rows[] = {
	    {"", true},
	    {"\\Seen \\ANSWERED \\Flagged \\Deleted \\Draft", true},
	    {"$Forwarded NonJunk $label1 a_b-c.d", true},
	    {"\\Important", false},
	    {"\\Seen \\", false},
	    {"\\*x", false},
	    {"a]b", false},
	    {"a,b", false},
	    {"$Junk \\Seenx", false},
	    {"01234567890123456789012345678901234567890123456789", true},
	    {"01234567890123456789012345678901234567890123456789x", false},
	};
	struct imap4_append a = upload_message(3);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		upload_start(&p, "LITERAL+");
		a.flags = rows[i].flags;
		int rc = imap4_engine_append(p.e, &a, NULL);
		peer_flush(&p);
		if (rc == 0)
			assert_int_equal(!strstr(p.sent.data, "{3}\r\n"),
					 rows[i].plain);
		else
			assert_false(rows[i].plain);
		peer_release(&p);
	}
}

static bool is_word(const char *w, size_t n)
{
	static const char *const system[] = {
	    "\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"};

	for (size_t i = 0; i < sizeof(system) / sizeof(system[0]); i++) {
		if (strlen(system[i]) == n && strncasecmp(w, system[i], n) == 0)
			return true;
	}
	return strspn(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789$_-.") >= n;
}

/* Whatever a flag is called and whenever a message is from. */
static void test_append_more__sends_nothing_unasked_behind_the_rest(
    void **state)
{
	static const char *const parts[] = {
	    "\\", "\\Seen",   "\\Recent", "$", "a",    " ", "]", "{",
	    "*",  "\xc3\xa9", "\"",       "-", "\r\n", "%", "&", "Z9"};
	struct rng rng;

	(void)state;
	rng_init(&rng, "flags");
	upload_start(&p, "LITERAL+");
	for (int i = 0; i < 20000; i++) {
		struct imap4_append a = upload_message(3);
		char flags[80] = "";
		size_t len = 0;
		for (uint32_t n = rng_below(&rng, 6); n > 0; n--)
			len +=
			    (size_t)snprintf(flags + len, sizeof(flags) - len,
					     "%s", parts[rng_below(&rng, 16)]);
		a.flags = flags;
		a.has_date = rng_below(&rng, 2);
		a.internaldate = (int64_t)rng_next(&rng) >> rng_below(&rng, 64);
		int rc = imap4_engine_append(p.e, &a, NULL);
		if (rc < 0) {
			assert_int_equal(rc, IMAP4_EINVAL);
			continue;
		}
		peer_flush(&p);
		if (strstr(p.sent.data, "{3+}\r\n")) {
			for (char *w = flags; *w; w += strcspn(w, " ")) {
				w += strspn(w, " ");
				assert_true(is_word(w, strcspn(w, " ")));
			}
		}
		peer_release(&p);
		upload_start(&p, "LITERAL+");
	}
	peer_release(&p);
}

static void test_append_more__gives_up_after_bad(void **state)
{
	imap4_id id;

	(void)state;
	upload_start(&p, "LITERAL+");
	struct imap4_append a = upload_message(5);
	assert_int_equal(imap4_engine_append(p.e, &a, &id), 0);
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	upload_asks(&p, "APPEND_DATA 1 #0 5\n");
	upload_give(&p, id, "he");
	peer_sends(&p, "T1 APPEND box {5+}\r\nhe");
	upload_asks(&p, "APPEND_DATA 1 #0 3\n");
	peer_server(&p, "T1 BAD what is that\r\n");
	peer_logs(&p, "ERROR -4\n");
	assert_non_null(strstr(imap4_engine_error(p.e), "what is that"));
	peer_sends(&p, "");
	peer_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_append_more__catenate),
	    cmocka_unit_test(test_append_more__catenate_without_text),
	    cmocka_unit_test(test_append_more__refused_between_texts),
	    cmocka_unit_test(test_append_more__binary_and_utf8),
	    cmocka_unit_test(
		test_append_more__asks_first_where_flags_are_not_plain),
	    cmocka_unit_test(
		test_append_more__sends_nothing_unasked_behind_the_rest),
	    cmocka_unit_test(test_append_more__gives_up_after_bad),
	    cmocka_unit_test(test_append_more__replace),
	    cmocka_unit_test(test_append_more__needs_what_the_server_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
