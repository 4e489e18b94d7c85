/* SPDX-License-Identifier: MIT */
/* libcurl, with its own redirects, other schemes and cookies off. */
#include "daemon/setup/http.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/base/xalloc.h"

#define TIMEOUT_MS    30000L
#define REDIRECTS_MAX 3

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct buf *body = arg;

	/* Fewer than came: libcurl gives up with CURLE_WRITE_ERROR. */
	return buf_add(body, p, size * n) < 0 ? 0 : size * n;
}

static void set_limits(CURL *c, const struct http_request *r)
{
	(void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https");
	(void)curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(c, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	(void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(c, CURLOPT_MAXFILESIZE, (long)HTTP_ANSWER_MAX);
	(void)curl_easy_setopt(c, CURLOPT_TIMEOUT_MS,
			       r->timeout_ms > 0 ? r->timeout_ms : TIMEOUT_MS);
	(void)curl_easy_setopt(c, CURLOPT_USERAGENT, "imapsyncctl/" VERSION);
	if (r->ca_file)
		(void)curl_easy_setopt(c, CURLOPT_CAINFO, r->ca_file);
}

/* Sends it to url. */
static CURLcode perform(CURL *c, const struct http_request *r, const char *url,
			struct http_answer *out, char said[CURL_ERROR_SIZE])
{
	said[0] = '\0';
	buf_wipe(&out->body);
	(void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, said);
	(void)curl_easy_setopt(c, CURLOPT_URL, url);
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, &out->body);
	if (r->form) /* not copied */
		(void)curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->form);
	CURLcode rc = curl_easy_perform(c);
	(void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &out->status);
	return rc;
}

/* Addresses are named without their query, which may be a person's. */
static int failed(CURLcode rc, const char *url, const char *said,
		  struct err *err)
{
	int len = (int)strcspn(url, "?");
	const char *why = said[0] ? said : curl_easy_strerror(rc);
	enum err_code code = ERR_TEMP;

	if (rc == CURLE_WRITE_ERROR || rc == CURLE_FILESIZE_EXCEEDED) {
		code = ERR_PROTOCOL;
		why = "the answer is too large";
	} else if (rc == CURLE_UNSUPPORTED_PROTOCOL ||
		   rc == CURLE_URL_MALFORMAT) {
		code = ERR_CONFIG;
		why = "not an https address";
	} else if (rc == CURLE_PEER_FAILED_VERIFICATION) {
		code = ERR_AUTH;
	}
	(void)err_set(err, code, ERR_SCOPE_ACCOUNT, "%.*s: %s", len, url, why);
	if (code == ERR_TEMP)
		return err_hint(err, "temporary; try again later");
	return err_hint(err, "nothing was written; check the address");
}

/* The next address, allocated; NULL: none, or it may not be followed, *err. */
static char *redirect(CURL *c, const char *url, const struct http_answer *a,
		      int hops, struct err *err)
{
	char *next = NULL;

	err->code = ERR_NONE;
	if (a->status < 300 || a->status > 399)
		return NULL;
	(void)curl_easy_getinfo(c, CURLINFO_REDIRECT_URL, &next);
	if (!next)
		return NULL;
	if (hops < REDIRECTS_MAX && http_same_origin(url, next))
		return xstrdup(next);
	int len = (int)strcspn(url, "?"), to = (int)strcspn(next, "?");
	(void)err_set(err, ERR_PROTOCOL, ERR_SCOPE_ACCOUNT,
		      "%.*s: sent on to %.*s", len, url, to, next);
	(void)err_hint(err, "%s",
		       hops < REDIRECTS_MAX
			   ? "only the same host is followed to, by https"
			   : "that goes in a circle");
	return NULL;
}

static int follow(CURL *c, const struct http_request *r,
		  struct http_answer *out, struct err *err)
{
	char said[CURL_ERROR_SIZE];
	char *url = xstrdup(r->url);
	int rc = 0;

	for (int hops = 0; rc == 0; hops++) {
		CURLcode code = perform(c, r, url, out, said);
		if (code != CURLE_OK) {
			rc = failed(code, url, said, err);
			break;
		}
		char *next = redirect(c, url, out, hops, err);
		if (!next) {
			rc = err->code == ERR_NONE ? 0 : -1;
			break;
		}
		free(url);
		url = next;
	}
	free(url);
	return rc;
}

int http_ask(const struct http_request *request, struct http_answer *out,
	     struct err *err)
{
	CURL *c = curl_easy_init();

	if (!c)
		return err_set(err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
			       "out of memory");
	buf_init(&out->body, HTTP_ANSWER_MAX);
	set_limits(c, request);
	int rc = follow(c, request, out, err);
	curl_easy_cleanup(c);
	if (rc < 0)
		http_release(out);
	return rc;
}

void http_release(struct http_answer *a)
{
	buf_wipe(&a->body);
}

/* The parts of an origin, allocated by libcurl; false: there is none. */
static bool take_apart(const char *url, char *parts[3])
{
	CURLU *u = curl_url();
	bool ok =
	    u && curl_url_set(u, CURLUPART_URL, url, 0) == 0 &&
	    curl_url_get(u, CURLUPART_SCHEME, &parts[0], 0) == 0 &&
	    curl_url_get(u, CURLUPART_HOST, &parts[1], 0) == 0 &&
	    curl_url_get(u, CURLUPART_PORT, &parts[2], CURLU_DEFAULT_PORT) == 0;

	curl_url_cleanup(u);
	return ok;
}

bool http_same_origin(const char *a, const char *b)
{
	char *of_a[3] = {NULL}, *of_b[3] = {NULL};
	bool same = take_apart(a, of_a) && take_apart(b, of_b);

	for (int i = 0; i < 3; i++) {
		same = same && strcasecmp(of_a[i], of_b[i]) == 0;
		curl_free(of_a[i]);
		curl_free(of_b[i]);
	}
	return same;
}
