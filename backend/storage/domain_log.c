/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "domain_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/macro.h"

#define LEAST_UNIT 512u
#define MOST_UNIT (1u << 20)

struct stretch {
	uint64_t position, size;
	bool used;
};

/* "0x" and up to 16 digits, at *AT, which moves behind the number and the blanks that follow it. */
static bool take_number(const char **at, uint64_t *ret)
{
	const char *digits = *at + 2;
	uint64_t value = 0;
	size_t count;

	if (strncmp(*at, "0x", 2))
		return false;
	count = strspn(digits, "0123456789abcdefABCDEF");
	if (!count || count > 16)
		return false;
	for (size_t i = 0; i < count; i++)
		value = value << 4 | (unsigned)(digits[i] <= '9' ? digits[i] - '0' : (digits[i] | 0x20) - 'a' + 10);
	*ret = value;
	*at = digits + count;
	if (**at != ' ' && **at != '\t')
		return false;
	*at += strspn(*at, " \t");
	return true;
}

/* One of SIGNS, and the end of its line. */
static bool take_sign(const char **at, const char *signs, char *ret)
{
	if (!**at || !strchr(signs, **at) || ((*at)[1] && (*at)[1] != '\n'))
		return false;
	*ret = **at;
	*at += 1 + ((*at)[1] == '\n');
	return true;
}

static void skip_comments(const char **at)
{
	while (**at == '#' || **at == '\n') {
		*at += strcspn(*at, "\n");
		*at += **at == '\n';
	}
}

/* The line of what was reached: its position. */
static bool take_reached(const char **at, uint64_t *ret)
{
	char sign;

	skip_comments(at);
	return take_number(at, ret) && take_sign(at, "?*/-F+G", &sign);
}

/* The next stretch, which begins where the last one ended: 1, 0 at the end of the text, -EINVAL. */
static int take_stretch(const char **at, uint64_t expected, uint64_t limit, struct stretch *ret)
{
	char sign = 0;

	skip_comments(at);
	if (!**at)
		return 0;
	if (!take_number(at, &ret->position) || !take_number(at, &ret->size) || !take_sign(at, "+?", &sign) || ret->position != expected ||
	    !ret->size || ret->size % LEAST_UNIT || ret->size > limit - expected)
		return -EINVAL;
	ret->used = sign == '+';
	return 1;
}

/* What all ends of stretches are multiples of, in *RET_UNIT; *RET_END: the last of them. */
static int measure(const char *at, uint64_t limit, uint64_t *ret_unit, uint64_t *ret_end)
{
	uint64_t reached, end = 0, ends = MOST_UNIT;
	struct stretch stretch;
	int r = take_reached(&at, &reached) ? 1 : -EINVAL;

	while (r == 1) {
		r = take_stretch(&at, end, limit, &stretch);
		if (r == 1)
			end += stretch.size;
		ends |= end;
	}
	*ret_unit = ends & -ends;
	*ret_end = end;
	return r < 0 ? r : end && end == reached ? 0 : -EINVAL;
}

static void mark(struct block_map *map, const struct stretch *stretch)
{
	uint64_t end = (stretch->position + stretch->size) / map->unit;

	for (uint64_t at = stretch->position / map->unit; stretch->used && at < end; at++)
		map->bits[at / 8] |= (unsigned char)(1u << at % 8);
}

int domain_log_read(const char *text, uint64_t size, struct block_map *ret)
{
	struct block_map map = { 0 };
	struct stretch stretch;
	const char *at = text;
	uint64_t end = 0;
	int r = measure(text, size, &map.unit, &end);

	if (r < 0)
		return r;
	map.count = end / map.unit;
	if (map.count / 8 + 1 > BLOCK_MAP_LIMIT)
		return -EFBIG;
	map.bits = calloc(map.count / 8 + 1, 1);
	if (!map.bits)
		return -ENOMEM;
	take_reached(&at, &end);
	for (end = 0; take_stretch(&at, end, size, &stretch) == 1; end += stretch.size)
		mark(&map, &stretch);
	*ret = map;
	return 0;
}
