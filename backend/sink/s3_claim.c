/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "s3_claim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "../core/file.h"
#include "../remote/s3.h"
#include "../set/manifest.h"
#include "claim.h"
#include "names.h"

#define LOCK_LIMIT 4096
#define HURRY_S 5.0          /* for each answer, while what was written is removed */
#define ROUNDS 3             /* what was being sent may arrive while it is removed */

/* The claim's text: who makes it, a process by the kernel it runs under and the namespace it is counted in, and a word of its own. */
struct claim {
	char *text;
	size_t length;
};

/* "KERNEL NAMESPACE PROCESS"; NULL: out of memory, or there is no /proc. */
static char *this_process(pid_t process)
{
	AUTO_FREE char *kernel = NULL;
	char namespace[64];
	ssize_t n = readlink("/proc/self/ns/pid", namespace, sizeof(namespace) - 1);

	if (n < 0 || file_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 256, &kernel, NULL) < 0)
		return NULL;
	namespace[n] = '\0';
	kernel[strcspn(kernel, "\n")] = '\0';
	return text_format("%s %s %d", kernel, namespace, (int)process);
}

static struct claim *claim_new(void)
{
	struct claim *claim = calloc(1, sizeof(*claim));
	AUTO_FREE char *process = this_process(getpid());
	char own[UUID_STR_LEN];
	uuid_t bytes;

	if (!claim)
		return NULL;
	uuid_generate(bytes);
	uuid_unparse_lower(bytes, own);
	claim->text = text_format("A capture by Lifeboat is writing here.\n%s\n%s\n", own, process ? process : "");
	if (!claim->text) {
		free(claim);
		return NULL;
	}
	claim->length = strlen(claim->text);
	return claim;
}

void claim_free(struct claim *claim)
{
	if (claim)
		free(claim->text);
	free(claim);
}

/* Whether TEXT, another's claim, is of a process under this kernel that is no more. */
static bool is_dead(const char *text)
{
	const char *line = strchr(text, '\n');
	const char *last;
	AUTO_FREE char *found = NULL, *same = NULL;
	int64_t process = 0;

	line = line ? strchr(line + 1, '\n') : NULL;
	found = line ? strndup(line + 1, strcspn(line + 1, "\n")) : NULL;
	last = found ? strrchr(found, ' ') : NULL;
	if (!last || !parse_i64(last + 1, &process) || process <= 0 || process > INT32_MAX)
		return false;
	same = this_process((pid_t)process);
	return same && !strcmp(same, found) && kill((pid_t)process, 0) < 0 && errno == ESRCH;
}

/* ---- what is there ---- */

enum content { CONTENT_NOTHING, CONTENT_REST, CONTENT_OTHER };

struct look {
	enum content content;
	bool lock;
	time_t changed;          /* the newest of all */
	char **names;            /* of what a capture makes, the claim left out */
	size_t count;
};

static bool is_own(const char *name)
{
	if (!strncmp(name, SEGMENTS_NAME "/", strlen(SEGMENTS_NAME "/")))
		return name_is_segment(name + strlen(SEGMENTS_NAME "/"));
	if (!strncmp(name, ATTACHMENTS_NAME "/", strlen(ATTACHMENTS_NAME "/")))
		return attachment_is_name(name + strlen(ATTACHMENTS_NAME "/"));
	return name_is_table(name) || name_is_draft(name);
}

/* 1: enough was seen. */
static int see(void *data, const struct s3_item *item)
{
	struct look *look = data;

	if (item->changed > look->changed)
		look->changed = item->changed;
	if (!strcmp(item->name, LOCK_NAME)) {
		look->lock = true;
		return 0;
	}
	if (!is_own(item->name)) {
		look->content = CONTENT_OTHER;
		return 1;
	}
	look->content = CONTENT_REST;
	return strv_append_counted(&look->names, &look->count, item->name);
}

static void look_done(struct look *look)
{
	strv_free(look->names);
	*look = (struct look){ 0 };
}

static int look_at(struct context *ctx, struct remote *remote, struct look *ret)
{
	int r = s3_list(ctx, remote, "", true, see, ret);

	return r == -ENOMEM ? context_oom(ctx) : r < 0 ? r : 0;
}

static int fail_content(struct context *ctx, const char *place, enum content content)
{
	return content == CONTENT_REST ?
		       context_fail(ctx, ENOTEMPTY, "%s holds the rest of a capture that was stopped: remove it with --clean, or name a new place", place) :
		       context_fail(ctx, ENOTEMPTY, "%s is not empty: name a new place for the recovery set, or empty it", place);
}

/* ---- claiming ---- */

static int load(struct context *ctx, struct remote *remote, char **ret)
{
	AUTO_FREE void *data = NULL;
	size_t length = 0;
	int r = remote_load(ctx, remote, LOCK_NAME, LOCK_LIMIT, &data, &length);

	if (r < 0)
		return r;
	*ret = strndup(data, length);
	return *ret ? 0 : -ENOMEM;
}

static int fail_claimed(struct context *ctx, const char *place, time_t changed)
{
	time_t now = (time_t)clock_wall();
	int minutes = changed && now > changed ? (int)((now - changed) / 60) : 0;

	return context_fail(ctx, EBUSY, "a capture is writing to %s, or was stopped; something was written there last %d minutes ago: wait for its end, name a "
			    "new place, or remove the rest with --clean, which waits until nothing was written for an hour", place, minutes);
}

/* Takes away the claim of a capture that is no more; -EBUSY with a sentence: it may be at work. */
static int break_claim(struct context *ctx, struct remote *remote, const char *place, bool clean, time_t changed)
{
	AUTO_FREE char *text = NULL;
	int r = load(ctx, remote, &text);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r == -ENOMEM ? context_oom(ctx) : r;
	if (!clean || !(is_dead(text) || (changed && (time_t)clock_wall() - changed > CLAIM_QUIET_S)))
		return fail_claimed(ctx, place, changed);
	return s3_delete(ctx, remote, LOCK_NAME);
}

static int put_claim(struct context *ctx, struct remote *remote, const char *place, const struct claim *claim, bool clean, time_t changed)
{
	int r = s3_put(ctx, remote, LOCK_NAME, claim->text, claim->length, NULL, true);

	if (r == -EEXIST) {
		r = break_claim(ctx, remote, place, clean, changed);
		if (r == 0)
			r = s3_put(ctx, remote, LOCK_NAME, claim->text, claim->length, NULL, true);
	}
	return r == -EEXIST ? fail_claimed(ctx, place, changed) : r < 0 ? r : claim_check(ctx, remote, place, claim);
}

/* HURRY: a server that does not answer is not waited for. */
static int remove_names(struct context *ctx, struct remote *remote, const struct look *look, bool hurry)
{
	int r;

	if (hurry)
		remote_hurry(remote, HURRY_S);
	r = s3_abort_all(ctx, remote, "");
	for (size_t i = 0; r == 0 && i < look->count; i++) {
		if (hurry)
			remote_hurry(remote, HURRY_S);
		r = s3_delete(ctx, remote, look->names[i]);
	}
	return r;
}

/* The place is ours: it is empty, or becomes so. */
static int clear(struct context *ctx, struct remote *remote, const char *place, bool clean)
{
	struct look look = { 0 };
	int r = look_at(ctx, remote, &look);

	if (r == 0 && look.content == CONTENT_REST && clean) {
		context_info(ctx, "removing the rest of an interrupted capture from %s", place);
		r = remove_names(ctx, remote, &look, false);
	} else if (r == 0 && look.content != CONTENT_NOTHING) {
		r = fail_content(ctx, place, look.content);
	}
	look_done(&look);
	return r;
}

int claim_make(struct context *ctx, struct remote *remote, const char *place, bool clean, struct claim **ret)
{
	struct look look = { 0 };
	struct claim *claim = NULL;
	int r = look_at(ctx, remote, &look);

	/* Without a claim nothing is changed, and nobody is kept away. */
	if (r == 0 && (look.content == CONTENT_OTHER || (look.content == CONTENT_REST && !clean && !look.lock)))
		r = fail_content(ctx, place, look.content);
	if (r == 0 && !(claim = claim_new()))
		r = context_oom(ctx);
	if (r == 0)
		r = put_claim(ctx, remote, place, claim, clean, look.changed);
	look_done(&look);
	if (r == 0) {
		r = clear(ctx, remote, place, clean);
		if (r < 0 && claim_release(ctx, remote, claim) < 0)
			context_debug(ctx, "%s stays at %s", LOCK_NAME, place);
	}
	if (r < 0)
		claim_free(claim);
	else
		*ret = claim;
	return r;
}

int claim_check(struct context *ctx, struct remote *remote, const char *place, const struct claim *claim)
{
	AUTO_FREE char *text = NULL;
	int r = load(ctx, remote, &text);

	if (r == -ENOMEM)
		return context_oom(ctx);
	if (r < 0 && r != -ENOENT)
		return r;
	return text && !strcmp(text, claim->text) ? 0 : context_fail(ctx, EBUSY, "another capture took %s over", place);
}

int claim_release(struct context *ctx, struct remote *remote, const struct claim *claim)
{
	(void)claim;
	return s3_delete(ctx, remote, LOCK_NAME);
}

void claim_remove(struct remote *remote, const struct claim *claim)
{
	struct context ctx;
	int r = 0;

	context_init(&ctx);
	remote_hurry(remote, HURRY_S);
	/* Another's place is left alone. */
	r = claim_check(&ctx, remote, "", claim);
	if (r == 0)
		r = s3_delete(&ctx, remote, MANIFEST_NAME);
	for (int round = 0; r == 0 && round < ROUNDS; round++) {
		struct look look = { 0 };

		remote_hurry(remote, HURRY_S);
		r = look_at(&ctx, remote, &look);
		if (r == 0)
			r = remove_names(&ctx, remote, &look, true);
		look_done(&look);
	}
	remote_hurry(remote, HURRY_S);
	if (r == 0)
		r = claim_release(&ctx, remote, claim);
	context_done(&ctx);
}
