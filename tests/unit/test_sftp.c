/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets of SFTP, and fingerprints of host keys: what is not there is no answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/remote/sftp_wire.h"
#include "../../backend/remote/ssh_host_key.h"

static void test_wire(void **state)
{
	AUTO_BUFFER struct buffer buffer = { 0 };
	struct wire wire;
	const char *text;
	size_t length;

	(void)state;
	assert_int_equal(wire_add_number(&buffer, 0x01020304), 0);
	assert_int_equal(wire_add_long(&buffer, 0x0102030405060708), 0);
	assert_int_equal(wire_add_text(&buffer, "text"), 0);
	wire = (struct wire){ .at = (unsigned char *)buffer.data, .left = buffer.length };
	assert_int_equal(wire_number(&wire), 0x01020304);
	assert_true(wire_long(&wire) == 0x0102030405060708);
	text = wire_string(&wire, &length);
	assert_true(length == 4 && !memcmp(text, "text", 4) && !wire.bad && !wire.left);
	assert_int_equal(wire_number(&wire), 0);
	assert_true(wire.bad);
}

/* Lengths beyond the packet, and attributes that end early. */
static void test_wire_is_bounded(void **state)
{
	static const unsigned char longer[] = { 0, 0, 0, 5, 'a', 'b' };
	static const unsigned char attributes[] = { 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0xff, 0xff, 0xff, 0xff };
	struct wire wire = { .at = longer, .left = sizeof(longer) };
	size_t length;

	(void)state;
	assert_null(wire_string(&wire, &length));
	assert_true(wire.bad);
	wire = (struct wire){ .at = attributes, .left = sizeof(attributes) };
	assert_int_equal(wire_attributes(&wire).size, 9);
	assert_true(wire.bad);
	wire = (struct wire){ .at = attributes, .left = 7 };
	wire_attributes(&wire);
	assert_true(wire.bad);
}

/* As ssh-keygen -l prints it. */
static void test_fingerprint(void **state)
{
	AUTO_FREE char *good = ssh_fingerprint("AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl");

	(void)state;
	assert_string_equal(good, "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
	assert_null(ssh_fingerprint(""));
	assert_null(ssh_fingerprint("AAA"));
	assert_null(ssh_fingerprint("!!!!"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wire),
		cmocka_unit_test(test_wire_is_bounded),
		cmocka_unit_test(test_fingerprint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
