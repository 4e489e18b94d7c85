/* SPDX-License-Identifier: MIT */
/* Every allocation of a client's session fails once: no call succeeds that did
 * not, nothing leaks, and the client can always be freed. */
#include "tests/lib/client/scripted.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || \
    __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

/* How many allocations of this thread succeed before one fails; -1: all do. The
 * server's thread has a count of its own that says so. */
static _Thread_local long budget = -1;
static _Thread_local long live;

#ifndef SANITIZED

/* glibc lets a program have its own allocator, for all its libraries too, and
 * still reach the real one. A sanitizer has one of its own. */
#define OURS __attribute__((visibility("default")))
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);

static bool refuse(void)
{
	if (budget < 0)
		return false;
	return budget-- == 0;
}

OURS void *malloc(size_t size)
{
	void *p = refuse() ? NULL : __libc_malloc(size);

	live += p != NULL;
	return p;
}

OURS void *calloc(size_t n, size_t size)
{
	void *p = refuse() ? NULL : __libc_calloc(n, size);

	live += p != NULL;
	return p;
}

OURS void *realloc(void *old, size_t size)
{
	void *p = refuse() ? NULL : __libc_realloc(old, size);

	live += p != NULL && !old;
	return p;
}

OURS void free(void *p)
{
	live -= p != NULL;
	__libc_free(p);
}

#endif

static const char *const script[] = {
    "S * OK [CAPABILITY IMAP4rev1 IDLE LITERAL+] hi",
    "C LOGIN ann x",
    "S %t OK in",
    "C CAPABILITY",
    "R * CAPABILITY IMAP4rev1 IDLE LITERAL+\r\n%t OK done\r\n",
    "C LIST \"\" \"*\"",
    "R * LIST () \"/\" {3}\r\na b\r\n%t OK done\r\n",
    "C SELECT Entw&APw-rfe",
    "R * 2 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n%t OK done\r\n",
    "C FETCH 1:2 (RFC822)",
    "R * 1 FETCH (RFC822 {3}\r\nabc)\r\n* 2 FETCH (RFC822 {2}\r\nab "
    "FLAGS ())\r\n%t OK done\r\n",
    "C SEARCH SUBJECT \"a b\"",
    "R * SEARCH 1 2\r\n%t OK done\r\n",
    "C SORT (DATE) UTF-8 ALL",
    "R * SORT 2 1\r\n%t OK done\r\n",
    "C UID SEARCH OR SEEN SUBJECT \"a b\"",
    "R * SEARCH 17\r\n%t OK done\r\n",
    "C UID FETCH 17 (UID BODY[])",
    "R * 1 FETCH (UID 17 BODY[] {3}\r\nabc)\r\n%t OK done\r\n",
    "C STATUS a (MESSAGES)",
    "R * STATUS a (MESSAGES 2)\r\n%t OK done\r\n",
    "C APPEND INBOX {4+}",
    "C a",
    "C b",
    "S %t OK done",
    "C IDLE",
    "R + idling\r\n* 3 EXISTS\r\n",
    "C DONE",
    "S %t OK done",
    "C LOGOUT",
    "R * BYE see you\r\n%t OK gone\r\n",
    NULL};

static int take(void *ctx, const struct imap4_event *ev)
{
	(void)ctx;
	(void)ev;
	return 0;
}

static int typed(struct imap4_client *c)
{
	struct imap4_query *q = imap4_query_new();
	struct imap4_mailbox_status st;

	imap4_query_or(q);
	imap4_query_flag(q, IMAP4_FLAG_SEEN, true);
	imap4_query_text(q, IMAP4_QUERY_SUBJECT, "a b");
	int rc = imap4_client_uid_search(c, q);
	imap4_query_free(q);
	if (rc == 0)
		rc = imap4_client_uid_fetch(c, "17", "UID BODY[]", take, NULL);
	return rc < 0 ? rc : imap4_client_status_get(c, "a", "MESSAGES", &st);
}

/* As far as it goes. */
static int session(struct imap4_client *c)
{
	int rc = imap4_client_login(c, "ann", "x");

	if (rc == 0)
		rc = imap4_client_list(c, NULL, NULL);
	if (rc == 0)
		rc = imap4_client_select(c, "Entw\xc3\xbcrfe", false);
	if (rc == 0)
		rc = imap4_client_response(c, "UIDVALIDITY");
	if (rc == 0)
		rc = imap4_client_fetch(c, "1:2", "(RFC822)");
	if (rc == 0)
		rc = imap4_client_search(c, NULL, "SUBJECT", "a b", NULL);
	struct imap4_data *data = imap4_client_take(c);
	imap4_data_free(data);
	if (rc == 0)
		rc = imap4_client_sort(c, "DATE", NULL, "ALL", NULL);
	if (rc == 0)
		rc = typed(c);
	if (rc == 0)
		rc = imap4_client_append(c, NULL, NULL, NULL, "a\nb", 3);
	if (rc == 0)
		rc = imap4_client_idle(c, 0);
	if (rc == 0)
		rc = imap4_client_idle_next(c, -1) > 0
			 ? 0
			 : imap4_client_idle_next(c, -1);
	if (rc == 0)
		rc = imap4_client_idle_done(c);
	return rc < 0 ? rc : imap4_client_logout(c);
}

/* The server may still wait for somebody to connect. */
static void release(const struct peer *peer)
{
	const struct sockaddr_in a = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				      .sin_port = htons(peer->port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)connect(fd, (const struct sockaddr *)&a, sizeof(a));
	(void)close(fd);
}

/* True: the failure came, so there may be a later one. */
static bool run(long n)
{
	struct imap4_client_opts o = {.size = sizeof(o), .timeout_ms = 3000};
	struct peer peer;

	peer_start(&peer, script, NULL);
	long before = live;
	budget = n;
	struct imap4_client *c = imap4_client_open("127.0.0.1", peer.port, &o);
	int rc = session(c);
	bool failed = budget < 0;
	budget = -1;
	if (rc < 0) {
		assert_true(failed);
		assert_string_not_equal(imap4_client_error(c), "");
	}
	imap4_client_free(c);
	assert_int_equal(live, before);
	release(&peer);
	peer_join(&peer);
	/* Whoever says that all is well has said all. */
	if (rc == 0)
		assert_string_equal(peer.failure, "");
	return failed;
}

static void test_nomem__every_allocation(void **state)
{
	long n = 0;

	(void)state;
#ifdef SANITIZED
	skip();
#endif
	/* What libraries set up once, and keep. */
	(void)run(1000000);
	while (run(n))
		n++;
	assert_in_range(n, 50, 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nomem__every_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
