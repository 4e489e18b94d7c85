/* SPDX-License-Identifier: MIT */
/* Files that other folders lost among the messages that are new on the server.
 */
#include "daemon/maildir/name.h"
#include "tests/daemon/folder/pairing_rig.h"

static void lose(uint32_t uid, const char *unique, int64_t date,
		 const char *emailid)
{
	struct ledger_lost m = {
	    .folder = other,
	    .uid = uid,
	    .key = bed_key(unique),
	    .internaldate = date,
	    .emailid = emailid ? name_key(emailid, strlen(emailid)) : 0};

	assert_int_equal(ledger_lose(&r.moves, &m), 0);
}

static void expect_moved(uint32_t uid, uint32_t from_uid)
{
	assert_int_equal(r.err.code, ERR_NONE);
	assert_int_equal(r.nmoved, 1);
	assert_int_equal(r.moved[0].uid, uid);
	assert_int_equal(r.moved[0].from, other);
	assert_int_equal(r.moved[0].from_uid, from_uid);
}

#define DATE "\"09-Sep-2001 01:46:41 +0000\"" /* 1000000001 */

static void test_pairing_lost__moved_by_date_and_header(void **state)
{
	static const char *const script[] = {
	    GREETING(""),
	    SELECT,
	    "C UID FETCH 5:6 (UID RFC822.SIZE INTERNALDATE)",
	    "S * 1 FETCH (UID 5 RFC822.SIZE 16 INTERNALDATE " DATE ")",
	    "S * 2 FETCH (UID 6 RFC822.SIZE 17 INTERNALDATE " DATE ")",
	    OK,
	    ASK_HEADERS,
	    HEADER("5", ONE_HEADER),
	    OK,
	    ASK_SAMPLE,
	    SAMPLE("5", "5", "one\r\n"),
	    OK,
	    "E",
	    NULL};
	struct bed *b = *state;

	bed_message(b, other, 1, "Other/cur/a:2,S", ONE, FLAG_SEEN);
	bed_message(b, other, 2, "Other/cur/b:2,S", TWO, FLAG_SEEN);
	lose(1, "a", 1000000001, NULL);
	lose(2, "b", 1000000002, NULL);
	run(script);
	expect_moved(5, 1);
}

/* By its id and size no header is needed. */
static void test_pairing_lost__moved_by_emailid(void **state)
{
	static const char *const script[] = {
	    GREETING(" OBJECTID"),
	    SELECT,
	    "C UID FETCH 5:6 (UID RFC822.SIZE INTERNALDATE EMAILID)",
	    "S * 1 FETCH (UID 5 RFC822.SIZE 400 INTERNALDATE " DATE
	    " EMAILID (M5))",
	    "S * 2 FETCH (UID 6 RFC822.SIZE 16 INTERNALDATE " DATE
	    " EMAILID (M1))",
	    OK,
	    "C UID FETCH 5 (UID BODY.PEEK[HEADER])",
	    HEADER("5", TWO_HEADER),
	    OK,
	    "E",
	    NULL};
	struct bed *b = *state;

	bed_message(b, other, 1, "Other/cur/a:2,S", ONE, FLAG_SEEN);
	lose(1, "a", 5, "M1");
	run(script);
	expect_moved(6, 1);
}

static void test_pairing_lost__moved_by_gmail_id(void **state)
{
	static const char *const script[] = {
	    GREETING(" X-GM-EXT-1"),
	    SELECT,
	    "C UID FETCH 5:6 (UID RFC822.SIZE INTERNALDATE X-GM-MSGID)",
	    "S * 1 FETCH (UID 5 RFC822.SIZE 16 INTERNALDATE " DATE
	    " X-GM-MSGID 4711)",
	    OK,
	    "C UID FETCH 6 (UID BODY.PEEK[HEADER])",
	    HEADER("6", TWO_HEADER),
	    OK,
	    "E",
	    NULL};
	struct bed *b = *state;

	bed_message(b, other, 1, "Other/cur/a:2,S", ONE, FLAG_SEEN);
	lose(1, "a", 5, "gm:4711");
	run(script);
	expect_moved(5, 1);
}

/* What this folder has itself comes first. */
static void test_pairing_lost__own_file_comes_first(void **state)
{
	static const char *const script[] = {
	    GREETING(""),
	    SELECT,
	    "C UID FETCH 5:6 (UID RFC822.SIZE INTERNALDATE)",
	    "S * 1 FETCH (UID 5 RFC822.SIZE 16 INTERNALDATE " DATE ")",
	    OK,
	    ASK_HEADERS,
	    HEADER("5", ONE_HEADER),
	    OK,
	    ASK_BODY,
	    BODY("5", "16", ONE_HEADER "one\r\n"),
	    OK,
	    "E",
	    NULL};
	struct bed *b = *state;

	bed_message(b, other, 1, "Other/cur/a:2,S", ONE, FLAG_SEEN);
	bed_put(b, "INBOX/cur/z:2,", ONE);
	lose(1, "a", 1000000001, NULL);
	run(script);
	assert_int_equal(hint("z"), 5);
	assert_int_equal(r.nmoved, 0);
}

static void forget_row(struct rig *rig)
{
	bed_must(rig->bed, db_exec(rig->bed->store.state, "DELETE FROM message",
				   "empty", &rig->bed->err));
}

static const char *const lost_script[] = {
    GREETING(""),
    SELECT,
    "C UID FETCH 5:6 (UID RFC822.SIZE INTERNALDATE)",
    "S * 1 FETCH (UID 5 RFC822.SIZE 16 INTERNALDATE " DATE ")",
    OK,
    "E",
    NULL};

/* A third folder has found it already: it is here a second time. */
static void test_pairing_lost__lost_and_found_elsewhere(void **state)
{
	struct bed *b = *state;

	bed_message(b, other, 1, "Other/cur/a:2,S", ONE, FLAG_SEEN);
	lose(1, "a", 1000000001, NULL);
	r.meanwhile = forget_row;
	run(lost_script);
	assert_int_equal(r.err.code, ERR_NONE);
	assert_int_equal(r.nmoved, 0);
}

static void test_pairing_lost__directory_of_the_other_is_gone(void **state)
{
	struct bed *b = *state;
	char *path = bed_path(b, "Other");

	bed_message(b, other, 1, "Other/cur/a:2,S", ONE, FLAG_SEEN);
	lose(1, "a", 1000000001, NULL);
	remove_tree(path);
	free(path);
	run(lost_script);
	assert_int_equal(r.err.code, ERR_NONE);
	assert_int_equal(r.nmoved, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    pairing_test(test_pairing_lost__moved_by_date_and_header),
	    pairing_test(test_pairing_lost__moved_by_emailid),
	    pairing_test(test_pairing_lost__moved_by_gmail_id),
	    pairing_test(test_pairing_lost__own_file_comes_first),
	    pairing_test(test_pairing_lost__lost_and_found_elsewhere),
	    pairing_test(test_pairing_lost__directory_of_the_other_is_gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
