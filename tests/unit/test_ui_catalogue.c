/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Translations: catalogues as msgfmt writes them, broken ones, plural forms, and which language is chosen. */
#include <fcntl.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../backend/core/bytes.h"
#include "../../backend/core/file.h"
#include "../../ui/catalogue.h"
#include "../../ui/plural.h"

/* Pairs as msgfmt sorts them; of several forms each with its NUL. */
static const struct {
	const char *original;
	size_t original_length;
	const char *translation;
	size_t translation_length;
} texts[] = {
#define TEXT(original, translation) { original, sizeof(original) - 1, translation, sizeof(translation) - 1 }
	TEXT("", "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n != 0 ? 1 : 2);\n"),
	TEXT("%u file\0%u files", "%u один\0%u много\0%u нет"),
	TEXT("Back", "Zurück"),
	TEXT("Help", ""),
	TEXT("Yes", "Ja"),
};

#define COUNT (sizeof(texts) / sizeof(texts[0]))

static void put(char *bytes, size_t offset, uint32_t number, bool swapped)
{
	if (swapped)
		number = __builtin_bswap32(number);
	memcpy(bytes + offset, &number, 4);
}

static char *make(bool swapped, size_t *ret_length)
{
	size_t at = 28 + COUNT * 16;
	char *bytes = calloc(1, 4096);

	put(bytes, 0, 0x950412de, swapped);
	put(bytes, 8, COUNT, swapped);
	put(bytes, 12, 28, swapped);
	put(bytes, 16, 28 + COUNT * 8, swapped);
	for (size_t i = 0; i < COUNT; i++) {
		put(bytes, 28 + i * 8, (uint32_t)texts[i].original_length, swapped);
		put(bytes, 32 + i * 8, (uint32_t)at, swapped);
		memcpy(bytes + at, texts[i].original, texts[i].original_length);
		at += texts[i].original_length + 1;
		put(bytes, 28 + COUNT * 8 + i * 8, (uint32_t)texts[i].translation_length, swapped);
		put(bytes, 32 + COUNT * 8 + i * 8, (uint32_t)at, swapped);
		memcpy(bytes + at, texts[i].translation, texts[i].translation_length);
		at += texts[i].translation_length + 1;
	}
	*ret_length = at;
	return bytes;
}

/* Whoever has a format alone knows neither whether it has plurals nor which of the two forms it is. */
static void finds_formats(void **state)
{
	size_t length;
	char *bytes = make(false, &length);
	struct catalogue *catalogue = catalogue_read(bytes, length);

	(void)state;
	assert_non_null(catalogue);
	assert_string_equal(catalogue_find_format(catalogue, "%u file", 1), "%u один");
	assert_string_equal(catalogue_find_format(catalogue, "%u files", 21), "%u один");
	assert_string_equal(catalogue_find_format(catalogue, "%u files", 2), "%u много");
	assert_string_equal(catalogue_find_format(catalogue, "Back", 7), "Zurück");
	assert_string_equal(catalogue_find_format(catalogue, "Help", 7), "Help");
	assert_string_equal(catalogue_find_format(catalogue, "", 7), "");
	assert_string_equal(catalogue_find_format(catalogue, "Nothing", 7), "Nothing");
	assert_string_equal(catalogue_find_format(NULL, "%u files", 1), "%u files");
	catalogue_free(catalogue);
}

static void finds_texts(void **state)
{
	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		size_t length;
		char *bytes = make(swapped, &length);
		struct catalogue *catalogue = catalogue_read(bytes, length);

		assert_non_null(catalogue);
		assert_string_equal(catalogue_find(catalogue, "Back"), "Zurück");
		assert_string_equal(catalogue_find(catalogue, "Yes"), "Ja");
		assert_string_equal(catalogue_find(catalogue, "Help"), "Help");
		assert_string_equal(catalogue_find(catalogue, "No"), "No");
		assert_string_equal(catalogue_find(catalogue, "Zzz"), "Zzz");
		assert_string_equal(catalogue_find_plural(catalogue, "%u file", "%u files", 21), "%u один");
		assert_string_equal(catalogue_find_plural(catalogue, "%u file", "%u files", 11), "%u много");
		assert_string_equal(catalogue_find_plural(catalogue, "%u file", "%u files", 0), "%u нет");
		assert_string_equal(catalogue_find_plural(catalogue, "a", "b", 1), "a");
		assert_string_equal(catalogue_find_plural(catalogue, "a", "b", 2), "b");
		catalogue_free(catalogue);
	}
	assert_string_equal(catalogue_find(NULL, "Back"), "Back");
	assert_string_equal(catalogue_find_plural(NULL, "a", "b", 1), "a");
}

/* Whatever bytes there are, nothing outside of them is read (under the sanitizers that is seen). */
static void refuses_broken(void **state)
{
	size_t length;
	char *whole = make(false, &length);

	(void)state;
	for (size_t cut = 0; cut < length; cut++) {
		char *bytes = malloc(cut ? cut : 1);

		memcpy(bytes, whole, cut);
		assert_null(catalogue_read(bytes, cut));
	}
	for (size_t i = 0; i < 28 + COUNT * 16; i++) {
		char *bytes = malloc(length);
		struct catalogue *catalogue;

		memcpy(bytes, whole, length);
		bytes[i] ^= 0x7f;
		catalogue = catalogue_read(bytes, length);
		catalogue_find(catalogue, "Back");
		catalogue_find_plural(catalogue, "%u file", "%u files", 3);
		catalogue_free(catalogue);
	}
	free(whole);
}

static void evaluates_plurals(void **state)
{
	static const struct {
		const char *expression;
		unsigned long number, form;
	} good[] = {
		{ "n != 1", 1, 0 }, { "n!=1;", 2, 1 }, { "0", 7, 0 }, { "(n > 1);", 0, 0 }, { "n>=2 && n<=4", 3, 1 },
		{ "n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2", 22, 1 },
		{ "n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2", 12, 2 },
		{ "!n", 0, 1 }, { "10 - 2 - 3", 0, 5 }, { "2 + 3 * 4", 0, 14 }, { "n / 2", 9, 4 },
	};
	static const char *const bad[] = { "", "n !", "n % 0", "(n", "n)", "m", "n ? 1", "n == ", "n & 1" };
	char deep[2048];
	unsigned long form = 99;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(plural_evaluate(good[i].expression, good[i].number, &form));
		assert_int_equal(form, good[i].form);
	}
	form = 99;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(plural_evaluate(bad[i], 3, &form));
	memset(deep, '(', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	assert_false(plural_evaluate(deep, 3, &form));
	assert_int_equal(form, 99);
}

static void chooses_language(void **state)
{
	char template[] = "/tmp/lifeboat-test-XXXXXX";
	char *directory = mkdtemp(template);
	AUTO_FREE char *folder = text_format("%s/de/LC_MESSAGES", directory), *path = text_format("%s/lifeboat.mo", folder);
	static const struct {
		const char *language, *lang, *yes, *missing;
	} rows[] = {
		/* No locale but C.UTF-8 is needed for any language. */
		{ "de", "C.UTF-8", "Ja", NULL },
		{ "de_AT.UTF-8@euro", "C.UTF-8", "Ja", NULL },
		{ "fr:de", "C.UTF-8", "Ja", NULL },
		{ "en:de", "C.UTF-8", "Yes", NULL },
		{ "en_GB:de", "C.UTF-8", "Yes", NULL },
		{ "fr", "C.UTF-8", "Yes", "fr" },
		{ "../../de", "C.UTF-8", "Yes", "../../de" },
		{ "", "C.UTF-8", "Yes", NULL },
		{ "", "de_DE.UTF-8", "Ja", NULL },
		{ "", "fr_FR.UTF-8", "Yes", NULL },
	};
	size_t length;
	char *bytes = make(false, &length);

	(void)state;
	assert_int_equal(make_directories(folder, 0755), 0);
	assert_int_equal(file_replace(AT_FDCWD, path, bytes, length, 0644), 0);
	unsetenv("LC_ALL");
	unsetenv("LC_MESSAGES");
	assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setenv("LANGUAGE", rows[i].language, 1);
		setenv("LANG", rows[i].lang, 1);
		catalogue_choose(directory);
		assert_string_equal(catalogue_text("Yes"), rows[i].yes);
		assert_true(rows[i].missing ? catalogue_missing() && !strcmp(catalogue_missing(), rows[i].missing) : !catalogue_missing());
	}
	/* What the terminal cannot show is not said in letters it lacks. */
	setlocale(LC_ALL, "C");
	setenv("LANGUAGE", "de", 1);
	catalogue_choose(directory);
	assert_string_equal(catalogue_text("Yes"), "Yes");
	catalogue_forget();
	free(bytes);
	unlink(path);
	rmdir(folder);
	*strrchr(folder, '/') = '\0';
	rmdir(folder);
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_texts),
		cmocka_unit_test(finds_formats),
		cmocka_unit_test(refuses_broken),
		cmocka_unit_test(evaluates_plurals),
		cmocka_unit_test(chooses_language),
	};

	return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
