/* SPDX-License-Identifier: MIT */
#include "daemon/account/pairing.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "daemon/account/session.h"
#include "daemon/base/xalloc.h"
#include "daemon/maildir/examine.h"

#define SET_BYTES 7000

struct pairing {
	struct job job;
	struct pairing_env env;
	struct pair_here *here;
	size_t nhere;
	struct pair_there *there;
	size_t nthere;
	struct facts *facts; /* of here, in order of keys */
	int result;
	struct err err;
	bool on_disk; /* the job is under way */
	bool stopped;
	bool headers;    /* second round */
	size_t commands; /* not answered */
	EVP_MD_CTX *digest;
	bool digesting;
	unsigned char header[PAIR_DIGEST];
	bool have_header;
};

static void finish(struct pairing *p)
{
	p->env.done(p->env.ctx, p->err.code == ERR_NONE ? NULL : &p->err);
}

static void examine_run(struct job *j)
{
	struct pairing *p = (struct pairing *)j;

	p->result =
	    examine_files(&p->env.store->dir, p->facts, p->nhere, &p->err);
}

/* UIDs of the messages that f picks, in commands that fit a line. */
static void ask(struct pairing *p, const char *items,
		bool (*pick)(const struct pair_there *t))
{
	struct imap4_engine *e = imap4_conn_engine(p->env.conn);
	struct imap4_set set = {0};
	char text[SET_BYTES];
	size_t from = 0;

	for (size_t i = 0; i < p->nthere; i++) {
		uint32_t uid = p->there[i].uid;
		if (pick(&p->there[i]) && imap4_set_add(&set, uid, uid) < 0)
			abort();
	}
	while (from < set.n) {
		imap4_set_format(&set, &from, text, sizeof(text));
		if (imap4_submit_uid_fetch(e, text, items, 0, false, NULL) == 0)
			p->commands++;
	}
	imap4_set_release(&set);
	imap4_conn_flush(p->env.conn);
}

static bool every(const struct pair_there *t)
{
	(void)t;
	return true;
}

static bool fitting(const struct pair_there *t)
{
	return t->wanted;
}

static int there_cmp(const void *a, const void *b)
{
	const struct pair_there *x = a, *y = b;

	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

static struct pair_there *find(struct pairing *p, uint32_t uid)
{
	struct pair_there want = {.uid = uid};

	return bsearch(&want, p->there, p->nthere, sizeof(want), there_cmp);
}

static void examined(struct job *j)
{
	struct pairing *p = (struct pairing *)j;
	size_t n = 0;

	p->on_disk = false;
	for (size_t i = 0; i < p->nhere; i++) {
		if (!p->facts[i].found)
			continue;
		p->here[n].key = p->facts[i].key;
		p->here[n].size = p->facts[i].wire_size;
		memcpy(p->here[n].header, p->facts[i].header, PAIR_DIGEST);
		n++;
	}
	p->nhere = n;
	free(p->facts);
	p->facts = NULL;
	if (p->result == 0 && !p->stopped && n > 0)
		ask(p, "UID RFC822.SIZE", every);
	if (p->commands == 0)
		finish(p);
}

struct pairing *pairing_new(const struct pairing_env *env)
{
	struct pairing *p = xcalloc(1, sizeof(*p));

	p->env = *env;
	p->here = pair_strangers(env->base, env->remote, env->local, &p->nhere);
	p->there = pair_news(env->base, env->remote, env->local, &p->nthere);
	p->digest = EVP_MD_CTX_new();
	if (p->nhere == SIZE_MAX || p->nthere == SIZE_MAX || !p->digest)
		abort();
	if (p->nhere == 0 || p->nthere == 0) {
		pairing_free(p);
		return NULL;
	}
	p->facts = xcalloc(p->nhere, sizeof(*p->facts));
	for (size_t i = 0; i < p->nhere; i++)
		p->facts[i].key = p->here[i].key;
	p->job = (struct job){.run = examine_run, .done = examined};
	p->on_disk = true;
	disk_post(env->disk, &p->job);
	return p;
}

/* A round of questions is answered. */
static void round_done(struct pairing *p)
{
	if (!p->headers && !p->stopped) {
		p->headers = true;
		pair_by_size(p->here, p->nhere, p->there, p->nthere);
		ask(p, "UID BODY.PEEK[HEADER]", fitting);
		if (p->commands > 0)
			return;
	}
	if (!p->stopped) {
		pair_by_header(p->here, p->nhere, p->there, p->nthere);
		pair_apply(p->here, p->nhere, p->env.local);
	}
	finish(p);
}

static void take_fetch(struct pairing *p, const struct imap4_fetch *f)
{
	struct pair_there *t = f->have & IMAP4_F_UID ? find(p, f->uid) : NULL;

	if (t && (f->have & IMAP4_F_SIZE))
		t->size = f->size;
	if (t && p->have_header) {
		memcpy(t->header, p->header, PAIR_DIGEST);
		t->known = true;
	}
	p->have_header = false;
}

void pairing_event(struct pairing *p, const struct imap4_event *ev)
{
	switch (ev->type) {
	case IMAP4_EV_BODY_BEGIN:
		p->digesting =
		    EVP_DigestInit_ex(p->digest, EVP_sha256(), NULL) == 1;
		break;
	case IMAP4_EV_BODY_DATA:
		if (p->digesting)
			p->digesting =
			    EVP_DigestUpdate(p->digest, ev->body.data.p,
					     ev->body.data.len) == 1;
		break;
	case IMAP4_EV_BODY_END:
		p->have_header =
		    p->digesting &&
		    EVP_DigestFinal_ex(p->digest, p->header, NULL) == 1;
		p->digesting = false;
		break;
	case IMAP4_EV_FETCH:
		take_fetch(p, &ev->fetch);
		break;
	case IMAP4_EV_DONE:
		if (ev->status == IMAP4_STATUS_LOST)
			p->stopped = true;
		if (ev->status == IMAP4_STATUS_NO ||
		    ev->status == IMAP4_STATUS_BAD)
			session_command_err(ev, "FETCH", &p->err);
		if (p->commands > 0 && --p->commands == 0)
			round_done(p);
		break;
	default:
		break;
	}
}

void pairing_stop(struct pairing *p)
{
	p->stopped = true;
	if (!p->on_disk)
		finish(p);
}

void pairing_free(struct pairing *p)
{
	if (!p)
		return;
	EVP_MD_CTX_free(p->digest);
	free(p->facts);
	free(p->here);
	free(p->there);
	free(p);
}
