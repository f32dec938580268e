/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dhcp6.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../core/clock.h"
#include "dhcp6_client.h"
#include "dhcp6_options.h"
#include "interfaces.h"
#include "request.h"

#define CLIENT_PORT 546
#define SERVER_PORT 547
#define MESSAGE_MAX 9216
#define REQUEST_MAX 1024
#define LOOK_MS 200
/* The first pause, and the longest, before the same is asked again. */
#define PAUSE_S 1.0
#define PAUSE_MAX_S 8.0

struct writer {
	uint8_t bytes[REQUEST_MAX];
	size_t length;
};

static void put16(struct writer *writer, unsigned value)
{
	writer->bytes[writer->length++] = (uint8_t)(value >> 8);
	writer->bytes[writer->length++] = (uint8_t)value;
}

static void put32(struct writer *writer, uint32_t value)
{
	put16(writer, value >> 16);
	put16(writer, value & 0xffff);
}

static void put_option(struct writer *writer, unsigned code, const void *value, size_t length)
{
	put16(writer, code);
	put16(writer, (unsigned)length);
	memcpy(writer->bytes + writer->length, value, length);
	writer->length += length;
}

static void put_association(struct writer *writer, const struct dhcp6_client *client, const char *address)
{
	put16(writer, OPTION_IA_NA);
	put16(writer, address ? 12 + 28 : 12);
	put32(writer, client->iaid);
	put32(writer, 0);
	put32(writer, 0);
	if (!address)
		return;
	put16(writer, OPTION_IAADDR);
	put16(writer, 24);
	inet_pton(AF_INET6, address, writer->bytes + writer->length);
	writer->length += 16;
	put32(writer, 0);
	put32(writer, 0);
}

/* A message of TYPE; with OFFER it takes that up. */
static void write_message(struct writer *writer, const struct dhcp6_client *client, enum dhcp6_type type, const struct dhcp6_message *offer)
{
	double elapsed = (clock_now() - client->begun) * 100;

	*writer = (struct writer){ 0 };
	put32(writer, (uint32_t)type << 24 | client->transaction);
	put_option(writer, OPTION_CLIENTID, client->duid, sizeof(client->duid));
	if (offer && type != DHCP6_REBIND)
		put_option(writer, OPTION_SERVERID, offer->server, offer->server_length);
	put16(writer, OPTION_ELAPSED);
	put16(writer, 2);
	put16(writer, elapsed < 65535 ? (unsigned)elapsed : 65535);
	put16(writer, OPTION_ORO);
	put16(writer, 6);
	put16(writer, OPTION_DNS);
	put16(writer, OPTION_DOMAINS);
	put16(writer, OPTION_SOL_MAX_RT);
	if (type != DHCP6_INFORMATION)
		put_association(writer, client, offer ? offer->lease.address : NULL);
}

/* Until the address of the link may be used this fails, and is tried again. */
static void send_message(const struct dhcp6_client *client, const struct writer *writer)
{
	struct sockaddr_in6 servers = { .sin6_family = AF_INET6, .sin6_port = htons(SERVER_PORT),
					.sin6_scope_id = if_nametoindex(client->interface) };

	inet_pton(AF_INET6, "ff02::1:2", &servers.sin6_addr);
	(void)sendto(client->fd, writer->bytes, writer->length, 0, (struct sockaddr *)&servers, sizeof(servers));
}

/* The next answer of type WANTED to this transaction. 0; -EAGAIN: none came that counts; -ENOMEM. */
static int receive(const struct dhcp6_client *client, enum dhcp6_type wanted, struct dhcp6_message *ret)
{
	uint8_t bytes[MESSAGE_MAX];
	struct dhcp6_message message;
	ssize_t n = recv(client->fd, bytes, sizeof(bytes), MSG_TRUNC);
	int r;

	if (n < 0 || (size_t)n > sizeof(bytes))
		return -EAGAIN;
	r = dhcp6_parse(bytes, (size_t)n, client->duid, sizeof(client->duid), client->iaid, &message);
	if (r < 0)
		return r == -ENOMEM ? r : -EAGAIN;
	if (message.type != (uint8_t)wanted || message.transaction != client->transaction) {
		dhcp6_lease_done(&message.lease);
		return -EAGAIN;
	}
	*ret = message;
	return 0;
}

int dhcp6_exchange(struct dhcp6_client *client, enum dhcp6_type type, enum dhcp6_type wanted, const struct dhcp6_message *offer,
		   struct dhcp6_message *ret)
{
	double next = 0, pause = client->pause, now;
	struct writer writer;
	int r = -EAGAIN;

	if (getrandom(&client->transaction, sizeof(client->transaction), 0) != sizeof(client->transaction))
		client->transaction = (uint32_t)(clock_now() * 1000);
	client->transaction &= 0xffffff;
	while (r == -EAGAIN && (now = clock_now()) < client->end) {
		struct pollfd ready = { .fd = client->fd, .events = POLLIN };

		if (context_is_cancelled(client->ctx))
			return context_check_cancel(client->ctx);
		if (now >= next) {
			write_message(&writer, client, type, offer);
			send_message(client, &writer);
			next = now + pause;
			pause = pause * 2 < client->pause_max ? pause * 2 : client->pause_max;
		}
		if (poll(&ready, 1, LOOK_MS) > 0)
			r = receive(client, wanted, ret);
	}
	if (r == -ENOMEM)
		return context_oom(client->ctx);
	return r == 0;
}

static int fail_status(struct dhcp6_client *client, unsigned status)
{
	return status == 2 || !status ? context_fail(client->ctx, EADDRNOTAVAIL, "The DHCPv6 server has no address for %s", client->interface)
				      : context_fail(client->ctx, EPROTO, "The DHCPv6 server refuses %s an address (status %u)", client->interface, status);
}

/* Solicit, Advertise, Request, Reply. A server that has no address may not be the only one. */
static int ask_address(struct dhcp6_client *client, struct dhcp6_message *ret)
{
	struct dhcp6_message offer = { 0 }, reply = { 0 };
	int r;

	do {
		dhcp6_lease_done(&offer.lease);
		r = dhcp6_exchange(client, DHCP6_SOLICIT, DHCP6_ADVERTISE, NULL, &offer);
	} while (r == 1 && (offer.status || !offer.lease.address) && clock_now() + PAUSE_S < client->end && (clock_pause(PAUSE_S), true));
	if (r == 1 && (offer.status || !offer.lease.address))
		r = fail_status(client, offer.status);
	if (r == 1)
		r = dhcp6_exchange(client, DHCP6_REQUEST, DHCP6_REPLY, &offer, &reply);
	dhcp6_lease_done(&offer.lease);
	if (r == 1 && (reply.status || !reply.lease.address))
		r = fail_status(client, reply.status);
	if (r == 1) {
		*ret = reply;
		reply.lease = (struct dhcp6_lease){ 0 };
	}
	dhcp6_lease_done(&reply.lease);
	return r;
}

int dhcp6_open(const char *interface)
{
	AUTO_CLOSE int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
	struct sockaddr_in6 here = { .sin6_family = AF_INET6, .sin6_port = htons(CLIENT_PORT) };
	int on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface)) < 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&here, sizeof(here)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

/* The same machine gets the same address, whenever it asks: by its MAC address. */
int dhcp6_client_make(struct context *ctx, const char *interface, struct dhcp6_client *ret)
{
	AUTO_FREE char *mac = network_attribute(ctx, interface, "address");
	char text[NETWORK_MAC_SIZE];

	*ret = (struct dhcp6_client){
		.ctx = ctx, .interface = interface, .fd = -1, .begun = clock_now(), .pause = PAUSE_S, .pause_max = PAUSE_MAX_S,
	};
	if (!mac || !network_mac_parse(mac, text))
		return context_fail(ctx, ENODEV, "%s has no MAC address, so it cannot ask by DHCPv6", interface);
	ret->duid[1] = 3;
	ret->duid[3] = ARPHRD_ETHER;
	for (size_t i = 0; i < 6; i++)
		ret->duid[4 + i] = (uint8_t)strtoul(text + i * 3, NULL, 16);
	memcpy(&ret->iaid, ret->duid + 6, sizeof(ret->iaid));
	return 0;
}

int dhcp6_ask(struct context *ctx, const char *interface, bool with_address, double seconds, struct dhcp6_message *ret)
{
	AUTO_CLOSE int fd = dhcp6_open(interface);
	struct dhcp6_client client;
	int r = fd < 0 ? context_fail(ctx, -fd, "DHCPv6 cannot be used on %s: %s", interface, strerror(-fd)) : dhcp6_client_make(ctx, interface, &client);

	if (r < 0)
		return r;
	client.fd = fd;
	client.end = clock_now() + seconds;
	return with_address ? ask_address(&client, ret) : dhcp6_exchange(&client, DHCP6_INFORMATION, DHCP6_REPLY, NULL, ret);
}
