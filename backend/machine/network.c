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

#include "../core/clock.h"
#include "../core/file.h"
#include "../core/ops.h"

#define FIELDS 10
#define LINK_WAIT_S 15
#define LINK_POLL_S 0.1
#define DHCP_DEADLINE_S 60
/* The boot archive has it: puts into effect what udhcpc learnt, also for the expert who types udhcpc. */
#define DHCP_SCRIPT "/etc/udhcpc/default.script"
#define RESOLVER_FILE "/etc/resolv.conf"

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
	/* Behind them the kernel takes a time server, which nobody here asks. */
	for (size_t i = 7; i < 9; i++)
		if (*fields[i] && (!is_address(fields[i]) || strv_append(&request->servers, fields[i]) < 0))
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
		r = -EINVAL;
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
	strv_free(request->servers);
	*request = (struct network_request){ 0 };
}

/* ---- interfaces ---- */

static int compare_names(const void *a, const void *b)
{
	return strverscmp(*(const char *const *)a, *(const char *const *)b);
}

char **network_names(const struct context *ctx, const char *device, const char *mac)
{
	AUTO_FREE char *path = context_path(ctx, "/sys/class/net");
	AUTO_CLOSEDIR DIR *dir = path ? opendir(path) : NULL;
	struct dirent *entry;
	char **names = NULL;

	while (dir && (entry = readdir(dir))) {
		AUTO_FREE char *attribute = text_format("/sys/class/net/%s/address", entry->d_name);
		AUTO_FREE char *address = attribute ? file_attribute(ctx, attribute) : NULL;

		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "lo") && (!device || !strcmp(device, entry->d_name)) &&
		    (!mac || (address && !strcasecmp(address, mac))))
			strv_append_line(&names, entry->d_name);
	}
	if (names)
		qsort(names, strv_length(names), sizeof(*names), compare_names);
	return names;
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

/* The first interface that is meant and has a link, else the first that is meant at all; NULL when none is here. Brings them up. */
static char *find_linked(const struct context *ctx, const char *device, const char *mac, bool *ret_linked)
{
	AUTO_STRV char **names = network_names(ctx, device, mac);

	*ret_linked = false;
	for (size_t i = 0; i < strv_length(names); i++) {
		AUTO_FREE char *path = text_format("/sys/class/net/%s/carrier", names[i]);
		AUTO_FREE char *carrier = NULL;

		network_up(names[i]);
		carrier = path ? file_attribute(ctx, path) : NULL;
		*ret_linked = carrier && !strcmp(carrier, "1");
		if (*ret_linked)
			return strdup(names[i]);
	}
	return names && names[0] ? strdup(names[0]) : NULL;
}

/* Waits for the interface to appear and for its link; an address of one's own on an interface that was named can do without. -ENODEV with a
 * sentence; without a link *RET_LINKED is false. */
static int choose_interface(struct context *ctx, const struct network_request *request, const char *bootif, char **ret, bool *ret_linked)
{
	const char *device = request->device, *mac = device ? NULL : bootif;
	bool can_do_without = !request->dhcp && (device || mac);
	double end = clock_now() + LINK_WAIT_S;
	AUTO_FREE char *name = NULL;
	int r;

	for (;;) {
		free(name);
		name = find_linked(ctx, device, mac, ret_linked);
		r = context_check_cancel(ctx);
		if (r < 0 || *ret_linked || (name && can_do_without) || clock_now() >= end)
			break;
		clock_pause(LINK_POLL_S);
	}
	if (r < 0)
		return r;
	if (!name)
		return device ? context_fail(ctx, ENODEV, "No network interface %s is here", device)
		       : mac  ? context_fail(ctx, ENODEV, "No network interface with the address %s is here", mac)
			      : context_fail(ctx, ENODEV, "No network interface is here");
	*ret = TAKE_POINTER(name);
	return 0;
}

static char *own_address(const char *interface)
{
	struct ifreq request;
	AUTO_CLOSE int fd = open_request(interface, &request);
	char text[INET_ADDRSTRLEN];
	struct sockaddr_in address;

	if (fd < 0 || ioctl(fd, SIOCGIFADDR, &request) < 0)
		return NULL;
	memcpy(&address, &request.ifr_addr, sizeof(address));
	return inet_ntop(AF_INET, &address.sin_addr, text, sizeof(text)) ? strdup(text) : NULL;
}

/* The address, new, in *RET; -ENETUNREACH with a sentence when no server gave one. */
static int dhcp(struct context *ctx, const char *interface, char **ret)
{
	const char *const argv[] = { "udhcpc", "-i", interface, "-f", "-n", "-q", "-t", "8", "-s", DHCP_SCRIPT, NULL };
	struct run run = { .argv = argv, .deadline_s = DHCP_DEADLINE_S, .accept = { [1] = true } };
	int r = run_program(ctx, &run, NULL);

	if (r < 0)
		return r;
	*ret = own_address(interface);
	return *ret ? 0 : context_fail(ctx, ENETUNREACH, "No address came by DHCP on %s", interface);
}

static int set_fixed(struct context *ctx, const char *interface, const struct network_request *request)
{
	int r = set_address(interface, request->client, request->netmask, request->gateway);

	return r < 0 ? context_fail(ctx, -r, "The address %s cannot be set on %s: %s", request->client, interface, strerror(-r)) : 0;
}

/* Servers that were named come before those that DHCP told of. */
static void set_servers(struct context *ctx, char *const *servers)
{
	AUTO_FREE char *text = strdup("");
	int r;

	for (size_t i = 0; i < strv_length(servers); i++) {
		char *longer = text_format("%snameserver %s\n", text ? text : "", servers[i]);

		free(text);
		text = longer;
	}
	if (!text || !*text)
		return;
	r = file_replace(AT_FDCWD, RESOLVER_FILE, text, strlen(text), 0644);
	if (r < 0)
		context_warn(ctx, RESOLVER_FILE " could not be written: %s", strerror(-r));
}

static int setup_one(struct context *ctx, const struct network_request *request, const char *bootif, char ***notes)
{
	AUTO_FREE char *interface = NULL, *address = NULL, *note = NULL;
	bool linked;
	int r = choose_interface(ctx, request, bootif, &interface, &linked);

	if (r < 0)
		return r;
	if (!linked && request->dhcp)
		return context_fail(ctx, ENETDOWN, "The network interface %s has no link after %d seconds: is its cable in?", interface,
				    LINK_WAIT_S);
	r = request->dhcp ? dhcp(ctx, interface, &address) : set_fixed(ctx, interface, request);
	if (r < 0)
		return r;
	set_servers(ctx, request->servers);
	if (request->host && sethostname(request->host, strlen(request->host)) < 0)
		context_warn(ctx, "The host name %s could not be set: %s", request->host, strerror(errno));
	note = sentence("%s is %s", interface, address ? address : request->client);
	return note && strv_append(notes, note) == 0 ? 0 : context_oom(ctx);
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
