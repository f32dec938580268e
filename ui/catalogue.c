/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalogue.h"

#include <fcntl.h>
#include <langinfo.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "line.h"
#include "memory.h"
#include "plural.h"

#define MAGIC 0x950412deu
#define BYTES_MAX (16u << 20)

struct catalogue {
	char *bytes;
	size_t length;
	bool swapped;            /* written by a machine of the other byte order */
	uint32_t count, originals, translations; /* texts, and where their tables begin */
	const char *plural;      /* expression; NULL: none */
};

static struct {
	struct catalogue *catalogue;
	char *missing;
} chosen;

/* The 32-bit number at OFFSET, which is inside. */
static uint32_t number_at(const struct catalogue *catalogue, uint64_t offset)
{
	uint32_t number;

	memcpy(&number, catalogue->bytes + offset, sizeof(number));
	return catalogue->swapped ? __builtin_bswap32(number) : number;
}

static const char *text_at(const struct catalogue *catalogue, uint32_t table, uint32_t i, uint32_t *ret_length)
{
	if (ret_length)
		*ret_length = number_at(catalogue, table + (uint64_t)i * 8);
	return catalogue->bytes + number_at(catalogue, table + (uint64_t)i * 8 + 4);
}

/* Whether all texts of a table are inside and end in NUL. */
static bool table_is_sound(const struct catalogue *catalogue, uint32_t table)
{
	if ((uint64_t)table + (uint64_t)catalogue->count * 8 > catalogue->length)
		return false;
	for (uint32_t i = 0; i < catalogue->count; i++) {
		uint64_t length = number_at(catalogue, table + (uint64_t)i * 8);
		uint64_t offset = number_at(catalogue, table + (uint64_t)i * 8 + 4);

		if (offset + length >= catalogue->length || catalogue->bytes[offset + length])
			return false;
	}
	return true;
}

/* Position of TEXT among the originals, which are sorted; COUNT: it is not there. */
static uint32_t position(const struct catalogue *catalogue, const char *text)
{
	uint32_t low = 0, high = catalogue->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = strcmp(text, text_at(catalogue, catalogue->originals, middle, NULL));

		if (order == 0)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return catalogue->count;
}

struct catalogue *catalogue_read(char *bytes, size_t length)
{
	struct catalogue *catalogue = ui_allocate(sizeof(*catalogue));
	bool sound = false;
	const char *plural;
	uint32_t magic = 0;

	catalogue->bytes = bytes;
	catalogue->length = length;
	if (length >= 28 && length <= BYTES_MAX)
		memcpy(&magic, bytes, sizeof(magic));
	catalogue->swapped = magic == __builtin_bswap32(MAGIC);
	/* Minor revisions only add what can be left alone. */
	if ((magic == MAGIC || catalogue->swapped) && number_at(catalogue, 4) >> 16 <= 1) {
		catalogue->count = number_at(catalogue, 8);
		catalogue->originals = number_at(catalogue, 12);
		catalogue->translations = number_at(catalogue, 16);
		sound = table_is_sound(catalogue, catalogue->originals) && table_is_sound(catalogue, catalogue->translations);
	}
	if (!sound) {
		catalogue_free(catalogue);
		return NULL;
	}
	plural = strstr(catalogue_find(catalogue, ""), "plural=");
	catalogue->plural = plural ? plural + strlen("plural=") : NULL;
	/* Its line ends the expression, if no ';' does. */
	if (plural && !memchr(plural, ';', strcspn(plural, "\n")))
		catalogue->plural = NULL;
	return catalogue;
}

void catalogue_free(struct catalogue *catalogue)
{
	if (!catalogue)
		return;
	free(catalogue->bytes);
	free(catalogue);
}

const char *catalogue_find(const struct catalogue *catalogue, const char *text)
{
	uint32_t i = catalogue ? position(catalogue, text) : 0;
	const char *translation = catalogue && i < catalogue->count ? text_at(catalogue, catalogue->translations, i, NULL) : "";

	return *translation ? translation : text;
}

/* The translation I for NUMBER; NULL: it lacks that form. */
static const char *plural_form(const struct catalogue *catalogue, uint32_t i, unsigned long number)
{
	unsigned long form = number != 1;
	uint32_t length;
	const char *text = text_at(catalogue, catalogue->translations, i, &length), *end = text + length;

	if (catalogue->plural)
		plural_evaluate(catalogue->plural, number, &form);
	/* The forms stand one after the other, each with its NUL. */
	for (; form > 0 && text + strlen(text) < end; form--)
		text += strlen(text) + 1;
	return *text && form == 0 ? text : NULL;
}

const char *catalogue_find_plural(const struct catalogue *catalogue, const char *one, const char *many, unsigned long number)
{
	uint32_t i = catalogue ? position(catalogue, one) : 0;
	const char *text = catalogue && i < catalogue->count ? plural_form(catalogue, i, number) : NULL;

	return text ? text : number == 1 ? one : many;
}

/* The English plural of the original I; NULL: it has none. */
static const char *original_plural(const struct catalogue *catalogue, uint32_t i)
{
	uint32_t length;
	const char *text = text_at(catalogue, catalogue->originals, i, &length);

	return strlen(text) < length ? text + strlen(text) + 1 : NULL;
}

/* Position of the original that has FORMAT as singular or plural; the number of originals: none has. */
static uint32_t format_position(const struct catalogue *catalogue, const char *format)
{
	uint32_t i = position(catalogue, format);

	/* Sorted by the singular only. */
	if (i == catalogue->count)
		for (i = 0; i < catalogue->count; i++) {
			const char *plural = original_plural(catalogue, i);

			if (plural && !strcmp(plural, format))
				break;
		}
	return i;
}

const char *catalogue_find_format(const struct catalogue *catalogue, const char *format, unsigned long number)
{
	uint32_t i = catalogue ? format_position(catalogue, format) : 0;
	const char *text;

	if (!catalogue || i == catalogue->count || !*format)
		return format;
	text = original_plural(catalogue, i) ? plural_form(catalogue, i, number) : text_at(catalogue, catalogue->translations, i, NULL);
	return text && *text ? text : format;
}

/* ---- the program's catalogue ---- */

static char *read_file(const char *path, size_t *ret_length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	char *bytes = NULL;
	size_t length = 0;

	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 && status.st_size <= BYTES_MAX) {
		bytes = ui_allocate((size_t)status.st_size);
		while (length < (size_t)status.st_size) {
			ssize_t n = read(fd, bytes + length, (size_t)status.st_size - length);

			if (n <= 0)
				break;
			length += (size_t)n;
		}
	}
	if (fd >= 0)
		close(fd);
	*ret_length = length;
	return bytes;
}

/* The catalogue of a language by its exact NAME. */
static struct catalogue *open_named(const char *directory, const char *name)
{
	UI_CLEANUP_FREE char *path = line_format("%s/%s/LC_MESSAGES/lifeboat.mo", directory, name);
	size_t length;
	char *bytes = *name && !strchr(name, '/') ? read_file(path, &length) : NULL;

	return bytes ? catalogue_read(bytes, length) : NULL;
}

/* "de_AT.UTF-8": of that country, else of the language. */
static struct catalogue *open_language(const char *directory, const char *language)
{
	UI_CLEANUP_FREE char *country = line_format("%.*s", (int)strcspn(language, ".@"), language);
	UI_CLEANUP_FREE char *plain = line_format("%.*s", (int)strcspn(language, "_.@"), language);
	struct catalogue *catalogue = open_named(directory, country);

	return catalogue ? catalogue : open_named(directory, plain);
}

/* The texts are English by themselves. */
static bool is_english(const char *language)
{
	return !strncmp(language, "en", 2) && !strcspn(language + 2, "_.@");
}

static bool is_plain(const char *locale)
{
	size_t length = strcspn(locale, ".@");

	return (length == 1 && locale[0] == 'C') || (length == 5 && !strncmp(locale, "POSIX", 5)) || !*locale;
}

static const char *locale_of_messages(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return "C";
}

/* The first language of LIST that is here, English as nothing. DIRECTORY may be NULL: none is. *RET_MISSING: the first that was wanted,
 * when none is here. */
static struct catalogue *open_first(const char *directory, const char *list, char **ret_missing)
{
	UI_CLEANUP_FREE char *copy = line_format("%s", list);
	char *save = NULL;

	for (char *language = strtok_r(copy, ":", &save); language; language = strtok_r(NULL, ":", &save)) {
		struct catalogue *catalogue;

		if (is_english(language) || is_plain(language))
			break;
		catalogue = directory ? open_language(directory, language) : NULL;
		if (catalogue) {
			free(*ret_missing);
			*ret_missing = NULL;
			return catalogue;
		}
		if (!*ret_missing)
			*ret_missing = line_clean(language, false);
	}
	return NULL;
}

void catalogue_choose(const char *directory)
{
	const char *list = getenv("LANGUAGE"), *locale = locale_of_messages();
	bool is_utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	char *missing = NULL;

	catalogue_forget();
	if (list && *list)
		chosen.catalogue = open_first(is_utf8 ? directory : NULL, list, &chosen.missing);
	else if (!is_plain(locale) && is_utf8)
		chosen.catalogue = open_first(directory, locale, &missing);
	free(missing);
}

void catalogue_forget(void)
{
	catalogue_free(chosen.catalogue);
	free(chosen.missing);
	chosen.catalogue = NULL;
	chosen.missing = NULL;
}

const char *catalogue_missing(void)
{
	return chosen.missing;
}

const char *catalogue_text(const char *text)
{
	return catalogue_find(chosen.catalogue, text);
}

const char *catalogue_plural(const char *one, const char *many, unsigned long number)
{
	return catalogue_find_plural(chosen.catalogue, one, many, number);
}

const char *catalogue_format(const char *format, unsigned long number)
{
	return catalogue_find_format(chosen.catalogue, format, number);
}
