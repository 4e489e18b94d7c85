/* SPDX-License-Identifier: MIT */
/* Whole syncs of an account against a server in memory and a disk thread that
 * is none: every stage, with the line cut, the account stopped, or the server
 * saying no, between any two events (in a full run all, else some of them).
 * Whatever happens, the sync ends, and the next ones bring both sides to where
 * they would have come without. */
#include "daemon/account/account.h"

#include <event2/event.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/fs.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "tests/daemon/account/server.h"
#include "tests/support/rng.h"

/* More is no end. */
#define MOST_STEPS 5000
#define MOST_SYNCS 5
/* Each step takes some syncs: but in a full run only every so manieth is cut,
 * beginning anywhere. */
#define SOME 9

/* In place of daemon/base/disk.c: a job is run when a test says so. */

struct disk {
	struct job *first, **last;
};

void disk_post(struct disk *d, struct job *j)
{
	j->next = NULL;
	*d->last = j;
	d->last = &j->next;
}

static bool disk_step(struct disk *d)
{
	struct job *j = d->first;

	if (!j)
		return false;
	d->first = j->next;
	if (!d->first)
		d->last = &d->first;
	/* One that frees itself has no done(). */
	void (*done)(struct job *) = j->done;
	j->run(j);
	if (done)
		done(j);
	return true;
}

struct bed {
	char dir[64], state_dir[96], maildir[96];
	struct config config;
	struct config_account account;
	struct event_base *base;
	struct disk disk;
	struct report report;
	const char *const *only;
	struct account *running;
	bool ended;
	enum err_code code;
};

static int setup(void **state)
{
	static char name[] = "work", inbox[] = "INBOX", tunnel[] = "none";
	struct bed *b = xcalloc(1, sizeof(*b));

	(void)snprintf(b->dir, sizeof(b->dir), "%s/test-account.XXXXXX",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(b->dir));
	(void)snprintf(b->state_dir, sizeof(b->state_dir), "%s/state", b->dir);
	(void)snprintf(b->maildir, sizeof(b->maildir), "%s/mail", b->dir);
	b->config.state_dir = b->state_dir;
	b->account = (struct config_account){
	    .name = name,
	    .enabled = true,
	    .tunnel = tunnel,
	    .maildir = b->maildir,
	    .layout = CONFIG_LAYOUT_FS,
	    .inbox = inbox,
	    .create = CONFIG_SIDE_BOTH,
	    .remove = CONFIG_SIDE_BOTH,
	    .delete_ = CONFIG_SIDE_BOTH,
	    .expunge = true,
	    .delete_limit_percent = -1,
	    .poll_interval_ms = 1000,
	    .connections = 1,
	};
	b->base = event_base_new();
	b->disk.last = &b->disk.first;
	log_init(LOG_ERROR);
	report_init(&b->report, true, false);
	memset(&server, 0, sizeof(server));
	*state = b;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_all(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int teardown(void **state)
{
	struct bed *b = *state;

	remove_all(b->dir);
	event_base_free(b->base);
	free(b);
	return 0;
}

/* A sync. */

enum cut { CUT_NOT, CUT_LINE, CUT_STOP };

static void on_ended(void *ctx, struct account *a)
{
	struct bed *b = ctx;

	b->ended = true;
	b->code = account_code(a);
	account_free(a);
	b->running = NULL;
}

static bool step(struct bed *b, bool disk_first)
{
	if (disk_first && disk_step(&b->disk))
		return true;
	if (server_step() || disk_step(&b->disk))
		return true;
	return event_base_loop(b->base, EVLOOP_ONCE) == 0;
}

static void cut_now(struct bed *b, enum cut cut)
{
	if (cut == CUT_LINE)
		server_cut();
	else if (cut == CUT_STOP && b->running)
		account_stop(b->running);
}

/* Cut before the at-th step. false: it ended before that. */
static bool sync_cut(struct bed *b, enum cut cut, unsigned at, bool disk_first)
{
	struct account_env env = {
	    .base = b->base,
	    .disk = &b->disk,
	    .config = &b->config,
	    .account = &b->account,
	    .opts = {.once = true, .only = b->only},
	    .report = &b->report,
	    .ended = on_ended,
	    .ctx = b,
	};
	unsigned n = 0;

	b->ended = false;
	b->running = account_new(&env);
	for (; !b->ended; n++) {
		if (n == at)
			cut_now(b, cut);
		if (n == MOST_STEPS || (!b->ended && !step(b, disk_first)))
			fail_msg("no end after %u steps, cut %d at %u", n,
				 (int)cut, at);
	}
	assert_null(b->disk.first);
	assert_null(server_line);
	return n > at;
}

static void sync_whole(struct bed *b)
{
	(void)sync_cut(b, CUT_NOT, 0, false);
}

/* Two sides that differ in all that a sync can bring together. */

static unsigned found_files;

static int count_file(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	found_files +=
	    type == FTW_F && (strstr(path, "/cur/") || strstr(path, "/new/"));
	return 0;
}

static unsigned files(const struct bed *b, const char *folder)
{
	char *path = xasprintf("%s/%s", b->maildir, folder);

	found_files = 0;
	(void)nftw(path, count_file, 16, FTW_PHYS);
	free(path);
	return found_files;
}

/* Nobody is writing to it any more. */
static void put(const struct bed *b, const char *path, const char *text)
{
	static const struct timespec past[2] = {{1700000000, 0},
						{1700000000, 0}};
	char *full = xasprintf("%s/%s", b->maildir, path);
	FILE *f = fopen(full, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(utimensat(AT_FDCWD, full, past, 0), 0);
	free(full);
}

static void make_folder(const struct bed *b, const char *name)
{
	static const char *const sub[] = {"", "/cur", "/new", "/tmp"};

	for (size_t i = 0; i < 4; i++) {
		char *path = xasprintf("%s/%s%s", b->maildir, name, sub[i]);
		assert_int_equal(mkdir(path, 0700), 0);
		free(path);
	}
}

static void add(const char *box, unsigned number)
{
	char text[100];
	struct server_box *b = server_box(box);
	int n = snprintf(text, sizeof(text),
			 "Message-ID: <%u@%s>\r\nSubject: %u\r\n\r\nbody %u"
			 "\r\n",
			 number, box, number, number);

	(void)server_add(b ? b : server_make(box), text, (size_t)n);
}

static void begin(struct bed *b)
{
	for (unsigned i = 1; i <= 3; i++)
		add("INBOX", i);
	add("Old", 1);
	sync_whole(b);
	assert_int_equal(b->code, ERR_NONE);
	assert_int_equal(files(b, "INBOX"), 3);
	assert_int_equal(files(b, "Old"), 1);
}

static void change(struct bed *b)
{
	char *old = xasprintf("%s/Old", b->maildir);

	remove_all(old);
	free(old);
	put(b, "INBOX/new/1.one.here", "Subject: mine\n\nmine\n");
	make_folder(b, "Made");
	put(b, "Made/new/1.two.here", "Subject: made\n\nmade\n");
	server_expunge(server_box("INBOX"), 1);
	add("INBOX", 4);
	add("Fresh", 1);
}

static bool is_settled(const struct bed *b)
{
	const struct server_box *inbox = server_box("INBOX"),
				*made = server_box("Made"),
				*fresh = server_box("Fresh");

	return inbox->n == 4 && made && made->n == 1 && fresh->n == 1 &&
	       !server_box("Old") && files(b, "INBOX") == 4 &&
	       files(b, "Made") == 1 && files(b, "Fresh") == 1 &&
	       files(b, "Old") == 0;
}

static void check_settles(struct bed *b, const char *what, unsigned at)
{
	for (unsigned i = 0; i < MOST_SYNCS && !is_settled(b); i++)
		sync_whole(b);
	if (!is_settled(b))
		fail_msg("%s at %u: INBOX %zu/%u, Made %d/%u, Fresh %d/%u, "
			 "Old %d/%u",
			 what, at, server_box("INBOX")->n, files(b, "INBOX"),
			 server_box("Made") ? (int)server_box("Made")->n : -1,
			 files(b, "Made"), (int)server_box("Fresh")->n,
			 files(b, "Fresh"),
			 server_box("Old") ? (int)server_box("Old")->n : -1,
			 files(b, "Old"));
}

static void test_cycle__brings_both_sides_together(void **state)
{
	struct bed *b = *state;

	begin(b);
	change(b);
	sync_whole(b);
	check_settles(b, "nothing", 0);
	assert_int_equal(b->code, ERR_NONE);
}

static void test_cycle__touches_only_what_is_dirty(void **state)
{
	static const char *const only[] = {"Fresh", NULL};
	struct bed *b = *state;

	begin(b);
	change(b);
	b->only = only;
	sync_whole(b);
	assert_int_equal(b->code, ERR_NONE);
	assert_int_equal(files(b, "Fresh"), 1);
	assert_int_equal(files(b, "INBOX"), 4);
	assert_int_equal(server_box("INBOX")->n, 3);
	assert_null(server_box("Made"));
	assert_non_null(server_box("Old"));
	b->only = NULL;
	check_settles(b, "one folder", 0);
}

static unsigned stride(void)
{
	return getenv("FULL") ? 1 : SOME;
}

static unsigned first(const char *what)
{
	struct rng rng;

	rng_init(&rng, what);
	return rng_below(&rng, stride());
}

/* The same from the begin for each step, until the sync is shorter. */
static void cut_everywhere(enum cut cut, bool disk_first, const char *what)
{
	bool reached = true;

	for (unsigned at = first(what); reached; at += stride()) {
		void *state;
		(void)setup(&state);
		struct bed *b = state;
		begin(b);
		change(b);
		reached = sync_cut(b, cut, at, disk_first);
		check_settles(b, what, at);
		(void)teardown(&state);
	}
}

static void test_cycle__survives_a_cut_at_every_event(void **state)
{
	(void)state;
	cut_everywhere(CUT_LINE, false, "line cut");
}

static void test_cycle__survives_a_cut_while_the_server_is_slow(void **state)
{
	(void)state;
	cut_everywhere(CUT_LINE, true, "line cut, disk first");
}

static void test_cycle__stops_at_every_event(void **state)
{
	(void)state;
	cut_everywhere(CUT_STOP, false, "stopped");
}

static void test_cycle__stops_while_the_server_is_slow(void **state)
{
	(void)state;
	cut_everywhere(CUT_STOP, true, "stopped, disk first");
}

/* Each command once, of a sync. */
static void refuse_everything(const char *answer)
{
	bool reached = true;

	for (unsigned i = 1 + first(answer); reached; i += stride()) {
		void *state;
		(void)setup(&state);
		struct bed *b = state;
		begin(b);
		change(b);
		server.commands = 0;
		server.odd = i;
		server.odd_answer = answer;
		sync_whole(b);
		reached = server.commands >= i;
		server.odd = 0;
		/* What was refused is set aside for a while. */
		check_settles(b, answer, i);
		(void)teardown(&state);
	}
}

static void test_cycle__survives_every_command_refused(void **state)
{
	(void)state;
	refuse_everything("NO not now");
}

static void test_cycle__survives_every_command_called_bad(void **state)
{
	(void)state;
	refuse_everything("BAD what is that");
}

#define T(name) \
	cmocka_unit_test_setup_teardown(test_cycle__##name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    T(brings_both_sides_together),
	    T(touches_only_what_is_dirty),
	    cmocka_unit_test(test_cycle__survives_a_cut_at_every_event),
	    cmocka_unit_test(
		test_cycle__survives_a_cut_while_the_server_is_slow),
	    cmocka_unit_test(test_cycle__stops_at_every_event),
	    cmocka_unit_test(test_cycle__stops_while_the_server_is_slow),
	    cmocka_unit_test(test_cycle__survives_every_command_refused),
	    cmocka_unit_test(test_cycle__survives_every_command_called_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
