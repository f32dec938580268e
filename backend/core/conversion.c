/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conversion.h"

#include <string.h>

#define NUMBER_MAX 999

/* A decimal number of at most three digits; -1: there is none here. *P moves behind it. */
static int read_number(const char **p)
{
	int number = -1;

	while (**p >= '0' && **p <= '9' && number <= NUMBER_MAX)
		number = (number < 0 ? 0 : number * 10) + (*(*p)++ - '0');
	return number;
}

static int read_limit(const char **p)
{
	if (**p != '*')
		return read_number(p);
	(*p)++;
	return CONVERSION_STAR;
}

size_t conversion_read(const char *format, struct conversion *ret)
{
	struct conversion conversion = { .width = -1, .precision = -1 };
	const char *p = format + 1, *digits = p;
	int position = read_number(&p);
	size_t count;

	if (position > 0 && position <= NUMBER_MAX && *p == '$') {
		conversion.position = (unsigned)position;
		p++;
	} else {
		p = digits;
	}
	count = strspn(p, "-+ #0");
	if (count >= sizeof(conversion.flags))
		return 0;
	memcpy(conversion.flags, p, count);
	p += count;
	conversion.width = read_limit(&p);
	if (*p == '.') {
		p++;
		conversion.precision = read_limit(&p);
		if (conversion.precision == -1)
			conversion.precision = 0;
	}
	count = strspn(p, "hlzjt");
	if (count >= sizeof(conversion.length) || conversion.width > NUMBER_MAX || conversion.precision > NUMBER_MAX)
		return 0;
	memcpy(conversion.length, p, count);
	p += count;
	if (!*p || !strchr("diuxXocsfeg%", *p))
		return 0;
	conversion.kind = *p++;
	if (conversion.kind == '%' && p - format != 2)
		return 0;
	*ret = conversion;
	return (size_t)(p - format);
}
