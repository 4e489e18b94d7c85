/* SPDX-License-Identifier: MIT */
/* Sends a batch of files: by one command where the server has MULTIAPPEND, else
 * by one each, all in one flight. What was promised is recorded as it ended. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "daemon/core/claim.h"
#include "daemon/core/content/print.h"
#include "daemon/folder/run.h"
#include "daemon/store/batch/upload.h"

/* Where one message is refused, all of a MULTIAPPEND have to be sent again. */
#define TOGETHER_BYTES (UINT64_C(16) << 20)
/* RFC 9051 date-year has four digits. */
#define YEAR_1    INT64_C(-62135596800)
#define YEAR_9999 INT64_C(253402300799)

#define ALL SIZE_MAX

struct sending {
	struct run run;
	struct upload_job job;
	bool begun;        /* to be sent, and not recorded yet */
	size_t asked_item; /* the message that the engine asked for */
	uint64_t asked;    /* so much of it; 0: it did not */
	uint64_t skip;     /* bytes that nobody wants any more */
	imap4_id asked_id;
};

static struct sending *of(struct run *r)
{
	return (struct sending *)r;
}

static bool is_ready(const struct upload_item *i)
{
	return i->state == UPLOAD_READY;
}

/* Recording. */

static void say_refused(struct folder *f, const struct upload_item *i)
{
	struct err err;

	err_set(&err, ERR_HELD, ERR_SCOPE_MESSAGE, "'%s' cannot be sent: %s",
		i->unique, i->why);
	err_hint(&err, "it stays here; all others are sent. It is tried again "
		       "later, or as soon as it is changed");
	folder_fail(f, &err);
	f->result.aside++;
}

static bool count_item(struct folder *f, const struct upload_item *i)
{
	switch (i->state) {
	case UPLOAD_SENT:
		f->result.uploaded++;
		/* Learn UIDNEXT and HIGHESTMODSEQ, and whether it is there as
		 * the server said. */
		f->again = true;
		return true;
	case UPLOAD_GONE:
		f->again = true;
		return true;
	case UPLOAD_BUSY:
		f->result.busy++;
		return true;
	case UPLOAD_UNFIT:
	case UPLOAD_REFUSED:
		say_refused(f, i);
		return true;
	case UPLOAD_READY:
	case UPLOAD_UNSENT:
	case UPLOAD_UNKNOWN:
		break;
	}
	return false;
}

static void record_done(struct job *j)
{
	struct run *r = run_job_ended(j);
	bool ok = true;

	if (!r)
		return;
	struct folder *f = r->folder;
	const struct upload *u = &of(r)->job.upload;
	for (size_t i = 0; i < u->n; i++)
		ok &= count_item(f, &u->item[i]);
	run_done(r, ok);
	run_pump(f);
}

static void record(struct run *r)
{
	struct sending *s = of(r);

	s->begun = false;
	s->job.there_mask = r->folder->there_mask;
	run_post(r, &s->job.base, upload_record_run, record_done);
}

/* Once all is answered that will be, and nothing is read any more. */
static void record_if_answered(struct run *r)
{
	struct upload *u = &of(r)->job.upload;

	if (r->commands > 0 || r->on_disk || !of(r)->begun)
		return;
	for (size_t i = 0; i < u->n; i++) {
		if (is_ready(&u->item[i]))
			u->item[i].state = UPLOAD_UNKNOWN;
	}
	record(r);
}

/* Data. */

static void feed(struct run *r);

static void read_done(struct job *j)
{
	struct run *r = run_job_done(j);
	struct folder *f = r->folder;

	upload_read_done(&of(r)->job.upload);
	if (r->failed || r->commands == 0) {
		record_if_answered(r);
		run_pump(f);
		return;
	}
	feed(r);
	folder_flush(f);
}

static void read_ahead(struct run *r)
{
	if (!r->on_disk && upload_read_wanted(&of(r)->job.upload))
		run_post(r, &of(r)->job.base, upload_read_run, read_done);
}

static void drop_skipped(struct run *r)
{
	const char *p;
	size_t n;

	while (of(r)->skip > 0 && (n = upload_bytes(&of(r)->job.upload,
						    of(r)->skip < UPLOAD_BLOCK
							? (size_t)of(r)->skip
							: UPLOAD_BLOCK,
						    &p)) > 0) {
		upload_taken(&of(r)->job.upload, n);
		of(r)->skip -= n;
	}
}

/* Gives the engine what it asked for, as far as it is at hand. */
static void feed(struct run *r)
{
	struct imap4_engine *e = folder_engine(r->folder);
	const char *p;

	drop_skipped(r);
	if (e && of(r)->asked > 0 && of(r)->skip == 0) {
		size_t max = of(r)->asked < IMAP4_APPEND_CHUNK
				 ? (size_t)of(r)->asked
				 : IMAP4_APPEND_CHUNK;
		size_t n = upload_bytes(&of(r)->job.upload, max, &p);
		if (n > 0 &&
		    imap4_engine_append_data(e, of(r)->asked_id, p, n) == 0) {
			upload_taken(&of(r)->job.upload, n);
			of(r)->job.upload.item[of(r)->asked_item].given += n;
			of(r)->asked = 0; /* it asks again */
		}
	}
	read_ahead(r);
}

/* The ready item number n. */
static size_t ready_item(const struct upload *u, size_t n)
{
	for (size_t i = 0; i < u->n; i++) {
		if (is_ready(&u->item[i]) && n-- == 0)
			return i;
	}
	return 0;
}

static void asked(struct run *r, size_t item, const struct imap4_event *ev)
{
	struct sending *s = of(r);

	s->asked = ev->body.size;
	s->asked_id = ev->id;
	s->asked_item =
	    item == ALL ? ready_item(&s->job.upload, ev->number) : item;
	feed(r);
}

/* Commands. */

static int make_append(struct run *r, const struct upload_item *i,
		       struct imap4_append *out, struct buf *flags)
{
	struct folder *f = r->folder;
	int64_t date = i->mtime_ns / 1000000000;

	buf_init(flags, 64 * 1024);
	if (flag_map_names(&f->view.table, i->flags & f->there_mask, flags) < 0)
		return -1;
	*out = (struct imap4_append){
	    .size = sizeof(*out),
	    .mailbox = {f->box->wire, strlen(f->box->wire)},
	    .flags = flags->len ? flags->data : NULL,
	    .has_date = date >= YEAR_1 && date <= YEAR_9999,
	    .internaldate = date,
	    .length = i->wire_size,
	    .binary = i->binary,
	};
	return 0;
}

static void submit_each(struct run *r)
{
	struct upload *u = &of(r)->job.upload;

	for (size_t i = 0; i < u->n && !r->failed; i++) {
		struct imap4_append a;
		struct buf flags;
		imap4_id id = 0;
		if (!is_ready(&u->item[i]))
			continue;
		int e = make_append(r, &u->item[i], &a, &flags);
		if (e == 0)
			e = imap4_engine_append(folder_engine(r->folder), &a,
						&id);
		buf_release(&flags);
		if (run_remember(r, e, id, i) < 0)
			u->item[i].state = UPLOAD_UNSENT;
	}
}

static void submit_together(struct run *r, size_t ready)
{
	struct folder *f = r->folder;
	struct upload *u = &of(r)->job.upload;
	struct imap4_append *a = xcalloc(ready, sizeof(*a));
	struct buf *flags = xcalloc(ready, sizeof(*flags));
	imap4_id id = 0;
	size_t n = 0;
	int e = 0;

	for (size_t i = 0; i < u->n && e == 0; i++) {
		if (is_ready(&u->item[i])) {
			e = make_append(r, &u->item[i], &a[n], &flags[n]);
			n++;
		}
	}
	if (e == 0)
		e = imap4_engine_multiappend(folder_engine(f), a->mailbox, a, n,
					     &id);
	(void)run_remember(r, e, id, ALL);
	for (size_t i = 0; i < n; i++)
		buf_release(&flags[i]);
	free(flags);
	free(a);
}

static void submit(struct run *r)
{
	struct folder *f = r->folder;
	struct upload *u = &of(r)->job.upload;
	uint64_t bytes = 0;
	size_t ready = 0;

	for (size_t i = 0; i < u->n; i++) {
		if (is_ready(&u->item[i])) {
			bytes += u->item[i].wire_size;
			ready++;
		}
	}
	of(r)->begun = true;
	if (ready > 1 && bytes <= TOGETHER_BYTES && !f->past.one_by_one &&
	    imap4_engine_has(folder_engine(f), "MULTIAPPEND"))
		submit_together(r, ready);
	else
		submit_each(r);
}

/* Nothing of it was sent: nothing was promised either. */
static void unsend(struct run *r)
{
	for (size_t i = 0; i < of(r)->job.upload.n; i++) {
		if (is_ready(&of(r)->job.upload.item[i]))
			of(r)->job.upload.item[i].state = UPLOAD_UNSENT;
	}
	record(r);
}

static void begin_done(struct job *j)
{
	struct run *r = run_job_ended(j);

	if (!r)
		return;
	struct folder *f = r->folder;
	if (f->stopped || r->failed || !folder_engine(f)) {
		unsend(r);
	} else {
		submit(r);
		if (r->commands == 0)
			unsend(r);
	}
	run_pump(f);
}

static void start(struct run *r)
{
	const struct remote_list *l = &r->folder->remote_list;
	struct upload_job *j = &of(r)->job;

	j->action = r->effect.first;
	j->n = r->effect.n;
	j->to = (struct upload_target){
	    .uidnext = l->uidnext,
	    .limit = l->append_limit,
	    .binary = l->binary,
	};
	run_post(r, &j->base, upload_begin_run, begin_done);
}

/* Answers. */

/* The UIDs are those of the messages, in their order (RFC 4315 3): so the
 * server says. */
static void take_uids(struct run *r, size_t item, const struct imap4_event *ev)
{
	const struct imap4_respcode *c = &ev->code;
	struct upload *u = &of(r)->job.upload;
	uint32_t *next = &r->folder->uid_next;
	size_t n = 0, range = 0;
	uint32_t uid = 0;

	for (size_t i = 0; i < u->n; i++)
		n += is_ready(&u->item[i]) && (item == ALL || item == i);
	bool told = c->code == IMAP4_CODE_APPENDUID &&
		    c->uidvalidity == r->folder->remote_list.uidvalidity &&
		    imap4_set_count(&c->dst) == n;
	if (told)
		uid = c->dst.range[0].first;
	for (size_t i = 0; i < u->n; i++) {
		if (!is_ready(&u->item[i]) || (item != ALL && item != i))
			continue;
		u->item[i].state = UPLOAD_SENT;
		u->item[i].uid = told && claim_take(uid, next) ? uid : 0;
		if (told && --n > 0)
			uid = uid == c->dst.range[range].last
				  ? c->dst.range[++range].first
				  : uid + 1;
	}
}

static void set_states(struct run *r, size_t item, enum upload_state state,
		       const struct imap4_event *ev)
{
	struct upload *u = &of(r)->job.upload;

	for (size_t i = 0; i < u->n; i++) {
		if (!is_ready(&u->item[i]) || (item != ALL && item != i))
			continue;
		u->item[i].state = state;
		(void)snprintf(u->item[i].why, sizeof(u->item[i].why), "%.*s",
			       (int)ev->text.len, ev->text.p ? ev->text.p : "");
	}
}

/* Is it the message that is not wanted, or any message? */
static bool blames_message(struct folder *f, const struct imap4_event *ev)
{
	struct err err;

	reply_command_err(ev, REACH_MESSAGE, "APPEND", &err);
	if (err.scope >= ERR_SCOPE_ACCOUNT) {
		folder_fail(f, &err);
		return false;
	}
	switch (ev->code.code) {
	case IMAP4_CODE_OVERQUOTA:
		/* A smaller one may fit, but not everything is tried. */
		f->result.no_room = f->past.over_quota;
		f->past.over_quota = true;
		return true;
	case IMAP4_CODE_NOPERM:
	case IMAP4_CODE_READ_ONLY:
	case IMAP4_CODE_TRYCREATE:
	case IMAP4_CODE_NONEXISTENT:
	case IMAP4_CODE_EXPIRED:
		err.scope = ERR_SCOPE_FOLDER;
		folder_fail(f, &err);
		return false;
	default:
		return true;
	}
}

static void refused(struct run *r, size_t item, const struct imap4_event *ev)
{
	struct folder *f = r->folder;

	if (!blames_message(f, ev)) {
		set_states(r, item, UPLOAD_UNSENT, ev);
	} else if (item == ALL) {
		/* One of them spoilt it for all (RFC 3502 6.3.11). */
		set_states(r, item, UPLOAD_UNSENT, ev);
		f->past.one_by_one = true;
		f->again = true;
	} else {
		set_states(r, item, UPLOAD_REFUSED, ev);
	}
}

/* What was not given of a message will not be asked for any more. */
static void skip_rest(struct run *r, size_t item)
{
	const struct upload_item *i = &of(r)->job.upload.item[item];

	of(r)->skip += i->wire_size - i->given;
	if (of(r)->asked_item == item)
		of(r)->asked = 0;
	feed(r);
}

static void answered(struct run *r, size_t item, const struct imap4_event *ev)
{
	if (ev->status == IMAP4_STATUS_LOST) {
		set_states(r, item, UPLOAD_UNKNOWN, ev);
		r->failed = true;
	} else if (ev->status == IMAP4_STATUS_OK) {
		take_uids(r, item, ev);
	} else {
		refused(r, item, ev);
		if (item != ALL && r->commands > 0)
			skip_rest(r, item);
	}
	record_if_answered(r);
}

static void in_flight(const struct run *r, struct flight *out)
{
	const struct upload *u = &((const struct sending *)r)->job.upload;

	for (size_t i = 0; i < u->n; i++) {
		const struct upload_item *t = &u->item[i];
		if (is_ready(t))
			flight_add(out, &(struct flight_item){
					    .kind = FLIGHT_UPLOAD,
					    .folder = r->folder->box->display,
					    .id = t->key,
					    .file = t->unique,
					    .print = print_of(t->inode, t->size,
							      t->mtime_ns)});
	}
}

static void release(struct run *r)
{
	upload_release(&of(r)->job.upload);
}

const struct run_kind run_upload = {
    .size = sizeof(struct sending),
    .start = start,
    .answered = answered,
    .asked = asked,
    .cut = record_if_answered,
    .in_flight = in_flight,
    .release = release,
};
