/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bytes.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

char *text_unescape_octal(char *text)
{
	char *out = text;

	for (const char *in = text; *in; in++) {
		if (in[0] == '\\' && in[1] >= '0' && in[1] <= '3' && in[2] >= '0' && in[2] <= '7' && in[3] >= '0' && in[3] <= '7') {
			*out++ = (char)((in[1] - '0') << 6 | (in[2] - '0') << 3 | (in[3] - '0'));
			in += 3;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
	return text;
}

size_t utf8_length(const unsigned char *p, size_t left)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t length;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		length = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		length = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		length = 4;
	else
		return 0;
	if (left < length)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return length;
}

/* The character of a valid sequence of N bytes. */
static uint32_t utf8_decode(const unsigned char *p, size_t n)
{
	uint32_t character = n == 1 ? p[0] : p[0] & (0x7fu >> n);

	for (size_t i = 1; i < n; i++)
		character = character << 6 | (p[i] & 0x3fu);
	return character;
}

/* Characters that command a terminal (C0, DEL, C1), or that are not seen themselves and change how others are: Unicode's
 * bidirectional controls, zero-width and other format characters, line and paragraph separators, tags. */
static bool is_harmful(uint32_t character)
{
	static const struct { uint32_t first, last; } ranges[] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x61c, 0x61c }, { 0x180e, 0x180e }, { 0x200b, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0x1d173, 0x1d17a },
		{ 0xe0000, 0xe007f },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(ranges); i++)
		if (character >= ranges[i].first && character <= ranges[i].last)
			return true;
	return false;
}

static char *escape(const char *bytes, size_t length, bool percent)
{
	static const char hex[] = "0123456789ABCDEF";
	const unsigned char *in = (const unsigned char *)bytes;
	char *text, *out;

	if (length > (SIZE_MAX - 1) / 3)
		return NULL;
	text = out = malloc(length * 3 + 1);
	if (!text)
		return NULL;
	for (size_t i = 0; i < length;) {
		size_t n = utf8_length(in + i, length - i);

		if (n > 0 && !is_harmful(utf8_decode(in + i, n)) && (in[i] != '%' || !percent)) {
			memcpy(out, in + i, n);
			out += n;
			i += n;
			continue;
		}
		for (n = n ? n : 1; n > 0; n--, i++) {
			*out++ = '%';
			*out++ = hex[in[i] >> 4];
			*out++ = hex[in[i] & 15];
		}
	}
	*out = '\0';
	return text;
}

char *bytes_escape(const char *bytes, size_t length)
{
	return escape(bytes, length, true);
}

char *text_printable(const char *text)
{
	return escape(text, strlen(text), false);
}

/* The largest number of bytes up to WANTED after which a character of TEXT, which is valid UTF-8, begins. */
static size_t character_start(const char *text, size_t wanted)
{
	while (wanted > 0 && ((unsigned char)text[wanted] & 0xc0) == 0x80)
		wanted--;
	return wanted;
}

char *text_bounded(const char *text, size_t limit)
{
	static const char gap[] = " ... ";
	char *shown = text_printable(text);
	size_t length = shown ? strlen(shown) : 0, kept = limit - (sizeof(gap) - 1), head, tail;

	if (length <= limit)
		return shown;
	head = character_start(shown, kept - kept / 2);
	tail = length - kept / 2;
	while (((unsigned char)shown[tail] & 0xc0) == 0x80)
		tail++;
	memcpy(shown + head, gap, sizeof(gap) - 1);
	memmove(shown + head + sizeof(gap) - 1, shown + tail, length - tail + 1);
	return shown;
}

bool text_is_plain(const char *text)
{
	const unsigned char *in = (const unsigned char *)text;
	size_t left = strlen(text);

	while (left > 0) {
		size_t n = utf8_length(in, left);

		if (n == 0 || is_harmful(utf8_decode(in, n)))
			return false;
		in += n;
		left -= n;
	}
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

char *bytes_unescape(const char *text, size_t *ret_length)
{
	AUTO_FREE char *bytes = malloc(strlen(text) + 1);
	char *out = bytes;

	if (!bytes) {
		errno = ENOMEM;
		return NULL;
	}
	for (const char *in = text; *in;) {
		int high, low;

		if (*in != '%') {
			*out++ = *in++;
			continue;
		}
		high = hex_digit(in[1]);
		low = high < 0 ? -1 : hex_digit(in[2]);
		if (high < 0 || low < 0 || (high == 0 && low == 0)) {
			errno = EINVAL;
			return NULL;
		}
		*out++ = (char)(high << 4 | low);
		in += 3;
	}
	*out = '\0';
	if (ret_length)
		*ret_length = (size_t)(out - bytes);
	return TAKE_POINTER(bytes);
}

bool parse_u64(const char *text, uint64_t *ret)
{
	uint64_t value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (!isdigit((unsigned char)*text) || __builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (unsigned)(*text - '0'), &value))
			return false;
	}
	*ret = value;
	return true;
}

bool parse_decimal(const char *text, uint64_t *ret)
{
	return (text[0] != '0' || !text[1]) && parse_u64(text, ret);
}

bool parse_i64(const char *text, int64_t *ret)
{
	bool negative = *text == '-';
	uint64_t value;

	if (!parse_u64(text + negative, &value) || value > (uint64_t)INT64_MAX + negative)
		return false;
	*ret = negative ? (int64_t)(0 - value) : (int64_t)value;
	return true;
}

char *bytes_print_size(uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1023.95 && unit + 1 < ARRAY_LENGTH(units)) {
		value /= 1024;
		unit++;
	}
	return text_format(unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

char *text_format(const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	return length < 0 ? NULL : text;
}

void text_wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

char *text_strip(const char *text)
{
	size_t length;

	while (isspace((unsigned char)*text))
		text++;
	length = strlen(text);
	while (length > 0 && isspace((unsigned char)text[length - 1]))
		length--;
	return strndup(text, length);
}

char **strv_free(char **strv)
{
	for (size_t i = 0; strv && strv[i]; i++)
		free(strv[i]);
	free(strv);
	return NULL;
}

size_t strv_length(char *const *strv)
{
	size_t length = 0;

	while (strv && strv[length])
		length++;
	return length;
}

int strv_append_counted(char ***strv, size_t *count, const char *text)
{
	size_t length = *count;
	char **grown, *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	/* Doubled at powers of two, so that long lists do not copy themselves at every word. */
	if (!*strv || (length & (length + 1)) == 0) {
		grown = reallocarray(*strv, 2 * (length + 1), sizeof(*grown));
		if (!grown) {
			free(copy);
			return -ENOMEM;
		}
		*strv = grown;
	}
	(*strv)[length] = copy;
	(*strv)[length + 1] = NULL;
	*count = length + 1;
	return 0;
}

int strv_append(char ***strv, const char *text)
{
	size_t count = strv_length(*strv);

	return strv_append_counted(strv, &count, text);
}

void strv_append_line(char ***strv, const char *text)
{
	/* A warning about it would need memory, too. */
	if (strv_append(strv, text) < 0)
		return;
}

bool strv_contains(char *const *strv, const char *text)
{
	for (; strv && *strv; strv++)
		if (!strcmp(*strv, text))
			return true;
	return false;
}

char *strv_join(char *const *strv, const char *separator)
{
	char *text = strdup("");

	for (size_t i = 0; text && strv && strv[i]; i++) {
		char *longer = text_format("%s%s%s", text, i ? separator : "", strv[i]);

		free(text);
		text = longer;
	}
	return text;
}

int buffer_reserve(struct buffer *buffer, size_t more)
{
	size_t need, capacity;
	char *data;

	if (__builtin_add_overflow(buffer->length, more, &need) || __builtin_add_overflow(need, 1, &need))
		return -ENOMEM;
	if (need <= buffer->capacity)
		return 0;
	capacity = buffer->capacity < 128 ? 128 : buffer->capacity;
	while (capacity < need)
		if (__builtin_mul_overflow(capacity, 2, &capacity))
			return -ENOMEM;
	data = realloc(buffer->data, capacity);
	if (!data)
		return -ENOMEM;
	buffer->data = data;
	buffer->capacity = capacity;
	return 0;
}

int buffer_append(struct buffer *buffer, const void *data, size_t length)
{
	int r = buffer_reserve(buffer, length);

	if (r < 0)
		return r;
	if (length > 0)
		memcpy(buffer->data + buffer->length, data, length);
	buffer->length += length;
	buffer->data[buffer->length] = '\0';
	return 0;
}

void buffer_done(struct buffer *buffer)
{
	free(buffer->data);
	memset(buffer, 0, sizeof(*buffer));
}
