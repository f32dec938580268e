#include "initramfs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "drivers.h"
#include "identifiers.h"
#include "initramfs_list.h"
#include "rooted.h"

#define MODULE_LIST_LIMIT (16u << 20)

struct tool {
	const char *program; /* whose presence tells the tool */
	int (*make)(struct context *ctx, struct finish_job *job, const char *program, char *const *releases);
};

char *initramfs_path(int root_fd, const char *release)
{
	static const char *const patterns[][2] = {
		{ "boot/initrd.img-", "" },
		{ "boot/initramfs-", ".img" },
		{ "boot/initrd-", "" },
		{ "boot/initrd-", ".img" },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(patterns); i++) {
		AUTO_FREE char *path = text_format("%s%s%s", patterns[i][0], release, patterns[i][1]);

		if (path && rooted_has_content(root_fd, path))
			return TAKE_POINTER(path);
	}
	return NULL;
}

/* Releases of the kernels that are installed: an image in /boot and, when WITH_MODULES, a directory of modules. */
static int find_kernels(int root_fd, bool with_modules, char ***ret)
{
	static const char *const prefixes[] = { "vmlinuz-", "vmlinux-", "kernel-" };
	AUTO_STRV char **names = NULL, **releases = NULL;
	int r = rooted_list(root_fd, "boot", &names);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; names && names[i]; i++)
		for (size_t k = 0; k < ARRAY_LENGTH(prefixes); k++) {
			const char *release = names[i] + strlen(prefixes[k]);
			AUTO_FREE char *image = NULL, *modules = NULL;

			if (strncmp(names[i], prefixes[k], strlen(prefixes[k])) || !*release ||
			    strv_contains(releases, release))
				continue;
			image = text_format("boot/%s", names[i]);
			modules = text_format("lib/modules/%s", release);
			if (!image || !modules)
				return -ENOMEM;
			if (!rooted_has_content(root_fd, image) ||
			    (with_modules && !rooted_is_directory(root_fd, modules)))
				continue;
			if (strv_append(&releases, release) < 0)
				return -ENOMEM;
		}
	*ret = TAKE_POINTER(releases);
	return 0;
}

/* Creates rather than updates: an update is skipped where update-initramfs.conf says so. -t lets versions before
 * 0.137 replace. */
static int make_by_initramfs_tools(struct context *ctx, struct finish_job *job, const char *program,
				   char *const *releases)
{
	int r = 0;

	for (size_t i = 0; r == 0 && releases[i]; i++) {
		job_step(ctx, "Making the initramfs of kernel %s", releases[i]);
		r = job_run(ctx, job, (const char *const[]){ program, "-c", "-t", "-k", releases[i], NULL }, NULL);
		r = job_absorb(ctx, job, r, true, "The initramfs could not be rebuilt: ");
	}
	return r;
}

/* Not host-only: what dracut would leave out it decides from a udev database, which the rescue system does not have. */
static int make_by_dracut(struct context *ctx, struct finish_job *job, const char *program, char *const *releases)
{
	int r = 0;

	for (size_t i = 0; r == 0 && releases[i]; i++) {
		AUTO_FREE char *path = initramfs_path(job->root_fd, releases[i]);
		AUTO_FREE char *output = text_format("/%s", path ? path : "");

		if (!output)
			return -ENOMEM;
		job_step(ctx, "Making the initramfs of kernel %s", releases[i]);
		if (path)
			r = job_run(
				ctx, job,
				(const char *const[]){ program, "--force", "--no-hostonly", output, releases[i], NULL },
				NULL);
		else
			r = job_run(ctx, job,
				    (const char *const[]){ program, "--force", "--no-hostonly", "--kver", releases[i],
							   NULL },
				    NULL);
		r = job_absorb(ctx, job, r, true, "The initramfs could not be rebuilt: ");
	}
	return r;
}

static int make_by_mkinitcpio(struct context *ctx, struct finish_job *job, const char *program, char *const *releases)
{
	int r;

	(void)releases;
	job_step(ctx, "Making every initramfs of mkinitcpio's presets");
	r = job_run(ctx, job, (const char *const[]){ program, "-P", NULL }, NULL);
	return job_absorb(ctx, job, r, true, "The initramfs could not be rebuilt: ");
}

static const struct tool tools[] = {
	{ "update-initramfs", make_by_initramfs_tools },
	{ "dracut", make_by_dracut },
	{ "mkinitcpio", make_by_mkinitcpio },
};

/* The drivers the root filesystem needs here, its own included. */
static int find_drivers(const struct context *ctx, const struct finish_job *job, char ***ret)
{
	static const char *const kinds[] = { "ext4", "xfs", "btrfs", "f2fs" };
	const struct node *root = identifier_mounted_at(job->options->plan, "/");
	const char *device = root ? identifier_device(job->options->plan->result, root) : NULL;
	int r = device ? drivers_of_device(ctx, device, ret) : 0;

	for (size_t i = 0; r == 0 && root && root->filesystem.kind && i < ARRAY_LENGTH(kinds); i++)
		if (!strcmp(root->filesystem.kind, kinds[i]))
			r = strv_append(ret, kinds[i]);
	return r;
}

/* Whether kernel RELEASE has every driver of DRIVERS, in itself or among the members NAMES of its archive PATH. */
static int check_drivers(struct finish_job *job, const char *release, const char *path, const char *names,
			 char *const *drivers)
{
	AUTO_FREE char *builtin_path = text_format("lib/modules/%s/modules.builtin", release), *builtin = NULL;
	int r = builtin_path ? 0 : -ENOMEM;

	if (r == 0)
		rooted_read(job->root_fd, builtin_path, MODULE_LIST_LIMIT, &builtin);
	for (size_t i = 0; r == 0 && drivers && drivers[i]; i++)
		if (!drivers_are_listed(names, drivers[i]) && !(builtin && drivers_are_listed(builtin, drivers[i])))
			r = job_breaks(job,
				       "Neither kernel %s nor /%s has the driver %s, which the disk of this machine "
				       "needs to be reached.",
				       release, path, drivers[i]);
	return r;
}

/* Looks at the archive of one kernel. MADE: it should be there. */
static int check_archive(struct context *ctx, struct finish_job *job, bool made, const char *release,
			 char *const *drivers)
{
	AUTO_FREE char *path = initramfs_path(job->root_fd, release);
	AUTO_BUFFER struct buffer names = { 0 };
	AUTO_CLOSE int fd = -1;
	int r;

	/* A kernel may be built to do without; the loader's menu tells, and is checked. */
	if (!path)
		return job_tells(job, made, "Kernel %s has no initramfs in /boot.", release);
	fd = root_open_regular(job->root_fd, path, O_RDONLY);
	if (fd < 0)
		return job_breaks(job, "/%s cannot be read: %s.", path, root_strerror(fd));
	r = initramfs_list(ctx, fd, &names);
	if (r == -EBADMSG) {
		AUTO_FREE char *before = text_format("/%s is no archive that the kernel can unpack: ", path);

		return before ? job_absorb(ctx, job, r, true, before) : -ENOMEM;
	}
	return r < 0 ? r : check_drivers(job, release, path, names.data, drivers);
}

/* The tool that the system has, with its path in *RET_PROGRAM, or NULL. */
static const struct tool *find_tool(int root_fd, char **ret_program)
{
	for (size_t i = 0; i < ARRAY_LENGTH(tools); i++) {
		*ret_program = rooted_program(root_fd, tools[i].program);
		if (*ret_program)
			return &tools[i];
	}
	return NULL;
}

/* mkinitcpio goes by presets, which may name a kernel whose modules lie elsewhere. */
static int find_kernels_of(const struct finish_job *job, const struct tool *tool, char ***ret)
{
	return find_kernels(job->root_fd, tool && tool->make != make_by_mkinitcpio, ret);
}

int initramfs_finish(struct context *ctx, struct finish_job *job)
{
	AUTO_FREE char *program = NULL;
	AUTO_STRV char **releases = NULL;
	const struct tool *tool = find_tool(job->root_fd, &program);
	int r = find_kernels_of(job, tool, &releases);

	if (r < 0 || !releases)
		return r;
	if (tool)
		return tool->make(ctx, job, program, releases);
	return job_reason(job, "The restored system has no program that makes an initramfs (update-initramfs, dracut, "
			       "mkinitcpio): the saved one stays, which was made for the hardware of the source machine.");
}

int initramfs_verify(struct context *ctx, struct finish_job *job)
{
	AUTO_STRV char **releases = NULL, **drivers = NULL;
	AUTO_FREE char *program = NULL;
	const struct tool *tool = find_tool(job->root_fd, &program);
	int r = find_kernels_of(job, tool, &releases);

	if (r < 0)
		return r;
	if (!releases)
		return job_breaks(job, "The restored system has no kernel in /boot%s.",
				  tool ? " with its modules in /lib/modules" : "");
	r = find_drivers(ctx, job, &drivers);
	for (size_t i = 0; r == 0 && releases[i]; i++)
		r = check_archive(ctx, job, tool != NULL, releases[i], drivers);
	return r;
}
