/* SPDX-License-Identifier: MIT */
/* Another program renames without end, as mail readers and indexers do, while
 * we list and change the same files: every message is listed every time, every
 * change is made, and nothing is lost or doubled.
 */
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "daemon/maildir/change.h"
#include "daemon/maildir/name.h"
#include "daemon/maildir/scan.h"
#include "tests/daemon/maildir/temp.h"
#include "tests/support/rng.h"

/* More than one getdents() fetches. */
#define FILES       1000
#define ROUNDS      6
#define CHILD_NS    20000
#define RENAMES_MIN 200

struct shared {
	atomic_bool stop;
	atomic_uint renames;
};

static void file_name(char out[32], unsigned i, const char *letters)
{
	(void)snprintf(out, 32, "message-%04u.host:2,%s", i, letters);
}

/* The child turns F on and off; S is ours. Either may have changed. */
static void toggle(int cur, struct shared *s, unsigned i)
{
	static const char *const pair[][2] = {
	    {"", "F"}, {"F", ""}, {"S", "FS"}, {"FS", "S"}};

	for (int k = 0; k < 4; k++) {
		char from[32], to[32];
		file_name(from, i, pair[k][0]);
		file_name(to, i, pair[k][1]);
		if (renameat2(cur, from, cur, to, RENAME_NOREPLACE) == 0) {
			atomic_fetch_add(&s->renames, 1);
			return;
		}
	}
}

static void storm(int cur, struct shared *s)
{
	const struct timespec pause = {.tv_nsec = CHILD_NS};
	struct rng rng;

	rng_init(&rng, "storm");
	while (!atomic_load(&s->stop)) {
		toggle(cur, s, rng_below(&rng, FILES));
		(void)nanosleep(&pause, NULL);
	}
	_exit(0);
}

static struct shared *start(const struct temp *t, pid_t *child)
{
	struct shared *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(s != MAP_FAILED);
	for (unsigned i = 0; i < FILES; i++) {
		char name[32];
		file_name(name, i, "");
		temp_put(t->m.cur, name, name);
	}
	*child = fork();
	assert_true(*child >= 0);
	if (*child == 0)
		storm(t->m.cur, s);
	return s;
}

static void stop(struct shared *s, pid_t child)
{
	int status;

	atomic_store(&s->stop, true);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	(void)munmap(s, sizeof(*s));
}

static void expect_all_listed(struct temp *t)
{
	const struct scan_opts opts = {0};
	struct local_view v;

	assert_int_equal(scan_folder(&t->m, &opts, &v, &t->err), 0);
	assert_int_equal(v.n, FILES);
	local_view_release(&v);
}

/* Sets or takes S from about every other message. */
static void change_some(struct temp *t, struct rng *rng, bool seen[FILES])
{
	static char unique[FILES][32];
	static struct change c[FILES];
	static unsigned which[FILES];
	size_t n = 0;

	for (unsigned i = 0; i < FILES; i++) {
		if (rng_below(rng, 2))
			continue;
		(void)snprintf(unique[n], 32, "message-%04u.host", i);
		c[n] = (struct change){
		    .unique = unique[n],
		    .flags = seen[i] ? FLAG_SEEN : 0,
		    .add = seen[i] ? 0 : FLAG_SEEN,
		    .del = seen[i] ? FLAG_SEEN : 0,
		};
		which[n++] = i;
	}
	assert_int_equal(change_flags(&t->m, c, n, &t->err), 0);
	for (size_t k = 0; k < n; k++) {
		assert_int_equal(c[k].result, CHANGE_DONE);
		seen[which[k]] = !seen[which[k]];
	}
}

static void expect_right(const struct temp *t, const bool seen[FILES])
{
	assert_int_equal(temp_count(t->m.cur), FILES);
	assert_int_equal(temp_count(t->m.new_), 0);
	for (unsigned i = 0; i < FILES; i++) {
		char first[32], plain[32], flagged[32];
		file_name(first, i, "");
		file_name(plain, i, seen[i] ? "S" : "");
		file_name(flagged, i, seen[i] ? "FS" : "F");
		temp_expect(t->m.cur,
			    temp_has(t->m.cur, plain) ? plain : flagged, first);
	}
}

static void test_storm__loses_nothing(void **state)
{
	static bool seen[FILES];
	struct temp *t = *state;
	struct rng rng;
	pid_t child;

	rng_init(&rng, "changes");
	struct shared *s = start(t, &child);
	for (int i = 0; i < ROUNDS || atomic_load(&s->renames) < RENAMES_MIN;
	     i++) {
		expect_all_listed(t);
		change_some(t, &rng, seen);
	}
	stop(s, child);
	expect_right(t, seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    temp_test(test_storm__loses_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
