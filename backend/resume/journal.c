/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/clock.h"
#include "../core/file.h"
#include "../core/root_open.h"
#include "../plan/plan_images.h"
#include "results.h"

/* A directory of its own, so that the time of the root's, once restored, does not change. */
#define DIRECTORY LAYOUT_JOURNAL_NAME
#define NAME "segments"
#define LIMIT (64u << 20)
/* What a power failure costs at most, beside the segments being unpacked. */
#define PAUSE_S 5
/* Files are stamped with a clock that is a little behind. */
#define CLOCK_SLACK_S 1

struct top {
	int fd;
	const char *path;        /* in the new system; the plan's */
};

struct journal {
	struct context *ctx;
	struct restore_run *run;
	char proof[DIGEST_HEX];
	int directory;
	struct top *tops;        /* of every new filesystem that is mounted */
	size_t top_count;
	struct image_device *images; /* that files of the set go onto */
	enum restore_stage stage;
	json_t *network;         /* a copy of the job's; NULL: none */
	pthread_t thread;
	pthread_mutex_t lock;    /* guards what follows */
	pthread_cond_t changed;
	size_t finished;         /* segments */
	bool stop;
};

/* ---- writing ---- */

/* All that is unpacked so far, on the disks. *RET_FAILED: where that failed. */
static int sync_tops(const struct journal *journal, const char **ret_failed)
{
	for (size_t i = 0; i < journal->top_count; i++)
		if (syncfs(journal->tops[i].fd) < 0) {
			*ret_failed = journal->tops[i].path;
			return -errno;
		}
	for (const struct image_device *image = journal->images; image && image->node; image++)
		if (fsync(image->fd) < 0) {
			*ret_failed = image->node->device ? image->node->device : image->node->id;
			return -errno;
		}
	return 0;
}

/* The digest of the rest of the file on its first line, then the rest as JSON. */
static char *journal_text(const struct journal *journal)
{
	struct restore_run *run = journal->run;
	json_t *object = json_object(), *segments = json_array();
	AUTO_FREE char *body = NULL;
	char digest[DIGEST_HEX];

	pthread_mutex_lock(&run->lock);
	for (size_t i = 0; i < run->segment_count; i++)
		if (run->segments[i])
			json_array_append_new(segments, json_string(segment_name(&(struct segment){ .number = (uint32_t)i }).text));
	pthread_mutex_unlock(&run->lock);
	json_object_set_new(object, "proof", json_string(journal->proof));
	json_object_set_new(object, "run", json_string(run->name));
	json_object_set_new(object, "segments", segments);
	json_object_set_new(object, "stage", json_string(stage_name(journal->stage)));
	json_object_set(object, "results", run->results);
	json_object_set(object, "network", journal->network);
	body = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	if (!body || digest_buffer(body, strlen(body), digest) < 0)
		return NULL;
	return text_format("%s\n%s", digest, body);
}

/* The names are taken before the sync, so that only what it reached is named. */
static int write_journal(const struct journal *journal, const char **ret_failed)
{
	AUTO_FREE char *text = journal_text(journal);
	int r = text ? sync_tops(journal, ret_failed) : -ENOMEM;

	return r < 0 ? r : file_replace(journal->directory, NAME, text, strlen(text), 0600);
}

/* True when there is something to write and NEXT has come, false when it is over. */
static bool wait_for_work(struct journal *journal, size_t *written, double next)
{
	bool stop;

	pthread_mutex_lock(&journal->lock);
	while (!journal->stop) {
		const struct timespec end = clock_timespec(next);

		if (journal->finished == *written)
			pthread_cond_wait(&journal->changed, &journal->lock);
		else if (clock_now() < next)
			pthread_cond_timedwait(&journal->changed, &journal->lock, &end);
		else
			break;
	}
	*written = journal->finished;
	stop = journal->stop;
	pthread_mutex_unlock(&journal->lock);
	return !stop;
}

/* Once the first segment is there, and then at most half of the time, so that a slow disk has some of its own. */
static void *keep_journal(void *data)
{
	struct journal *journal = data;
	const char *failed = NULL;
	double next = 0;
	size_t written = 0;
	int r = 0;

	while (r == 0 && wait_for_work(journal, &written, next)) {
		double begun = clock_now(), took;

		r = write_journal(journal, &failed);
		took = clock_now() - begun;
		next = begun + took + (took > PAUSE_S ? took : PAUSE_S);
	}
	/* What it says so far stays true. The trouble itself is told by whoever writes the files: the kernel tells it to each descriptor that
	 * was open before. */
	if (r < 0)
		context_info(journal->ctx, "what is restored is not noted any more, for the case of a power failure: %s", strerror(-r));
	return NULL;
}

static void journal_free(struct journal *journal)
{
	for (size_t i = 0; i < journal->top_count; i++)
		close(journal->tops[i].fd);
	free(journal->tops);
	image_devices_free(journal->images);
	if (journal->directory >= 0)
		close(journal->directory);
	json_decref(journal->network);
	pthread_cond_destroy(&journal->changed);
	pthread_mutex_destroy(&journal->lock);
	free(journal);
}

static int open_tops(const struct restore_job *job, struct journal *journal)
{
	const struct plan *plan = job->plan;

	journal->tops = calloc(plan->count + 1, sizeof(*journal->tops));
	for (size_t i = 0; i < plan->count && journal->tops; i++) {
		const struct node *node = plan->actions[i].node;
		AUTO_FREE char *path = NULL;
		int fd;

		if (node->type != NODE_MOUNT)
			continue;
		path = text_format("%s%s", job->root, node->mount.path);
		fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
		if (fd < 0)
			return path ? -errno : -ENOMEM;
		journal->tops[journal->top_count++] = (struct top){ fd, node->mount.path };
	}
	return journal->tops ? 0 : -ENOMEM;
}

/* The filesystem that the new root lies on; NULL when the plan does not say. */
static const struct node *root_filesystem(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->actions[i].node->type == NODE_MOUNT && !strcmp(plan->actions[i].node->mount.path, "/"))
			return layout_filesystem_of(plan->target.result, plan->actions[i].node);
	return NULL;
}

/* All but the thread. */
static int open_journal(const struct restore_job *job, struct journal *journal)
{
	AUTO_CLOSE int root = open(job->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (root < 0 || (mkdirat(root, DIRECTORY, 0700) < 0 && errno != EEXIST))
		return -errno;
	journal->directory = openat(root, DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (journal->directory < 0)
		return -errno;
	r = open_tops(job, journal);
	if (r == 0)
		r = plan_images_open(job->ctx, job->plan, false, &journal->images);
	return r == 0 ? restore_job_proof(job, journal->proof) : r;
}

/* NULL when none can be kept, or out of memory. */
static struct journal *journal_new(const struct restore_job *job, struct restore_run *run, enum restore_stage stage)
{
	const struct node *filesystem = root_filesystem(job->plan);
	struct journal *journal;

	if (!run->name || !filesystem || !filesystem_is_crash_safe(filesystem))
		return NULL;
	journal = calloc(1, sizeof(*journal));
	if (!journal)
		return NULL;
	journal->ctx = job->ctx;
	journal->run = run;
	journal->stage = stage;
	journal->directory = -1;
	journal->network = json_deep_copy(job->network);
	pthread_mutex_init(&journal->lock, NULL);
	clock_condition_init(&journal->changed);
	return journal;
}

struct journal *journal_start(const struct restore_job *job, struct restore_run *run)
{
	struct journal *journal = journal_new(job, run, STAGE_EXTRACT);
	int r;

	if (!journal)
		return NULL;
	r = open_journal(job, journal);
	if (r == 0)
		r = -pthread_create(&journal->thread, NULL, keep_journal, journal);
	if (r == 0)
		return journal;
	context_info(job->ctx, "what is restored cannot be noted, for the case of a power failure: %s", strerror(-r));
	journal_free(journal);
	return NULL;
}

int journal_mark(const struct restore_job *job, struct restore_run *run, const struct outcome *outcome, enum restore_stage stage)
{
	struct journal *journal = journal_new(job, run, stage);
	const char *failed = NULL;
	int r;

	if (!journal)
		return -EOPNOTSUPP;
	r = open_journal(job, journal);
	if (r == 0)
		r = results_keep(run, outcome, stage);
	if (r == 0)
		r = write_journal(journal, &failed);
	if (failed)
		run_keep_unwritten(run, failed, r);
	journal_free(journal);
	return r;
}

void journal_segment(struct journal *journal)
{
	if (!journal)
		return;
	pthread_mutex_lock(&journal->lock);
	journal->finished++;
	pthread_cond_signal(&journal->changed);
	pthread_mutex_unlock(&journal->lock);
}

void journal_stop(struct journal *journal)
{
	if (!journal)
		return;
	pthread_mutex_lock(&journal->lock);
	journal->stop = true;
	pthread_cond_signal(&journal->changed);
	pthread_mutex_unlock(&journal->lock);
	pthread_join(journal->thread, NULL);
	journal_free(journal);
}

/* ---- reading ---- */

/* The object of a journal's text; NULL when a byte of it is not as written. New reference. */
static json_t *parse(const char *text)
{
	char digest[DIGEST_HEX];

	if (strlen(text) < DIGEST_HEX || text[DIGEST_HEX - 1] != '\n' ||
	    digest_buffer(text + DIGEST_HEX, strlen(text + DIGEST_HEX), digest) < 0 || strncmp(text, digest, DIGEST_HEX - 1))
		return NULL;
	return json_loads(text + DIGEST_HEX, JSON_REJECT_DUPLICATES, NULL);
}

static bool says(json_t *object, const char *name, const char *text)
{
	const char *said = json_string_value(json_object_get(object, name));

	return said && text && !strcmp(said, text);
}

/* *RET: the finished ones, by place in the manifest's table. 0; -EBADMSG, -ENOMEM. */
static int take_segments(const struct manifest *manifest, json_t *names, bool **ret)
{
	AUTO_FREE bool *finished = calloc(manifest->segment_count + 1, sizeof(*finished));
	json_t *name;
	size_t i;

	if (!finished)
		return -ENOMEM;
	json_array_foreach(names, i, name) {
		ssize_t number = manifest_find_segment(manifest, json_string_value(name));

		if (number < 0 || manifest->segments[number].kind != SEGMENT_FILES)
			return -EBADMSG;
		finished[number] = true;
	}
	*ret = TAKE_POINTER(finished);
	return 0;
}

/* What OBJECT, a whole journal, says of a restore that is resumed where RUN is. */
static int take_journal(const struct manifest *manifest, json_t *object, struct restore_run *run, struct outcome *outcome)
{
	AUTO_FREE bool *segments = NULL;
	enum restore_stage stage = STAGE_EXTRACT;
	int r = take_segments(manifest, json_object_get(object, "segments"), &segments);

	stage_parse(json_string_value(json_object_get(object, "stage")), &stage);
	/* While files are extracted, none finished is nothing to resume. Later there may be none, where something failed in each. */
	if (r == 0 && run->resumed == STAGE_EXTRACT && json_array_size(json_object_get(object, "segments")) == 0)
		r = -ENODATA;
	if (r == 0 && stage < run->resumed)
		r = -EBADMSG;
	if (r == 0)
		r = results_take(run, json_object_get(object, "results"), outcome);
	if (r < 0)
		return r;
	run->network = json_incref(json_object_get(object, "network"));
	pthread_mutex_lock(&run->lock);
	free(run->segments);
	run->segments = TAKE_POINTER(segments);
	run->segment_count = manifest->segment_count;
	pthread_mutex_unlock(&run->lock);
	return 0;
}

int journal_read(const struct restore_job *job, struct restore_run *run, struct outcome *outcome)
{
	AUTO_CLOSE int root = open(job->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSE int file = root < 0 ? -1 : root_open_regular(root, DIRECTORY "/" NAME, O_RDONLY);
	AUTO_FREE char *text = NULL;
	char proof[DIGEST_HEX];
	int r = root < 0 ? -errno : file < 0 ? file : file_read_fd(file, LIMIT, &text, NULL);
	json_t *object;

	if (r < 0)
		return context_fail(job->ctx, -r, "what was restored was not noted yet: %s", root_strerror(r));
	object = parse(text);
	r = restore_job_proof(job, proof);
	if (r == 0)
		r = says(object, "proof", proof) && says(object, "run", run->name) ?
			take_journal(job->manifest, object, run, outcome) : -EBADMSG;
	json_decref(object);
	return r < 0 ? context_fail(job->ctx, -r, "what is noted of the files restored is in doubt") : 0;
}

bool journal_was_changed(void *data, const char *path)
{
	const struct journal_changes *changes = data;
	AUTO_CLOSE int fd = root_open(changes->root_fd, path, O_PATH | O_NOFOLLOW, 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return true;
	return !S_ISDIR(st.st_mode) && st.st_ctim.tv_sec >= changes->begun - CLOCK_SLACK_S;
}

int journal_remove(int top)
{
	AUTO_CLOSE int fd = openat(top, DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	AUTO_CLOSEDIR DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int r;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!list)
		return -errno;
	TAKE_FD(fd);
	/* What an interrupted write left beside it, too. */
	while ((r = directory_next(list, &entry)) > 0)
		if (unlinkat(dirfd(list), entry->d_name, 0) < 0)
			return -errno;
	if (r < 0)
		return r;
	return unlinkat(top, DIRECTORY, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int journal_emptied(const struct plan *plan, char ***ret)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct node *node = plan->actions[i].node;
		const struct node *filesystem = node->type == NODE_MOUNT ? layout_filesystem_of(plan->target.result, node) : NULL;

		if (filesystem && !filesystem_is_crash_safe(filesystem) && strv_append(ret, node->mount.path) < 0)
			return -ENOMEM;
	}
	return 0;
}
