/* SPDX-License-Identifier: MIT */
/* What a log may see of the conversation: lines without secrets and without
 * the contents of messages. A line for which there is no memory is left out. */
#include "lib/engine/engine_priv.h"

#include <string.h>

#include "lib/wire/lex.h"

static void show(struct imap4_engine *e, char dir, int rc)
{
	struct buf *line = &e->trace_line;

	if (rc == 0)
		e->trace(e->trace_ctx, dir, line->data ? line->data : "",
			 line->len);
	buf_reset(line);
}

/* Text of a command without the CRLF, or the header of a literal, at its end.
 */
static size_t text_length(const char *p, size_t len, bool before_literal)
{
	if (len >= 2 && memcmp(p + len - 2, "\r\n", 2) == 0)
		len -= 2;
	while (before_literal && len > 0 && p[len - 1] != '{')
		len--;
	return before_literal && len > 0 ? len - 1 : len;
}

void trace_command(struct imap4_engine *e, const struct command *cmd)
{
	const struct encode *enc = &cmd->enc;
	struct buf *line = &e->trace_line;
	size_t start = 0;
	int rc = 0;

	if (!e->trace)
		return;
	for (size_t i = 0; i < enc->n && rc == 0; i++) {
		const char *p = enc->bytes.data + start;
		size_t n = enc->seg[i].end - start;
		start = enc->seg[i].end;
		if (enc->seg[i].kind == ENCODE_SECRET) {
			rc = buf_adds(line, "<secret>");
		} else if (enc->seg[i].kind == ENCODE_STREAM) {
			rc = buf_addf(line, "{%llu bytes}",
				      (unsigned long long)enc->seg[i].stream);
		} else if (enc->seg[i].kind == ENCODE_LITERAL) {
			rc = buf_addf(line, "{%zu bytes}", n);
		} else {
			bool header = n > 2 && i + 1 < enc->n &&
				      memcmp(p + n - 2, "\r\n", 2) == 0;
			rc = buf_add(line, p, text_length(p, n, header));
		}
	}
	show(e, 'C', rc);
}

void trace_line(struct imap4_engine *e, const char *line)
{
	if (e->trace)
		show(e, 'C', buf_adds(&e->trace_line, line));
}

static int add_response(struct buf *line, const char *p, const char *end)
{
	uint64_t size;
	bool streamed;

	while (p < end) {
		const char *brace = memchr(p, '{', (size_t)(end - p));
		const char *stop = brace ? brace : end;
		if (buf_add(line, p, (size_t)(stop - p)) < 0)
			return -1;
		p = stop;
		if (!brace)
			break;
		size_t n = lex_literal(p, end, &size, &streamed);
		int rc = n > 0 ? buf_addf(line, "{%llu bytes}",
					  (unsigned long long)size)
			       : buf_addc(line, '{');
		if (rc < 0)
			return -1;
		p += n > 0 ? n + (streamed ? 0 : size) : 1;
	}
	return 0;
}

void trace_response(struct imap4_engine *e)
{
	const struct buf *text = &e->frame.line;
	const char *p = text->data ? text->data : "";

	if (!e->trace)
		return;
	/* Challenges hold proofs and, with OAuth2, the server's view of them.
	 */
	if (e->auth.state != AUTH_NONE && text->len > 0 && p[0] == '+')
		show(e, 'S', buf_adds(&e->trace_line, "+ <secret>"));
	else
		show(e, 'S', add_response(&e->trace_line, p, p + text->len));
}
