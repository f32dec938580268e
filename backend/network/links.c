/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "links.h"

#include <errno.h>
#include <string.h>

#include "../core/clock.h"
#include "../core/ops.h"
#include "../core/run.h"
#include "interfaces.h"
#include "ip.h"

#define APPEAR_S 15
#define POLL_S 0.1
#define PROGRAM_S 20

/* The first interface of that name or address once it is there; -ENODEV with a sentence. */
static int wait_for(struct context *ctx, const char *name, const char *mac, char **ret)
{
	double end = clock_now() + APPEAR_S;
	int r;

	while ((r = context_check_cancel(ctx)) == 0) {
		AUTO_STRV char **names = network_names(ctx, name, mac);

		if (names && names[0]) {
			*ret = strdup(names[0]);
			return *ret ? 0 : context_oom(ctx);
		}
		if (clock_now() >= end)
			return name ? context_fail(ctx, ENODEV, "No network interface %s is here", name)
				    : context_fail(ctx, ENODEV, "No network interface with the address %s is here", mac);
		clock_pause(POLL_S);
	}
	return r;
}

static bool is_here(struct context *ctx, const char *name)
{
	AUTO_STRV char **names = network_names(ctx, name, NULL);

	return names != NULL;
}

static int rename_to(struct context *ctx, const char *old, const char *new)
{
	int r = ip_link_down(ctx, old);

	return r == 0 ? ip_link_set(ctx, old, "name", new) : r;
}

/* In two steps, for two interfaces may swap their names. */
static int rename_all(struct context *ctx, const struct network_config *config)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < config->rename_count; i++) {
		AUTO_FREE char *old = NULL, *meanwhile = text_format("lifeboat%zu", i);

		r = meanwhile ? wait_for(ctx, NULL, config->renames[i].mac, &old) : context_oom(ctx);
		if (r == 0 && strcmp(old, config->renames[i].name))
			r = rename_to(ctx, old, meanwhile);
	}
	for (size_t i = 0; r == 0 && i < config->rename_count; i++) {
		AUTO_FREE char *old = NULL;

		r = wait_for(ctx, NULL, config->renames[i].mac, &old);
		if (r == 0 && strcmp(old, config->renames[i].name))
			r = rename_to(ctx, old, config->renames[i].name);
	}
	return r;
}

/* The module makes a bond0 of its own, which would be in the way, unless it is told not to. Without it ip(8) says what is wrong. */
static void load_bonding(struct context *ctx)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

	if (run_simple(ctx, "modprobe", "bonding", "max_bonds=0", NULL) < 0)
		context_debug(ctx, "%s", context_detail(ctx));
}

static int ip(struct context *ctx, const char *const *argv)
{
	return run_program(ctx, &(struct run){ .argv = argv, .deadline_s = PROGRAM_S }, NULL);
}

static int add_bond(struct context *ctx, const struct network_virtual *bond)
{
	AUTO_STRV char **argv = NULL;
	static const char *const head[] = { "ip", "link", "add", "name" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(head); i++)
		r = strv_append(&argv, head[i]);
	if (r == 0)
		r = strv_append(&argv, bond->name);
	if (r == 0)
		r = strv_append(&argv, "type");
	if (r == 0)
		r = strv_append(&argv, "bond");
	for (size_t i = 0; r == 0 && i < strv_length(bond->options); i++)
		r = strv_append(&argv, bond->options[i]);
	return r < 0 ? context_oom(ctx) : ip(ctx, (const char *const *)argv);
}

/* A part must be down when it joins. */
static int add_parts(struct context *ctx, const struct network_virtual *bond)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < strv_length(bond->parts); i++) {
		AUTO_FREE char *part = NULL;

		r = wait_for(ctx, bond->parts[i], NULL, &part);
		if (r < 0 || network_is_enslaved(ctx, part))
			continue;
		r = ip_link_down(ctx, part);
		if (r == 0)
			r = ip_link_set(ctx, part, "master", bond->name);
		if (r == 0)
			network_bring_up(ctx, part);
	}
	return r;
}

static int make_bond(struct context *ctx, const struct network_virtual *bond)
{
	int r = 0;

	if (!is_here(ctx, bond->name)) {
		load_bonding(ctx);
		r = add_bond(ctx, bond);
	}
	return r == 0 ? add_parts(ctx, bond) : r;
}

static int make_vlan(struct context *ctx, const struct network_virtual *vlan)
{
	AUTO_FREE char *number = text_format("%u", vlan->vlan), *parent = NULL;
	int r;

	if (is_here(ctx, vlan->name))
		return 0;
	if (!number)
		return context_oom(ctx);
	r = wait_for(ctx, vlan->parent, NULL, &parent);
	if (r == 0)
		network_bring_up(ctx, parent);
	return r < 0 ? r : ip(ctx, (const char *const[]){ "ip", "link", "add", "link", parent, "name", vlan->name, "type", "vlan", "id", number, NULL });
}

static int make(struct context *ctx, const struct network_virtual *one)
{
	AUTO_FREE char *mtu = one->mtu ? text_format("%u", one->mtu) : NULL, *why = NULL;
	int r;

	{
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

		r = one->parent ? make_vlan(ctx, one) : make_bond(ctx, one);
		if (r == 0 && mtu)
			r = ip_link_set(ctx, one->name, "mtu", mtu);
		if (r == 0)
			network_bring_up(ctx, one->name);
		if (r == -ECANCELED || r == -ENOMEM)
			return context_scope_keep(&scope, r);
		why = strdup(context_detail(ctx));
	}
	if (r < 0 && one->parent)
		return context_fail(ctx, -r, "The VLAN %s cannot be made on %s: %s", one->name, one->parent, why ? why : strerror(-r));
	return r < 0 ? context_fail(ctx, -r, "The bond %s cannot be made: %s", one->name, why ? why : strerror(-r)) : 0;
}

int links_make(struct context *ctx, const struct network_config *config)
{
	int r = rename_all(ctx, config);

	for (size_t i = 0; r == 0 && i < config->virtual_count; i++)
		r = make(ctx, config->virtuals + i);
	return r;
}
