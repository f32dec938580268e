#include "network.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "../core/file.h"
#include "../core/ops.h"

#define FIELDS 7
#define LINK_WAIT_S 10
#define DHCP_DEADLINE_S 60
#define DHCP_SCRIPT "/run/lifeboat/udhcpc.script"

/* ---- ip= ---- */

static bool is_address(const char *text)
{
	struct in_addr address;

	return inet_pton(AF_INET, text, &address) == 1;
}

/* "dhcp", "on", "any": ask a server (bootp and rarp are gone from networks). "" and "off": no. -EINVAL for other words. */
static int parse_method(const char *text, struct network_request *request)
{
	static const char *const asking[] = { "dhcp", "on", "any", "both" };

	for (size_t i = 0; i < ARRAY_LENGTH(asking); i++)
		if (!strcmp(text, asking[i])) {
			request->dhcp = true;
			return 0;
		}
	if (!strcmp(text, "off") || !strcmp(text, "none")) {
		request->off = true;
		return 0;
	}
	return -EINVAL;
}

static int take(char **field, const char *text)
{
	if (!*text)
		return 0;
	*field = strdup(text);
	return *field ? 0 : -ENOMEM;
}

/* The classful mask the kernel takes too when none is given. */
static const char *usual_netmask(const char *client)
{
	uint32_t address = ntohl(inet_addr(client));

	return address < 0x80000000u ? "255.0.0.0" : address < 0xc0000000u ? "255.255.0.0" : "255.255.255.0";
}

static int parse_fields(char *fields[FIELDS], struct network_request *request)
{
	char **const into[] = { &request->client, &request->server, &request->gateway, &request->netmask, &request->host,
				&request->device };

	for (size_t i = 0; i < ARRAY_LENGTH(into); i++)
		if (take(into[i], fields[i]) < 0)
			return -ENOMEM;
	if ((request->client && !is_address(request->client)) || (request->gateway && !is_address(request->gateway)) ||
	    (request->netmask && !is_address(request->netmask)))
		return -EINVAL;
	if (*fields[6] && parse_method(fields[6], request) < 0)
		return -EINVAL;
	/* With an address given "off" only means that no server is asked. */
	if (request->client) {
		request->off = request->dhcp = false;
		return request->netmask ? 0 : take(&request->netmask, usual_netmask(request->client));
	}
	if (!request->off)
		request->dhcp = true;
	return 0;
}

int network_parse(const char *text, struct network_request *ret)
{
	AUTO_FREE char *copy = strdup(text);
	struct network_request request = { 0 };
	char *fields[FIELDS], *rest = copy;
	size_t count = 0;
	int r;

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < FIELDS; i++)
		fields[i] = (char *)"";
	while (rest && count < FIELDS)
		fields[count++] = strsep(&rest, ":");
	if (rest && *rest)
		r = -EINVAL; /* name servers behind the method are the kernel's business, not ours; an address too many is a mistake */
	else if (count == 1 && !is_address(fields[0]))
		r = parse_method(fields[0], &request);
	else if (count == 2 && !is_address(fields[0]))
		r = take(&request.device, fields[0]) < 0 ? -ENOMEM : parse_method(fields[1], &request);
	else
		r = parse_fields(fields, &request);
	if (r < 0) {
		network_request_done(&request);
		return r;
	}
	*ret = request;
	return 0;
}

void network_request_done(struct network_request *request)
{
	free(request->client);
	free(request->server);
	free(request->gateway);
	free(request->netmask);
	free(request->host);
	free(request->device);
	*request = (struct network_request){ 0 };
}

/* ---- interfaces ---- */

char *network_find(const struct context *ctx, const char *mac)
{
	AUTO_FREE char *path = context_path(ctx, "/sys/class/net");
	AUTO_CLOSEDIR DIR *dir = path ? opendir(path) : NULL;
	AUTO_FREE char *found = NULL;
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		AUTO_FREE char *attribute = text_format("/sys/class/net/%s/address", entry->d_name);
		AUTO_FREE char *address = NULL;

		if (entry->d_name[0] == '.' || !strcmp(entry->d_name, "lo") || !attribute)
			continue;
		address = file_attribute(ctx, attribute);
		if (mac && (!address || strcasecmp(address, mac)))
			continue;
		if (found && strverscmp(found, entry->d_name) < 0)
			continue;
		free(found);
		found = strdup(entry->d_name);
	}
	return TAKE_POINTER(found);
}

static int open_request(const char *interface, struct ifreq *request)
{
	int fd;

	memset(request, 0, sizeof(*request));
	if (strlen(interface) >= sizeof(request->ifr_name))
		return -ENODEV;
	memcpy(request->ifr_name, interface, strlen(interface) + 1);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

int network_up(const char *interface)
{
	struct ifreq request;
	AUTO_CLOSE int fd = open_request(interface, &request);

	if (fd < 0)
		return fd;
	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return -errno;
	request.ifr_flags |= IFF_UP;
	return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

static void put_address(struct sockaddr *into, const char *text)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	inet_pton(AF_INET, text, &address.sin_addr);
	memcpy(into, &address, sizeof(address));
}

static int set_address(const char *interface, const char *client, const char *netmask, const char *gateway)
{
	struct ifreq request;
	struct rtentry route = { .rt_flags = RTF_UP | RTF_GATEWAY };
	AUTO_CLOSE int fd = open_request(interface, &request);

	if (fd < 0)
		return fd;
	put_address(&request.ifr_addr, client);
	if (ioctl(fd, SIOCSIFADDR, &request) < 0)
		return -errno;
	put_address(&request.ifr_netmask, netmask);
	if (ioctl(fd, SIOCSIFNETMASK, &request) < 0)
		return -errno;
	if (!gateway)
		return 0;
	put_address(&route.rt_gateway, gateway);
	put_address(&route.rt_dst, "0.0.0.0");
	put_address(&route.rt_genmask, "0.0.0.0");
	return ioctl(fd, SIOCADDRT, &route) < 0 && errno != EEXIST ? -errno : 0;
}

static void wait_for_link(struct context *ctx, const char *interface)
{
	AUTO_FREE char *path = text_format("/sys/class/net/%s/carrier", interface);
	struct timespec pause = { .tv_nsec = 100000000 };

	for (unsigned i = 0; path && i < LINK_WAIT_S * 10 && context_check_cancel(ctx) == 0; i++) {
		AUTO_FREE char *carrier = file_attribute(ctx, path);

		if (carrier && !strcmp(carrier, "1"))
			return;
		nanosleep(&pause, NULL);
	}
}

/* The script udhcpc calls only prints what it was given; the address is set here. */
static int dhcp(struct context *ctx, const char *interface, struct network_request *request)
{
	static const char script[] = "#!/bin/sh\n[ \"$1\" = bound ] && echo \"lease $ip ${subnet:-255.255.255.0} ${router%% *} $dns\"\nexit 0\n";
	const char *const argv[] = { "udhcpc", "-i", interface, "-f", "-n", "-q", "-t", "8", "-s", DHCP_SCRIPT, NULL };
	struct run run = { .argv = argv, .deadline_s = DHCP_DEADLINE_S };
	AUTO_RUN_RESULT struct run_result result = { 0 };
	char client[64], netmask[64], gateway[64];
	const char *lease;
	int r = file_replace(AT_FDCWD, DHCP_SCRIPT, script, sizeof(script) - 1, 0700), fields;

	if (r < 0)
		return context_fail(ctx, -r, DHCP_SCRIPT " could not be written: %s", strerror(-r));
	r = run_program(ctx, &run, &result);
	if (r < 0)
		return r;
	lease = result.output ? strstr(result.output, "lease ") : NULL;
	fields = lease ? sscanf(lease, "lease %63s %63s %63s", client, netmask, gateway) : 0;
	if (fields < 2 || !is_address(client) || !is_address(netmask))
		return context_fail(ctx, ENETUNREACH, "No address came by DHCP on %s", interface);
	request->client = strdup(client);
	request->netmask = strdup(netmask);
	request->gateway = fields > 2 && is_address(gateway) ? strdup(gateway) : NULL;
	return request->client && request->netmask ? 0 : context_fail(ctx, ENOMEM, "Out of memory");
}

static int setup_one(struct context *ctx, struct network_request *request, const char *bootif, char ***notes)
{
	AUTO_FREE char *interface = request->device ? strdup(request->device) : network_find(ctx, bootif);
	AUTO_FREE char *note = NULL;
	int r;

	if (!interface)
		return context_fail(ctx, ENODEV, "No network interface%s%s is here", bootif ? " with the address " : "",
				    bootif ? bootif : "");
	r = network_up(interface);
	if (r < 0)
		return context_fail(ctx, -r, "The network interface %s cannot be brought up: %s", interface, strerror(-r));
	wait_for_link(ctx, interface);
	if (request->dhcp) {
		r = dhcp(ctx, interface, request);
		if (r < 0)
			return r;
	}
	r = set_address(interface, request->client, request->netmask, request->gateway);
	if (r < 0)
		return context_fail(ctx, -r, "The address %s cannot be set on %s: %s", request->client, interface, strerror(-r));
	if (request->host && sethostname(request->host, strlen(request->host)) < 0)
		context_warn(ctx, "The host name %s could not be set: %s", request->host, strerror(errno));
	note = text_format("%s is %s", interface, request->client);
	return note && strv_append(notes, note) == 0 ? 0 : context_fail(ctx, ENOMEM, "Out of memory");
}

int network_setup(struct context *ctx, char *const *ip, const char *bootif, char ***ret)
{
	AUTO_STRV char **notes = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < strv_length(ip); i++) {
		struct network_request request = { 0 };

		r = network_parse(ip[i], &request);
		if (r < 0)
			return context_fail(ctx, -r, "ip=%s cannot be understood", ip[i]);
		if (!request.off)
			r = setup_one(ctx, &request, bootif, &notes);
		network_request_done(&request);
	}
	if (r == 0 && !strv_length(ip) && bootif) {
		struct network_request request = { .dhcp = true };

		r = setup_one(ctx, &request, bootif, &notes);
		network_request_done(&request);
	}
	if (r == 0)
		*ret = TAKE_POINTER(notes);
	return r;
}
