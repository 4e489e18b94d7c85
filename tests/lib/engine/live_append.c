/* SPDX-License-Identifier: MIT */
/* APPEND beyond one live_plain message. */
#include "tests/lib/engine/live.h"

static struct live l;

static void test_live__multiappend(void **state)
{
	struct imap4_append a[2];

	(void)state;
	live_open(&l);
	live_needs(&l, "MULTIAPPEND");
	struct imap4_str box = live_box(&l, "multiappend");
	for (int i = 0; i < 2; i++)
		a[i] = (struct imap4_append){.size = sizeof(*a),
					     .length = sizeof(live_plain) - 1,
					     .flags = i ? "\\Seen" : NULL,
					     .has_date = i == 1};
	char *both = malloc(2 * sizeof(live_plain));
	assert_non_null(both);
	(void)snprintf(both, 2 * sizeof(live_plain), "%s%s", live_plain,
		       live_plain);
	l.upload = both;
	const struct imap4_event *ev =
	    live_ok(&l, imap4_engine_multiappend(l.e, box, a, 2, NULL));
	assert_int_equal(ev->code.code, IMAP4_CODE_APPENDUID);
	assert_int_equal(imap4_set_count(&ev->code.dst), 2);
	free(both);
	live_close(&l);
}

static void test_live__catenate(void **state)
{
	char url[128];
	const struct imap4_event *ev;

	(void)state;
	live_open(&l);
	live_needs(&l, "CATENATE");
	struct imap4_str box = live_box(&l, "catenate");
	(void)snprintf(url, sizeof(url), "/%s/;UID=1/;SECTION=HEADER", box.p);
	const struct imap4_catenate parts[] = {{.url = live_str(url)},
					       {.length = 8}};
	const struct imap4_append a = {
	    .size = sizeof(a), .mailbox = box, .part = parts, .nparts = 2};
	l.upload = "second\r\n";
	ev = live_ok(&l, imap4_engine_append(l.e, &a, NULL));
	assert_int_equal(ev->code.code, IMAP4_CODE_APPENDUID);
	assert_int_equal(imap4_engine_fetch(l.e, "3", "BODY[]", 0, NULL), 0);
	(void)live_event(&l, IMAP4_EV_BODY_END);
	assert_non_null(strstr(l.body.data, "Subject: one\r\n"));
	assert_non_null(strstr(l.body.data, "\r\n\r\nsecond\r\n"));
	(void)live_end(&l);
	/* One that leads nowhere. */
	const struct imap4_catenate no = {.url = live_str("/nowhere/;UID=1")};
	const struct imap4_append b = {
	    .size = sizeof(b), .mailbox = box, .part = &no, .nparts = 1};
	assert_int_equal(imap4_engine_append(l.e, &b, NULL), 0);
	ev = live_end(&l);
	assert_int_equal(ev->status, IMAP4_STATUS_NO);
	assert_int_equal(ev->code.code, IMAP4_CODE_BADURL);
	assert_memory_equal(ev->code.text_arg.p, "/nowhere", 8);
	live_close(&l);
}

static void test_live__binary(void **state)
{
	const struct imap4_event *ev;

	(void)state;
	live_open(&l);
	live_needs(&l, "BINARY");
	struct imap4_str box = live_box(&l, "binary");
	assert_int_equal(imap4_engine_fetch(l.e, "2",
					    "BINARY.SIZE[2] BINARY.PEEK[2]", 0,
					    NULL),
			 0);
	ev = live_event(&l, IMAP4_EV_BODY_END);
	assert_true(ev->body.binary);
	assert_int_equal(l.body.len, 3);
	assert_memory_equal(l.body.data, "\0\1\2", 3);
	ev = live_event(&l, IMAP4_EV_FETCH);
	assert_true(ev->fetch.have & IMAP4_F_BINARY_SIZE);
	assert_int_equal(ev->fetch.binary_size->size, 3);
	(void)live_end(&l);
	assert_int_equal(
	    imap4_engine_fetch(l.e, "2", "BINARY.PEEK[2]<1.5>", 0, NULL), 0);
	ev = live_event(&l, IMAP4_EV_BODY_END);
	assert_true(ev->body.has_origin);
	assert_int_equal(ev->body.origin, 1);
	assert_int_equal(l.body.len, 2);
	(void)live_end(&l);
	/* What was said in octets is kept in something else. */
	static const char raw[] = "MIME-Version: 1.0\r\n"
				  "Content-Type: application/octet-stream\r\n"
				  "Content-Transfer-Encoding: binary\r\n"
				  "\r\n"
				  "a\0b";
	const struct imap4_append a = {.size = sizeof(a),
				       .mailbox = box,
				       .length = sizeof(raw) - 1,
				       .binary = true};
	l.upload = raw;
	(void)live_ok(&l, imap4_engine_append(l.e, &a, NULL));
	assert_int_equal(
	    imap4_engine_fetch(l.e, "3", "BINARY.PEEK[1]", 0, NULL), 0);
	(void)live_event(&l, IMAP4_EV_BODY_END);
	assert_true(l.body.len >= 3);
	assert_memory_equal(l.body.data, "a\0b", 3);
	(void)live_end(&l);
	live_close(&l);
}

/* Courier: mailbox names in UTF-8, and messages with headers in it. */
static void test_live__utf8(void **state)
{
	static const char name[] = "INBOX.\xc3\xa9t\xc3\xa9";
	static const char text[] = "Subject: \xc3\xa9t\xc3\xa9\r\n\r\nx\r\n";
	char wire[64];
	const struct imap4_event *ev;
	bool found = false;

	(void)state;
	live_open(&l);
	live_needs(&l, "UTF8=ACCEPT");
	assert_true(imap4_engine_wire_name(l.e, name, strlen(name), wire,
					   sizeof(wire)) > 0);
	assert_non_null(strchr(wire, '&'));
	(void)live_ok(&l, imap4_engine_create(l.e, live_str(wire), NULL));
	(void)live_ok(&l, imap4_engine_enable(l.e, "UTF8=ACCEPT", NULL));
	assert_true(imap4_engine_enabled(l.e, "UTF8=ACCEPT"));
	assert_int_equal(imap4_engine_list(l.e, NULL, live_str(""),
					   live_str("*"), NULL, NULL),
			 0);
	while ((ev = live_next(&l))->type != IMAP4_EV_DONE)
		found = found || (ev->type == IMAP4_EV_LIST &&
				  ev->list.raw.len == strlen(name) &&
				  !memcmp(ev->list.raw.p, name, strlen(name)));
	assert_true(found);
	(void)live_ok(&l, imap4_engine_select(l.e, live_str(name), NULL, NULL));
	const struct imap4_append a = {.size = sizeof(a),
				       .mailbox = live_str(name),
				       .length = sizeof(text) - 1,
				       .utf8 = true};
	l.upload = text;
	(void)live_ok(&l, imap4_engine_append(l.e, &a, NULL));
	live_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_live__multiappend),
	    cmocka_unit_test(test_live__catenate),
	    cmocka_unit_test(test_live__binary),
	    cmocka_unit_test(test_live__utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
