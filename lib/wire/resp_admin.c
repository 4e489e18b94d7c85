/* SPDX-License-Identifier: MIT */
/* Quotas (RFC 2087, RFC 9208), access rights (RFC 4314) and annotations
 * (RFC 5464, and the ANNOTATEMORE draft before it). */
#include "lib/wire/resp_priv.h"

/* Names of quota roots, identifiers and entries may be any string. */
static int parse_resource(struct lex *lex, struct imap4_quota_resource *out)
{
	return lex_astring(lex, &out->name) &&
		       lex_number(lex, INT64_MAX, &out->usage) &&
		       lex_number(lex, INT64_MAX, &out->limit)
		   ? 0
		   : IMAP4_EPROTO;
}

int resp_parse_quota(struct resp *r, struct lex *lex)
{
	struct imap4_quota *q = arena_alloc(&r->arena, sizeof(*q));
	struct imap4_quota_resource *v = NULL, *more;

	if (!q)
		return IMAP4_ENOMEM;
	r->ev.quota = q;
	if (!lex_astring(lex, &q->root))
		return IMAP4_EPROTO;
	/* Courier says nothing of a root without limits. */
	if (lex_at_end(lex))
		return 0;
	if (!lex_open(lex))
		return IMAP4_EPROTO;
	while (!lex_close(lex)) {
		more = arena_grow(&r->arena, v, q->n, sizeof(*v));
		if (!more)
			return IMAP4_ENOMEM;
		v = more;
		if (parse_resource(lex, &v[q->n++]) < 0)
			return IMAP4_EPROTO;
	}
	q->resource = v;
	return 0;
}

int resp_parse_quotaroot(struct resp *r, struct lex *lex)
{
	struct imap4_quotaroot *q = arena_alloc(&r->arena, sizeof(*q));
	struct resp_words roots = {.n = 0};

	if (!q)
		return IMAP4_ENOMEM;
	r->ev.quotaroot = q;
	int rc = resp_parse_name(r, lex, &q->raw, &q->name);
	if (rc == 0)
		rc = resp_parse_rest(r, lex, &roots);
	q->root = roots.v;
	q->n = roots.n;
	return rc;
}

/* The mailbox, which all three begin with. */
static int begin_acl(struct resp *r, struct lex *lex, struct imap4_acl **out)
{
	struct imap4_acl *acl = arena_alloc(&r->arena, sizeof(*acl));

	if (!acl)
		return IMAP4_ENOMEM;
	*out = acl;
	r->ev.acl = acl;
	return resp_parse_name(r, lex, &acl->raw, &acl->name);
}

static int add_entry(struct resp *r, struct imap4_acl *acl,
		     struct imap4_acl_entry **v, struct imap4_acl_entry entry)
{
	struct imap4_acl_entry *more =
	    arena_grow(&r->arena, *v, acl->n, sizeof(*more));

	if (!more)
		return IMAP4_ENOMEM;
	*v = more;
	more[acl->n++] = entry;
	acl->entry = more;
	return 0;
}

int resp_parse_acl(struct resp *r, struct lex *lex)
{
	struct imap4_acl *acl;
	struct imap4_acl_entry e, *v = NULL;
	int rc = begin_acl(r, lex, &acl);

	while (rc == 0 && !lex_at_end(lex)) {
		if (!lex_astring(lex, &e.identifier) ||
		    !lex_astring(lex, &e.rights))
			return IMAP4_EPROTO;
		rc = add_entry(r, acl, &v, e);
	}
	return rc;
}

int resp_parse_listrights(struct resp *r, struct lex *lex)
{
	struct resp_words optional = {.n = 0};
	struct imap4_acl *acl;
	struct imap4_acl_entry e, *v = NULL;
	int rc = begin_acl(r, lex, &acl);

	if (rc == 0 &&
	    (!lex_astring(lex, &e.identifier) || !lex_astring(lex, &e.rights)))
		rc = IMAP4_EPROTO;
	if (rc == 0)
		rc = add_entry(r, acl, &v, e);
	if (rc == 0)
		rc = resp_parse_rest(r, lex, &optional);
	if (rc < 0)
		return rc;
	acl->optional = optional.v;
	acl->noptional = optional.n;
	return 0;
}

int resp_parse_myrights(struct resp *r, struct lex *lex)
{
	struct imap4_acl_entry e = {.identifier = {NULL, 0}}, *v = NULL;
	struct imap4_acl *acl;
	int rc = begin_acl(r, lex, &acl);

	if (rc < 0)
		return rc;
	return lex_astring(lex, &e.rights) ? add_entry(r, acl, &v, e)
					   : IMAP4_EPROTO;
}

static int begin_metadata(struct resp *r, struct lex *lex,
			  struct imap4_metadata **out)
{
	struct imap4_metadata *m = arena_alloc(&r->arena, sizeof(*m));

	if (!m)
		return IMAP4_ENOMEM;
	*out = m;
	r->ev.metadata = m;
	return resp_parse_name(r, lex, &m->raw, &m->name);
}

static int add_metadata(struct resp *r, struct imap4_metadata *m,
			struct imap4_metadata_entry **v,
			const struct imap4_metadata_entry *entry)
{
	struct imap4_metadata_entry *more =
	    arena_grow(&r->arena, *v, m->n, sizeof(*more));

	if (!more)
		return IMAP4_ENOMEM;
	*v = more;
	more[m->n++] = *entry;
	m->entry = more;
	return 0;
}

/* RFC 5464 4.4: entries with values in parentheses, or names alone. */
int resp_parse_metadata(struct resp *r, struct lex *lex)
{
	struct imap4_metadata_entry e = {.value = {NULL, 0}}, *v = NULL;
	struct imap4_metadata *m;
	int rc = begin_metadata(r, lex, &m);

	if (rc < 0)
		return rc;
	m->changed = !lex_open(lex);
	while (rc == 0 && !(m->changed ? lex_at_end(lex) : lex_close(lex))) {
		if (!lex_astring(lex, &e.entry) ||
		    (!m->changed && !lex_nstring(lex, &e.value)))
			return IMAP4_EPROTO;
		rc = add_metadata(r, m, &v, &e);
	}
	return rc;
}

/* entry "(" *(attribute value) ")"; or names alone. */
static int parse_attributes(struct resp *r, struct lex *lex,
			    struct imap4_metadata *m,
			    struct imap4_metadata_entry **v)
{
	struct imap4_metadata_entry e = {.value = {NULL, 0}};
	int rc = 0;

	if (!lex_astring(lex, &e.entry))
		return IMAP4_EPROTO;
	if (!lex_open(lex)) {
		m->changed = true;
		return add_metadata(r, m, v, &e);
	}
	while (rc == 0 && !lex_close(lex)) {
		if (!lex_astring(lex, &e.attribute) ||
		    !lex_nstring(lex, &e.value))
			return IMAP4_EPROTO;
		rc = add_metadata(r, m, v, &e);
	}
	return rc;
}

int resp_parse_annotation(struct resp *r, struct lex *lex)
{
	struct imap4_metadata_entry *v = NULL;
	struct imap4_metadata *m;
	int rc = begin_metadata(r, lex, &m);

	if (rc < 0)
		return rc;
	m->annotatemore = true;
	while (rc == 0 && !lex_at_end(lex)) {
		/* Several entries stand in parentheses, or do not. */
		if (lex_open(lex) || lex_close(lex))
			continue;
		rc = parse_attributes(r, lex, m, &v);
	}
	return rc;
}
