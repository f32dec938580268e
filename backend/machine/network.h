/* The network of the rescue system, only when it was asked for: ip= (the kernel's nfsroot syntax, Documentation/admin-guide/nfs/nfsroot.rst,
 * and dracut's DEVICE:METHOD) and BOOTIF=. DHCP is busybox's udhcpc. Where no interface
 * is named it is the first that has a link.
 */
#ifndef LIFEBOAT_MACHINE_NETWORK_H
#define LIFEBOAT_MACHINE_NETWORK_H

#include "../core/bytes.h"
#include "../core/context.h"

/* One ip= argument: client:server:gateway:netmask:host:device:method:nameserver:nameserver. Owned texts; NULL: not given. */
struct network_request {
	char *client, *server, *gateway, *netmask, *host, *device;
	char **servers;          /* of names, NULL-ended or NULL */
	bool off;                /* "off" or "none": leave the network alone */
	bool dhcp;               /* else client and netmask are given */
};

/* 0, -EINVAL for what is no such argument, or -ENOMEM. */
int network_parse(const char *text, struct network_request *ret);
void network_request_done(struct network_request *request);

/* Carries out every ip= argument (IP: NULL-ended or NULL); BOOTIF (a MAC address or NULL) names the interface where the argument
 * does not, and means DHCP on it when there is no argument. *RET: one sentence for each interface that is up, NULL-ended, new. 0, or
 * -errno with the sentence of the first that failed. */
int network_setup(struct context *ctx, char *const *ip, const char *bootif, char ***ret);

/* Brings an interface up by name; "lo" at the start. 0 or -errno. */
int network_up(const char *interface);

/* Names of the interfaces below the context's prefix that are no loopback, sorted; with DEVICE or MAC not NULL only those that are called
 * so. NULL-ended, new; NULL when there is none. */
char **network_names(const struct context *ctx, const char *device, const char *mac);

#endif
