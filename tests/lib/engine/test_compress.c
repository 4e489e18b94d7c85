/* SPDX-License-Identifier: MIT */
/* COMPRESS: it begins at the right byte in both directions, nothing that a
 * server sends takes more than bounded memory, and all else stays as it was. */
#include <zlib.h>

#include "tests/lib/engine/upload.h"

static struct peer p;
static z_stream packer, unpacker; /* the server's */

static int setup(void **state)
{
	(void)state;
	upload_start(&p, "COMPRESS=DEFLATE LITERAL+");
	memset(&packer, 0, sizeof(packer));
	memset(&unpacker, 0, sizeof(unpacker));
	assert_int_equal(deflateInit2(&packer, 9, Z_DEFLATED, -15, 8, 0), Z_OK);
	assert_int_equal(inflateInit2(&unpacker, -15), Z_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)deflateEnd(&packer);
	(void)inflateEnd(&unpacker);
	peer_release(&p);
	return 0;
}

/* Text as the server sends it compressed, appended to out; "@": the prefix. */
static void pack(struct buf *out, const char *text, int flush)
{
	struct buf plain;
	unsigned char piece[4096];

	buf_init(&plain, 1 << 24);
	for (; *text; text++) {
		if (*text == '@')
			(void)buf_adds(&plain, p.e->prefix);
		else
			(void)buf_addc(&plain, *text);
	}
	packer.next_in = (unsigned char *)plain.data;
	packer.avail_in = (unsigned)plain.len;
	do {
		packer.next_out = piece;
		packer.avail_out = sizeof(piece);
		(void)deflate(&packer, flush);
		assert_int_equal(
		    buf_add(out, piece, sizeof(piece) - packer.avail_out), 0);
	} while (packer.avail_out == 0);
	buf_release(&plain);
}

static void server(const char *text)
{
	struct buf b;

	buf_init(&b, 1 << 24);
	pack(&b, text, Z_SYNC_FLUSH);
	peer_feed(&p, b.data, b.len);
	buf_release(&b);
}

/* Sends all that there is, at most step bytes at a time, and unpacks it. */
static void unpack_sent(size_t step)
{
	const void *data;
	unsigned char plain[8192];
	size_t n;

	buf_reset(&p.sent);
	while ((n = imap4_engine_write(p.e, &data)) > 0) {
		n = n < step ? n : step;
		unpacker.next_in = (unsigned char *)(uintptr_t)data;
		unpacker.avail_in = (unsigned)n;
		do {
			unpacker.next_out = plain;
			unpacker.avail_out = sizeof(plain);
			int rc = inflate(&unpacker, Z_SYNC_FLUSH);
			assert_true(rc == Z_OK || rc == Z_BUF_ERROR);
			(void)buf_add(&p.sent, plain,
				      sizeof(plain) - unpacker.avail_out);
		} while (unpacker.avail_out == 0);
		imap4_engine_sent(p.e, n);
	}
}

static void sends(const char *text)
{
	struct buf expected;

	buf_init(&expected, 1 << 20);
	for (; *text; text++) {
		if (*text == '@')
			(void)buf_adds(&expected, p.e->prefix);
		else
			(void)buf_addc(&expected, *text);
	}
	unpack_sent(SIZE_MAX);
	assert_string_equal(p.sent.data ? p.sent.data : "",
			    expected.data ? expected.data : "");
	buf_reset(&p.sent);
	buf_release(&expected);
}

static void begin(void)
{
	assert_int_equal(imap4_engine_compress(p.e, NULL), 0);
	peer_sends(&p, "T1 COMPRESS DEFLATE\r\n");
	peer_server(&p, "T1 OK active\r\n");
	peer_logs(&p, "DONE 1 OK text=active\n");
}

/* The last byte in clear and the first compressed one come together; nothing
 * was sent behind the command. */
static void test_compress__begins_behind_the_ok(void **state)
{
	for (size_t piece = 0; piece < 2; piece++) {
		struct buf b;
		buf_init(&b, 1 << 20);
		p.piece = piece;
		assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
		assert_int_equal(imap4_engine_compress(p.e, NULL), 0);
		assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
		peer_sends(&p, "T1 NOOP\r\n");
		peer_server(&p, "* 1 EXISTS\r\nT1 OK\r\n");
		peer_sends(&p, "T2 COMPRESS DEFLATE\r\n");
		(void)buf_addf(&b, "* 2 EXISTS\r\n%s2 OK go\r\n", p.e->prefix);
		pack(&b, "* 3 EXISTS\r\n* OK \xc3\xa9\r\n", Z_SYNC_FLUSH);
		peer_feed(&p, b.data, b.len);
		peer_logs(&p, "EXISTS 1\nDONE 1 OK text=\nEXISTS 2\n"
			      "DONE 2 OK text=go\nEXISTS 3\n"
			      "STATUS 0 OK text=\xc3\xa9\n");
		sends("@3 NOOP\r\n");
		server("@3 OK\r\n");
		peer_logs(&p, "DONE 3 OK text=\n");
		buf_release(&b);
		(void)teardown(state);
		(void)setup(state);
	}
}

static void test_compress__is_had_once(void **state)
{
	(void)state;
	begin();
	assert_int_equal(imap4_engine_compress(p.e, NULL), IMAP4_ESTATE);
	(void)teardown(state);

	upload_start(&p, "X");
	assert_int_equal(imap4_engine_compress(p.e, NULL), IMAP4_ESTATE);
	peer_sends(&p, "");
	peer_release(&p);

	/* RFC 4978 3: only once somebody is logged in makes sense. */
	peer_init(&p, NULL);
	peer_server(&p, "* OK [CAPABILITY COMPRESS=DEFLATE] hi\r\n");
	assert_int_equal(imap4_engine_compress(p.e, NULL), IMAP4_ESTATE);
	peer_release(&p);
	(void)setup(state);
}

static void test_compress__refused(void **state)
{
	(void)state;
	assert_int_equal(imap4_engine_compress(p.e, NULL), 0);
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	peer_sends(&p, "T1 COMPRESS DEFLATE\r\n");
	peer_server(&p, "T1 NO [COMPRESSIONACTIVE] by TLS\r\n");
	peer_sends(&p, "T2 NOOP\r\n");
	peer_server(&p, "T2 OK\r\n");
	peer_logs(&p, "DONE 1 NO [COMPRESSIONACTIVE 0 0] text=by TLS\n"
		      "DONE 2 OK text=\n");
	/* It may be asked for again. */
	assert_int_equal(imap4_engine_compress(p.e, NULL), 0);
	imap4_engine_close(p.e);
	peer_feed(&p, "", 0);
	peer_logs(&p, "DONE 3 LOST\n");
}

static void test_compress__literals_and_bodies(void **state)
{
	static const struct imap4_str name = {"a\nb", 3};

	(void)state;
	begin();
	for (size_t piece = 0; piece < 3; piece++) {
		p.piece = piece;
		server("* 1 FETCH (UID 7 BODY[] {5}\r\nh\r\n\1i FLAGS (x))\r\n"
		       "* LIST () \"/\" {1}\r\na\r\n");
		peer_logs(&p, "BODY_BEGIN 1/7 5 section=\n"
			      "BODY_END 'h\r\n\1i' 1/7 5 section=\n"
			      "FETCH 1 uid=7 flags=0 x body\n"
			      "LIST 0 / raw=a name=a\n");
	}
	assert_int_equal(imap4_engine_create(p.e, name, NULL), 0);
	sends("@2 CREATE {3}\r\n");
	server("+ go\r\n");
	sends("a\nb\r\n");
}

/* A block counts as sent when its last byte is: a reply before that is one to
 * a command that the server cannot know. */
static void test_compress__replies_in_advance_are_refused(void **state)
{
	const void *data;

	(void)state;
	begin();
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	size_t n = imap4_engine_write(p.e, &data);
	assert_true(n > 1);
	imap4_engine_sent(p.e, n - 1);
	assert_int_equal(imap4_engine_write(p.e, &data), 1);
	server("@2 OK\r\n");
	assert_int_equal(p.rc, IMAP4_EPROTO);
}

static void test_compress__long_uploads(void **state)
{
	const size_t size = 300000;
	const struct imap4_append a = upload_message(size);
	char chunk[1000];
	size_t given = 0, sent = 0;
	imap4_id id;

	(void)state;
	begin();
	assert_int_equal(imap4_engine_append(p.e, &a, &id), 0);
	upload_asks(&p, "APPEND_DATA 2 #0 300000\n");
	while (given < size) {
		size_t n =
		    size - given < sizeof(chunk) ? size - given : sizeof(chunk);
		for (size_t i = 0; i < n; i++)
			chunk[i] = (char)('a' + (given + i) * 7 % 23);
		int rc = imap4_engine_append_data(p.e, id, chunk, n);
		if (rc == 0) {
			given += n;
			continue;
		}
		assert_int_equal(rc, IMAP4_ELIMIT);
		unpack_sent(777);
		sent += p.sent.len;
	}
	unpack_sent(777);
	sent += p.sent.len;
	assert_int_equal(sent, strlen("@2 APPEND box {300000+}\r\n") - 1 +
				   strlen(p.e->prefix) + size + 2);
	server("@2 OK\r\n");
	buf_reset(&p.log);
}

static void feed_until(const char *text, size_t times, size_t *read)
{
	struct buf b;
	const struct imap4_event *ev;

	*read = 0;
	for (size_t i = 0; i < times; i++) {
		size_t at = 0, used;
		buf_init(&b, 1 << 24);
		pack(&b, text, Z_NO_FLUSH);
		if (i + 1 == times)
			pack(&b, "", Z_SYNC_FLUSH);
		do {
			p.rc = imap4_engine_read(p.e, b.data + at, b.len - at,
						 &used, &ev);
			at += used;
			if (p.rc == 0 && ev->type == IMAP4_EV_BODY_DATA) {
				*read += ev->body.data.len;
				assert_true(ev->body.data.len <= 16384);
			}
		} while (p.rc == 0 && ev->type != IMAP4_EV_NONE);
		buf_release(&b);
		if (p.rc < 0)
			return;
	}
}

/* A thousandth of it on the wire: it comes in pieces of at most 16 KiB. */
static void test_compress__bombs_are_taken_in_small_pieces(void **state)
{
	char *text = malloc(1000001);
	size_t read;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', 1000000);
	text[1000000] = '\0';
	begin();
	server("* 1 FETCH (BODY[] {50000000}\r\n");
	feed_until(text, 50, &read);
	assert_int_equal(p.rc, 0);
	assert_int_equal(read, 50000000);
	server(")\r\n");
	/* A line without an end. */
	feed_until(text, 50, &read);
	assert_int_equal(p.rc, IMAP4_ELIMIT);
	free(text);
}

static void test_compress__what_is_not_compressed_is_refused(void **state)
{
	const char bad[] = "\x07* 5 EXISTS\r\n";

	(void)state;
	begin();
	peer_feed(&p, bad, sizeof(bad) - 1);
	assert_int_equal(p.rc, IMAP4_EPROTO);
	assert_non_null(strstr(imap4_engine_error(p.e), "decompress"));
}

static void test_compress__nothing_follows_its_end(void **state)
{
	struct buf b;

	(void)state;
	begin();
	buf_init(&b, 1 << 20);
	pack(&b, "* BYE x\r\n", Z_FINISH);
	peer_feed(&p, b.data, b.len);
	peer_logs(&p, "STATUS 0 BYE text=x\n");
	peer_feed(&p, "", 0);
	assert_int_equal(p.rc, 0);
	peer_feed(&p, "* 1 EXISTS\r\n", 12);
	assert_int_equal(p.rc, IMAP4_EPROTO);
	buf_release(&b);
}

/* The end says nothing, and what is behind it is there at once. */
static void test_compress__nothing_hides_behind_its_end(void **state)
{
	struct buf b;

	(void)state;
	begin();
	buf_init(&b, 1 << 20);
	pack(&b, "", Z_FINISH);
	assert_int_equal(buf_adds(&b, "* 1 EXISTS\r\n"), 0);
	peer_feed(&p, b.data, b.len);
	peer_logs(&p, "ERROR -4\n");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_compress__begins_behind_the_ok,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(test_compress__is_had_once, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_compress__refused, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_compress__literals_and_bodies,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_compress__replies_in_advance_are_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_compress__long_uploads, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(
		test_compress__bombs_are_taken_in_small_pieces, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(
		test_compress__what_is_not_compressed_is_refused, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(
		test_compress__nothing_follows_its_end, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_compress__nothing_hides_behind_its_end, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
