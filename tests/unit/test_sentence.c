/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences: their forms are kept, sent and shown in other languages; no form can do harm. */
#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/core/bytes.h"
#include "../../backend/core/context.h"
#include "../../backend/core/conversion.h"
#include "../../backend/core/error_words.h"
#include "../../backend/core/event.h"
#include "../../backend/core/sentence.h"
#include "../../backend/protocol/client.h"
#include "../../backend/protocol/message.h"
#include "../../screens/translate.h"

static json_t *parse(const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

	assert_non_null(value);
	return value;
}

static void assert_form(const char *text, const char *expected)
{
	json_t *form = sentence_form(text), *wanted = parse(expected);

	if (!json_equal(form, wanted))
		print_error("%s: %s\n", text, form ? json_dumps(form, JSON_COMPACT) : "no form");
	assert_true(json_equal(form, wanted));
	json_decref(form);
	json_decref(wanted);
}

static void keeps_forms(void **state)
{
	AUTO_FREE char *one = sentence("Disk %s has %zu partitions, %d %%, %.1f, %c", "sda", (size_t)3, -4, 1.5, 'x');
	AUTO_FREE char *numbers = sentence("%hhu %hd %li %llu %#llx %5u|%-5u|%jd", (unsigned char)200, (short)-3, -5L, 18446744073709551615ull, 255ull, 7u, 8u,
					   (intmax_t)9);
	AUTO_FREE char *cut = sentence("Begins with %.*s and %.2s", 3, "abcdef", "xyz");
	AUTO_FREE char *plain = text_format("Made without a form: %s", "x");

	(void)state;
	assert_string_equal(one, "Disk sda has 3 partitions, -4 %, 1.5, x");
	assert_form(one, "[\"Disk %s has %zu partitions, %d %%, %.1f, %c\", \"sda\", 3, -4, 1.5, \"x\"]");
	assert_string_equal(numbers, "200 -3 -5 18446744073709551615 0xff     7|8    |9");
	assert_form(numbers, "[\"%hhu %hd %li %llu %#llx %5u|%-5u|%jd\", 200, -3, -5, -1, 255, 7, 8, 9]");
	assert_string_equal(cut, "Begins with abc and xy");
	assert_form(cut, "[\"Begins with %.*s and %.2s\", \"abc\", \"xy\"]");
	assert_null(sentence_form(plain));
}

/* However it came there. */
static void nests_sentences(void **state)
{
	struct context ctx;
	AUTO_FREE char *copy = NULL, *outer = NULL;

	(void)state;
	context_init(&ctx);
	context_fail(&ctx, ENOENT, "%s cannot be read: %s", "/etc/fstab", strerror(ENOENT));
	assert_form(context_detail(&ctx), "[\"%s cannot be read: %s\", \"/etc/fstab\", [\"No such file or directory\"]]");
	copy = strdup(context_detail(&ctx));
	context_reword(&ctx, EIO, "%s. Nothing was written", context_detail(&ctx));
	assert_form(context_detail(&ctx), "[\"%s. Nothing was written\", [\"%s cannot be read: %s\", \"/etc/fstab\", [\"No such file or directory\"]]]");
	context_done(&ctx);
	outer = sentence("Not bootable: %s", copy);
	assert_form(outer, "[\"Not bootable: %s\", [\"%s cannot be read: %s\", \"/etc/fstab\", [\"No such file or directory\"]]]");
	free(outer);
	/* In a sentence's place it stays what it is. */
	outer = sentence("%s", copy);
	assert_form(outer, "[\"%s cannot be read: %s\", \"/etc/fstab\", [\"No such file or directory\"]]");
	free(outer);
	outer = sentence("It is %s", sentence_words(N_("an odd word")));
	assert_form(outer, "[\"It is %s\", [\"an odd word\"]]");
}

static void keeps_secrets_out(void **state)
{
	AUTO_FREE char *address = sentence("Cannot read %s", "http://me:secret@host/set");
	AUTO_FREE char *pieces = sentence("Cannot read http://%s:%s@%s", "me", "secret", "host");
	AUTO_FREE char *odd = sentence("No file %s", "a\033[2Jb");
	json_t *form;

	(void)state;
	assert_null(strstr(address, "secret"));
	form = sentence_form(address);
	assert_non_null(form);
	assert_null(strstr(json_string_value(json_array_get(form, 1)), "secret"));
	json_decref(form);
	/* Where it is seen in the whole only, the whole is all there is. */
	assert_null(strstr(pieces, "secret"));
	assert_null(sentence_form(pieces));
	assert_string_equal(odd, "No file a%1B[2Jb");
	assert_form(odd, "[\"No file %s\", \"a%1B[2Jb\"]");
}

static void forgets_the_oldest(void **state)
{
	AUTO_FREE char *first = sentence("The first of %s", "many"), *last = NULL;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		free(last);
		last = sentence("Line %d", i);
	}
	assert_null(sentence_form(first));
	assert_form(last, "[\"Line %d\", 19999]");
	assert_form("Line 19000", "[\"Line %d\", 19000]");
}

/* ---- showing ---- */

static const char *german(const char *format, unsigned long number)
{
	static const struct {
		const char *english, *german;
	} texts[] = {
		{ "%s of %s", "von %2$s: %1$s" },
		{ "an odd word", "ein seltsames Wort" },
		{ "too many %s", "zu viele %s, %s" },
		{ "bad %s", "schlecht %n" },
		{ "wrong %s", "falsch %d" },
		{ "missing %s", "fehlt %3$s" },
	};

	if (!strcmp(format, "%d files"))
		return number == 1 ? "eine Datei" : "%d Dateien";
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		if (!strcmp(texts[i].english, format))
			return texts[i].german;
	return format;
}

static void assert_shown(const char *form, const char *expected)
{
	json_t *value = parse(form);
	AUTO_FREE char *text = sentence_show(value, german);

	if (expected) {
		assert_non_null(text);
		assert_string_equal(text, expected);
	} else {
		assert_null(text);
	}
	json_decref(value);
}

static void shows_translations(void **state)
{
	(void)state;
	assert_shown("[\"%s of %s\", \"a\", [\"an odd word\"]]", "von ein seltsames Wort: a");
	assert_shown("[\"%d files\", 1]", "eine Datei");
	assert_shown("[\"%d files\", 5]", "5 Dateien");
	assert_shown("[\"unknown %s %5.1f|%-4s|%4s|%03d\", \"%s\", 2.25, \"x\", \"y\", 7]", "unknown %s   2.2|x   |   y|007");
	/* A translation that does not fit: English. */
	assert_shown("[\"too many %s\", \"x\"]", "too many x");
	assert_shown("[\"bad %s\", \"x\"]", "bad x");
	assert_shown("[\"wrong %s\", \"x\"]", "wrong x");
	assert_shown("[\"missing %s\", \"x\"]", "missing x");
}

static void refuses_what_is_no_form(void **state)
{
	static const char *const forms[] = {
		"[]", "{}", "null", "\"text\"", "[1]", "[[\"x\"]]", "[\"%s\"]", "[\"%d\", \"text\"]", "[\"%s\", 1]", "[\"%s\", null]", "[\"%s\", {}]",
		"[\"%s\", []]", "[\"%n\", 1]", "[\"%p\", 1]", "[\"%m\"]", "[\"%\", 1]", "[\"%2$s\", \"x\"]", "[\"%0$s\", \"x\"]", "[\"%99999999999$s\", \"x\"]",
		"[\"%1000d\", 1]", "[\"%.1000f\", 1]", "[\"%*d\", 1, 1]", "[\"%hhhd\", 1]", "[\"%-+ #0-d\", 1]", "[\"%5%\"]", "[\"%ls\", 1]", "[\"%f\", \"x\"]",
		"[\"%d\", 1.5]", "[\"%s %1$s %s\", \"x\"]",
	};
	AUTO_FREE char *deep = strdup("[\"x\"]"), *many = NULL;
	json_t *value, *text;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(forms); i++) {
		value = parse(forms[i]);
		AUTO_FREE char *shown = sentence_show(value, german);

		if (shown)
			print_error("%s: %s\n", forms[i], shown);
		assert_null(shown);
		json_decref(value);
	}
	for (int i = 0; i < 50; i++) {
		AUTO_FREE char *inner = deep;

		deep = text_format("[\"%%s\", %s]", inner);
	}
	assert_shown(deep, NULL);
	/* Neither endless work nor endless text. */
	many = calloc(1, 5 * 4000 + 1);
	for (int i = 0; i < 4000; i++)
		memcpy(many + 5 * i, "%1$s ", 5);
	text = json_string("");
	value = json_pack("[s, O]", many, text);
	assert_null(sentence_show(value, NULL));
	json_decref(value);
	json_decref(text);
	free(TAKE_POINTER(many));
	many = calloc(1, 4 * 900 + 1);
	for (int i = 0; i < 900; i++)
		memcpy(many + 4 * i, "%1$s", 4);
	value = json_pack("[s, s%]", many, many, (size_t)3600);
	assert_null(sentence_show(value, NULL));
	json_decref(value);
}

/* ---- events ---- */

static json_t *sent(json_t *event)
{
	struct message *message = message_new(event);
	json_t *received;

	assert_non_null(message);
	assert_true(message->length <= ENGINE_MESSAGE_LIMIT);
	received = parse(message->text);
	message_release(message);
	json_decref(event);
	return received;
}

static void goes_with_events(void **state)
{
	AUTO_FREE char *text = sentence("Sent with %s", "it");
	json_t *event = sent(event_phase("plan", "Plan", "done", text)), *messages = json_object_get(event, "messages");

	(void)state;
	assert_string_equal(json_string_value(json_object_get(event, "text")), "Sent with it");
	assert_int_equal(json_object_size(messages), 1);
	assert_string_equal(json_string_value(json_array_get(json_object_get(messages, text), 0)), "Sent with %s");
	json_decref(event);
	event = sent(event_stale(3));
	assert_null(json_object_get(event, "messages"));
	json_decref(event);
}

/* Texts come first, and their forms as far as there is room. */
static void keeps_messages_short(void **state)
{
	json_t *list = json_array(), *event;

	(void)state;
	for (int i = 0; i < 200; i++) {
		AUTO_FREE char *line = sentence("%0500d is line %d", i, i);

		json_array_append_new(list, json_string(line));
	}
	event = sent(event_value("lines", list));
	assert_null(json_object_get(event, "truncated"));
	assert_int_equal(json_array_size(json_object_get(event, "lines")), 200);
	assert_true(json_object_size(json_object_get(event, "messages")) > 10);
	json_decref(event);
}

static void is_translated_in_place(void **state)
{
	json_t *event = parse("{\"event\": \"question\", \"name\": \"Made %s\", \"title\": \"Made x\", \"options\": [{\"value\": \"Made x\", \"text\": \"Made x\"}],"
			      " \"data\": {\"list\": [\"Made x\", 7, null], \"sum\": \"Made x\"}, \"messages\": {\"Made x\": [\"Turned into %s\", \"y\"]}}");
	json_t *wanted = parse("{\"event\": \"question\", \"name\": \"Made %s\", \"title\": \"Turned into y\", \"options\": [{\"value\": \"Made x\", "
			       "\"text\": \"Turned into y\"}], \"data\": {\"list\": [\"Turned into y\", 7, null], \"sum\": \"Made x\"}}");
	static const char *const hostile[] = {
		"{\"event\": \"log\", \"text\": \"x\", \"messages\": {\"x\": [\"%n%s\", 1]}}",
		"{\"event\": \"log\", \"text\": \"x\", \"messages\": [\"x\"]}",
		"{\"event\": \"log\", \"text\": \"x\", \"messages\": {\"x\": \"%s%s%s\"}}",
		"{\"event\": \"log\", \"text\": \"x\", \"messages\": null}",
		"{\"event\": \"log\", \"text\": \"x\", \"messages\": {\"x\": [\"%1$s%1$*2$s\", \"a\", 3]}}",
	};

	(void)state;
	translate_event(event);
	assert_true(json_equal(event, wanted));
	json_decref(event);
	json_decref(wanted);
	for (size_t i = 0; i < ARRAY_LENGTH(hostile); i++) {
		event = parse(hostile[i]);
		translate_event(event);
		assert_string_equal(json_string_value(json_object_get(event, "text")), "x");
		json_decref(event);
	}
	event = parse("[\"no object\"]");
	translate_event(event);
	json_decref(event);
}

static void knows_what_the_library_says(void **state)
{
	const char *text;
	int error;

	(void)state;
	for (size_t i = 0; (error = error_words_row(i, &text)); i++)
		assert_string_equal(text, strerror(error));
	assert_true(error_words_are("No space left on device"));
	assert_false(error_words_are("No space"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_forms),
		cmocka_unit_test(nests_sentences),
		cmocka_unit_test(keeps_secrets_out),
		cmocka_unit_test(forgets_the_oldest),
		cmocka_unit_test(shows_translations),
		cmocka_unit_test(refuses_what_is_no_form),
		cmocka_unit_test(goes_with_events),
		cmocka_unit_test(keeps_messages_short),
		cmocka_unit_test(is_translated_in_place),
		cmocka_unit_test(knows_what_the_library_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
