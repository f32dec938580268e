/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What IPv6 routers and DHCPv6 servers say, byte by byte: what is right, what is not for us, and what is wrong at every length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "../../backend/network/dhcp6.h"
#include "../../backend/network/router.h"

#define SERVER 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x53

static const uint8_t advert[] = {
	134, 0, 0, 0, 64, 0xc0, 0x07, 0x08, 0, 0, 0, 0, 0, 0, 0, 0,
	3, 4, 64, 0xc0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	25, 3, 0, 0, 0, 0, 1, 0, SERVER,
	31, 3, 0, 0, 0, 0, 1, 0, 3, 'l', 'a', 'n', 4, 't', 'e', 's', 't', 0, 1, 'a', 0, 0, 0, 0,
};

static void test_advert(void **state)
{
	AUTO_ADVERT struct router_advert ret = { 0 };

	(void)state;
	assert_int_equal(router_parse(advert, sizeof(advert), "fe80::1", &ret), 0);
	assert_true(ret.managed && ret.other);
	assert_string_equal(ret.router, "fe80::1");
	assert_int_equal(strv_length(ret.servers), 1);
	assert_string_equal(ret.servers[0], "2001:db8::53");
	assert_string_equal(ret.search, "lan.test a");
}

/* Exactly as long as it is, so that the sanitizer sees a byte too many. */
static int parse_advert(const uint8_t *bytes, size_t length)
{
	AUTO_ADVERT struct router_advert ret = { 0 };
	AUTO_FREE uint8_t *copy = malloc(length ? length : 1);

	memcpy(copy, bytes, length);
	return router_parse(copy, length, "fe80::1", &ret);
}

static void test_bad_adverts(void **state)
{
	uint8_t changed[sizeof(advert)];

	(void)state;
	for (size_t length = 0; length < sizeof(advert); length++)
		if (parse_advert(advert, length) == 0 && length != 16 && length != 48 && length != 72)
			fail_msg("%zu bytes were taken", length);
	for (size_t at = 0; at < sizeof(advert); at++)
		for (unsigned value = 0; value < 256; value++) {
			memcpy(changed, advert, sizeof(advert));
			changed[at] = (uint8_t)value;
			(void)parse_advert(changed, sizeof(changed));
		}
	memcpy(changed, advert, sizeof(advert));
	changed[17] = 0;
	assert_int_equal(parse_advert(changed, sizeof(changed)), -EINVAL);
	memcpy(changed, advert, sizeof(advert));
	changed[0] = 133;
	assert_int_equal(parse_advert(changed, sizeof(changed)), -EINVAL);
}

/* A router that is none by default, and servers that it takes back. */
static void test_lifetimes(void **state)
{
	AUTO_ADVERT struct router_advert ret = { 0 };
	uint8_t changed[sizeof(advert)];

	(void)state;
	memcpy(changed, advert, sizeof(advert));
	changed[6] = changed[7] = 0;
	changed[54] = 0;
	assert_int_equal(router_parse(changed, sizeof(changed), "fe80::1", &ret), 0);
	assert_null(ret.router);
	assert_null(ret.servers);
}

static void test_names(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
	} bad[] = { { "", 0 }, { "\0\0", 2 }, { "\3lan", 4 }, { "\4lan", 4 }, { "\3l n", 5 }, { "\3l\nn", 5 }, { "\xc0\x0c", 3 }, { "\3lan\0\5x", 7 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		AUTO_FREE char *text = dns_names_parse((const uint8_t *)bad[i].bytes, bad[i].length);

		if (text)
			fail_msg("name %zu was taken: %s", i, text);
	}
}

static const uint8_t client[] = { 0, 3, 0, 1, 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
#define IAID 0x00123456u

static const uint8_t reply[] = {
	7, 0xab, 0xcd, 0xef,
	0, 1, 0, 10, 0, 3, 0, 1, 0x52, 0x54, 0, 0x12, 0x34, 0x56,
	0, 2, 0, 4, 1, 2, 3, 4,
	0, 3, 0, 40, 0, 0x12, 0x34, 0x56, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 5, 0, 24, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 1, 0, 0, 0, 1, 0,
	0, 23, 0, 16, SERVER,
	0, 24, 0, 10, 3, 'l', 'a', 'n', 4, 't', 'e', 's', 't', 0,
};

static int parse_reply(const uint8_t *bytes, size_t length, struct dhcp6_message *ret)
{
	AUTO_FREE uint8_t *copy = malloc(length ? length : 1);

	memcpy(copy, bytes, length);
	return dhcp6_parse(copy, length, client, sizeof(client), IAID, ret);
}

static void test_reply(void **state)
{
	struct dhcp6_message message;

	(void)state;
	assert_int_equal(parse_reply(reply, sizeof(reply), &message), 0);
	assert_int_equal(message.type, DHCP6_REPLY);
	assert_int_equal(message.transaction, 0xabcdef);
	assert_int_equal(message.server_length, 4);
	assert_int_equal(message.status, 0);
	assert_string_equal(message.lease.address, "2001:db8::5");
	assert_string_equal(message.lease.servers[0], "2001:db8::53");
	assert_string_equal(message.lease.search, "lan.test");
	/* T1 and T2 are left to the client. */
	assert_int_equal(message.lease.renew, 128);
	assert_int_equal(message.lease.rebind, 204);
	assert_int_equal(message.lease.valid, 256);
	dhcp6_lease_done(&message.lease);
}

/* Times that a server names, which do not fit, and which never come. */
static void test_times(void **state)
{
	static const struct {
		uint8_t renew[4], rebind[4], preferred[4], valid[4];
		uint32_t expected[3];
	} rows[] = {
		{ { 0, 0, 0, 50 }, { 0, 0, 0, 80 }, { 0, 0, 0, 100 }, { 0, 0, 0, 120 }, { 50, 80, 120 } },
		{ { 0, 0, 0, 90 }, { 0, 0, 0, 80 }, { 0, 0, 0, 100 }, { 0, 0, 0, 120 }, { 50, 80, 120 } },
		{ { 0, 0, 1, 0 }, { 0, 0, 2, 0 }, { 0, 0, 0, 100 }, { 0, 0, 0, 120 }, { 120, 120, 120 } },
		{ { 0, 0, 0, 50 }, { 0 }, { 0, 0, 0, 100 }, { 0, 0, 0, 120 }, { 50, 80, 120 } },
		{ { 0 }, { 0 }, { 255, 255, 255, 255 }, { 255, 255, 255, 255 }, { DHCP6_FOREVER, DHCP6_FOREVER, DHCP6_FOREVER } },
		{ { 0 }, { 0 }, { 0 }, { 0, 0, 0, 1 }, { 0, 0, 1 } },
	};
	uint8_t changed[sizeof(reply)];
	struct dhcp6_message message;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		memcpy(changed, reply, sizeof(reply));
		memcpy(changed + 34, rows[i].renew, 4);
		memcpy(changed + 38, rows[i].rebind, 4);
		memcpy(changed + 62, rows[i].preferred, 4);
		memcpy(changed + 66, rows[i].valid, 4);
		assert_int_equal(parse_reply(changed, sizeof(changed), &message), 0);
		assert_int_equal(message.lease.renew, rows[i].expected[0]);
		assert_int_equal(message.lease.rebind, rows[i].expected[1]);
		assert_int_equal(message.lease.valid, rows[i].expected[2]);
		dhcp6_lease_done(&message.lease);
	}
}

static void test_bad_replies(void **state)
{
	uint8_t changed[sizeof(reply)];
	struct dhcp6_message message;

	(void)state;
	for (size_t length = 0; length < sizeof(reply); length++)
		if (parse_reply(reply, length, &message) == 0) {
			/* Whole options less. */
			assert_true(length == 26 || length == 70 || length == 90);
			dhcp6_lease_done(&message.lease);
		}
	for (size_t at = 0; at < sizeof(reply); at++)
		for (unsigned value = 0; value < 256; value++) {
			memcpy(changed, reply, sizeof(reply));
			changed[at] = (uint8_t)value;
			if (parse_reply(changed, sizeof(changed), &message) == 0)
				dhcp6_lease_done(&message.lease);
		}
	/* For another client, for another association, of no server, with a lifetime of nothing. */
	memcpy(changed, reply, sizeof(reply));
	changed[17]++;
	assert_int_equal(parse_reply(changed, sizeof(changed), &message), -EINVAL);
	memcpy(changed, reply, sizeof(reply));
	changed[33]++;
	assert_int_equal(parse_reply(changed, sizeof(changed), &message), 0);
	assert_null(message.lease.address);
	dhcp6_lease_done(&message.lease);
	memcpy(changed, reply, sizeof(reply));
	changed[19] = 99;
	assert_int_equal(parse_reply(changed, sizeof(changed), &message), -EINVAL);
	memcpy(changed, reply, sizeof(reply));
	memset(changed + 66, 0, 4);
	assert_int_equal(parse_reply(changed, sizeof(changed), &message), 0);
	assert_null(message.lease.address);
	dhcp6_lease_done(&message.lease);
}

/* "NoAddrsAvail", inside the association as servers say it. */
static void test_status(void **state)
{
	static const uint8_t refused[] = {
		2, 0, 0, 1, 0, 1, 0, 10, 0, 3, 0, 1, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 0, 2, 0, 1, 9,
		0, 3, 0, 18, 0, 0x12, 0x34, 0x56, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13, 0, 2, 0, 2,
	};
	struct dhcp6_message message;

	(void)state;
	assert_int_equal(parse_reply(refused, sizeof(refused), &message), 0);
	assert_int_equal(message.type, DHCP6_ADVERTISE);
	assert_int_equal(message.status, 2);
	assert_null(message.lease.address);
	dhcp6_lease_done(&message.lease);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_advert), cmocka_unit_test(test_bad_adverts), cmocka_unit_test(test_lifetimes), cmocka_unit_test(test_names),
		cmocka_unit_test(test_reply), cmocka_unit_test(test_times), cmocka_unit_test(test_bad_replies), cmocka_unit_test(test_status),
	};

	return cmocka_run_group_tests_name("network IPv6", tests, NULL, NULL);
}
