/* SPDX-License-Identifier: MIT */
/* Files without a row among the messages that are new on the server. */
#include "tests/daemon/folder/pairing_rig.h"

/* Strangers. */

static void test_pairing__nothing_to_pair(void **state)
{
	static const char *const script[] = {GREETING(""), SELECT, "E", NULL};
	static const uint32_t uid[] = {5};

	/* Nothing is new there. */
	bed_put(*state, "INBOX/cur/a:2,", ONE);
	new_there(NULL, 0);
	r.remote.row = r.row;
	run(script);
	assert_true(r.none);
	event_base_free(r.base);
	disk_free(r.disk);
	/* Nothing is without a row here. */
	store_view_release(&r.view);
	bed_unlink(*state, "INBOX/cur/a:2,");
	r.none = false;
	new_there(uid, 1);
	run(script);
	assert_true(r.none);
}

static void test_pairing__by_header_and_sample(void **state)
{
	static const char *const script[] = {
	    GREETING(""),
	    SELECT,
	    SIZES,
	    "S * 1 FETCH (UID 5 RFC822.SIZE 16)",
	    "S * 2 FETCH (UID 6 RFC822.SIZE 17)",
	    OK,
	    ASK_HEADERS,
	    HEADER("6", TWO_HEADER),
	    HEADER("5", ONE_HEADER),
	    OK,
	    "C UID FETCH 5:6 (UID BODY.PEEK[TEXT]<0.2048>)",
	    SAMPLE("5", "5", "one\r\n"),
	    SAMPLE("6", "6", "two!\r\n"),
	    OK,
	    "E",
	    NULL};

	bed_put(*state, "INBOX/cur/a:2,", ONE);
	bed_put(*state, "INBOX/new/b", TWO);
	bed_put(*state, "INBOX/new/c", "Subj: c\n\nsomething else\n");
	run(script);
	assert_int_equal(r.err.code, ERR_NONE);
	assert_int_equal(hint("a"), 5);
	assert_int_equal(hint("b"), 6);
	assert_int_equal(hint("c"), 0);
	assert_int_equal(r.nmoved, 0);
}

/* A size proves nothing: the body does. It counts what was the same. */
static void test_pairing__other_size_same_body(void **state)
{
	static const char *const script[] = {
	    GREETING(""), SELECT, SIZES, "S * 1 FETCH (UID 5 RFC822.SIZE 400)",
	    /* And of the other one the server says nothing. */
	    OK, ASK_HEADERS, HEADER("5", ONE_HEADER), HEADER("6", ONE_HEADER),
	    OK, "C UID FETCH 5:6 (UID BODY.PEEK[])",
	    BODY("6", "16", ONE_HEADER "One\r\n"),
	    BODY("5", "16", ONE_HEADER "one\r\n"), OK, "E", NULL};

	bed_put(*state, "INBOX/cur/a:2,", ONE);
	run(script);
	assert_int_equal(r.err.code, ERR_NONE);
	assert_int_equal(hint("a"), 5);
	assert_int_equal(bed_number(*state, "SELECT unlike FROM account"), 1);
}

/* The same header and size, another beginning of the body. */
static void test_pairing__another_body(void **state)
{
	static const char *const script[] = {
	    GREETING(""),
	    SELECT,
	    SIZES,
	    "S * 1 FETCH (UID 5 RFC822.SIZE 16)",
	    OK,
	    ASK_HEADERS,
	    HEADER("5", ONE_HEADER),
	    OK,
	    ASK_SAMPLE,
	    SAMPLE("5", "5", "two\r\n"),
	    OK,
	    ASK_BODY,
	    BODY("5", "16", ONE_HEADER "two\r\n"),
	    OK,
	    "E",
	    NULL};

	bed_put(*state, "INBOX/cur/a:2,", ONE);
	run(script);
	assert_int_equal(r.err.code, ERR_NONE);
	assert_int_equal(hint("a"), 0);
}

/* mbsync's mark is on one side only, and the sizes agree but for it. */
static void test_pairing__without_what_tools_write(void **state)
{
	static const char *const script[] = {
	    GREETING(""),
	    SELECT,
	    SIZES,
	    "S * 1 FETCH (UID 5 RFC822.SIZE 16)",
	    "S * 2 FETCH (UID 6 RFC822.SIZE 29)",
	    OK,
	    ASK_HEADERS,
	    HEADER("5", ONE_HEADER),
	    "S * 2 FETCH (UID 6 BODY[HEADER] {23}",
	    "R Subj: b\r\nStatus: RO\r\n\r\n",
	    "S )",
	    OK,
	    "C UID FETCH 5:6 (UID BODY.PEEK[TEXT]<0.2048>)",
	    SAMPLE("5", "5", "one\r\n"),
	    SAMPLE("6", "6", "two!\r\n"),
	    OK,
	    "E",
	    NULL};

	bed_put(*state, "INBOX/cur/a:2,", "X-TUID: abc\n" ONE);
	bed_put(*state, "INBOX/cur/b:2,", TWO);
	run(script);
	assert_int_equal(r.err.code, ERR_NONE);
	assert_int_equal(hint("a"), 5);
	assert_int_equal(hint("b"), 6);
}

static void test_pairing__same_size_other_header(void **state)
{
	static const char *const script[] = {
	    GREETING(""),
	    SELECT,
	    SIZES,
	    "S * 1 FETCH (UID 5 RFC822.SIZE 16)",
	    OK,
	    ASK_HEADERS,
	    HEADER("5", TWO_HEADER),
	    OK,
	    "E",
	    NULL};

	bed_put(*state, "INBOX/cur/a:2,", ONE);
	run(script);
	assert_int_equal(hint("a"), 0);
}

/* A03: the others are paired. */
static void test_pairing__unreadable_file(void **state)
{
	static const char *const script[] = {
	    GREETING(""),
	    SELECT,
	    SIZES,
	    "S * 1 FETCH (UID 5 RFC822.SIZE 16)",
	    "S * 2 FETCH (UID 6 RFC822.SIZE 17)",
	    OK,
	    ASK_HEADERS,
	    HEADER("6", TWO_HEADER),
	    OK,
	    "C UID FETCH 6 (UID BODY.PEEK[TEXT]<0.2048>)",
	    SAMPLE("6", "6", "two!\r\n"),
	    OK,
	    "E",
	    NULL};

	bed_put(*state, "INBOX/cur/bad:2,", ONE);
	bed_put(*state, "INBOX/new/b", TWO);
	fault_arm(FAULT_OPEN, 0, EACCES);
	fault.name = "bad:2,";
	run(script);
	assert_true(fault_disarm());
	assert_int_equal(hint("bad"), 0);
	assert_int_equal(hint("b"), 6);
}

/* a:2, holds ONE; what was promised of it is this. */
static void promise(struct bed *b, const char *text)
{
	struct state_intent i = {.folder = inbox,
				 .kind = STATE_INTENT_UPLOAD,
				 .unique = "a",
				 .key = bed_key("a"),
				 .have_digest = true};

	bed_digest(text, i.digest);
	bed_put(b, "INBOX/cur/a:2,", ONE);
	(void)bed_promise(b, &i);
}

/* A file that was promised to the server, and has other content by now: what
 * the server may have got is not this. */
static void test_pairing__promised_with_other_content(void **state)
{
	static const char *const script[] = {
	    GREETING(""), SELECT, SIZES, "S * 1 FETCH (UID 5 RFC822.SIZE 16)",
	    OK,           "E",    NULL};

	promise(*state, TWO);
	run(script);
	assert_int_equal(hint("a"), 0);
}

static void test_pairing__promised_and_there(void **state)
{
	static const char *const script[] = {
	    GREETING(""),
	    SELECT,
	    SIZES,
	    "S * 1 FETCH (UID 5 RFC822.SIZE 16)",
	    OK,
	    ASK_HEADERS,
	    HEADER("5", ONE_HEADER),
	    OK,
	    ASK_SAMPLE,
	    SAMPLE("5", "5", "one\r\n"),
	    OK,
	    "E",
	    NULL};

	promise(*state, ONE);
	run(script);
	assert_int_equal(hint("a"), 5);
}

/* Failures. */

static void test_pairing__refused(void **state)
{
	static const char *const script[] = {
	    GREETING(""), SELECT, SIZES, "S %t NO [SERVERBUG] not now",
	    "E",          NULL};

	bed_put(*state, "INBOX/cur/a:2,", ONE);
	run(script);
	assert_int_equal(r.err.code, ERR_HELD);
	assert_int_equal(r.err.scope, ERR_SCOPE_FOLDER);
	assert_non_null(strstr(r.err.text, "not now"));
	assert_int_equal(r.nmoved, 0);
}

static void test_pairing__header_refused(void **state)
{
	static const char *const script[] = {
	    GREETING(""),
	    SELECT,
	    SIZES,
	    "S * 1 FETCH (UID 5 RFC822.SIZE 16)",
	    OK,
	    ASK_HEADERS,
	    "S %t NO gone",
	    "E",
	    NULL};

	bed_put(*state, "INBOX/cur/a:2,", ONE);
	run(script);
	assert_int_equal(r.err.code, ERR_HELD);
	assert_int_equal(hint("a"), 0);
}

/* The connection goes: in each round. */
static void test_pairing__cut(void **state)
{
	static const char *const sizes[] = {GREETING(""), SELECT, SIZES, "X",
					    NULL};
	static const char *const headers[] = {
	    GREETING(""), SELECT,
	    SIZES,        "S * 1 FETCH (UID 5 RFC822.SIZE 16)",
	    OK,           ASK_HEADERS,
	    "X",          NULL};

	bed_put(*state, "INBOX/cur/a:2,", ONE);
	r.cut = true;
	run(sizes);
	assert_int_equal(r.nmoved, 0);
	assert_int_equal(hint("a"), 0);
	pairing_free(r.pairing);
	disk_free(r.disk);
	event_base_free(r.base);
	store_view_release(&r.view);
	r = (struct rig){.bed = *state, .cut = true};
	run(headers);
	assert_int_equal(hint("a"), 0);
}

static void test_pairing__disk_fails(void **state)
{
	static const char *const script[] = {
	    GREETING(""), SELECT, SIZES, "S * 1 FETCH (UID 5 RFC822.SIZE 16)",
	    OK,           "E",    NULL};

	bed_put(*state, "INBOX/cur/a:2,", ONE);
	fault_arm(FAULT_OPEN, 0, EMFILE);
	fault.name = "a:2,";
	run(script);
	assert_true(fault_disarm());
	assert_int_equal(r.err.code, ERR_TEMP);
	assert_int_equal(hint("a"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    pairing_test(test_pairing__nothing_to_pair),
	    pairing_test(test_pairing__by_header_and_sample),
	    pairing_test(test_pairing__other_size_same_body),
	    pairing_test(test_pairing__another_body),
	    pairing_test(test_pairing__without_what_tools_write),
	    pairing_test(test_pairing__same_size_other_header),
	    pairing_test(test_pairing__unreadable_file),
	    pairing_test(test_pairing__promised_with_other_content),
	    pairing_test(test_pairing__promised_and_there),
	    pairing_test(test_pairing__refused),
	    pairing_test(test_pairing__header_refused),
	    pairing_test(test_pairing__cut),
	    pairing_test(test_pairing__disk_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
