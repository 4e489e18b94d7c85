/* SPDX-License-Identifier: MIT */
/* The disk thread: order, threads, and the end.
 */
#include "daemon/base/disk.h"

#include <event2/event.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "daemon/base/xalloc.h"
#include "tests/support/t.h"

#define JOBS 3000

struct task {
	struct job job;
	struct bed *bed;
	size_t number;
	size_t ran_as;
};

struct bed {
	struct event_base *base;
	struct disk *disk;
	pthread_t loop;
	size_t ran;  /* disk thread */
	size_t done; /* loop */
	size_t stop_at;
	bool signals_open; /* disk thread */
	struct task task[JOBS];
};

static struct bed bed;

static int setup(void **state)
{
	(void)state;
	bed = (struct bed){.base = event_base_new(), .loop = pthread_self()};
	assert_non_null(bed.base);
	bed.disk = disk_new(bed.base);
	assert_non_null(bed.disk);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (bed.disk)
		disk_free(bed.disk);
	event_base_free(bed.base);
	return 0;
}

static void run(struct job *j)
{
	struct task *t = (struct task *)j;
	sigset_t blocked;

	t->ran_as = t->bed->ran++;
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	t->bed->signals_open |= !sigismember(&blocked, SIGTERM) ||
				pthread_equal(pthread_self(), t->bed->loop);
}

static void done(struct job *j)
{
	struct task *t = (struct task *)j;

	assert_int_equal(t->number, t->bed->done);
	assert_true(pthread_equal(pthread_self(), t->bed->loop));
	if (++t->bed->done == t->bed->stop_at)
		event_base_loopbreak(t->bed->base);
}

static void post_with(size_t number, void (*answer)(struct job *j))
{
	struct task *t = &bed.task[number];

	*t = (struct task){
	    .job = {.run = run, .done = answer}, .bed = &bed, .number = number};
	disk_post(bed.disk, &t->job);
}

static void post(size_t number)
{
	post_with(number, done);
}

static void test_disk__runs_and_answers_in_order(void **state)
{
	(void)state;
	bed.stop_at = JOBS;
	for (size_t i = 0; i < JOBS; i++)
		post(i);
	event_base_dispatch(bed.base);
	assert_int_equal(bed.done, JOBS);
	for (size_t i = 0; i < JOBS; i++)
		assert_int_equal(bed.task[i].ran_as, i);
	assert_false(bed.signals_open);
}

static void post_next(struct job *j)
{
	struct task *t = (struct task *)j;

	done(j);
	if (t->number + 1 < JOBS)
		post_with(t->number + 1, post_next);
}

/* Each answer posts the next: nothing may be left lying. */
static void test_disk__wakes_for_every_job(void **state)
{
	(void)state;
	bed.stop_at = 300;
	post_with(0, post_next);
	event_base_dispatch(bed.base);
	assert_int_equal(bed.done, 300);
}

static void run_and_free(struct job *j)
{
	struct task *t = (struct task *)j;

	t->bed->ran++;
	free(t);
}

static void test_disk__a_job_without_an_answer_frees_itself(void **state)
{
	(void)state;
	for (size_t i = 0; i < 100; i++) {
		struct task *t = xcalloc(1, sizeof(*t));
		t->job.run = run_and_free;
		t->bed = &bed;
		disk_post(bed.disk, &t->job);
	}
	bed.stop_at = 1;
	post(0);
	event_base_dispatch(bed.base);
	assert_int_equal(bed.ran, 101);
}

static void test_disk__free_ends_what_was_posted(void **state)
{
	(void)state;
	for (size_t i = 0; i < JOBS; i++)
		post(i);
	disk_free(bed.disk);
	bed.disk = NULL;
	assert_int_equal(bed.ran, JOBS);
	assert_int_equal(bed.done, JOBS);
}

static void test_disk__free_with_nothing_posted(void **state)
{
	(void)state;
	disk_free(bed.disk);
	bed.disk = NULL;
	assert_int_equal(bed.done, 0);
}

/* A job that ends when it is told to. */

struct gate {
	struct job job;
	pthread_mutex_t closed;
};

static void pass(struct job *j)
{
	struct gate *g = (struct gate *)j;

	pthread_mutex_lock(&g->closed);
	pthread_mutex_unlock(&g->closed);
}

static void test_disk__tells_how_long_a_job_runs(void **state)
{
	struct gate g = {.job = {.run = pass},
			 .closed = PTHREAD_MUTEX_INITIALIZER};

	(void)state;
	assert_int_equal(disk_busy_ms(bed.disk), 0);
	pthread_mutex_lock(&g.closed);
	disk_post(bed.disk, &g.job);
	while (disk_busy_ms(bed.disk) < 20)
		sched_yield();
	pthread_mutex_unlock(&g.closed);
	while (disk_busy_ms(bed.disk) > 0)
		sched_yield();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_disk__runs_and_answers_in_order),
	    TEST(test_disk__wakes_for_every_job),
	    TEST(test_disk__a_job_without_an_answer_frees_itself),
	    TEST(test_disk__free_ends_what_was_posted),
	    TEST(test_disk__free_with_nothing_posted),
	    TEST(test_disk__tells_how_long_a_job_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
