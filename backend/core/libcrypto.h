/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libcrypto as it is begun: before its first use, which is that of digests or of libcurl.
 */
#ifndef LIFEBOAT_CORE_LIBCRYPTO_H
#define LIFEBOAT_CORE_LIBCRYPTO_H

#include <openssl/crypto.h>

/* It is not torn down at the program's end: a thread that was given up (patient.h) may still be in it. Any number of times, from any thread. */
static inline void libcrypto_begin(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
}

#endif
