/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "initramfs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "drivers.h"
#include "initramfs_keep.h"
#include "initramfs_list.h"
#include "root_path.h"
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
		r = job_absorb(ctx, job, r, true, N_("The initramfs could not be rebuilt: "));
	}
	return r;
}

/* Not host-only: what dracut would leave out it decides from a udev database, which the rescue system does not have. So it does not see either what
 * the root filesystem lies on, and is told. */
static int run_dracut(struct context *ctx, struct finish_job *job, const char *program, const char *release)
{
	AUTO_FREE char *path = initramfs_path(job->root_fd, release), *output = text_format("/%s", path ? path : "");
	AUTO_FREE char *words = root_path_words(job->options->plan);
	const char *argv[10] = { program, "--force", "--no-hostonly" };
	size_t count = 3;

	if (!output || !words)
		return context_oom(ctx);
	if (*words) {
		argv[count++] = "--kernel-cmdline";
		argv[count++] = words;
	}
	argv[count++] = path ? output : "--kver";
	argv[count++] = release;
	return job_run(ctx, job, argv, NULL);
}

static int make_by_dracut(struct context *ctx, struct finish_job *job, const char *program, char *const *releases)
{
	int r = 0;

	for (size_t i = 0; r == 0 && releases[i]; i++) {
		job_step(ctx, "Making the initramfs of kernel %s", releases[i]);
		r = run_dracut(ctx, job, program, releases[i]);
		r = job_absorb(ctx, job, r, true, N_("The initramfs could not be rebuilt: "));
	}
	return r;
}

static int make_by_mkinitcpio(struct context *ctx, struct finish_job *job, const char *program, char *const *releases)
{
	int r;

	(void)releases;
	job_step(ctx, "Making every initramfs of mkinitcpio's presets");
	r = job_run(ctx, job, (const char *const[]){ program, "-P", NULL }, NULL);
	return job_absorb(ctx, job, r, true, N_("The initramfs could not be rebuilt: "));
}

static const struct tool tools[] = {
	{ "update-initramfs", make_by_initramfs_tools },
	{ "dracut", make_by_dracut },
	{ "mkinitcpio", make_by_mkinitcpio },
};

/* The first of DRIVERS that kernel RELEASE has neither in itself nor among the members NAMES of its archive; NULL: none. BUILTIN: its
 * list of what it has in itself; NULL: it has no such list. */
static const char *lacking_driver(const char *builtin, const char *names, const char *const *drivers)
{
	for (; drivers && *drivers; drivers++)
		if (!drivers_are_listed(names, *drivers) && !(builtin && drivers_are_listed(builtin, *drivers)))
			return *drivers;
	return NULL;
}

/* The list NAME of a kernel's modules, new string in *RET; NULL when the kernel has no such list. 0 or -ENOMEM. */
static int read_list(const struct finish_job *job, const char *release, const char *name, char **ret)
{
	AUTO_FREE char *path = text_format("lib/modules/%s/%s", release, name);

	*ret = NULL;
	if (!path || rooted_read(job->root_fd, path, MODULE_LIST_LIMIT, ret) == -ENOMEM)
		return -ENOMEM;
	return 0;
}

/* Looks at the archive of one kernel. MADE: it should be there. */
static int check_archive(struct context *ctx, struct finish_job *job, bool made, const char *release,
			 char *const *drivers)
{
	AUTO_FREE char *path = initramfs_path(job->root_fd, release);
	AUTO_FREE char *builtin = NULL;
	AUTO_BUFFER struct buffer names = { 0 };
	AUTO_CLOSE int fd = -1;
	const char *lacking;
	int r;

	/* A kernel may be built to do without; the loader's menu tells, and is checked. */
	if (!path)
		return job_tells(job, made, "Kernel %s has no initramfs in /boot.", release);
	fd = root_open_regular(job->root_fd, path, O_RDONLY);
	if (fd < 0)
		return job_breaks(job, "/%s cannot be read: %s.", path, root_strerror(fd));
	r = initramfs_list(ctx, fd, &names);
	if (r == -EBADMSG) {
		AUTO_FREE char *before = sentence("/%s is no archive that the kernel can unpack: ", path);

		return before ? job_absorb(ctx, job, r, true, before) : -ENOMEM;
	}
	r = r < 0 ? r : read_list(job, release, "modules.builtin", &builtin);
	if (r < 0)
		return r;
	lacking = lacking_driver(builtin, names.data, (const char *const *)drivers);
	if (lacking)
		return job_breaks(job, "Neither kernel %s nor /%s has the driver %s, which the root filesystem needs to be reached here.", release,
				  path, lacking);
	lacking = root_path_lacking_program(job->options->plan, names.data);
	/* Others may do what it does in their own ways. */
	return !lacking ? 0 :
	       job_tells(job, initramfs_is_of_known_tool(names.data),
			 "/%s does not hold the program %s, without which the root filesystem cannot be reached.", path, lacking);
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

/* A driver of a common controller that the kernel has as a module, as its list MODULES says, but not its archive; NULL: none. An archive with all
 * of them was made for any machine. One that was made for a single machine may lack what this one needs without that being seen, because the
 * kernel that runs here has it built in. */
static const char *lacking_common(const char *modules, const char *names)
{
	static const char *const common[] = { "ahci", "nvme", "sd_mod", "virtio_blk" };

	for (size_t i = 0; i < ARRAY_LENGTH(common); i++)
		if (drivers_are_listed(modules, common[i]) && !drivers_are_listed(names, common[i]))
			return common[i];
	return NULL;
}

/* Those of the members NAMES that are modules of kernel RELEASE: it loads no others. New string; NULL when out of memory. */
static char *modules_of(const char *names, const char *release)
{
	AUTO_FREE char *directory = text_format("/lib/modules/%s/", release);
	AUTO_BUFFER struct buffer modules = { 0 };

	if (!directory)
		return NULL;
	for (const char *line = names; line && *line;) {
		size_t length = strcspn(line, "\n");
		const char *found = memmem(line, length, directory, strlen(directory));

		length += line[length] == '\n';
		if (found && buffer_append(&modules, line, length) < 0)
			return NULL;
		line += length;
	}
	return modules.data ? TAKE_POINTER(modules.data) : strdup("");
}

/* Why kernel RELEASE needs a new archive, half a sentence in a new string in *RET_WHY; NULL: the saved one serves. 0 or -errno. */
static int judge_archive(struct context *ctx, struct finish_job *job, const char *release, char *const *drivers, char **ret_why)
{
	AUTO_FREE char *path = initramfs_path(job->root_fd, release), *builtin = NULL, *modules = NULL, *own = NULL;
	AUTO_CLOSE int fd = path ? root_open_regular(job->root_fd, path, O_RDONLY) : -1;
	AUTO_BUFFER struct buffer names = { 0 };
	const char *lacking;
	int r;

	if (fd < 0) {
		*ret_why = sentence("there is none");
		return *ret_why ? 0 : -ENOMEM;
	}
	r = initramfs_list(ctx, fd, &names);
	if (r == -EBADMSG) {
		context_clear(ctx);
		*ret_why = sentence("it is damaged");
		return *ret_why ? 0 : -ENOMEM;
	}
	r = r < 0 ? r : read_list(job, release, "modules.builtin", &builtin);
	if (r < 0)
		return r;
	r = read_list(job, release, "modules.dep", &modules);
	if (r < 0)
		return r;
	/* Which drivers it has as modules is not known: one that the kernel that runs here has built in could be missed. */
	if (!modules) {
		*ret_why = sentence("/lib/modules/%s/modules.dep, which lists its drivers, cannot be read", release);
		return *ret_why ? 0 : -ENOMEM;
	}
	own = modules_of(names.data, release);
	if (!own)
		return -ENOMEM;
	lacking = lacking_driver(builtin, own, (const char *const *)drivers);
	if (!lacking)
		lacking = lacking_common(modules, own);
	return initramfs_judge(job, release, names.data, lacking, drivers, ret_why);
}

/* Which of RELEASES get a new archive, in *RET (NULL: none); the log says why, the result what was kept. 0 or -errno. */
static int choose(struct context *ctx, struct finish_job *job, char *const *releases, char ***ret)
{
	AUTO_STRV char **drivers = NULL, **chosen = NULL;
	int r = root_path_drivers(ctx, job->options->plan, &drivers);

	for (size_t i = 0; r == 0 && releases[i]; i++) {
		AUTO_FREE char *why = NULL;

		if (job->options->initramfs == INITRAMFS_ALWAYS)
			why = sentence("that was asked for");
		else
			r = judge_archive(ctx, job, releases[i], drivers, &why);
		if (r == 0 && why && job->options->initramfs == INITRAMFS_NEVER) {
			r = job_reason(job, "The saved initramfs of kernel %s was kept because that was asked for, though a new one would be made: %s.",
				       releases[i], why);
		} else if (r == 0 && why) {
			context_info(ctx, "a new initramfs is made for kernel %s: %s", releases[i], why);
			r = strv_append(&chosen, releases[i]);
		} else if (r == 0) {
			r = job_note(job, "The saved initramfs of kernel %s was kept: it has every driver and firmware that the way to the root "
				     "filesystem needs here, and nothing it holds has changed.", releases[i]);
		}
	}
	*ret = TAKE_POINTER(chosen);
	return r;
}

int initramfs_finish(struct context *ctx, struct finish_job *job)
{
	AUTO_FREE char *program = NULL;
	AUTO_STRV char **releases = NULL, **chosen = NULL;
	const struct tool *tool = find_tool(job->root_fd, &program);
	int r = find_kernels_of(job, tool, &releases);

	if (r < 0 || !releases)
		return r;
	if (!tool)
		return job_reason(job, "The restored system has no program that makes an initramfs (update-initramfs, dracut, "
				       "mkinitcpio): the saved one stays, which was made for the hardware of the source machine.");
	r = choose(ctx, job, releases, &chosen);
	if (r < 0 || !chosen)
		return r;
	if (job->options->before_slow)
		job->options->before_slow(job->options->before_slow_data);
	return tool->make(ctx, job, program, chosen);
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
		return tool ? job_breaks(job, "The restored system has no kernel in /boot with its modules in /lib/modules.")
			    : job_breaks(job, "The restored system has no kernel in /boot.");
	r = root_path_drivers(ctx, job->options->plan, &drivers);
	for (size_t i = 0; r == 0 && releases[i]; i++)
		r = check_archive(ctx, job, tool != NULL, releases[i], drivers);
	return r;
}
