/* SPDX-License-Identifier: MIT */
/* Commands that succeed, fail, hang, flood and leave children behind; and that
 * they inherit nothing of ours. */
#include "daemon/base/proc.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/xalloc.h"
#include "tests/support/t.h"

#define MAX      4096
#define LIMIT_MS 20000

struct fixture {
	struct event_base *base;
	int calls;
	struct proc_result r;
	char *line; /* a copy of r.line */
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->base = event_base_new();
	assert_non_null(f->base);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	event_base_free(f->base);
	free(f->line);
	free(f);
	/* No zombie is left. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	return 0;
}

static void done(void *ctx, const struct proc_result *r)
{
	struct fixture *f = ctx;

	f->calls++;
	f->r = *r;
	free(f->line);
	f->line = xstrndup(r->line, r->len);
}

static struct proc_job job_of(struct fixture *f, const char *command,
			      int64_t timeout_ms)
{
	return (struct proc_job){
	    .command = command,
	    .timeout_ms = timeout_ms,
	    .max_output = MAX,
	    .done = done,
	    .ctx = f,
	};
}

static struct proc *start(struct fixture *f, const char *command,
			  int64_t timeout_ms)
{
	struct proc_job job = job_of(f, command, timeout_ms);
	struct proc *p;
	struct err err;

	if (proc_start(f->base, &job, &p, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(f->calls, 0);
	return p;
}

static void run(struct fixture *f, const char *command, int64_t timeout_ms)
{
	f->calls = 0;
	(void)start(f, command, timeout_ms);
	/* Ends when nothing is waited for any more. */
	assert_int_equal(event_base_dispatch(f->base), 1);
	assert_int_equal(f->calls, 1);
}

static void test_proc__the_first_line_is_the_result(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *command, *line;
	} table[] = {
	    {"echo one; echo two", "one"},
	    {"printf one", "one"},
	    {"printf 'one\\r\\ntwo'", "one"},
	    {"printf '  a b\\t'", "  a b\t"},
	    {"printf '\\ntwo'", ""},
	    {"true", ""},
	    {"cat", ""}, /* stdin is empty */
	    {"echo to stderr >&2; printf x", "x"},
	    {"exec 1>&-; exit 0", ""},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		run(f, table[i].command, LIMIT_MS);
		assert_true(f->r.ok);
		assert_string_equal(f->line, table[i].line);
		assert_int_equal(f->r.len, strlen(table[i].line));
		assert_false(f->r.cut);
	}
}

static void test_proc__says_how_it_ended(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *command, *status, *error;
	} table[] = {
	    {"exit 2", "exited 2", ""},
	    {"echo no key >&2; echo more >&2; exit 1", "exited 1", "no key"},
	    {"printf 'no end' >&2; exit 1", "exited 1", "no end"},
	    {"kill -9 $$", "was killed by signal 9", ""},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		run(f, table[i].command, LIMIT_MS);
		assert_false(f->r.ok);
		assert_string_equal(f->r.status, table[i].status);
		assert_string_equal(f->r.error, table[i].error);
	}
	run(f, "/not/there", LIMIT_MS);
	assert_string_equal(f->r.status, "exited 127");
	assert_non_null(strstr(f->r.error, "/not/there"));
}

static void test_proc__output_is_bounded(void **state)
{
	struct fixture *f = *state;

	/* More than the pipe holds, in one line, then in many. */
	run(f, "head -c 300000 /dev/zero | tr '\\0' x", LIMIT_MS);
	assert_true(f->r.ok);
	assert_true(f->r.cut);
	assert_int_equal(f->r.len, MAX);
	run(f, "echo first; head -c 300000 /dev/zero", LIMIT_MS);
	assert_true(f->r.ok);
	assert_false(f->r.cut);
	assert_string_equal(f->line, "first");
	run(f, "head -c 300000 /dev/zero | tr '\\0' x >&2; exit 1", LIMIT_MS);
	assert_int_equal(strlen(f->r.error), sizeof(f->r.error) - 1);
}

static void test_proc__a_line_of_the_maximum_is_whole(void **state)
{
	struct fixture *f = *state;
	char command[100];

	(void)snprintf(command, sizeof(command),
		       "head -c %d /dev/zero | tr '\\0' x", MAX);
	run(f, command, LIMIT_MS);
	assert_false(f->r.cut);
	assert_int_equal(f->r.len, MAX);
}

static void test_proc__is_killed_with_its_group_when_late(void **state)
{
	struct fixture *f = *state;
	int64_t begin = clock_mono_ms();
	int alive[2];
	char command[100];

	/* Its child holds the pipe open: read() ends when both are dead. */
	assert_int_equal(pipe(alive), 0);
	char *fifo = xasprintf("/proc/%ld/fd/%d", (long)getpid(), alive[1]);
	(void)snprintf(command, sizeof(command),
		       "(exec 9>%s; sleep 100) & sleep 100", fifo);
	run(f, command, 100);
	assert_false(f->r.ok);
	assert_string_equal(f->r.status, "did not end within 1 s");
	assert_true(clock_mono_ms() - begin < LIMIT_MS);
	(void)close(alive[1]);
	char byte;
	assert_int_equal(read(alive[0], &byte, 1), 0);
	(void)close(alive[0]);
	free(fifo);
}

static void test_proc__does_not_wait_for_what_it_left_running(void **state)
{
	struct fixture *f = *state;
	int64_t begin = clock_mono_ms();

	/* The child holds stdout and stderr open. */
	run(f, "sleep 100 & echo $!", LIMIT_MS);
	assert_true(f->r.ok);
	assert_true(clock_mono_ms() - begin < LIMIT_MS);
	pid_t left = (pid_t)strtol(f->line, NULL, 10);
	assert_true(left > 1);
	assert_int_equal(kill(left, SIGKILL), 0);
}

static void test_proc__waits_when_output_ends_early(void **state)
{
	struct fixture *f = *state;

	run(f, "exec >&- 2>&-; sleep 0.05; exit 3", LIMIT_MS);
	assert_string_equal(f->r.status, "exited 3");
}

static void test_proc__cancel_kills_and_stays_silent(void **state)
{
	struct fixture *f = *state;
	struct proc *p = start(f, "sleep 100", LIMIT_MS);

	proc_cancel(p);
	assert_int_equal(event_base_dispatch(f->base), 1);
	assert_int_equal(f->calls, 0);
	proc_cancel(NULL);
}

static void test_proc__cancel_after_its_end(void **state)
{
	struct fixture *f = *state;
	struct proc *p = start(f, "exit 0", LIMIT_MS);
	siginfo_t info;

	assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
	proc_cancel(p);
	assert_int_equal(f->calls, 0);
}

static void test_proc__inherits_no_descriptor(void **state)
{
	struct fixture *f = *state;
	/* One that somebody forgot to mark. */
	int leak = open("/dev/null", O_RDONLY);
	int high = fcntl(leak, F_DUPFD, 200);

	/* With what is built into the shell: a pipe would be one more. */
	run(f,
	    "i=0; while [ $i -lt 256 ]; do"
	    " [ -e /proc/$$/fd/$i ] && printf '%s ' $i; i=$((i+1)); done",
	    LIMIT_MS);
	assert_string_equal(f->line, "0 1 2 ");
	run(f, "readlink /proc/$$/fd/0", LIMIT_MS);
	assert_string_equal(f->line, "/dev/null");
	(void)close(leak);
	(void)close(high);
}

static void test_proc__has_a_session_and_signals_of_its_own(void **state)
{
	struct fixture *f = *state;
	sigset_t block, old;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&block);
	(void)sigaddset(&block, SIGTERM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &block, &old), 0);
	/* Signals 1 to 28; libc keeps some of the higher ones for itself. */
	run(f,
	    "sed -nE '/^Sig(Ign|Blk)/s/.*(.......)$/\\1/p' "
	    "/proc/$$/status | tr '\\n' ' '",
	    LIMIT_MS);
	assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
	(void)signal(SIGPIPE, SIG_DFL);
	assert_string_equal(f->line, "0000000 0000000 ");
	run(f,
	    "set -- $(cut -d' ' -f5,6 /proc/$$/stat);"
	    "[ $1 = $$ ] && [ $2 = $$ ] && echo own",
	    LIMIT_MS);
	assert_string_equal(f->line, "own");
}

static void test_proc__several_run_at_once(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 5; i++)
		(void)start(f, "echo x", LIMIT_MS);
	assert_int_equal(event_base_dispatch(f->base), 1);
	assert_int_equal(f->calls, 5);
}

static void test_proc__an_ignored_sigchld_is_no_success(void **state)
{
	struct fixture *f = *state;

	(void)signal(SIGCHLD, SIG_IGN);
	run(f, "echo x", LIMIT_MS);
	(void)signal(SIGCHLD, SIG_DFL);
	assert_false(f->r.ok);
	assert_string_equal(f->r.status, "ended unseen");
}

/* From now on there is no pidfd_open(2), as on an old kernel. */
static void forbid_pidfd(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		     offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {.len = 4, .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
		_exit(77);
}

static void test_proc__does_without_pidfd(void **state)
{
	struct fixture *f = *state;
	int status;

	/* A filter cannot be taken off again. */
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct event_base *base = event_base_new();
		struct proc_job job = job_of(f, "echo x; exit 4", LIMIT_MS);
		struct proc *p;
		struct err err;
		forbid_pidfd();
		if (syscall(SYS_pidfd_open, getpid(), 0) != -1 ||
		    proc_start(base, &job, &p, &err) < 0)
			_exit(1);
		(void)event_base_dispatch(base);
		_exit(f->calls == 1 && strcmp(f->line, "x") == 0 &&
			      strcmp(f->r.status, "exited 4") == 0
			  ? 0
			  : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define T(name) \
	cmocka_unit_test_setup_teardown(test_proc__##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(the_first_line_is_the_result),
	    T(says_how_it_ended),
	    T(output_is_bounded),
	    T(a_line_of_the_maximum_is_whole),
	    T(is_killed_with_its_group_when_late),
	    T(does_not_wait_for_what_it_left_running),
	    T(waits_when_output_ends_early),
	    T(cancel_kills_and_stays_silent),
	    T(cancel_after_its_end),
	    T(inherits_no_descriptor),
	    T(has_a_session_and_signals_of_its_own),
	    T(several_run_at_once),
	    T(an_ignored_sigchld_is_no_success),
	    T(does_without_pidfd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
