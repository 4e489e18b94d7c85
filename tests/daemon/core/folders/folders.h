/* SPDX-License-Identifier: MIT */
/* Folders of both sides for tests of their planner, in arrays of fixed size,
 * and a plan made from them, as text. */
#ifndef TESTS_DAEMON_CORE_FOLDERS_FOLDERS_H
#define TESTS_DAEMON_CORE_FOLDERS_FOLDERS_H

#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>

#include "daemon/core/folders/folders.h"

#define FOLDERS_MAX 32

#define FOLDERS_POLICY_ALL                                         \
	(struct folders_policy)                                    \
	{                                                          \
		.pull = true, .push = true, .create_here = true,   \
		.create_there = true, .remove_here = true,         \
		.remove_there = true, .delete_here = true,         \
		.delete_there = true, .guard = true, .delim = '/', \
		.prefix = ""                                       \
	}

/* One line for each action: what it is, and its names. */
static const char *const folders_type_text[FOLDERS_TYPES] = {
    [FOLDERS_NONE] = "none",
    [FOLDERS_VERIFY] = "verify",
    [FOLDERS_FORGET] = "forget",
    [FOLDERS_RENAME_THERE] = "rename there",
    [FOLDERS_RENAME_HERE] = "rename here",
    [FOLDERS_RECORD] = "record",
    [FOLDERS_CREATE_HERE] = "create here",
    [FOLDERS_RECREATE_HERE] = "recreate here",
    [FOLDERS_CREATE_THERE] = "create there",
    [FOLDERS_RECREATE_THERE] = "recreate there",
    [FOLDERS_REMOVE_HERE] = "remove here",
    [FOLDERS_REMOVE_THERE] = "remove there",
    [FOLDERS_HOLD] = "hold",
    [FOLDERS_GONE_HERE] = "gone here",
    [FOLDERS_GONE_THERE] = "gone there",
    [FOLDERS_REFUSE] = "refuse",
    [FOLDERS_TWINS] = "twins",
};

static const char *const folders_why_text[] = {
    [FOLDERS_WHY_NONE] = "",
    [FOLDERS_WHY_MANY] = " (many)",
    [FOLDERS_WHY_MASS] = " (mass)",
    [FOLDERS_WHY_RESTORED] = " (restored)",
    [FOLDERS_WHY_RECREATED] = " (recreated)",
    [FOLDERS_WHY_POLICY] = " (policy)",
    [FOLDERS_WHY_NEWS] = " (news)",
    [FOLDERS_WHY_UNKNOWN] = " (unknown)",
    [FOLDERS_WHY_SPECIAL] = " (special)",
    [FOLDERS_WHY_EXCLUDED] = " (excluded)",
    [FOLDERS_WHY_IN_THE_WAY] = " (in the way)",
    [FOLDERS_WHY_NAME] = " (name)",
    [FOLDERS_WHY_FOREIGN] = " (foreign)",
    [FOLDERS_WHY_DELIMITER] = " (delimiter)",
    [FOLDERS_WHY_INBOX] = " (inbox)",
    [FOLDERS_WHY_NAMESPACE] = " (namespace)",
    [FOLDERS_WHY_NOINFERIORS] = " (noinferiors)",
};

static inline void folders_print(const struct folders_plan *p, char *out,
				 size_t cap)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < p->n && n < cap; i++) {
		const struct folders_action *a = &p->action[i];
		n += (size_t)snprintf(
		    out + n, cap - n, "%s %s%s%s%s\n",
		    folders_type_text[a->type], a->from ? a->from : "",
		    a->from ? " -> " : "", a->to ? a->to : "?",
		    folders_why_text[a->why]);
	}
	assert_true(n < cap);
}

struct folders_case {
	struct folders_base base[FOLDERS_MAX];
	struct folders_there there[FOLDERS_MAX];
	struct folders_here here[FOLDERS_MAX];
	struct folders_verdict verdict[FOLDERS_MAX];
	struct folders_view view;
	struct folders_policy policy;
	struct folders_plan plan;
	bool objectid; /* the server says MAILBOXID */
};

/* An empty world in which everything is allowed. One at a time. */
static inline struct folders_case *case_setup(void)
{
	static struct folders_case c;

	c = (struct folders_case){.policy = FOLDERS_POLICY_ALL};
	c.view = (struct folders_view){
	    .base = c.base,
	    .there = c.there,
	    .here = c.here,
	    .verdict = c.verdict,
	    .there_complete = true,
	    .here_complete = true,
	};
	return &c;
}

static inline void case_release(struct folders_case *c)
{
	folders_plan_release(&c->plan);
}

static inline const char *case_mailboxid(int64_t id)
{
	static const char *const text[] = {"M0", "M1", "M2", "M3", "M4",
					   "M5", "M6", "M7", "M8", "M9"};

	return text[id % 10];
}

/* A folder of ten messages, in sync. Of what is the same folder under whatever
 * name the id is the same. */
static inline struct folders_base *case_base(struct folders_case *c, int64_t id,
					     const char *name)
{
	struct folders_base *b = &c->base[c->view.nbase++];

	*b = (struct folders_base){
	    .id = id,
	    .wire = name,
	    .name = name,
	    .path = name,
	    .mailboxid = c->objectid ? case_mailboxid(id) : NULL,
	    .inode = 1000 + (uint64_t)id,
	    .uidvalidity = 100 + (uint32_t)id,
	    .uidnext = 11,
	    .messages = 10,
	    .there = 10,
	    .wanted = true,
	};
	return b;
}

static inline struct folders_there *case_there(struct folders_case *c,
					       int64_t id, const char *name)
{
	struct folders_there *t = &c->there[c->view.nthere++];

	*t = (struct folders_there){
	    .wire = name,
	    .name = name,
	    .wanted = true,
	    .mailboxid = c->objectid ? case_mailboxid(id) : NULL,
	    .status = true,
	    .messages = 10,
	    .uidnext = 11,
	    .uidvalidity = 100 + (uint32_t)id,
	};
	return t;
}

static inline struct folders_here *case_here(struct folders_case *c, int64_t id,
					     const char *name)
{
	struct folders_here *h = &c->here[c->view.nhere++];

	*h = (struct folders_here){
	    .path = name,
	    .name = name,
	    .inode = id ? 1000 + (uint64_t)id : 2000 + c->view.nhere,
	    .wanted = true,
	    .messages = 10,
	    .owner = id,
	    .owned = id ? 10 : 0,
	};
	return h;
}

static inline struct folders_case *case_setup_objectid(void)
{
	struct folders_case *c = case_setup();

	c->objectid = true;
	return c;
}

/* A folder that is `there` there and `here` here, and was `was`. */
static inline void case_moved(struct folders_case *c, int64_t id,
			      const char *was, const char *there,
			      const char *here)
{
	case_base(c, id, was);
	if (there)
		case_there(c, id, there);
	if (here)
		case_here(c, id, here);
}

/* In sync. */
static inline void case_synced(struct folders_case *c, int64_t id,
			       const char *name)
{
	case_base(c, id, name);
	case_there(c, id, name);
	case_here(c, id, name);
}

/* INBOX and two more, so that one more is not most of all there is. */
static inline void case_background(struct folders_case *c)
{
	case_synced(c, 7, "INBOX");
	case_synced(c, 8, "y");
	case_synced(c, 9, "z");
}

/* A folder that one side has lost. */
static inline struct folders_case *case_vanished(bool here)
{
	struct folders_case *c = case_setup();

	case_background(c);
	case_base(c, 1, "a");
	if (here)
		case_there(c, 1, "a");
	else
		case_here(c, 1, "a");
	return c;
}

static inline struct folders_there *last_there(struct folders_case *c)
{
	return &c->there[c->view.nthere - 1];
}

static inline struct folders_here *last_here(struct folders_case *c)
{
	return &c->here[c->view.nhere - 1];
}

static inline struct folders_base *last_base(struct folders_case *c)
{
	return &c->base[c->view.nbase - 1];
}

static inline void case_expect(struct folders_case *c, const char *want)
{
	char text[8192];

	folders_plan_release(&c->plan);
	assert_int_equal(plan_folders(&c->plan, &c->view, &c->policy), 0);
	folders_print(&c->plan, text, sizeof(text));
	assert_string_equal(text, want);
	bool acts = text[0] && strncmp(text, "hold", 4) != 0 &&
		    strncmp(text, "gone", 4) != 0 &&
		    strncmp(text, "refuse", 6) != 0 &&
		    strncmp(text, "twins", 5) != 0;
	/* What acts comes first. */
	assert_int_equal(c->plan.n > 0 && c->plan.action[0].type < FOLDERS_HOLD,
			 acts);
}

#endif
