/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Carries out words of the kernel command line for tests/loop/test_network: network_driver [--place ADDRESS] WORD...; prints what came of it, a
 * line, and with --place the results of the test. Errors go to standard error, the exit status is then 1. "--script" prints what udhcpc calls. */
#include <stdio.h>
#include <string.h>

#include "../../backend/machine/cmdline.h"
#include "../../backend/network/check.h"

static void print_check(struct context *ctx, const struct network_state *state, const struct network_target *target)
{
	bool reached;
	json_auto_t *results = network_check(ctx, state, target, &reached);
	json_t *one;
	size_t i;

	json_array_foreach(results, i, one)
		printf("%s %s: %s\n", json_is_true(json_object_get(one, "ok")) ? "+" : json_is_false(json_object_get(one, "ok")) ? "!" : "-",
		       json_string_value(json_object_get(one, "step")), json_string_value(json_object_get(one, "text")));
}

int main(int argc, char **argv)
{
	AUTO_CONFIG struct network_config config = { 0 };
	AUTO_TARGET struct network_target target = { 0 };
	AUTO_NETWORK_STATE struct network_state state = { .current = -1 };
	CLEANUP(cmdline_done) struct cmdline words = { 0 };
	AUTO_BUFFER struct buffer text = { 0 };
	const char *place = argc > 2 && !strcmp(argv[1], "--place") ? argv[2] : NULL;
	struct context ctx;
	int r = 0;

	if (argc == 2 && !strcmp(argv[1], "--script"))
		return fputs(network_dhcp_script, stdout) < 0;
	context_init(&ctx);
	for (char **word = argv + (place ? 3 : 1); r == 0 && *word; word++)
		r = buffer_append(&text, *word, strlen(*word)) < 0 || buffer_append(&text, " ", 1) < 0 ? -1 : 0;
	if (r == 0)
		r = cmdline_parse(text.data ? text.data : "", &words);
	if (r == 0)
		r = network_config_read(&ctx, &(struct network_words){ .ip = words.ip, .vlan = words.vlan, .bond = words.bond, .ifname = words.ifname,
					.nameserver = words.nameserver, .route = words.route, .bootif = words.bootif }, &config);
	if (r == 0 && place && !config.request_count)
		r = network_config_any(&ctx, &config);
	if (r == 0 && place && network_target_of(&ctx, place, &target) != 1)
		r = -1;
	if (r == 0)
		r = network_setup(&ctx, &config, place ? &target : NULL, &state);
	if (state.note)
		puts(state.note);
	if (r < 0)
		fprintf(stderr, "%s\n", context_detail(&ctx));
	if (place)
		print_check(&ctx, &state, &target);
	context_done(&ctx);
	return r < 0;
}
