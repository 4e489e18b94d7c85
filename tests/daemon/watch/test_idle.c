/* SPDX-License-Identifier: MIT */
/* Listening to a mailbox: what the server says, and what it comes to. */
#include "daemon/watch/idle.h"

#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>

struct bed {
	struct imap4_engine *engine;
	struct idle idle;
	enum idle_news last;
	unsigned own;
	char sent[400]; /* without tags */
	char tag[8][16];
	size_t ntags;
};

/* What the engine has to send: the lines without their tags, and these. */
static void listen(struct bed *b)
{
	const void *p;
	size_t n;

	while ((n = imap4_engine_write(b->engine, &p)) > 0) {
		const char *line = p, *end = line + n;
		while (line < end) {
			size_t len = 0;
			while (line + len < end && line[len] != '\r' &&
			       line[len] != '\n')
				len++;
			const char *rest = memchr(line, ' ', len);
			if (rest && b->ntags < 8)
				(void)snprintf(b->tag[b->ntags++], 16, "%.*s",
					       (int)(rest - line), line);
			rest = rest ? rest + 1 : line;
			size_t used = strlen(b->sent);
			(void)snprintf(b->sent + used, sizeof(b->sent) - used,
				       "%.*s\n", (int)(line + len - rest),
				       rest);
			for (line += len; line < end && *line <= '\r';)
				line++;
		}
		imap4_engine_sent(b->engine, n);
	}
}

/* The server says it; the last news that is some. */
static enum idle_news say(struct bed *b, const char *text)
{
	const struct imap4_event *ev;
	size_t len = strlen(text), used;
	enum idle_news last = IDLE_NOTHING;

	do {
		bool own;
		assert_int_equal(
		    imap4_engine_read(b->engine, text, len, &used, &ev), 0);
		text += used;
		len -= used;
		enum idle_news news = idle_event(&b->idle, ev, &own);
		b->own += own;
		if (news != IDLE_NOTHING)
			last = news;
	} while (ev->type != IMAP4_EV_NONE);
	listen(b);
	return last;
}

static enum idle_news answer(struct bed *b, size_t command, const char *text)
{
	char line[200];

	assert_true(command < b->ntags);
	(void)snprintf(line, sizeof(line), "%s %s\r\n", b->tag[command], text);
	return say(b, line);
}

static int setup(void **state)
{
	static struct bed b;

	b = (struct bed){.engine = imap4_engine_new(NULL, 1)};
	(void)say(&b, "* PREAUTH [CAPABILITY IMAP4rev1 IDLE] hello\r\n");
	assert_int_equal(idle_begin(&b.idle, b.engine, "INBOX"), 0);
	listen(&b);
	*state = &b;
	return 0;
}

static int teardown(void **state)
{
	struct bed *b = *state;

	imap4_engine_free(b->engine);
	return 0;
}

static void begin(struct bed *b)
{
	assert_int_equal(say(b, "* 7 EXISTS\r\n"
				"* OK [UIDVALIDITY 5] is\r\n"
				"* OK [UIDNEXT 9] is\r\n"
				"* OK [HIGHESTMODSEQ 44] is\r\n"),
			 IDLE_NOTHING);
	assert_int_equal(answer(b, 0, "OK [READ-ONLY] done"), IDLE_STANDS);
	assert_int_equal(say(b, "+ idling\r\n"), IDLE_NOTHING);
}

static void test_idle__tells_where_the_mailbox_stands(void **state)
{
	struct bed *b = *state;

	begin(b);
	assert_string_equal(b->sent, "EXAMINE INBOX\nIDLE\n");
	assert_int_equal(b->idle.now.messages, 7);
	assert_int_equal(b->idle.now.at.uidvalidity, 5);
	assert_int_equal(b->idle.now.at.uidnext, 9);
	assert_int_equal(b->idle.now.at.modseq, 44);
	assert_int_equal(b->own, 1);
}

static void test_idle__tells_what_changes(void **state)
{
	struct bed *b = *state;

	begin(b);
	assert_int_equal(say(b, "* 8 EXISTS\r\n"), IDLE_CHANGED);
	assert_int_equal(say(b, "* 1 FETCH (FLAGS (\\Seen))\r\n"),
			 IDLE_CHANGED);
	assert_int_equal(say(b, "* 3 EXPUNGE\r\n"), IDLE_GONE);
	assert_int_equal(say(b, "* VANISHED 3\r\n"), IDLE_GONE);
	assert_int_equal(say(b, "* OK still here\r\n"), IDLE_NOTHING);
}

static void test_idle__listens_again(void **state)
{
	struct bed *b = *state;

	begin(b);
	b->sent[0] = '\0';
	assert_int_equal(idle_renew(&b->idle, b->engine), 0);
	listen(b);
	assert_int_equal(answer(b, 1, "OK done"), IDLE_NOTHING);
	assert_int_equal(say(b, "+ idling\r\n"), IDLE_NOTHING);
	assert_string_equal(b->sent, "DONE\nIDLE\n");
	assert_int_equal(say(b, "* 8 EXISTS\r\n"), IDLE_CHANGED);
	assert_true(imap4_engine_is_idle(b->engine));
}

/* What comes before the end of IDLE is still about it. */
static void test_idle__hears_until_the_end(void **state)
{
	struct bed *b = *state;

	begin(b);
	idle_end(&b->idle, b->engine);
	listen(b);
	assert_int_equal(say(b, "* 8 EXISTS\r\n"), IDLE_CHANGED);
	assert_int_equal(answer(b, 1, "OK done"), IDLE_NOTHING);
	assert_int_equal(b->own, 2);
	assert_int_equal(b->idle.ended, 0);
}

static void test_idle__is_refused(void **state)
{
	struct bed *b = *state;

	begin(b);
	assert_int_equal(answer(b, 1, "NO too many"), IDLE_REFUSED);
}

static void test_idle__cannot_select(void **state)
{
	struct bed *b = *state;

	assert_int_equal(answer(b, 0, "NO [NONEXISTENT] gone"), IDLE_REFUSED);
	/* And does not take it for news about another mailbox. */
	assert_int_equal(b->idle.select, 0);
}

#define T(name) \
	cmocka_unit_test_setup_teardown(test_idle__##name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    T(tells_where_the_mailbox_stands),
	    T(tells_what_changes),
	    T(listens_again),
	    T(hears_until_the_end),
	    T(is_refused),
	    T(cannot_select),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
