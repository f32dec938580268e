/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as what a kernel, a firmware or a disk says in one line: the command line, ip=, a kernel message, consoles, an ACL, names
 * of devices, escaped names.
 */
#include <stdint.h>

#include "../../backend/machine/cmdline.h"
#include "../../backend/init/consoles.h"
#include "../../backend/machine/kmsg.h"
#include "../../backend/network/request.h"
#include "../../backend/finish/disk_names.h"
#include "../../backend/layout/identity.h"
#include "../../backend/set/acl.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void boot(const char *text)
{
	CLEANUP(cmdline_done) struct cmdline cmdline = { 0 };
	CLEANUP(network_request_done) struct network_request request = { 0 };
	bool matters;

	if (cmdline_parse(text, &cmdline) < 0)
		abort();
	for (size_t i = 0; i < strv_length(cmdline.ip); i++) {
		CLEANUP(network_request_done) struct network_request one = { 0 };

		network_parse(cmdline.ip[i], &one);
	}
	network_parse(text, &request);
	free(kmsg_text(text, &matters));
	strv_free(consoles_serial(text, cmdline.consoles));
}

static void names(const char *text)
{
	AUTO_FREE char *encoded = disk_name_encode(text), *decoded = disk_name_decode(encoded), *back = disk_name_decode(text);
	AUTO_FREE char *escaped = bytes_escape(text, strlen(text)), *raw = bytes_unescape(escaped, NULL);
	uint32_t number;
	AUTO_FREE char *split = disk_name_split(text, &number);

	if (!encoded || !decoded || !back || !split || !raw || strcmp(raw, text) || strcmp(decoded, text))
		abort();
	free(bytes_unescape(text, NULL));
	is_kernel_disk_name(text);
}

static void acl(const uint8_t *data, size_t size, const char *text)
{
	AUTO_FREE char *said = acl_text_from_value(data, size);
	AUTO_FREE void *value = NULL, *again = NULL;
	size_t length, length_again;

	if (said && (acl_value_from_text(said, &value, &length) < 0 || length != size || memcmp(value, data, size)))
		abort();
	if (acl_value_from_text(text, &again, &length_again) == 0) {
		AUTO_FREE char *text_again = acl_text_from_value(again, length_again);

		if (!text_again)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *text = fuzz_text(data, size);

	boot(text);
	names(text);
	acl(data, size, text);
	return 0;
}
