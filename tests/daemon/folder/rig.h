/* SPDX-License-Identifier: MIT */
/* A folder's sync without a socket, a disk or a clock: the engine is real, and
 * speaks to a server of a few messages; the disk thread is a queue, and what
 * its jobs say is made up. Everything that happens is a step: a line of the
 * server, or the end of a job. */
#ifndef TESTS_DAEMON_FOLDER_RIG_H
#define TESTS_DAEMON_FOLDER_RIG_H

#include "daemon/folder/run.h"

#include "tests/support/t.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "daemon/store/batch/discard.h"
#include "daemon/store/batch/parcel.h"
#include "daemon/store/batch/transfer.h"
#include "daemon/store/batch/upload.h"
#include "daemon/store/pairing_job.h"
#include "lib/util/buf.h"

#define RIG_MESSAGES 64
#define RIG_TARGET   9 /* the row of the folder that messages move to */

struct rig_message {
	uint32_t uid;
	const char *flags; /* as FETCH shows them */
	bool gone;
	bool arrived; /* written, and not durable yet */
	bool row;     /* on record */
};

struct rig {
	/* The server. */
	struct rig_message message[RIG_MESSAGES];
	size_t n;
	uint32_t uidnext;
	/* A command that begins with this is answered so, instead. */
	const char *odd, *answer;
	unsigned answered; /* so often */
	struct buf say;    /* lines that are on their way */
	struct buf cmd;    /* a command that is not whole yet */
	size_t literal;    /* octets of it that are still to come */
	char append_tag[32];
	/* Of several commands the last is answered first, once the mailbox is
	 * selected. */
	bool reverse;
	size_t unread; /* what was said before these commands came */
	uint32_t uidvalidity;
	unsigned size; /* of each message, as it says */
	size_t hidden; /* messages that are announced and not listed */
	/* The disk. */
	struct job *first, **last;
	void (*failing)(struct job *j); /* jobs with this run() fail */
	bool lazy;                      /* jobs run only where nothing else
					 * happens */
	unsigned opened;
	/* What the first look finds. */
	struct store_view view;
	/* The folder. */
	struct config_account account;
	struct imap4_engine *engine;
	struct mailbox box[2];
	struct mailboxes boxes;
	struct ledger moves;
	struct folder_env env;
	struct folder *folder;
	struct folder_result result;
	struct buf lines;       /* of a dry run, or a comparison */
	unsigned steps, cut_at; /* 0: never */
	bool cut, done;
};

static struct rig rig;

/* The session, which has no connection. */

struct imap4_engine *session_engine(struct session *s)
{
	(void)s;
	return rig.engine;
}

void session_flush(struct session *s)
{
	(void)s;
}

void session_pause(struct session *s)
{
	(void)s;
}

void session_resume(struct session *s)
{
	(void)s;
}

void session_abort(struct session *s, const struct err *why)
{
	(void)s;
	(void)why;
	rig.cut_at = rig.steps + 1;
}

/* The disk. */

void disk_post(struct disk *d, struct job *j)
{
	(void)d;
	j->next = NULL;
	*rig.last = j;
	rig.last = &j->next;
}

/* Behind the first look both sides are as the server is, but for what did not
 * become durable. */
static void rig_in_sync(struct store_view *v)
{
	v->row.uidvalidity = rig.uidvalidity;
	v->row.uidnext = rig.uidnext;
	v->row.pairing.decided = true;
	v->on_disk = true;
	v->here_mask = FLAG_SYSTEM;
	v->base.row = xcalloc(RIG_MESSAGES, sizeof(*v->base.row));
	v->local.row = xcalloc(RIG_MESSAGES, sizeof(*v->local.row));
	for (size_t i = 0; i < rig.n; i++) {
		const struct rig_message *m = &rig.message[i];
		uint64_t flags = strstr(m->flags, "Seen") ? FLAG_SEEN : 0;
		if (m->gone || !m->row)
			continue;
		flags |= strstr(m->flags, "Flagged") ? FLAG_FLAGGED : 0;
		v->base.row[v->base.n++] = (struct base_row){
		    .uid = m->uid, .key = m->uid, .flags = flags};
		v->local.row[v->local.n++] =
		    (struct local_row){.key = m->uid, .flags = flags};
	}
}

static void rig_open(struct store_open_job *o)
{
	for (size_t i = 0; i < rig.n; i++)
		rig.message[i].arrived = false;
	if (rig.opened++ == 0) {
		o->view = rig.view;
		rig.view = (struct store_view){0};
	} else {
		rig_in_sync(&o->view);
	}
}

static void rig_upload_begin(struct upload_job *j)
{
	struct upload *u = &j->upload;

	u->n = j->n;
	u->item = xcalloc(j->n, sizeof(*u->item));
	u->raw = xmalloc(UPLOAD_BLOCK);
	u->block = xcalloc(UPLOAD_BLOCKS, sizeof(*u->block));
	for (size_t i = 0; i < j->n; i++)
		u->item[i] = (struct upload_item){
		    .state = UPLOAD_READY,
		    .key = j->action[i].key,
		    .fd = open("/dev/null", O_RDONLY | O_CLOEXEC),
		    .unique = xstrdup("file"),
		    .wire_size = 10};
}

static void rig_transfer_begin(struct transfer_job *j)
{
	struct transfer *t = &j->transfer;

	t->n = j->n;
	t->item = xcalloc(j->n, sizeof(*t->item));
	for (size_t i = 0; i < j->n; i++)
		t->item[i] = (struct transfer_item){.uid = j->action[i].uid,
						    .key = j->action[i].key,
						    .ready = true};
}

static struct rig_message *rig_find(uint32_t uid)
{
	for (size_t i = 0; i < rig.n; i++) {
		if (rig.message[i].uid == uid)
			return &rig.message[i];
	}
	return NULL;
}

static void rig_parcel(struct parcel *p)
{
	for (size_t i = 0; i < p->nmarks; i++) {
		if (p->mark[i].type == MARK_CLOSE)
			rig_find(p->mark[i].arrival.uid)->arrived = true;
		for (size_t k = 0; p->mark[i].type == MARK_COMMIT && k < rig.n;
		     k++) {
			struct rig_message *m = &rig.message[k];
			p->committed += m->arrived;
			m->row |= m->arrived;
			m->arrived = false;
		}
	}
}

/* What the disk thread does. */
static void rig_run(struct job *j)
{
	if (j->run == parcel_run) {
		struct parcel *p = (struct parcel *)j;
		p->failed = j->run == rig.failing;
		if (p->failed)
			err_set(&p->err, ERR_TEMP, ERR_SCOPE_FOLDER,
				"the disk is full");
		else
			rig_parcel(p);
		return;
	}
	struct store_job *s = (struct store_job *)j;
	if (j->run == rig.failing) {
		s->result = -1;
		err_set(&s->err, ERR_TEMP, ERR_SCOPE_FOLDER,
			"the disk is full");
	} else if (j->run == store_open_run) {
		rig_open((struct store_open_job *)j);
	} else if (j->run == upload_begin_run) {
		rig_upload_begin((struct upload_job *)j);
	} else if (j->run == upload_read_run) {
		upload_read(&((struct upload_job *)j)->upload);
	} else if (j->run == transfer_begin_run) {
		rig_transfer_begin((struct transfer_job *)j);
	}
}

static bool rig_disk_step(void)
{
	struct job *j = rig.first;

	if (!j)
		return false;
	rig.first = j->next;
	if (!rig.first)
		rig.last = &rig.first;
	rig_run(j);
	j->done(j);
	return true;
}

/* The server. */

static void rig_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void rig_say(const char *fmt, ...)
{
	char line[200];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	assert_int_equal(buf_adds(&rig.say, line), 0);
	assert_int_equal(buf_adds(&rig.say, "\r\n"), 0);
}

/* The UIDs of a set with its ranges, "*" being the highest. */
static bool rig_in_set(const char *set, uint32_t uid)
{
	for (const char *p = set; *p && *p != ' ';) {
		char *end;
		unsigned long a = strtoul(p, &end, 10), b = a;
		if (*end == ':')
			b = end[1] == '*' ? (++end, ++end, UINT32_MAX)
					  : strtoul(end + 1, &end, 10);
		if (uid >= a && uid <= b)
			return true;
		p = *end == ',' ? end + 1 : end;
	}
	return false;
}

static void rig_fetch(const char *args)
{
	bool body = strstr(args, "BODY.PEEK");
	bool size = strstr(args, "SIZE"), flags = strstr(args, "FLAGS");

	for (size_t i = 0, seq = 0; i < rig.n; i++) {
		const struct rig_message *m = &rig.message[i];
		seq += !m->gone;
		if (m->gone || !rig_in_set(args, m->uid))
			continue;
		assert_int_equal(
		    buf_addf(&rig.say, "* %zu FETCH (UID %u", seq, m->uid), 0);
		if (flags)
			assert_int_equal(
			    buf_addf(&rig.say, " FLAGS (%s)", m->flags), 0);
		if (size)
			assert_int_equal(
			    buf_addf(&rig.say, " RFC822.SIZE %u", rig.size), 0);
		if (body)
			assert_int_equal(
			    buf_adds(&rig.say, " BODY[] {4}\r\nA: b"), 0);
		rig_say(")");
	}
}

static void rig_select(void)
{
	size_t n = 0;

	for (size_t i = 0; i < rig.n; i++)
		n += !rig.message[i].gone;
	rig_say("* %zu EXISTS", n + rig.hidden);
	rig_say("* OK [UIDVALIDITY %u] is", rig.uidvalidity);
	rig_say("* OK [UIDNEXT %u] is", rig.uidnext);
}

static void rig_drop(const char *set)
{
	for (size_t i = 0; i < rig.n; i++)
		rig.message[i].gone |= rig_in_set(set, rig.message[i].uid);
}

static bool begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

static void rig_answer(const char *tag, const char *line)
{
	if (rig.odd && begins(line, rig.odd)) {
		rig.answered++;
		rig_say("%s %s", tag, rig.answer);
		return;
	}
	if (begins(line, "SELECT") || begins(line, "EXAMINE"))
		rig_select();
	else if (begins(line, "UID FETCH "))
		rig_fetch(line + 10);
	else if (begins(line, "UID MOVE ") || begins(line, "UID EXPUNGE "))
		rig_drop(strchr(line + 4, ' ') + 1);
	rig_say("%s OK done", tag);
}

static void rig_command(const char *tag, const char *line)
{
	struct buf before = rig.say;

	if (!rig.reverse || strstr(line, "SELECT") || strstr(line, ":*")) {
		rig_answer(tag, line);
		return;
	}
	buf_init(&rig.say, 1 << 20);
	assert_int_equal(buf_add(&rig.say, before.data, rig.unread), 0);
	rig_answer(tag, line);
	assert_int_equal(buf_add(&rig.say, before.data + rig.unread,
				 before.len - rig.unread),
			 0);
	buf_release(&before);
}

/* A whole line of a command; literals are LITERAL+ or waited for. */
static void rig_line(char *line)
{
	char *tag = line, *text = strchr(line, ' ');
	size_t len = strlen(line);

	if (rig.append_tag[0] == '\0') {
		assert_non_null(text);
		*text++ = '\0';
	}
	if (len > 0 && line[len - 1] == '}') {
		const char *open = strrchr(text ? text : line, '{');
		rig.literal = strtoul(open + 1, NULL, 10);
		if (rig.append_tag[0] == '\0')
			(void)snprintf(rig.append_tag, sizeof(rig.append_tag),
				       "%s", tag);
		if (line[len - 2] != '+')
			rig_say("+ go on");
		return;
	}
	if (rig.append_tag[0] == '\0') {
		rig_command(tag, text);
		return;
	}
	char append[32];
	(void)snprintf(append, sizeof(append), "%s", rig.append_tag);
	rig.append_tag[0] = '\0';
	rig_command(append, "APPEND");
}

static void rig_octet(char c)
{
	if (rig.literal > 0) {
		rig.literal--;
		return;
	}
	if (c == '\n') {
		char *line =
		    xstrndup(rig.cmd.len ? rig.cmd.data : "", rig.cmd.len);
		buf_reset(&rig.cmd);
		rig_line(line);
		free(line);
	} else if (c != '\r') {
		assert_int_equal(buf_addc(&rig.cmd, c), 0);
	}
}

static void rig_hear(void)
{
	const void *data;
	size_t n;

	rig.unread = rig.say.len;
	while ((n = imap4_engine_write(rig.engine, &data)) > 0) {
		for (size_t i = 0; i < n; i++)
			rig_octet(((const char *)data)[i]);
		imap4_engine_sent(rig.engine, n);
	}
}

/* One event of the engine. */
static bool rig_read(void)
{
	const struct imap4_event *ev;
	size_t used;

	rig_hear();
	if (imap4_engine_read(rig.engine, rig.say.len ? rig.say.data : "",
			      rig.say.len, &used, &ev) < 0)
		fail_msg("the engine gave up");
	bool any = used > 0 || ev->type != IMAP4_EV_NONE;
	if (ev->type != IMAP4_EV_NONE && rig.folder && !rig.done)
		folder_event(rig.folder, ev);
	/* What ev points into may go now. */
	if (used > 0) {
		memmove(rig.say.data, rig.say.data + used, rig.say.len - used);
		rig.say.len -= used;
	}
	return any;
}

/* The folder. */

static void rig_progress(void *ctx, size_t n, size_t total, uint64_t bytes)
{
	(void)ctx;
	(void)bytes;
	assert_true(n <= total);
}

static void rig_planned(void *ctx, const char *folder, const char *line)
{
	(void)ctx;
	assert_int_equal(buf_addf(&rig.lines, "%s %s\n", folder, line), 0);
}

static void rig_done(void *ctx)
{
	(void)ctx;
	assert_false(rig.done);
	rig.done = true;
	rig.result = *folder_result(rig.folder);
}

static const struct folder_handler rig_handler = {
    .progress = rig_progress, .planned = rig_planned, .done = rig_done};

/* As a session does: pending commands are LOST first. */
static void rig_lose(void)
{
	const struct imap4_event *ev;
	size_t used;

	rig.cut = true;
	imap4_engine_close(rig.engine);
	while (!rig.done &&
	       imap4_engine_read(rig.engine, "", 0, &used, &ev) == 0 &&
	       ev->type != IMAP4_EV_NONE)
		folder_event(rig.folder, ev);
	if (!rig.done)
		folder_stop(rig.folder);
}

static char rig_name[] = "A", rig_other[] = "B";

/* A server with these capabilities, and nothing on either side. */
static void rig_begin(const char *caps)
{
	rig = (struct rig){.uidnext = 1, .uidvalidity = 7, .size = 4};
	rig.last = &rig.first;
	rig.engine = imap4_engine_new(NULL, 42);
	assert_non_null(rig.engine);
	buf_init(&rig.say, 1 << 20);
	buf_init(&rig.cmd, 1 << 20);
	buf_init(&rig.lines, 1 << 20);
	rig.account = (struct config_account){.delete_ = CONFIG_SIDE_LOCAL |
							 CONFIG_SIDE_REMOTE,
					      .delete_limit_percent = -1,
					      .expunge = true};
	for (size_t i = 0; i < 2; i++) {
		char *name = i == 0 ? rig_name : rig_other;
		rig.box[i] = (struct mailbox){.wire = name,
					      .name = name,
					      .display = name,
					      .delim = '/',
					      .row = i == 0 ? 1 : RIG_TARGET};
	}
	rig.boxes = (struct mailboxes){.box = rig.box, .n = 2};
	rig.env = (struct folder_env){
	    .account = &rig.account,
	    .session = (struct session *)(void *)&rig,
	    .boxes = &rig.boxes,
	    .moves = &rig.moves,
	    .task = {.first = true, .reap = true},
	    .handler = &rig_handler,
	};
	rig_say("* PREAUTH [CAPABILITY IMAP4rev1 %s] hi", caps);
	while (rig_read())
		;
	rig.view.row.pairing.decided = true;
	rig.view.on_disk = true;
	rig.view.here_mask = FLAG_SYSTEM;
	rig.view.base.row = xcalloc(RIG_MESSAGES, sizeof(struct base_row));
	rig.view.local.row = xcalloc(RIG_MESSAGES, sizeof(struct local_row));
	rig.view.row.uidvalidity = 7;
}

static void rig_there(uint32_t uid, const char *flags)
{
	rig.message[rig.n++] = (struct rig_message){.uid = uid, .flags = flags};
	if (uid >= rig.uidnext)
		rig.uidnext = uid + 1;
}

/* A row; here: its file, of that key, is. */
static void rig_row(uint32_t uid, enum fate fate, bool here, uint64_t flags)
{
	struct base_view *b = &rig.view.base;
	struct local_view *l = &rig.view.local;

	b->row[b->n++] =
	    (struct base_row){.uid = uid, .key = uid, .fate = (uint8_t)fate};
	if (here)
		l->row[l->n++] = (struct local_row){.key = uid, .flags = flags};
	if (rig_find(uid))
		rig_find(uid)->row = true;
	rig.view.dying_there |= fate == FATE_DYING_THERE;
	if (uid >= rig.view.row.uidnext)
		rig.view.row.uidnext = uid + 1;
}

static void rig_file(uint64_t key)
{
	struct local_view *l = &rig.view.local;

	l->row[l->n++] = (struct local_row){.key = key};
}

/* One thing happens; false: there is nothing left that could. */
static bool rig_step(void)
{
	rig.steps++;
	if (rig.steps == rig.cut_at) {
		rig_lose();
		return true;
	}
	if (rig.lazy)
		return (!rig.cut && rig_read()) || rig_disk_step();
	return rig_disk_step() || (!rig.cut && rig_read());
}

static void rig_sync(void)
{
	struct local_view *l = &rig.view.local;

	/* The key comes first. */
	qsort(l->row, l->n, sizeof(*l->row), row_key_cmp);
	rig.folder = folder_new(&rig.env, &rig.box[0]);
	while (!rig.done && rig_step())
		assert_true(rig.steps < 10000);
	assert_true(rig.done);
}

static void rig_end(void)
{
	/* What was posted and concerns nobody any more. */
	while (rig_disk_step())
		;
	folder_free(rig.folder);
	store_view_release(&rig.view);
	ledger_release_lost(&rig.moves);
	imap4_engine_free(rig.engine);
	buf_release(&rig.say);
	buf_release(&rig.cmd);
	buf_release(&rig.lines);
}

#endif
