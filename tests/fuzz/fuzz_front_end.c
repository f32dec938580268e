/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any events from an engine, a line each: the model takes them in, plain lines are printed, questions are asked in lines and answered
 * from a file - the first line.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>

#include "../../screens/answers.h"
#include "../../screens/ask.h"
#include "../../screens/plain_print.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask_person(const struct model *model, FILE *out)
{
	static const char *const lines[] = { "", "1", "2", "yes", "?", "ERASE", "no", "1" };
	struct ask ask;

	ask_begin(&ask, model->question);
	ask_print(&ask, model, out);
	for (size_t i = 0; i < ARRAY_LENGTH(lines); i++) {
		json_t *value = NULL;
		const char *why = NULL;
		enum ask_result result;

		ask_prompt(&ask, out);
		result = ask_line(&ask, lines[i], &value, &why);
		if ((result == ASK_DONE) != (value != NULL) || (result == ASK_BAD && !why))
			abort();
		json_decref(value);
		if (result == ASK_DONE || result == ASK_NO)
			break;
	}
	ask_done(&ask);
}

static void ask_file(json_t *answers, json_t *question)
{
	AUTO_FREE char *why = NULL;
	json_t *value = answers_value(answers, question, &why);

	if (!value && !why)
		abort();
	json_decref(value);
}

static FILE *nowhere(void)
{
	static FILE *file;

	if (!file)
		file = fopen("/dev/null", "w");
	return file;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *text = fuzz_text(data, size);
	struct print_state state = { 0 };
	struct model model;
	json_t *answers = NULL;
	char *save = NULL;

	model_init(&model);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		json_t *event = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

		if (!json_is_object(event)) {
			json_decref(event);
			continue;
		}
		if (!answers) {
			answers = event;
			free(answers_unknown(answers));
			continue;
		}
		/* client_receive() lets through only what has a name. */
		if (json_is_string(json_object_get(event, "event"))) {
			model_apply(&model, event);
			print_event(&state, &model, event);
			if (model.question) {
				ask_person(&model, nowhere());
				ask_file(answers, model.question);
			}
		}
		json_decref(event);
	}
	json_decref(answers);
	print_done(&state);
	model_done(&model);
	return 0;
}
