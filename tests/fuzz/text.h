/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inputs as texts. */
#ifndef LIFEBOAT_TESTS_FUZZ_TEXT_H
#define LIFEBOAT_TESTS_FUZZ_TEXT_H

#include <stdlib.h>
#include <string.h>

/* DATA as a string of its own, up to its first NUL, so that reading past its end is found. The caller frees. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	return strndup((const char *)data, size);
}

#endif
