/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "router.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../core/clock.h"

#define MESSAGE_MAX 9216
#define AGAIN_S 2
#define LOOK_MS 200
#define HOPS 255                 /* what came from further away than the link has fewer */
#define OPTION_RDNSS 25          /* RFC 8106 */
#define OPTION_DNSSL 31

void router_advert_done(struct router_advert *advert)
{
	free(advert->router);
	strv_free(advert->servers);
	free(advert->search);
	*advert = (struct router_advert){ 0 };
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Type, length, two bytes, lifetime, addresses. A lifetime of zero takes them back. */
static int take_servers(const uint8_t *option, size_t length, struct router_advert *ret)
{
	char text[INET6_ADDRSTRLEN];

	if (length < 24 || (length - 8) % 16)
		return -EINVAL;
	for (size_t at = 8; get32(option + 4) && at < length; at += 16)
		if (strv_append(&ret->servers, inet_ntop(AF_INET6, option + at, text, sizeof(text))) < 0)
			return -ENOMEM;
	return 0;
}

/* Names that cannot be used are no reason to do without the rest. */
static int take_search(const uint8_t *option, size_t length, struct router_advert *ret)
{
	if (length < 16)
		return -EINVAL;
	if (!get32(option + 4) || ret->search)
		return 0;
	ret->search = dns_names_parse(option + 8, length - 8);
	return !ret->search && errno == ENOMEM ? -ENOMEM : 0;
}

int router_parse(const uint8_t *message, size_t length, const char *from, struct router_advert *ret)
{
	AUTO_ADVERT struct router_advert advert = { 0 };
	int r = 0;

	if (length < sizeof(struct nd_router_advert) || message[0] != ND_ROUTER_ADVERT || message[1] != 0)
		return -EINVAL;
	advert.managed = message[5] & ND_RA_FLAG_MANAGED;
	advert.other = message[5] & ND_RA_FLAG_OTHER;
	if (message[6] || message[7])
		advert.router = strdup(from);
	if ((message[6] || message[7]) && !advert.router)
		return -ENOMEM;
	for (size_t at = sizeof(struct nd_router_advert); r == 0 && at < length;) {
		size_t size = length - at < 2 ? 0 : (size_t)message[at + 1] * 8;

		if (!size || size > length - at)
			return -EINVAL;
		if (message[at] == OPTION_RDNSS)
			r = take_servers(message + at, size, &advert);
		else if (message[at] == OPTION_DNSSL)
			r = take_search(message + at, size, &advert);
		at += size;
	}
	if (r < 0)
		return r;
	*ret = advert;
	advert = (struct router_advert){ 0 };
	return 0;
}

/* ---- asking ---- */

static int open_socket(struct context *ctx, const char *interface)
{
	AUTO_CLOSE int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6);
	int hops = HOPS, on = 1;
	struct icmp6_filter filter;

	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ND_ROUTER_ADVERT, &filter);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface)) < 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)) < 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)) < 0)
		return context_fail(ctx, errno, "IPv6 cannot be used on %s: %s", interface, strerror(errno));
	return TAKE_FD(fd);
}

/* Until the interface has an address of its own to ask from, this fails, and is tried again. */
static void solicit(int fd, const char *interface)
{
	struct nd_router_solicit message = { .nd_rs_type = ND_ROUTER_SOLICIT };
	struct sockaddr_in6 all = { .sin6_family = AF_INET6, .sin6_scope_id = if_nametoindex(interface) };

	inet_pton(AF_INET6, "ff02::2", &all.sin6_addr);
	(void)sendto(fd, &message, sizeof(message), 0, (struct sockaddr *)&all, sizeof(all));
}

static int hops_of(struct msghdr *header)
{
	int hops = 0;

	for (struct cmsghdr *one = CMSG_FIRSTHDR(header); one; one = CMSG_NXTHDR(header, one))
		if (one->cmsg_level == IPPROTO_IPV6 && one->cmsg_type == IPV6_HOPLIMIT && one->cmsg_len >= CMSG_LEN(sizeof(hops)))
			memcpy(&hops, CMSG_DATA(one), sizeof(hops));
	return hops;
}

/* 0: *RET holds it; -EAGAIN: nothing that counts came; -ENOMEM. */
static int receive(int fd, struct router_advert *ret)
{
	uint8_t message[MESSAGE_MAX];
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int)) * 2];
	} control;
	struct sockaddr_in6 from = { 0 };
	struct iovec part = { message, sizeof(message) };
	struct msghdr header = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
				 .msg_controllen = sizeof(control) };
	char text[INET6_ADDRSTRLEN];
	ssize_t n = recvmsg(fd, &header, 0);
	int r;

	if (n < 0 || header.msg_flags & MSG_TRUNC || hops_of(&header) != HOPS || !IN6_IS_ADDR_LINKLOCAL(&from.sin6_addr) ||
	    !inet_ntop(AF_INET6, &from.sin6_addr, text, sizeof(text)))
		return -EAGAIN;
	r = router_parse(message, (size_t)n, text, ret);
	return r == -EINVAL ? -EAGAIN : r;
}

int router_ask(struct context *ctx, const char *interface, double seconds, struct router_advert *ret)
{
	double now = clock_now(), end = now + seconds, next = now;
	AUTO_CLOSE int fd = open_socket(ctx, interface);
	int r = fd < 0 ? fd : -EAGAIN;

	while (r == -EAGAIN && (now = clock_now()) < end) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };

		if (context_is_cancelled(ctx))
			return context_check_cancel(ctx);
		if (now >= next) {
			solicit(fd, interface);
			next = now + AGAIN_S;
		}
		if (poll(&ready, 1, LOOK_MS) > 0)
			r = receive(fd, ret);
	}
	if (r == -ENOMEM)
		return context_oom(ctx);
	return r == 0 ? 1 : r == -EAGAIN ? 0 : r;
}
