/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers without a screen: typed lines and answers from a file, and above all what is never taken for consent. */
#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../screens/answers.h"
#include "../../screens/ask.h"
#include "../../screens/policy.h"
#include "quoted_json.h"

static const char confirm[] =
	"{'id': 1, 'name': 'confirm', 'type': 'erase', 'title': 'Consent', 'certain': true, 'default': {'erase': "
	"'disk:1'},"
	" 'data': {'disk': 'disk:1', 'model': 'M', 'serial': 'SER1', 'size': 1024, 'erases': ['ext4'], "
	"'proof': {'kind': 'serial', 'text': 'SER1', 'tail': 4}}}";
static const char confirm_without_serial[] = "{'id': 1, 'name': 'confirm', 'type': 'erase', 'title': 'Consent', "
					     "'data': {'disk': 'disk:1', 'model': 'M', 'serial': '', "
					     "'proof': {'kind': 'path', 'text': 'pci-1-usb-2', 'tail': 11}}}";
/* Another disk has the same serial number. */
static const char confirm_twin[] = "{'id': 1, 'name': 'confirm', 'type': 'erase', 'title': 'Consent', "
				   "'data': {'disk': 'disk:1', 'model': 'M', 'serial': 'TWIN', "
				   "'proof': {'kind': 'name', 'text': 'sda', 'tail': 3}}}";
static const char disks[] = "{'id': 2, 'name': 'disks', 'type': 'map', 'title': 'Disks', 'data': {'sources': [{'id': "
			    "'disk:0', 'text': 'old', 'target': null,"
			    " 'candidates': [{'id': 'disk:1', 'model': 'M', 'serial': 'SER1', 'usable': true},"
			    " {'id': 'disk:2', 'model': 'M', 'serial': 'SER2', 'usable': false, 'reason': 'too small'},"
			    " {'id': 'disk:3', 'model': 'N', 'serial': 'TWIN', 'usable': true}, {'id': 'disk:4', "
			    "'model': 'O', 'serial': 'TWIN', 'usable': true},"
			    " {'id': 'disk:5', 'model': '', 'serial': '', 'usable': true}]}]}}";
static const char two_disks[] =
	"{'id': 2, 'name': 'disks', 'type': 'map', 'title': 'Disks', 'data': {'sources': ["
	"{'id': 'disk:0', 'candidates': [{'id': 'disk:1', 'model': 'M', 'serial': 'SER1', 'usable': true}]},"
	"{'id': 'disk:1', 'candidates': [{'id': 'disk:1', 'model': 'M', 'serial': 'SER1', 'usable': true}]}]}}";
static const char choice[] =
	"{'id': 3, 'name': 'set', 'type': 'choice', 'title': 'Set', 'default': 'a', 'options': [{'value': 'a', "
	"'enabled': true},"
	" {'value': 'b', 'enabled': false, 'reason': 'damaged'}, {'value': 'c', 'enabled': true}]}";

static const char free_choice[] = "{'id': 3, 'name': 'set', 'type': 'choice', 'title': 'Set', 'data': {'free_text': true}, 'options': []}";

static const char secret[] = "{'id': 4, 'name': 'word', 'type': 'text', 'title': 'Word', 'default': null, 'secret': true}";

/* What FILE answers to QUESTION as JSON with single quotes, or NULL; WHY must be in the reason then. */
static void file_answers(const char *file, const char *question, const char *expected, const char *why)
{
	json_t *answers = quoted_json(file), *asked = quoted_json(question), *value;
	char *reason = NULL;

	value = answers_value(answers, asked, &reason);
	if (expected) {
		json_t *wanted = quoted_json(expected);

		assert_non_null(value);
		assert_true(json_equal(value, wanted));
		json_decref(wanted);
	} else {
		assert_null(value);
		assert_non_null(reason);
		if (!strstr(reason, why))
			fail_msg("'%s' is not in '%s'", why, reason);
	}
	free(reason);
	json_decref(value);
	json_decref(asked);
	json_decref(answers);
}

static void files_give_secrets(void **state)
{
	json_t *answers = quoted_json("{'secret:word': 'x', 'secret:': 'y'}");
	char *unknown = answers_unknown(answers);

	(void)state;
	file_answers("{'secret:word': 'x'}", secret, "'x'", NULL);
	file_answers("{'word': 'x'}", secret, NULL, "no answer to 'secret:word'");
	assert_string_equal(unknown, "the answers file names questions that do not exist: 'secret:'");
	free(unknown);
	json_decref(answers);
}

static void files_change_the_plan(void **state)
{
	static const char plan[] = "{'id': 5, 'name': 'plan', 'type': 'choice', 'title': 'Plan', 'data': {'wishes': {}}, 'options': ["
				   "{'value': 'go', 'enabled': true}, {'value': 'edit', 'enabled': true}]}";
	static const char changed[] = "{'id': 5, 'name': 'plan', 'type': 'choice', 'title': 'Plan', 'data': {'wishes': {'a': {'drop': true}}},"
				      "'options': [{'value': 'go', 'enabled': true}]}";
	static const char edit[] = "{'id': 6, 'name': 'edit', 'type': 'edit', 'title': 'Edit', 'data': {'wishes': {}, 'problem': ''}}";
	static const char refused[] = "{'id': 6, 'name': 'edit', 'type': 'edit', 'title': 'Edit', 'data': {'wishes': {}, 'problem': 'too large'}}";
	static const char held[] = "{'id': 6, 'name': 'edit', 'type': 'edit', 'title': 'Edit', 'data': {'wishes': {'a': {'drop': true}}, 'problem': ''}}";
	static const char file[] = "{'plan': 'go', 'edit': {'a': {'drop': true}}}";

	(void)state;
	file_answers(file, plan, "'edit'", NULL);
	file_answers(file, edit, "{'a': {'drop': true}}", NULL);
	file_answers(file, held, "'done'", NULL);
	file_answers(file, changed, "'go'", NULL);
	file_answers(file, refused, NULL, "too large");
	file_answers("{'edit': 'a'}", edit, NULL, "no object of changes");
	file_answers("{'plan': 'go'}", plan, "'go'", NULL);
}

static void files_consent(void **state)
{
	(void)state;
	file_answers("{'confirm': ['OTHER', 'SER1']}", confirm, "{'erase': 'disk:1'}", NULL);
	file_answers("{'confirm': 'ser1'}", confirm, "{'erase': 'disk:1'}", NULL);
	file_answers("{'confirm': 'serial:SER1'}", confirm, "{'erase': 'disk:1'}", NULL);
	file_answers("{'confirm': 'disk:1'}", confirm_without_serial, "{'erase': 'disk:1'}", NULL);
	file_answers("{'confirm': 'pci-1-usb-2'}", confirm_without_serial, "{'erase': 'disk:1'}", NULL);
	file_answers("{'confirm': 'TWIN'}", confirm_twin, NULL, "does not name the disk");
	file_answers("{'confirm': '/dev/sda'}", confirm_twin, "{'erase': 'disk:1'}", NULL);
	/* Certain or not: without the file's word there is none. */
	file_answers("{}", confirm, NULL, "no answer to 'confirm'");
	file_answers("{'confirm': []}", confirm, NULL, "does not name the disk");
	file_answers("{'confirm': true}", confirm, NULL, "does not name the disk");
	file_answers("{'confirm': 'SER'}", confirm, NULL, "does not name the disk");
	file_answers("{'confirm': ''}", confirm, NULL, "does not name the disk");
	file_answers("{'confirm': [null, 1, '']}", confirm_without_serial, NULL, "does not name the disk");
	file_answers("{'confirm': []}", confirm, NULL, "its name there is 'SER1'");
	file_answers("{'confirm': []}", confirm_without_serial, NULL, "its name there is 'disk:1'");
	/* Numbers change from run to run: where there is a serial number they say nothing. */
	file_answers("{'confirm': 'disk:1'}", confirm, NULL, "does not name the disk");
}

static void files_disks(void **state)
{
	(void)state;
	file_answers("{'disks': {'disk:0': 'disk:1'}}", disks, "{'disk:0': 'disk:1'}", NULL);
	file_answers("{'disks': {'disk:0': 'serial:SER1'}}", disks, "{'disk:0': 'disk:1'}", NULL);
	file_answers("{'disks': {'disk:0': 'N:TWIN'}}", disks, "{'disk:0': 'disk:3'}", NULL);
	file_answers("{'disks': {'disk:0': null}}", disks, "{'disk:0': null}", NULL);
	file_answers("{'disks': {'disk:0': 'serial:TWIN'}}", disks, NULL, "more than one");
	file_answers("{'disks': {'disk:0': 'serial:SER2'}}", disks, NULL, "too small");
	file_answers("{'disks': {'disk:0': 'serial:'}}", disks, NULL, "no disk here");
	file_answers("{'disks': {'disk:0': 'sda'}}", disks, NULL, "no disk here");
	file_answers("{'disks': {'disk:0': 'disk:1', 'disk:7': 'disk:3'}}", disks, NULL, "has no such disk");
	/* Two saved disks may share one. */
	file_answers("{'disks': {'disk:0': 'disk:1', 'disk:1': 'serial:SER1'}}", two_disks, "{'disk:0': 'disk:1', 'disk:1': 'disk:1'}", NULL);
	file_answers("{'disks': 'disk:1'}", disks, NULL, "is no object");
	file_answers("{}", disks, NULL, "no answer to 'disks'");
}

static void files_choices(void **state)
{
	(void)state;
	file_answers("{'set': 'c'}", choice, "'c'", NULL);
	file_answers("{'set': 'b'}", choice, NULL, "damaged");
	file_answers("{'set': 'x'}", choice, NULL, "can be chosen: 'a', 'c'");
	file_answers("{'set': 3}", choice, NULL, "none of what");
	file_answers("{}", choice, NULL, "no answer to 'set'");
	/* Where only one thing can be said nothing is decided. */
	file_answers("{}",
		     "{'name': 'hardware', 'type': 'choice', 'options': [{'value': 'continue', 'enabled': true}]}",
		     "'continue'", NULL);
	file_answers("{}", "{'name': 'disks', 'type': 'map', 'certain': true, 'default': {'disk:0': 'disk:1'}}",
		     "{'disk:0': 'disk:1'}", NULL);
	file_answers("{}",
		     "{'name': 'set', 'type': 'choice', 'data': {'free_text': true}, 'options': [{'value': 'a', "
		     "'enabled': true}]}",
		     NULL, "no answer");
}

/* Settings are tried once: the same again would fail again. */
static void files_set_the_network(void **state)
{
	static const char asked[] = "{'id': 5, 'name': 'network', 'type': 'settings', 'title': 'Network', 'text': 'no link', 'data': {'asked': 0}, "
				    "'options': [{'value': 'retry', 'enabled': true}, {'value': 'skip', 'enabled': true}]}";
	static const char again[] = "{'id': 6, 'name': 'network', 'type': 'settings', 'title': 'Network', 'text': 'no link', 'data': {'asked': 1}, "
				    "'options': [{'value': 'retry', 'enabled': true}, {'value': 'skip', 'enabled': true}]}";

	(void)state;
	file_answers("{'network': {'interface': 'eth0', 'method': 'dhcp'}}", asked, "{'interface': 'eth0', 'method': 'dhcp'}", NULL);
	file_answers("{'network': 'skip'}", asked, "'skip'", NULL);
	file_answers("{'network': 'magic'}", asked, NULL, "none of what can be chosen");
	file_answers("{'network': {'method': 'dhcp'}}", again, NULL, "did not help: no link");
	file_answers("{}", asked, NULL, "no answer to 'network'");
}

static void unknown_keys_are_said(void **state)
{
	json_t *answers = quoted_json("{'set': 'a', 'colour': 1, 'platter': 2}");
	char *said = answers_unknown(answers);

	(void)state;
	assert_non_null(strstr(said, "'colour'"));
	assert_non_null(strstr(said, "'platter'"));
	assert_null(strstr(said, "'set'"));
	free(said);
	json_decref(answers);
	answers = quoted_json("{'set': 'a', 'confirm': []}");
	assert_null(answers_unknown(answers));
	json_decref(answers);
}

/* However long what is outside is: the sentence that quotes it is not, and tells its reason. */
static void long_texts_are_bounded(void **state)
{
	static const char *const files[] = { "{'set': '%s'}", "{'%s': 1}", "{'disks': {'%s': 'disk:1'}}", "{'disks': {'disk:0': '%s'}}" };
	char *text = malloc(900000 + 1);

	(void)state;
	assert_non_null(text);
	for (size_t size = 20000; size <= 900000; size += 880000) {
		memset(text, 'x', size);
		text[size] = '\0';
		for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
			const char *place = strstr(files[i], "%s");
			AUTO_FREE char *file = text_format("%.*s%s%s", (int)(place - files[i]), files[i], text, place + 2);
			json_t *answers = quoted_json(file), *asked = quoted_json(i == 0 ? free_choice : disks), *value;
			char *why = NULL, *unknown = answers_unknown(answers), *unused = answers_unused(answers, "/set");

			value = answers_value(answers, asked, &why);
			assert_true((unknown != NULL) == (i == 1));
			assert_true((unused != NULL) == (i == 0));
			if (i == 0 && size == 20000)
				assert_non_null(value);
			else
				assert_true(!value && why && strlen(why) < 1000);
			assert_true(!unknown || strlen(unknown) < 1000);
			assert_true(!unused || strlen(unused) < 1000);
			free(unused);
			free(unknown);
			free(why);
			json_decref(value);
			json_decref(asked);
			json_decref(answers);
		}
	}
	free(text);
}

static void bad_files(void **state)
{
	static const struct {
		const char *text;
		int error;
	} files[] = {
		{ "[]", -EINVAL }, { "{", -EINVAL }, { "", -EINVAL }, { "{\"a\":1,\"a\":2}", -EINVAL }, { "{}", 0 }
	};
	char path[] = "/tmp/lifeboat-answers-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
		json_t *answers = NULL;
		char *why = NULL;

		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, files[i].text, strlen(files[i].text), 0), strlen(files[i].text));
		assert_int_equal(answers_load(path, &answers, &why), files[i].error);
		assert_true((why != NULL) == (files[i].error != 0));
		free(why);
		json_decref(answers);
	}
	close(fd);
	unlink(path);
	{
		json_t *answers = NULL;
		char *why = NULL;

		assert_int_equal(answers_load(path, &answers, &why), -ENOENT);
		assert_non_null(strstr(why, path));
		free(why);
	}
}

static void line_gives(const char *question, const char *line, enum ask_result expected, const char *value)
{
	json_t *asked = quoted_json(question), *answer = NULL;
	const char *why = "";
	struct ask ask;

	ask_begin(&ask, asked);
	assert_int_equal(ask_line(&ask, line, &answer, &why), expected);
	if (expected == ASK_DONE) {
		json_t *wanted = quoted_json(value);

		assert_true(json_equal(answer, wanted));
		json_decref(wanted);
	}
	if (expected == ASK_BAD)
		assert_true(*why);
	json_decref(answer);
	ask_done(&ask);
	json_decref(asked);
}

static void typed_lines(void **state)
{
	(void)state;
	line_gives(confirm, "SER1", ASK_DONE, "{'erase': 'disk:1'}");
	line_gives(confirm, "ser1", ASK_DONE, "{'erase': 'disk:1'}");
	line_gives(confirm, "", ASK_NO, NULL);
	line_gives(confirm, "y", ASK_NO, NULL);
	line_gives(confirm, "yes", ASK_NO, NULL);
	line_gives(confirm, "1", ASK_NO, NULL);
	line_gives(confirm, "disk:1", ASK_NO, NULL);
	line_gives(confirm_without_serial, "", ASK_NO, NULL);
	line_gives(confirm_without_serial, "disk:1", ASK_NO, NULL);
	line_gives(confirm_without_serial, "M", ASK_NO, NULL);
	line_gives(confirm_without_serial, "pci-1-usb-2", ASK_DONE, "{'erase': 'disk:1'}");
	line_gives(confirm_without_serial, "/dev/disk/by-path/pci-1-usb-2", ASK_DONE, "{'erase': 'disk:1'}");
	line_gives(confirm_twin, "TWIN", ASK_NO, NULL);
	line_gives(confirm_twin, "sda", ASK_DONE, "{'erase': 'disk:1'}");
	line_gives(choice, "", ASK_DONE, "'a'");
	line_gives(choice, "3", ASK_DONE, "'c'");
	line_gives(choice, "c", ASK_DONE, "'c'");
	line_gives(choice, "2", ASK_BAD, NULL);
	line_gives(choice, "b", ASK_BAD, NULL);
	line_gives(choice, "0", ASK_BAD, NULL);
	line_gives(choice, "4", ASK_BAD, NULL);
	line_gives(choice, "18446744073709551616", ASK_BAD, NULL);
	line_gives(disks, "", ASK_BAD, NULL);
	line_gives(disks, "0", ASK_BAD, NULL);
	line_gives(disks, "2", ASK_BAD, NULL);
	line_gives(disks, "1", ASK_DONE, "{'disk:0': 'disk:1'}");
	line_gives("{'type': 'yesno'}", "", ASK_BAD, NULL);
	line_gives("{'type': 'yesno', 'default': true}", "", ASK_DONE, "true");
	line_gives("{'type': 'yesno'}", "No", ASK_DONE, "false");
	line_gives("{'type': 'number', 'default': 7}", "", ASK_DONE, "7");
	line_gives("{'type': 'number'}", "-3", ASK_DONE, "-3");
	line_gives("{'type': 'number'}", "3x", ASK_BAD, NULL);
	line_gives("{'type': 'text'}", "\xff", ASK_BAD, NULL);
}

static void policy_ends_with_all_others(void **state)
{
	const struct policy_row *row = console_policy;
	int asked = 0;

	(void)state;
	for (; strcmp(row->question, "*") != 0; row++) {
		/* Interactive asks everything; consent is asked wherever there is a person. */
		assert_int_equal(row->by_mode[MODE_INTERACTIVE], POLICY_ASK);
		if (!strcmp(row->question, "confirm")) {
			assert_int_equal(row->by_mode[MODE_EXPERT], POLICY_ASK);
			assert_int_equal(row->by_mode[MODE_NUKE], POLICY_CERTAIN_OR_END);
			asked++;
		}
	}
	assert_int_equal(asked, 1);
	assert_int_equal(row->by_mode[MODE_NUKE], POLICY_CERTAIN_OR_END);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_give_secrets),
		cmocka_unit_test(files_change_the_plan), cmocka_unit_test(files_consent),
		cmocka_unit_test(files_disks),
		cmocka_unit_test(files_choices),
		cmocka_unit_test(files_set_the_network), cmocka_unit_test(unknown_keys_are_said),
		cmocka_unit_test(long_texts_are_bounded),
		cmocka_unit_test(bad_files),
		cmocka_unit_test(typed_lines),
		cmocka_unit_test(policy_ends_with_all_others),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
