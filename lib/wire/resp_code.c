/* SPDX-License-Identifier: MIT */
/* Status responses: OK, NO, BAD, PREAUTH, BYE with [CODE arguments] and text.
 * A code whose arguments are not what its RFC says is UNKNOWN, so that nobody
 * acts upon a number that was not there. */
#include "lib/wire/resp_priv.h"

#include "lib/util/ascii.h"

enum code_args {
	ARGS_NONE,         /* whatever stands there is only for reading */
	ARGS_NUMBER,       /* 32 bits */
	ARGS_MODSEQ,       /* 63 bits */
	ARGS_WORDS,        /* bare */
	ARGS_LIST,         /* in parentheses */
	ARGS_SOME,         /* the same, or nothing */
	ARGS_TEXT,         /* one string */
	ARGS_SET,          /* MODIFIED */
	ARGS_APPENDUID,    /* uidvalidity uid-set */
	ARGS_COPYUID,      /* uidvalidity uid-set uid-set */
	ARGS_OBJECTID,     /* "(" id ")" */
	ARGS_METADATA,     /* word [number] */
	ARGS_MESSAGELIMIT, /* number [uid] */
	ARGS_INPROGRESS,   /* ["(" tag number number ")"] */
};

static const struct {
	const char *name;
	enum imap4_code code;
	enum code_args args;
} codes[] = {
    {"ALERT", IMAP4_CODE_ALERT, ARGS_NONE},
    {"ALREADYEXISTS", IMAP4_CODE_ALREADYEXISTS, ARGS_NONE},
    {"APPENDUID", IMAP4_CODE_APPENDUID, ARGS_APPENDUID},
    {"AUTHENTICATIONFAILED", IMAP4_CODE_AUTHENTICATIONFAILED, ARGS_NONE},
    {"AUTHORIZATIONFAILED", IMAP4_CODE_AUTHORIZATIONFAILED, ARGS_NONE},
    {"BADCHARSET", IMAP4_CODE_BADCHARSET, ARGS_SOME},
    {"BADEVENT", IMAP4_CODE_BADEVENT, ARGS_SOME},
    {"BADURL", IMAP4_CODE_BADURL, ARGS_TEXT},
    {"CANNOT", IMAP4_CODE_CANNOT, ARGS_NONE},
    {"CAPABILITY", IMAP4_CODE_CAPABILITY, ARGS_WORDS},
    {"CLIENTBUG", IMAP4_CODE_CLIENTBUG, ARGS_NONE},
    {"CLOSED", IMAP4_CODE_CLOSED, ARGS_NONE},
    {"COMPRESSIONACTIVE", IMAP4_CODE_COMPRESSIONACTIVE, ARGS_NONE},
    {"CONTACTADMIN", IMAP4_CODE_CONTACTADMIN, ARGS_NONE},
    {"COPYUID", IMAP4_CODE_COPYUID, ARGS_COPYUID},
    {"CORRUPTION", IMAP4_CODE_CORRUPTION, ARGS_NONE},
    {"EXPIRED", IMAP4_CODE_EXPIRED, ARGS_NONE},
    {"EXPUNGEISSUED", IMAP4_CODE_EXPUNGEISSUED, ARGS_NONE},
    {"HASCHILDREN", IMAP4_CODE_HASCHILDREN, ARGS_NONE},
    {"HIGHESTMODSEQ", IMAP4_CODE_HIGHESTMODSEQ, ARGS_MODSEQ},
    {"INPROGRESS", IMAP4_CODE_INPROGRESS, ARGS_INPROGRESS},
    {"INUSE", IMAP4_CODE_INUSE, ARGS_NONE},
    {"LIMIT", IMAP4_CODE_LIMIT, ARGS_NONE},
    {"MAILBOXID", IMAP4_CODE_MAILBOXID, ARGS_OBJECTID},
    {"MESSAGELIMIT", IMAP4_CODE_MESSAGELIMIT, ARGS_MESSAGELIMIT},
    {"METADATA", IMAP4_CODE_METADATA, ARGS_METADATA},
    {"MODIFIED", IMAP4_CODE_MODIFIED, ARGS_SET},
    {"NOMODSEQ", IMAP4_CODE_NOMODSEQ, ARGS_NONE},
    {"NONEXISTENT", IMAP4_CODE_NONEXISTENT, ARGS_NONE},
    {"NOPERM", IMAP4_CODE_NOPERM, ARGS_NONE},
    {"NOTIFICATIONOVERFLOW", IMAP4_CODE_NOTIFICATIONOVERFLOW, ARGS_NONE},
    {"NOTSAVED", IMAP4_CODE_NOTSAVED, ARGS_NONE},
    {"NOUPDATE", IMAP4_CODE_NOUPDATE, ARGS_TEXT},
    {"OVERQUOTA", IMAP4_CODE_OVERQUOTA, ARGS_NONE},
    {"PARSE", IMAP4_CODE_PARSE, ARGS_NONE},
    {"PERMANENTFLAGS", IMAP4_CODE_PERMANENTFLAGS, ARGS_LIST},
    {"PRIVACYREQUIRED", IMAP4_CODE_PRIVACYREQUIRED, ARGS_NONE},
    {"READ-ONLY", IMAP4_CODE_READ_ONLY, ARGS_NONE},
    {"READ-WRITE", IMAP4_CODE_READ_WRITE, ARGS_NONE},
    {"REFERRAL", IMAP4_CODE_REFERRAL, ARGS_TEXT},
    {"SERVERBUG", IMAP4_CODE_SERVERBUG, ARGS_NONE},
    {"THROTTLED", IMAP4_CODE_THROTTLED, ARGS_NONE},
    {"TOOBIG", IMAP4_CODE_TOOBIG, ARGS_NONE},
    {"TRYCREATE", IMAP4_CODE_TRYCREATE, ARGS_NONE},
    {"UIDNEXT", IMAP4_CODE_UIDNEXT, ARGS_NUMBER},
    {"UIDNOTSTICKY", IMAP4_CODE_UIDNOTSTICKY, ARGS_NONE},
    {"UIDREQUIRED", IMAP4_CODE_UIDREQUIRED, ARGS_NONE},
    {"UIDVALIDITY", IMAP4_CODE_UIDVALIDITY, ARGS_NUMBER},
    {"UNAVAILABLE", IMAP4_CODE_UNAVAILABLE, ARGS_NONE},
    {"UNKNOWN-CTE", IMAP4_CODE_UNKNOWN_CTE, ARGS_NONE},
    {"UNSEEN", IMAP4_CODE_UNSEEN, ARGS_NUMBER},
    {"USEATTR", IMAP4_CODE_USEATTR, ARGS_NONE},
};

/* Where the ']' is that ends the code at p, or NULL. One in quotes, in a
 * literal or in parentheses (Gmail's flags) does not count. */
static const char *code_end(const char *p, const char *end)
{
	size_t depth = 0;
	bool quoted = false;
	uint64_t size;
	bool streamed;

	for (; p < end; p++) {
		if (quoted) {
			quoted = *p != '"';
			p += *p == '\\' && end - p > 1;
		} else if (*p == '"') {
			quoted = true;
		} else if (*p == '(') {
			depth++;
		} else if (*p == ')' && depth > 0) {
			depth--;
		} else if (*p == ']' && depth == 0) {
			return p;
		} else if (*p == '{') {
			size_t n = lex_literal(p, end, &size, &streamed);
			if (n > 0)
				p += n + (streamed ? 0 : size) - 1;
		}
	}
	return NULL;
}

static int parse_set(struct lex *lex, struct imap4_set *set)
{
	struct lex_token tok;

	if (lex_next(lex, &tok) != LEX_ATOM)
		return IMAP4_EPROTO;
	return resp_parse_set(tok.s, set);
}

/* RFC 4315 3. Outlook.com's COPYUID may have no sets. */
static int parse_uidplus(struct resp *r, struct lex *lex, bool copy)
{
	struct imap4_respcode *code = &r->ev.code;
	uint64_t uidvalidity;

	if (!lex_number(lex, UINT32_MAX, &uidvalidity) || uidvalidity == 0)
		return IMAP4_EPROTO;
	int rc = copy ? parse_set(lex, &r->src) : 0;
	if (rc == 0)
		rc = parse_set(lex, &r->dst);
	if (rc < 0)
		return rc;
	code->uidvalidity = (uint32_t)uidvalidity;
	if (copy)
		code->src = r->src;
	code->dst = r->dst;
	return 0;
}

static int parse_code_words(struct resp *r, struct lex *lex,
			    enum code_args args)
{
	struct resp_words list = {.n = 0};
	int rc = 0;

	if (args == ARGS_WORDS)
		rc = resp_parse_rest(r, lex, &list);
	else if (args == ARGS_LIST || !lex_at_end(lex))
		rc = resp_parse_words(r, lex, &list);
	r->ev.code.words = list.v;
	r->ev.code.nwords = list.n;
	return rc;
}

/* RFC 5464 5: LONGENTRIES and MAXSIZE have a number. */
static int parse_code_metadata(struct resp *r, struct lex *lex)
{
	if (!lex_astring(lex, &r->ev.code.text_arg))
		return IMAP4_EPROTO;
	if (!lex_at_end(lex) && !lex_number(lex, INT64_MAX, &r->ev.code.number))
		return IMAP4_EPROTO;
	return 0;
}

static int parse_messagelimit(struct resp *r, struct lex *lex)
{
	uint64_t uid = 0;

	if (!lex_number(lex, UINT32_MAX, &r->ev.code.number) ||
	    (!lex_at_end(lex) && !lex_number(lex, UINT32_MAX, &uid)))
		return IMAP4_EPROTO;
	r->ev.code.uid = (uint32_t)uid;
	return 0;
}

/* NIL: not known, else at least min. */
static bool nil_number(struct lex *lex, uint64_t min, uint64_t *out)
{
	*out = 0;
	if (lex_peek(lex) == LEX_NIL)
		return lex_skip(lex);
	return lex_number(lex, UINT32_MAX, out) && *out >= min;
}

/* RFC 9585: the tag is for the engine, who knows whose it is. What does not add
 * up is to be disregarded (section 6). */
static int parse_inprogress(struct resp *r, struct lex *lex)
{
	struct imap4_respcode *code = &r->ev.code;

	if (lex_at_end(lex))
		return 0;
	if (!lex_open(lex) || !lex_nstring(lex, &code->text_arg) ||
	    !nil_number(lex, 0, &code->number) ||
	    !nil_number(lex, code->number > 0 ? code->number : 1,
			&code->goal) ||
	    !lex_close(lex))
		return IMAP4_EPROTO;
	return 0;
}

static int parse_objectid(struct resp *r, struct lex *lex)
{
	if (!lex_open(lex) || !lex_astring(lex, &r->ev.code.text_arg) ||
	    !lex_close(lex))
		return IMAP4_EPROTO;
	return 0;
}

static int parse_args(struct resp *r, struct lex *lex, enum code_args args)
{
	int rc = 0;

	switch (args) {
	case ARGS_NONE:
		break;
	case ARGS_NUMBER:
	case ARGS_MODSEQ:
		if (!lex_number(lex,
				args == ARGS_NUMBER ? UINT32_MAX : INT64_MAX,
				&r->ev.code.number))
			rc = IMAP4_EPROTO;
		break;
	case ARGS_WORDS:
	case ARGS_LIST:
	case ARGS_SOME:
		rc = parse_code_words(r, lex, args);
		break;
	case ARGS_TEXT:
		if (!lex_astring(lex, &r->ev.code.text_arg))
			rc = IMAP4_EPROTO;
		break;
	case ARGS_METADATA:
		rc = parse_code_metadata(r, lex);
		break;
	case ARGS_MESSAGELIMIT:
		rc = parse_messagelimit(r, lex);
		break;
	case ARGS_INPROGRESS:
		rc = parse_inprogress(r, lex);
		break;
	case ARGS_SET:
		rc = parse_set(lex, &r->src);
		r->ev.code.src = r->src;
		break;
	case ARGS_APPENDUID:
	case ARGS_COPYUID:
		rc = parse_uidplus(r, lex, args == ARGS_COPYUID);
		break;
	case ARGS_OBJECTID:
		rc = parse_objectid(r, lex);
		break;
	}
	return rc;
}

static int parse_code(struct resp *r, struct imap4_str name,
		      struct imap4_str args)
{
	struct imap4_respcode *code = &r->ev.code;
	const struct imap4_respcode unknown = {
	    .code = IMAP4_CODE_UNKNOWN, .name = name, .args = args};
	struct lex lex;

	*code = unknown;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (!ascii_is(name.p, name.len, codes[i].name))
			continue;
		code->code = codes[i].code;
		lex_init(&lex, args, r->max_nesting, &r->arena);
		int rc = parse_args(r, &lex, codes[i].args);
		if (rc == IMAP4_ENOMEM || lex.nomem)
			return IMAP4_ENOMEM;
		if (rc < 0)
			*code = unknown;
		return 0;
	}
	return 0;
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && *p == ' ')
		p++;
	return p;
}

/* "[" name [SP args] "]" at p: moves *p behind it. Text that only looks like a
 * code stays text. */
static int parse_bracket(struct resp *r, const char **p, const char *end)
{
	const char *start = *p + 1;
	const char *close = code_end(start, end);
	const char *q = start;

	if (!close)
		return 0;
	while (q < close && *q != ' ')
		q++;
	struct imap4_str name = {start, (size_t)(q - start)};
	q = skip_blanks(q, close);
	struct imap4_str args = {q, (size_t)(close - q)};
	*p = skip_blanks(close + 1, end);
	return parse_code(r, name, args);
}

static enum imap4_status status_of(struct imap4_str name)
{
	static const enum imap4_status all[] = {
	    IMAP4_STATUS_OK, IMAP4_STATUS_NO, IMAP4_STATUS_BAD,
	    IMAP4_STATUS_PREAUTH, IMAP4_STATUS_BYE};
	size_t i = 0;

	while (i < sizeof(all) / sizeof(all[0]) - 1 &&
	       !ascii_is(name.p, name.len, imap4_status_name(all[i])))
		i++;
	return all[i];
}

int resp_parse_status(struct resp *r, struct lex *lex)
{
	const char *p = skip_blanks(lex->p, lex->end);

	r->ev.status = status_of(r->name);
	if (p < lex->end && *p == '[') {
		int rc = parse_bracket(r, &p, lex->end);
		if (rc < 0)
			return rc;
	}
	r->ev.text = (struct imap4_str){p, (size_t)(lex->end - p)};
	return 0;
}

const char *imap4_status_name(enum imap4_status status)
{
	switch (status) {
	case IMAP4_STATUS_OK:
		return "OK";
	case IMAP4_STATUS_NO:
		return "NO";
	case IMAP4_STATUS_BAD:
		return "BAD";
	case IMAP4_STATUS_PREAUTH:
		return "PREAUTH";
	case IMAP4_STATUS_BYE:
		return "BYE";
	case IMAP4_STATUS_LOST:
		break;
	}
	return "LOST";
}
