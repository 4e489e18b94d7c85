/* SPDX-License-Identifier: MIT */
#include "daemon/setup/pkce.h"

#include <openssl/evp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/rand.h"

#define BYTES 32 /* of a SHA-256, and of what is random */

/* RFC 7636 A. */
static void encode(const unsigned char raw[BYTES], char out[PKCE_TEXT])
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz"
				       "0123456789-_";
	unsigned bits = 0, have = 0;
	size_t n = 0;

	for (size_t i = 0; i < BYTES; i++) {
		bits = bits << 8 | raw[i];
		for (have += 8; have >= 6; have -= 6)
			out[n++] = alphabet[bits >> (have - 6) & 63];
	}
	out[n++] = alphabet[bits << (6 - have) & 63];
	out[n] = '\0';
}

void pkce_challenge(const char *verifier, char out[PKCE_TEXT])
{
	unsigned char hash[BYTES];

	if (EVP_Digest(verifier, strlen(verifier), hash, NULL, EVP_sha256(),
		       NULL) != 1)
		abort(); /* out of memory */
	encode(hash, out);
}

void pkce_init(struct pkce *p)
{
	unsigned char raw[2][BYTES];

	rand_bytes(raw, sizeof(raw));
	encode(raw[0], p->verifier);
	encode(raw[1], p->state);
	pkce_challenge(p->verifier, p->challenge);
	explicit_bzero(raw, sizeof(raw));
}
