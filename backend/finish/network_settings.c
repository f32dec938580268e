/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_settings.h"

#include <errno.h>
#include <string.h>

#include "network_forms.h"
#include "rooted.h"

#define FILE_LIMIT (1u << 20)
#define WANTED "etc/systemd/system/multi-user.target.wants/"
#define INTERFACES "etc/network/interfaces"

static bool has_program(int root_fd, const char *name)
{
	AUTO_FREE char *path = rooted_program(root_fd, name);

	return path != NULL;
}

static bool uses_netplan(int root_fd)
{
	return rooted_is_directory(root_fd, "etc/netplan") && has_program(root_fd, "netplan");
}

static bool uses_manager(int root_fd)
{
	return rooted_has_content(root_fd, WANTED "NetworkManager.service");
}

static bool uses_networkd(int root_fd)
{
	return rooted_has_content(root_fd, WANTED "systemd-networkd.service");
}

static bool uses_interfaces(int root_fd)
{
	return rooted_has_content(root_fd, INTERFACES) && has_program(root_fd, "ifup");
}

static bool uses_ifcfg(int root_fd)
{
	return rooted_is_directory(root_fd, "etc/sysconfig/network-scripts") && has_program(root_fd, "ifup");
}

/* What is enabled comes before what is only installed. */
static const struct {
	const char *name;
	bool (*is_used)(int root_fd);
	int (*make)(const struct network_kept *kept, struct network_files *ret);
} forms[] = {
	{ "netplan", uses_netplan, network_form_netplan },
	{ "NetworkManager", uses_manager, network_form_keyfile },
	{ "systemd-networkd", uses_networkd, network_form_networkd },
	{ "ifupdown", uses_interfaces, network_form_interfaces },
	{ "ifcfg", uses_ifcfg, network_form_ifcfg },
};

/* FILE in its place, with what is there already kept beside it. 0 or -errno with a sentence. */
static int write_file(struct context *ctx, int root_fd, const struct network_file *file)
{
	AUTO_FREE char *old = NULL, *directory = strndup(file->path, (size_t)(strrchr(file->path, '/') - file->path)), *whole = NULL;
	int r = directory ? rooted_make_directories(root_fd, directory) : -ENOMEM;

	if (r >= 0)
		r = rooted_read(root_fd, file->path, FILE_LIMIT, &old);
	if (r == 0) {
		/* A restore that was interrupted wrote it already. */
		if (!strncmp(old, file->text, strlen(file->text)))
			return 0;
		whole = text_format("%s%s", file->text, file->before ? old : "");
		return whole ? rooted_rewrite(ctx, root_fd, file->path, whole, strlen(whole)) : context_oom(ctx);
	}
	if (r == -ENOENT)
		r = rooted_create(root_fd, file->path, file->text, strlen(file->text), file->secret ? 0600 : 0644);
	return r < 0 ? context_fail(ctx, -r, "The network settings could not be written to /%s: %s", file->path, root_strerror(r)) : 0;
}

/* resolvconf, systemd-resolved and the like take name servers from there; without one the captured file holds. */
static int tell_servers(struct finish_job *job, const struct network_kept *kept, const char *form)
{
	if (strcmp(form, "ifupdown") || !kept->config.servers || has_program(job->root_fd, "resolvconf") || has_program(job->root_fd, "resolvectl"))
		return 0;
	return job_reason(job, "The restored system has no program resolvconf, so the name servers that were typed for the network have no effect in /%s: "
			       "put them into /etc/resolv.conf.", INTERFACES);
}

static int write_form(struct context *ctx, struct finish_job *job, size_t form, const struct network_kept *kept)
{
	AUTO_NETWORK_FILES struct network_files files = { 0 };
	int r = forms[form].make(kept, &files);

	if (r < 0)
		return context_oom(ctx);
	for (size_t i = 0; r == 0 && i < files.count; i++) {
		r = write_file(ctx, job->root_fd, files.files + i);
		if (r < 0)
			return job_absorb(ctx, job, r, false, "");
		r = strv_append(&job->corrected, files.files[i].path);
		if (r == 0)
			r = job_note(job, "The network settings that were typed for the card %s are kept in /%s (%s).", kept->mac, files.files[i].path,
				     forms[form].name);
	}
	return r == 0 ? tell_servers(job, kept, forms[form].name) : r;
}

int network_settings_finish(struct context *ctx, struct finish_job *job)
{
	AUTO_NETWORK_KEPT struct network_kept kept = { 0 };
	int r;

	if (!job->options->network)
		return 0;
	r = network_kept_of(ctx, job->options->network, &kept);
	if (r < 0)
		return job_absorb(ctx, job, r, false, "");
	for (size_t i = 0; i < ARRAY_LENGTH(forms); i++)
		if (forms[i].is_used(job->root_fd))
			return write_form(ctx, job, i, &kept);
	return job_reason(job, "The network settings that were typed for the card %s are not kept: the restored system uses none of netplan, NetworkManager, "
			       "systemd-networkd, ifupdown and ifcfg files. Set its network up when it has started.", kept.mac);
}
