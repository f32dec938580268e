/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pax_records.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "acl.h"
#include "xattr.h"

#define XATTR_PREFIX "SCHILY.xattr."

static const char *const keywords[RECORD_COUNT] = {
	[RECORD_PATH] = "path",
	[RECORD_LINKPATH] = "linkpath",
	[RECORD_SIZE] = "size",
	[RECORD_UID] = "uid",
	[RECORD_GID] = "gid",
	[RECORD_MTIME] = "mtime",
	[RECORD_ACL_ACCESS] = "SCHILY.acl.access",
	[RECORD_ACL_DEFAULT] = "SCHILY.acl.default",
	[RECORD_SPARSE_MAJOR] = "GNU.sparse.major",
	[RECORD_SPARSE_MINOR] = "GNU.sparse.minor",
	[RECORD_SPARSE_NAME] = "GNU.sparse.name",
	[RECORD_SPARSE_SIZE] = "GNU.sparse.realsize",
	[RECORD_FLAGS] = "LIFEBOAT.flags",
	[RECORD_HINTS] = "LIFEBOAT.hints",
	[RECORD_TYPE] = "LIFEBOAT.type",
	[RECORD_PIECE_OF] = "LIFEBOAT.piece_of",
	[RECORD_PIECE_OFFSET] = "LIFEBOAT.piece_offset",
	[RECORD_WHOLE_SIZE] = "LIFEBOAT.whole_size",
	[RECORD_RECIPE] = "LIFEBOAT.recipe",
};

/* One record, its value NUL-ended and free of other NULs unless it is an extended attribute's. */
struct record_text {
	const char *keyword;
	size_t keyword_length;
	const char *value;
	size_t length;
};

void pax_records_done(struct pax_records *records)
{
	free(records->path);
	free(records->linkpath);
	free(records->sparse_name);
	free(records->piece_of);
	for (size_t i = 0; i < records->xattr_count; i++) {
		free(records->xattrs[i].name);
		free(records->xattrs[i].value);
	}
	free(records->xattrs);
	memset(records, 0, sizeof(*records));
}

/* Takes NAME and VALUE over. What no kernel takes is refused now, not when it is restored. */
static int add_xattr(struct pax_records *records, char *name, void *value, size_t length)
{
	if (records->xattr_count == records->xattr_capacity) {
		size_t capacity = records->xattr_capacity ? 2 * records->xattr_capacity : 4;
		struct pax_xattr *grown = name && value ? realloc(records->xattrs, capacity * sizeof(*grown)) : NULL;

		if (!grown) {
			free(name);
			free(value);
			return -ENOMEM;
		}
		records->xattrs = grown;
		records->xattr_capacity = capacity;
	}
	if (!name || !value || !xattr_is_kept(name) || !xattr_value_is_valid(name, value, length)) {
		int r = name && value ? -EBADMSG : -ENOMEM;

		free(name);
		free(value);
		return r;
	}
	records->xattrs[records->xattr_count++] = (struct pax_xattr){ name, value, length };
	return 0;
}

static int take_xattr(struct pax_records *records, const struct record_text *record)
{
	const char *from = record->keyword + strlen(XATTR_PREFIX), *end = record->keyword + record->keyword_length;
	AUTO_BUFFER struct buffer name = { 0 };
	char *value;
	int r = 0;

	if (from == end || memchr(from, '\0', (size_t)(end - from)))
		return -EBADMSG;
	while (from < end && r == 0) {
		size_t left = (size_t)(end - from);

		if (left >= 3 && !memcmp(from, "%3D", 3)) {
			r = buffer_append(&name, "=", 1);
			from += 3;
		} else if (left >= 3 && !memcmp(from, "%25", 3)) {
			r = buffer_append(&name, "%", 1);
			from += 3;
		} else {
			r = buffer_append(&name, from++, 1);
		}
	}
	if (r < 0)
		return r;
	value = malloc(record->length + 1);
	if (value) {
		memcpy(value, record->value, record->length);
		value[record->length] = '\0';
	}
	return add_xattr(records, TAKE_POINTER(name.data), value, record->length);
}

static int take_acl(struct pax_records *records, const char *name, const char *text)
{
	size_t length;
	void *value;
	int r = acl_value_from_text(text, &value, &length);

	if (r < 0)
		return r == -EINVAL ? -EBADMSG : r;
	return add_xattr(records, strdup(name), value, length);
}

static int take_text(char **ret, const char *value)
{
	if (!*value)
		return -EBADMSG;
	*ret = strdup(value);
	return *ret ? 0 : -ENOMEM;
}

static int take_u64(uint64_t *ret, const char *value, uint64_t limit)
{
	uint64_t number;

	if (!parse_decimal(value, &number) || number > limit)
		return -EBADMSG;
	*ret = number;
	return 0;
}

/* A user or group. The last number means "leave it" to chown(2): nobody's id. */
static int take_id(uint32_t *ret, const char *value)
{
	uint64_t number;
	int r = take_u64(&number, value, UINT32_MAX - 1);

	if (r == 0)
		*ret = (uint32_t)number;
	return r;
}

/* "[-]SECONDS[.FRACTION]": nine digits of fraction, when it is not 0. */
static int take_time(struct timespec *ret, const char *value)
{
	bool negative = *value == '-';
	size_t digits = strspn(value + negative, "0123456789");
	const char *rest = value + negative + digits;
	AUTO_FREE char *whole = strndup(value + negative, digits);
	uint64_t seconds, nanoseconds = 0;

	if (!whole)
		return -ENOMEM;
	if (!parse_decimal(whole, &seconds) || seconds > INT64_MAX - 1)
		return -EBADMSG;
	if (*rest == '.' && (strlen(++rest) != 9 || !parse_u64(rest, &nanoseconds) || nanoseconds == 0))
		return -EBADMSG;
	if ((*rest && !nanoseconds) || (negative && seconds == 0 && nanoseconds == 0))
		return -EBADMSG;
	ret->tv_sec = negative ? -(time_t)seconds - (nanoseconds != 0) : (time_t)seconds;
	ret->tv_nsec = negative && nanoseconds ? 1000000000 - (long)nanoseconds : (long)nanoseconds;
	return 0;
}

static int take_constant(const char *value, const char *constant)
{
	return strcmp(value, constant) ? -EBADMSG : 0;
}

static int take_record(struct pax_records *records, enum record record, const char *value)
{
	switch (record) {
	case RECORD_PATH: return take_text(&records->path, value);
	case RECORD_LINKPATH: return take_text(&records->linkpath, value);
	case RECORD_SIZE: return take_u64(&records->size, value, INT64_MAX);
	case RECORD_UID: return take_id(&records->uid, value);
	case RECORD_GID: return take_id(&records->gid, value);
	case RECORD_MTIME: return take_time(&records->mtime, value);
	case RECORD_ACL_ACCESS: return take_acl(records, ACL_ACCESS, value);
	case RECORD_ACL_DEFAULT: return take_acl(records, ACL_DEFAULT, value);
	case RECORD_SPARSE_MAJOR: return take_constant(value, "1");
	case RECORD_SPARSE_MINOR: return take_constant(value, "0");
	case RECORD_SPARSE_NAME: return take_text(&records->sparse_name, value);
	case RECORD_SPARSE_SIZE: return take_u64(&records->sparse_size, value, INT64_MAX);
	case RECORD_FLAGS: return pax_flags_parse(value, &records->flags);
	case RECORD_HINTS: return hints_parse(value, &records->hints);
	case RECORD_TYPE: return take_constant(value, "socket");
	case RECORD_PIECE_OF: return take_text(&records->piece_of, value);
	case RECORD_PIECE_OFFSET: return take_u64(&records->piece_offset, value, INT64_MAX);
	case RECORD_WHOLE_SIZE: return take_u64(&records->whole_size, value, INT64_MAX);
	case RECORD_RECIPE: return take_constant(value, "1");
	case RECORD_COUNT: break;
	}
	return -EBADMSG;
}

static int take_any(struct pax_records *records, const struct record_text *record)
{
	size_t prefix = strlen(XATTR_PREFIX);

	if (record->keyword_length > prefix && !memcmp(record->keyword, XATTR_PREFIX, prefix))
		return take_xattr(records, record);
	if (memchr(record->value, '\0', record->length))
		return -EBADMSG;
	for (enum record i = 0; i < RECORD_COUNT; i++) {
		AUTO_FREE char *value = NULL;

		if (strlen(keywords[i]) != record->keyword_length ||
		    memcmp(keywords[i], record->keyword, record->keyword_length))
			continue;
		if (records->has[i])
			return -EBADMSG;
		records->has[i] = true;
		value = strndup(record->value, record->length);
		return value ? take_record(records, i, value) : -ENOMEM;
	}
	return -EBADMSG;
}

/* Splits the record at TEXT off; bytes it takes, or -EBADMSG. */
static ssize_t split_record(const char *text, size_t left, struct record_text *ret)
{
	size_t length = 0, at = 0;
	const char *equals;

	for (; at < left && text[at] >= '0' && text[at] <= '9' && at < 9; at++)
		length = length * 10 + (size_t)(text[at] - '0');
	if (at == 0 || text[0] == '0' || at >= left || text[at] != ' ' || length > left || length < at + 3 ||
	    text[length - 1] != '\n')
		return -EBADMSG;
	ret->keyword = text + at + 1;
	equals = memchr(ret->keyword, '=', length - at - 2);
	if (!equals)
		return -EBADMSG;
	ret->keyword_length = (size_t)(equals - ret->keyword);
	ret->value = equals + 1;
	ret->length = length - (size_t)(equals + 1 - text) - 1;
	return (ssize_t)length;
}

static int by_name(const void *a, const void *b)
{
	const struct pax_xattr *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int pax_records_parse(const char *text, size_t length, struct pax_records *records)
{
	size_t at = 0;
	int r = 0;

	while (at < length && r == 0) {
		struct record_text record;
		ssize_t n = split_record(text + at, length - at, &record);

		r = n < 0 ? (int)n : take_any(records, &record);
		at += n < 0 ? 0 : (size_t)n;
	}
	if (records->xattr_count > 1)
		qsort(records->xattrs, records->xattr_count, sizeof(*records->xattrs), by_name);
	for (size_t i = 1; i < records->xattr_count && r == 0; i++)
		if (!by_name(&records->xattrs[i - 1], &records->xattrs[i]))
			r = -EBADMSG;
	return r;
}
