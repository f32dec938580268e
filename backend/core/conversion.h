/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One conversion of a printf format, taken apart: what both the making of a sentence's form and its showing must agree on. */
#ifndef LIFEBOAT_CORE_CONVERSION_H
#define LIFEBOAT_CORE_CONVERSION_H

#include <stdbool.h>
#include <stddef.h>

#define CONVERSION_STAR (-2)

struct conversion {
	unsigned position;       /* of its argument, from 1; 0: the next one */
	char flags[6];
	int width, precision;    /* -1: none; CONVERSION_STAR: an argument says it */
	char length[3];          /* "", "hh", "h", "l", "ll", "z", "j" or "t" */
	char kind;               /* 'd', 's', ...; '%' */
};

/* Reads the conversion at FORMAT, which begins with '%'. The number of characters it takes; 0: it is none that is known. Widths and precisions are
 * at most 999. */
size_t conversion_read(const char *format, struct conversion *ret);

#endif
