/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as what a machine reports: what is taken is the same when it is written and read again, and changes the table and the tokens by the rules.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../backend/core/bytes.h"
#include "../../backend/fleet/machine_table.h"
#include "../../backend/fleet/once.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(const char *a, const char *b)
{
	if ((a && b) ? strcmp(a, b) != 0 : a != b)
		abort();
}

/* Written and read again it is the same. */
static void round_trip(const struct notice *notice)
{
	json_t *object = notice_to_json(notice, "");
	struct notice again = { 0 };
	const char *why;

	if (!object || notice_of_json(object, &again, &why) < 0 || again.kind != notice->kind || again.sequence != notice->sequence)
		abort();
	same(again.mac, notice->mac);
	same(again.uuid, notice->uuid);
	same(again.phase, notice->phase);
	same(again.once, notice->once);
	same(again.end, notice->end);
	if (notice->host && !text_is_plain(notice->host))
		abort();
	notice_done(&again);
	json_decref(object);
}

static void count(struct tokens *tokens, const struct notice *notice)
{
	enum once_answer first = once_decide(tokens, notice, true);
	struct token token;

	if (first != ONCE_GRANTED && first != ONCE_RESUME)
		return;
	if (token_make(notice, first == ONCE_RESUME, false, &token) < 0 || tokens_put(tokens, &token) < 0)
		abort();
	/* The same start is answered the same; nobody is granted twice. */
	if (once_decide(tokens, notice, false) != first)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct machine_table table = { 0 };
	struct tokens tokens = { 0 };
	const uint8_t *end = data + size;

	while (data < end) {
		const uint8_t *stop = memchr(data, '\n', (size_t)(end - data));
		size_t length = (size_t)((stop ? stop : end) - data);
		struct notice notice = { 0 };
		const char *why;

		if (notice_parse((const char *)data, length, &notice, &why) == 0) {
			round_trip(&notice);
			if (notice.kind == NOTICE_ONCE)
				count(&tokens, &notice);
			if (machine_table_take(&table, &notice, (double)length) < 0)
				abort();
			notice_done(&notice);
		}
		data += length + 1;
	}
	json_decref(machine_table_to_json(&table, 100));
	machine_table_done(&table);
	tokens_done(&tokens);
	return 0;
}
