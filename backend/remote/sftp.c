/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An SFTP server, its connection, and what is done in as many attempts as its patience allows. */
#include "sftp.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "../core/libcrypto.h"
#include "access.h"
#include "sftp_connection.h"
#include "ssh_host_key.h"

#define FIRST_PAUSE_S 0.5
#define LONGEST_PAUSE_S 10.0
#define KEY_PREFIX "SHA256:"

/* ---- the server ---- */

static int copy_word(const char *text, char **ret)
{
	*ret = text ? bytes_unescape(text, NULL) : NULL;
	return text && !*ret ? -errno : 0;
}

/* "/~/PATH" begins at the user's home directory, where the server's names without '/' begin. */
static int copy_path(const char *text, char **ret)
{
	AUTO_FREE char *path = NULL;
	const char *begin;
	int r = copy_word(text, &path);

	if (r < 0)
		return r;
	begin = !strcmp(path, "/~") ? "" : strncmp(path, "/~/", 3) ? path : path + 3;
	*ret = strdup(begin);
	if (!*ret)
		return -ENOMEM;
	for (size_t length = strlen(*ret); length > 1 && (*ret)[length - 1] == '/';)
		(*ret)[--length] = '\0';
	return 0;
}

static int read_query(struct context *ctx, struct sftp *sftp, const char *query)
{
	AUTO_FREE char *words = query ? strdup(query) : NULL;
	char *rest = NULL;

	for (char *word = words ? strtok_r(words, "&", &rest) : NULL; word; word = strtok_r(NULL, "&", &rest)) {
		AUTO_FREE char *plain = NULL;

		if (strncmp(word, "hostkey=", strlen("hostkey=")) || copy_word(word + strlen("hostkey="), &plain) < 0 ||
		    strncmp(plain, KEY_PREFIX, strlen(KEY_PREFIX)) || !plain[strlen(KEY_PREFIX)])
			return context_fail(ctx, EINVAL, "An SSH server's address takes ?hostkey=SHA256:..., the fingerprint of its host key, and not '%s'",
					    word);
		free(sftp->hostkey);
		sftp->hostkey = TAKE_POINTER(plain);
	}
	return query && !words ? -ENOMEM : 0;
}

static int fill(struct context *ctx, struct sftp *sftp, const struct location *location)
{
	bool bracketed = *location->host == '[';
	int r = copy_path(location->path, &sftp->path);

	if (r == 0)
		r = copy_word(location->user, &sftp->user);
	if (r == -EINVAL)
		return context_fail(ctx, EINVAL, "The address has a wrong escape: %% is written as %%25");
	if (r < 0)
		return context_oom(ctx);
	if (location->password)
		return context_fail(ctx, EINVAL, "Lifeboat logs in to SSH servers with keys: write the address without a password");
	sftp->host = strdup(location->host);
	sftp->name = strndup(location->host + bracketed, strlen(location->host) - 2 * (size_t)bracketed);
	sftp->port = location->port ? strdup(location->port) : NULL;
	if (!sftp->host || !sftp->name || (location->port && !sftp->port))
		return context_oom(ctx);
	r = read_query(ctx, sftp, location->query);
	return r == -ENOMEM ? context_oom(ctx) : r < 0 ? r : access_find_ssh(ctx, &sftp->key, &sftp->known_hosts, &sftp->config);
}

int sftp_new(struct context *ctx, const struct location *location, double patience, struct sftp **ret)
{
	struct sftp *sftp = calloc(1, sizeof(*sftp));
	int r;

	if (!sftp)
		return context_oom(ctx);
	libcrypto_begin();
	sftp->pinned_fd = -1;
	atomic_init(&sftp->patience, patience);
	pthread_mutex_init(&sftp->connecting, NULL);
	pthread_mutex_init(&sftp->lock, NULL);
	r = fill(ctx, sftp, location);
	if (r < 0)
		sftp_free(sftp);
	else
		*ret = sftp;
	return r;
}

void sftp_free(struct sftp *sftp)
{
	if (!sftp)
		return;
	connection_release(sftp->connection);
	if (sftp->pinned_fd >= 0)
		close(sftp->pinned_fd);
	pthread_mutex_destroy(&sftp->connecting);
	pthread_mutex_destroy(&sftp->lock);
	free(sftp->host);
	free(sftp->name);
	free(sftp->port);
	free(sftp->user);
	free(sftp->path);
	free(sftp->hostkey);
	free(sftp->key);
	free(sftp->known_hosts);
	free(sftp->config);
	free(sftp);
}

int sftp_shown_key(struct context *ctx, const struct location *location, char **ret, char **ret_kind)
{
	struct sftp *sftp = NULL;
	int r = sftp_new(ctx, location, 0, &sftp);

	if (r < 0)
		return r;
	if (!ssh_shown_key(sftp, ret, ret_kind))
		r = context_fail(ctx, EHOSTUNREACH, "the SSH server %s shows no host key", sftp->host);
	sftp_free(sftp);
	return r;
}

void sftp_be_patient(struct sftp *sftp, double patience)
{
	atomic_store(&sftp->patience, patience);
}

void sftp_stop(struct sftp *sftp)
{
	atomic_store(&sftp->stopped, true);
	pthread_mutex_lock(&sftp->lock);
	if (sftp->connection)
		connection_break(sftp->connection);
	pthread_mutex_unlock(&sftp->lock);
}

/* ---- its connection ---- */

/* The one that is there and good, held; NULL: there is none. */
static struct sftp_connection *present_connection(struct sftp *sftp)
{
	struct sftp_connection *held = NULL, *old = NULL;

	pthread_mutex_lock(&sftp->lock);
	if (sftp->connection && connection_is_broken(sftp->connection))
		old = TAKE_POINTER(sftp->connection);
	else if (sftp->connection)
		held = connection_hold(sftp->connection);
	pthread_mutex_unlock(&sftp->lock);
	connection_release(old);
	return held;
}

/* One for all who ask at once. 0 or -errno with a sentence. */
static int get_connection(struct context *ctx, struct sftp *sftp, struct sftp_connection **ret, bool *ret_again)
{
	int r = 0;

	*ret_again = false;
	pthread_mutex_lock(&sftp->connecting);
	*ret = present_connection(sftp);
	if (!*ret) {
		if (sftp->hostkey && sftp->pinned_fd < 0)
			r = ssh_pin(ctx, sftp, ret_again);
		if (r == 0)
			r = connection_open(ctx, sftp, ret, ret_again);
		if (r == 0) {
			pthread_mutex_lock(&sftp->lock);
			sftp->connection = connection_hold(*ret);
			pthread_mutex_unlock(&sftp->lock);
		}
	}
	pthread_mutex_unlock(&sftp->connecting);
	return r;
}

/* False: it was stopped. */
static bool pause_between(const struct context *ctx, const struct sftp *sftp, double seconds)
{
	for (double until = clock_now() + seconds; clock_now() < until;) {
		if (atomic_load(&sftp->stopped) || context_is_cancelled(ctx))
			return false;
		clock_pause(0.1);
	}
	return true;
}

int sftp_carry_out(struct context *ctx, struct sftp_work *work)
{
	struct sftp *sftp = work->sftp;
	double pause = FIRST_PAUSE_S;

	work->moved = clock_now();
	for (;;) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
		struct sftp_connection *connection = NULL;
		double before = work->moved;
		bool again = false;
		int r;

		if (atomic_load(&sftp->stopped) || context_is_cancelled(ctx))
			return -ECANCELED;
		r = get_connection(ctx, sftp, &connection, &again);
		if (r == 0) {
			work->attempts++;
			r = work->attempt(ctx, work, connection);
			again = r == SFTP_BROKEN;
			if (again)
				r = context_fail(ctx, ECONNRESET, "the connection to the SSH server %s broke", sftp->host);
		}
		connection_release(connection);
		if (work->moved > before)
			pause = FIRST_PAUSE_S;
		if (!again || clock_now() + pause - work->moved > atomic_load(&sftp->patience))
			return r < 0 ? context_scope_keep(&scope, r) : r;
		if (!pause_between(ctx, sftp, pause))
			return -ECANCELED;
		pause = pause * 2 < LONGEST_PAUSE_S ? pause * 2 : LONGEST_PAUSE_S;
	}
}
