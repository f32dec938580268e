/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notifier.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "../core/location.h"
#include "../remote/post.h"
#include "machine_ids.h"

#define NEWS_S 1.0           /* between two messages, when something else than the amount changed */
#define FIRST_PAUSE_S 1.0
#define LONGEST_PAUSE_S 15.0

struct notifier {
	struct context *ctx;
	struct remote *remote;
	char *shown;             /* the address, for people */
	double every_s;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;    /* guards what follows */
	pthread_cond_t changed;
	struct notice state;     /* as it stands now */
	bool begun;              /* the begin was told */
	bool ended, end_told;    /* the session has ended; that was told */
	bool news;               /* something else than the amount changed since the last message */
	bool away;               /* the server did not take the last message, and that was said */
	double sent, next_try, pause;
	bool leaving;
	double leave_at;         /* then nothing is tried again */
};

static void replace(char **field, const char *text)
{
	char *copy = text && *text ? strdup(text) : NULL;

	free(*field);
	*field = copy;
}

/* ---- what is heard ---- */

static void hear_phase(struct notifier *n, json_t *event)
{
	const char *state = json_string_value(json_object_get(event, "state"));

	if (!state || strcmp(state, "running"))
		return;
	replace(&n->state.phase, json_string_value(json_object_get(event, "phase")));
	/* Somebody began again after an end. */
	n->ended = n->end_told = false;
	n->news = true;
}

static double number(json_t *event, const char *key)
{
	json_t *value = json_object_get(event, key);

	return json_is_number(value) ? json_number_value(value) : -1;
}

static void hear_progress(struct notifier *n, json_t *event)
{
	double fraction = number(event, "fraction");

	n->state.fraction = fraction > 1 ? 1 : fraction;
	n->state.rate = number(event, "rate");
	n->state.eta = number(event, "eta_whole");
}

static void hear_end(struct notifier *n, json_t *event)
{
	replace(&n->state.end, json_string_value(json_object_get(event, "name")));
	n->state.status = (int)json_integer_value(json_object_get(event, "status"));
	n->ended = n->state.end != NULL;
	n->end_told = false;
	n->news = true;
}

void notifier_hear(struct notifier *n, json_t *event)
{
	const char *name = json_string_value(json_object_get(event, "event"));

	if (!n || !name)
		return;
	pthread_mutex_lock(&n->lock);
	if (!strcmp(name, "state")) {
		replace(&n->state.mode, json_string_value(json_object_get(event, "mode")));
	} else if (!strcmp(name, "phase")) {
		hear_phase(n, event);
	} else if (!strcmp(name, "progress")) {
		hear_progress(n, event);
	} else if (!strcmp(name, "question")) {
		replace(&n->state.question, json_string_value(json_object_get(event, "name")));
		n->news = true;
	} else if (!strcmp(name, "answered")) {
		replace(&n->state.question, NULL);
		n->news = true;
	} else if (!strcmp(name, "end")) {
		hear_end(n, event);
	}
	if (n->news)
		pthread_cond_signal(&n->changed);
	pthread_mutex_unlock(&n->lock);
}

void notifier_know_set(struct notifier *n, const char *host, const char *set_id)
{
	if (!n)
		return;
	pthread_mutex_lock(&n->lock);
	replace(&n->state.host, host);
	replace(&n->state.set, set_id);
	pthread_mutex_unlock(&n->lock);
}

struct remote *notifier_remote(struct notifier *n)
{
	return n->remote;
}

/* ---- what is said ---- */

/* With the lock held. Milliseconds of the clock that runs since the machine was started: a later engine's numbers are larger. */
static char *print(struct notifier *n, enum notice_kind kind, bool resumes)
{
	uint64_t now = (uint64_t)(clock_now() * 1000);
	char time_text[RFC3339_SIZE];
	json_auto_t *object = NULL;

	n->state.sequence = now > n->state.sequence ? now : n->state.sequence + 1;
	n->state.kind = kind;
	n->state.resumes = resumes;
	clock_rfc3339((time_t)clock_wall(), time_text);
	object = notice_to_json(&n->state, time_text);
	return object ? json_dumps(object, JSON_COMPACT) : NULL;
}

char *notifier_print(struct notifier *n, enum notice_kind kind, bool resumes)
{
	char *text;

	pthread_mutex_lock(&n->lock);
	text = print(n, kind, resumes);
	pthread_mutex_unlock(&n->lock);
	return text;
}

/* ---- the thread ---- */

/* Whether a message is due, and when to look again. With the lock held. */
static bool is_due(const struct notifier *n, double now, double *ret_until, enum notice_kind *ret_kind)
{
	bool must = !n->begun || (n->ended && !n->end_told);
	double due = n->sent + (n->news ? NEWS_S : n->every_s);

	*ret_kind = !n->begun ? NOTICE_BEGIN : n->ended ? NOTICE_END : NOTICE_PROGRESS;
	*ret_until = now + 1;
	if (n->away && now < n->next_try) {
		*ret_until = n->next_try;
		return false;
	}
	if (must)
		return true;
	if (n->ended || n->leaving)
		return false;
	*ret_until = due;
	return now >= due;
}

/* How the message of KIND went; with the lock held. The sentence that is to be said of it: new; NULL: none. */
static char *take_result(struct notifier *n, enum notice_kind kind, int r, const char *why, bool was_news)
{
	double now = clock_now();

	if (r < 0) {
		bool said = n->away;

		n->away = true;
		n->pause = n->pause ? n->pause * 2 : FIRST_PAUSE_S;
		if (n->pause > LONGEST_PAUSE_S)
			n->pause = LONGEST_PAUSE_S;
		n->next_try = now + n->pause;
		n->news |= was_news;
		return said ? NULL : sentence("Nobody is told how this restore stands (lifeboat.notify=%s): %s. The restore continues, and it is tried again",
					      n->shown, why && *why ? why : strerror(-r));
	}
	n->sent = now;
	n->pause = 0;
	if (kind == NOTICE_BEGIN)
		n->begun = true;
	if (kind == NOTICE_END && n->ended)
		n->end_told = true;
	if (!n->away)
		return NULL;
	n->away = false;
	return sentence("%s takes messages again", n->shown);
}

/* With the lock held, which is not held while the message is on its way. */
static void send_message(struct notifier *n, enum notice_kind kind)
{
	AUTO_FREE char *text = print(n, kind, false), *said = NULL;
	bool was_news = n->news, again, warns;
	struct context child;
	int r;

	n->news = false;
	pthread_mutex_unlock(&n->lock);
	context_init_child(&child, n->ctx);
	/* A stop of the restore does not stop that its end is told. */
	child.parent_cancels = false;
	r = text ? remote_post(&child, n->remote, text, strlen(text), NULL, &again) : -ENOMEM;
	pthread_mutex_lock(&n->lock);
	said = take_result(n, kind, r, context_detail(&child), was_news);
	warns = n->away;
	pthread_mutex_unlock(&n->lock);
	context_done(&child);
	if (said && warns)
		context_warn(n->ctx, "%s", said);
	else if (said)
		context_info(n->ctx, "%s", said);
	pthread_mutex_lock(&n->lock);
}

static bool has_to_stay(const struct notifier *n, double now)
{
	if (!n->leaving)
		return true;
	return now < n->leave_at && (!n->begun || (n->ended && !n->end_told));
}

static void *run(void *data)
{
	struct notifier *n = data;

	pthread_mutex_lock(&n->lock);
	while (has_to_stay(n, clock_now())) {
		enum notice_kind kind;
		struct timespec until;
		double moment;

		if (is_due(n, clock_now(), &moment, &kind)) {
			send_message(n, kind);
			continue;
		}
		if (n->leaving && n->leave_at < moment)
			moment = n->leave_at;
		until = clock_timespec(moment);
		pthread_cond_timedwait(&n->changed, &n->lock, &until);
	}
	pthread_mutex_unlock(&n->lock);
	return NULL;
}

/* ---- its life ---- */

static int check_address(struct context *ctx, const char *address, struct location **ret_location, char **ret_shown)
{
	int r = location_parse(ctx, address, ret_location);

	if (r < 0)
		return r;
	*ret_shown = location_show(*ret_location);
	if (!*ret_shown)
		return context_oom(ctx);
	if (location_has_scheme(*ret_location, "http") || location_has_scheme(*ret_location, "https"))
		return 0;
	return context_fail(ctx, EINVAL, "%s: messages go to an http or https address", *ret_shown);
}

static int fill(struct notifier *n, const struct notifier_options *options)
{
	AUTO_LOCATION struct location *location = NULL;
	int r = check_address(n->ctx, options->address, &location, &n->shown);

	if (r == 0)
		r = remote_new(n->ctx, location, 0, &n->remote);
	if (r < 0)
		return r;
	n->every_s = options->every_s ? options->every_s : NOTIFY_EVERY_S;
	n->state = (struct notice){ .fraction = -1, .rate = -1, .eta = -1 };
	n->state.boot = machine_boot_id(n->ctx);
	n->state.uuid = machine_uuid(n->ctx);
	replace(&n->state.once, options->once);
	replace(&n->state.mac, options->bootif);
	return 0;
}

int notifier_new(struct context *ctx, const struct notifier_options *options, struct notifier **ret)
{
	struct notifier *n = calloc(1, sizeof(*n));
	int r;

	if (!n)
		return context_oom(ctx);
	n->ctx = ctx;
	pthread_mutex_init(&n->lock, NULL);
	clock_condition_init(&n->changed);
	r = fill(n, options);
	if (r < 0)
		notifier_free(n);
	else
		*ret = n;
	return r;
}

int notifier_start(struct notifier *n)
{
	int r;

	if (!n || n->started)
		return 0;
	pthread_mutex_lock(&n->lock);
	if (!n->state.mac)
		n->state.mac = machine_mac(n->ctx);
	r = n->state.boot && (n->state.mac || n->state.uuid) ? 0 : -ENODEV;
	pthread_mutex_unlock(&n->lock);
	if (r < 0)
		return context_fail(n->ctx, ENODEV, "This machine has neither a MAC address nor an SMBIOS UUID to report under");
	r = pthread_create(&n->thread, NULL, run, n);
	if (r)
		return context_fail(n->ctx, r, "The thread for messages cannot be started: %s", strerror(r));
	n->started = true;
	return 0;
}

void notifier_finish(struct notifier *n, double seconds)
{
	if (!n || !n->started)
		return;
	pthread_mutex_lock(&n->lock);
	n->leaving = true;
	n->leave_at = clock_now() + seconds;
	pthread_cond_signal(&n->changed);
	pthread_mutex_unlock(&n->lock);
	pthread_join(n->thread, NULL);
	n->started = false;
}

void notifier_free(struct notifier *n)
{
	if (!n)
		return;
	notifier_finish(n, 0);
	remote_free(n->remote);
	notice_done(&n->state);
	pthread_cond_destroy(&n->changed);
	pthread_mutex_destroy(&n->lock);
	free(n->shown);
	free(n);
}
