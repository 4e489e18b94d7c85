/* SPDX-License-Identifier: MIT */
/* The line under an SSL. OpenSSL's own uses write(), which kills a program
 * that did not ask to ignore SIGPIPE as soon as a server resets the
 * connection; a library must not demand that. */
#include "lib/net/tls.h"

#include <errno.h>
#include <limits.h>

static bool try_again(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static int socket_write(BIO *b, const char *p, int len)
{
	BIO_clear_retry_flags(b);
	ssize_t n = duplex_write(BIO_get_data(b), p, (size_t)len);
	if (n < 0 && try_again())
		BIO_set_retry_write(b);
	return (int)n;
}

static int socket_read(BIO *b, char *p, int len)
{
	BIO_clear_retry_flags(b);
	ssize_t n = duplex_read(BIO_get_data(b), p, (size_t)len);
	if (n < 0 && try_again())
		BIO_set_retry_read(b);
	if (n == 0)
		BIO_set_flags(b, BIO_FLAGS_IN_EOF);
	return (int)n;
}

static long socket_ctrl(BIO *b, int cmd, long num, void *ptr)
{
	(void)num;
	(void)ptr;
	switch (cmd) {
	case BIO_CTRL_FLUSH:
		return 1;
	case BIO_CTRL_EOF:
		return BIO_test_flags(b, BIO_FLAGS_IN_EOF) != 0;
	default:
		return 0;
	}
}

BIO_METHOD *tls_socket_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket");

	if (!m)
		return NULL;
	if (BIO_meth_set_write(m, socket_write) != 1 ||
	    BIO_meth_set_read(m, socket_read) != 1 ||
	    BIO_meth_set_ctrl(m, socket_ctrl) != 1) {
		BIO_meth_free(m);
		return NULL;
	}
	return m;
}
