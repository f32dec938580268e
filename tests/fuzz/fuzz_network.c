/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as what a network says - an advertisement of a router, an answer of a DHCPv6 server, a lease - and any text as what a command line says of
 * it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../backend/network/config.h"
#include "../../backend/network/dhcp6.h"
#include "../../backend/network/lease.h"
#include "../../backend/network/router.h"
#include "../../backend/network/words.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void messages(const uint8_t *data, size_t size)
{
	static const uint8_t client[] = { 0, 3, 0, 1, 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
	AUTO_ADVERT struct router_advert advert = { 0 };
	struct dhcp6_message message = { 0 };

	(void)!router_parse(data, size, "fe80::1", &advert);
	if (dhcp6_parse(data, size, client, sizeof(client), 0x00123456, &message) == 0 && !message.server_length)
		abort();
	dhcp6_lease_done(&message.lease);
	free(dns_names_parse(data, size));
}

static void words(const char *text)
{
	AUTO_CONFIG struct network_config config = { .virtuals = calloc(2, sizeof(struct network_virtual)), .virtual_count = 2,
						     .routes = calloc(1, sizeof(struct network_route)), .route_count = 1,
						     .renames = calloc(1, sizeof(struct network_rename)), .rename_count = 1 };
	AUTO_LEASE struct network_lease lease = { 0 };

	if (network_vlan_parse(text, config.virtuals) == 0 && (config.virtuals->vlan < 1 || config.virtuals->vlan > 4094))
		abort();
	if (network_bond_parse(text, config.virtuals + 1) == 0 && strv_length(config.virtuals[1].options) % 2)
		abort();
	(void)network_route_parse(text, config.routes);
	(void)network_rename_parse(text, config.renames);
	if (network_lease_parse(text, &lease) == 0 && !lease.address)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *text = fuzz_text(data, size);

	messages(data, size);
	words(text);
	return 0;
}
