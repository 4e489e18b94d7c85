/* SPDX-License-Identifier: MIT */
/* What a hook finds in its event file. */
#include "daemon/hook/event_file.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/t.h"

static char dir[64];

static int setup(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/imapsyncd-hook-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return rmdir(dir);
}

static struct store_event event(enum store_event_kind kind, const char *path)
{
	return (struct store_event){
	    .kind = kind, .folder = "INBOX", .path = path, .uid = 17};
}

static void test_event_file__has_a_line_for_each(void **state)
{
	struct event_file f = {.dir = dir, .account = "a"};
	struct event_batch b;
	char line[512];
	struct stat st;

	(void)state;
	struct store_event e = event(STORE_EVENT_NEW, "/m/new/\"x\"\n\xff");
	event_file_add(&f, &e);
	e = event(STORE_EVENT_DELETED, "/m/cur/y");
	event_file_add(&f, &e);
	event_file_take(&f, &b);
	assert_int_equal(b.count[STORE_EVENT_NEW], 1);
	assert_int_equal(b.count[STORE_EVENT_DELETED], 1);
	assert_int_equal(stat(b.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	FILE *in = fopen(b.path, "re");
	assert_non_null(in);
	assert_non_null(fgets(line, sizeof(line), in));
	json_t *o = json_loads(line, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(o, "event")),
			    "new");
	assert_string_equal(json_string_value(json_object_get(o, "path")),
			    "/m/new/\"x\"\n\\xff");
	assert_int_equal(json_integer_value(json_object_get(o, "uid")), 17);
	json_decref(o);
	assert_non_null(fgets(line, sizeof(line), in));
	assert_string_equal(line, "{\"event\":\"deleted\",\"folder\":\"INBOX\","
				  "\"path\":\"/m/cur/y\",\"uid\":17}\n");
	assert_null(fgets(line, sizeof(line), in));
	(void)fclose(in);
	event_batch_release(&b); /* and the directory is empty again */
}

static void test_event_file__is_another_each_time(void **state)
{
	struct event_file f = {.dir = dir, .account = "a"};
	struct store_event e = event(STORE_EVENT_MOVED, "/m/cur/x");
	struct event_batch first, second, none;

	(void)state;
	event_file_add(&f, &e);
	event_file_take(&f, &first);
	event_file_add(&f, &e);
	event_file_take(&f, &second);
	assert_string_not_equal(first.path, second.path);
	event_file_take(&f, &none);
	assert_null(none.path);
	assert_int_equal(none.count[STORE_EVENT_MOVED], 0);
	event_batch_release(&first);
	event_batch_release(&second);
	event_batch_release(&none);
}

static void test_event_file__is_no_link_of_somebody(void **state)
{
	struct event_file f = {.dir = dir, .account = "a"};
	struct store_event e = event(STORE_EVENT_NEW, "/m/new/x");
	char link[100], target[100];
	struct event_batch b;

	(void)state;
	(void)snprintf(link, sizeof(link), "%s/events.a.0", dir);
	(void)snprintf(target, sizeof(target), "%s/target", dir);
	assert_int_equal(symlink(target, link), 0);
	event_file_add(&f, &e);
	event_file_take(&f, &b);
	assert_int_equal(access(target, F_OK), -1);
	event_batch_release(&b);
}

static void test_event_file__that_cannot_be_made(void **state)
{
	struct event_file f = {.dir = "/nowhere/at/all", .account = "a"};
	struct store_event e = event(STORE_EVENT_NEW, "/m/new/x");
	struct event_batch b;

	(void)state;
	event_file_add(&f, &e);
	event_file_add(&f, &e);
	event_file_take(&f, &b);
	assert_null(b.path);
	assert_int_equal(b.count[STORE_EVENT_NEW], 2);
	event_batch_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_event_file__has_a_line_for_each),
	    cmocka_unit_test(test_event_file__is_another_each_time),
	    cmocka_unit_test(test_event_file__is_no_link_of_somebody),
	    cmocka_unit_test(test_event_file__that_cannot_be_made),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
