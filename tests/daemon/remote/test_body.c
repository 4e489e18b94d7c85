/* SPDX-License-Identifier: MIT */
#include "daemon/remote/body.h"

#include <string.h>

#include "tests/support/t.h"

static enum body_step begin(struct body *b, const char *section,
			    const char *asked)
{
	struct imap4_event ev = {
	    .type = IMAP4_EV_BODY_BEGIN,
	    .body = {.section = {section, strlen(section)}, .size = 4}};

	return body_event(b, &ev, asked);
}

static enum body_step data(struct body *b)
{
	struct imap4_event ev = {.type = IMAP4_EV_BODY_DATA,
				 .body = {.data = {"text", 4}}};

	return body_event(b, &ev, "");
}

static enum body_step fetch(struct body *b, uint32_t have)
{
	struct imap4_event ev = {.type = IMAP4_EV_FETCH,
				 .fetch = {.have = have}};

	return body_event(b, &ev, "");
}

static void test_body__takes_what_was_asked_for(void **s)
{
	struct body b = {0};

	(void)s;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(begin(&b, "", ""), BODY_OPENS);
		assert_int_equal(data(&b), BODY_GROWS);
		assert_false(b.empty);
		assert_int_equal(fetch(&b, IMAP4_F_BODY), BODY_WHOLE);
	}
	assert_int_equal(begin(&b, "Header", "HEADER"), BODY_OPENS);
	assert_int_equal(fetch(&b, IMAP4_F_BODY), BODY_WHOLE);
}

/* What could not be read ends there, and the next message is another one. */
static void test_body__dropped_where_its_fetch_is_bad(void **s)
{
	struct imap4_event bad = {.type = IMAP4_EV_BAD};
	struct body b = {0};

	(void)s;
	assert_int_equal(body_event(&b, &bad, ""), BODY_NOTHING);
	assert_int_equal(begin(&b, "", ""), BODY_OPENS);
	assert_int_equal(body_event(&b, &bad, ""), BODY_DROPPED);
	assert_int_equal(begin(&b, "1", ""), BODY_NOTHING);
	assert_int_equal(body_event(&b, &bad, ""), BODY_NOTHING);
	assert_int_equal(begin(&b, "", ""), BODY_OPENS);
	assert_int_equal(fetch(&b, IMAP4_F_BODY), BODY_WHOLE);
}

static void test_body__passes_by_another_section(void **s)
{
	static const char *const others[] = {"HEADER", "TEXT", "1", "MIME"};
	struct body b = {0};

	(void)s;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(begin(&b, others[i], ""), BODY_NOTHING);
		assert_int_equal(data(&b), BODY_NOTHING);
		assert_int_equal(fetch(&b, IMAP4_F_BODY), BODY_NOTHING);
	}
	assert_int_equal(begin(&b, "", "HEADER"), BODY_NOTHING);
	assert_int_equal(fetch(&b, IMAP4_F_BODY), BODY_NOTHING);
}

static void test_body__passes_by_a_piece_and_a_decoded_one(void **s)
{
	struct imap4_event ev = {.type = IMAP4_EV_BODY_BEGIN,
				 .body = {.section = {"", 0}, .binary = true}};
	struct body b = {0};

	(void)s;
	assert_int_equal(body_event(&b, &ev, ""), BODY_NOTHING);
	assert_int_equal(fetch(&b, IMAP4_F_BODY), BODY_NOTHING);
	ev.body.binary = false;
	ev.body.has_origin = true;
	assert_int_equal(body_event(&b, &ev, ""), BODY_NOTHING);
	assert_int_equal(fetch(&b, IMAP4_F_BODY), BODY_NOTHING);
}

static void test_body__passes_by_what_was_not_asked_for(void **s)
{
	struct body b = {0};

	(void)s;
	assert_int_equal(begin(&b, "", NULL), BODY_NOTHING);
	assert_int_equal(data(&b), BODY_NOTHING);
	assert_int_equal(fetch(&b, IMAP4_F_BODY), BODY_NOTHING);
}

/* It began when somebody else looked. */
static void test_body__has_a_beginning(void **s)
{
	struct body b = {0};

	(void)s;
	assert_int_equal(data(&b), BODY_NOTHING);
	assert_int_equal(fetch(&b, IMAP4_F_BODY), BODY_NOTHING);
	assert_int_equal(begin(&b, "", ""), BODY_OPENS);
}

static void test_body__is_alone(void **s)
{
	struct body b = {0};

	(void)s;
	assert_int_equal(begin(&b, "", ""), BODY_OPENS);
	assert_int_equal(begin(&b, "", ""), BODY_DROPPED);
	assert_int_equal(data(&b), BODY_NOTHING);
	assert_int_equal(begin(&b, "", ""), BODY_NOTHING);
	assert_int_equal(fetch(&b, IMAP4_F_BODY), BODY_NOTHING);

	assert_int_equal(begin(&b, "HEADER", ""), BODY_NOTHING);
	assert_int_equal(begin(&b, "", ""), BODY_NOTHING);
	assert_int_equal(fetch(&b, IMAP4_F_BODY), BODY_NOTHING);

	assert_int_equal(begin(&b, "", ""), BODY_OPENS);
	assert_int_equal(fetch(&b, IMAP4_F_BODY | IMAP4_F_BODY_NIL),
			 BODY_DROPPED);
	assert_int_equal(begin(&b, "", ""), BODY_OPENS);
}

static void test_body__knows_an_empty_one(void **s)
{
	struct imap4_event ev = {.type = IMAP4_EV_BODY_BEGIN,
				 .body = {.section = {"", 0}}};
	struct body b = {0};

	(void)s;
	assert_int_equal(body_event(&b, &ev, ""), BODY_OPENS);
	assert_int_equal(fetch(&b, IMAP4_F_BODY), BODY_WHOLE);
	assert_true(b.empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_body__takes_what_was_asked_for),
	    cmocka_unit_test(test_body__dropped_where_its_fetch_is_bad),
	    cmocka_unit_test(test_body__passes_by_another_section),
	    cmocka_unit_test(test_body__passes_by_a_piece_and_a_decoded_one),
	    cmocka_unit_test(test_body__passes_by_what_was_not_asked_for),
	    cmocka_unit_test(test_body__has_a_beginning),
	    cmocka_unit_test(test_body__is_alone),
	    cmocka_unit_test(test_body__knows_an_empty_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
