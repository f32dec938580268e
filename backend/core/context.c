/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "context.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "sentence.h"

void context_init(struct context *ctx)
{
	pthread_mutexattr_t attributes;

	memset(ctx, 0, sizeof(*ctx));
	ctx->prefix = "";
	/* A listener may log while it is called. */
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&ctx->lock, &attributes);
	pthread_mutexattr_destroy(&attributes);
}

void context_init_child(struct context *child, struct context *parent)
{
	context_init(child);
	child->prefix = parent->prefix;
	child->ops = parent->ops;
	child->progress = parent->progress;
	child->put_in_s = parent->put_in_s;
	child->parent = parent;
	child->parent_cancels = true;
}

void context_done(struct context *ctx)
{
	free(ctx->detail);
	ctx->detail = NULL;
	free(ctx->cancelled_by);
	ctx->cancelled_by = NULL;
	pthread_mutex_destroy(&ctx->lock);
}

int context_fail(struct context *ctx, int error, const char *format, ...)
{
	va_list arguments;

	if (error == 0)
		error = EIO;
	pthread_mutex_lock(&ctx->lock);
	if (!ctx->error) {
		ctx->error = error;
		va_start(arguments, format);
		ctx->detail = sentence_va(format, arguments);
		va_end(arguments);
	}
	ctx->worst = SEVERITY_ERROR;
	pthread_mutex_unlock(&ctx->lock);
	return -error;
}

int context_oom(struct context *ctx)
{
	return context_fail(ctx, ENOMEM, "Out of memory");
}

int context_reword(struct context *ctx, int error, const char *format, ...)
{
	AUTO_FREE char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = sentence_va(format, arguments);
	va_end(arguments);
	/* Without memory for more, the shorter one stays. */
	if (!text)
		return context_fail(ctx, error, "Out of memory");
	context_clear(ctx);
	return context_fail(ctx, error, "%s", text);
}

const char *context_detail(struct context *ctx)
{
	const char *detail;

	pthread_mutex_lock(&ctx->lock);
	detail = ctx->detail ? ctx->detail : ctx->error ? strerror(ctx->error) : "";
	pthread_mutex_unlock(&ctx->lock);
	return detail;
}

/* Keeps ERROR and DETAIL, which is stolen, instead of what is kept. */
static void keep(struct context *ctx, int error, char *detail)
{
	pthread_mutex_lock(&ctx->lock);
	free(ctx->detail);
	ctx->detail = detail;
	ctx->error = error;
	ctx->worst = error ? SEVERITY_ERROR : ctx->warnings ? SEVERITY_WARNING : SEVERITY_INFO;
	pthread_mutex_unlock(&ctx->lock);
}

void context_clear(struct context *ctx)
{
	keep(ctx, 0, NULL);
}

struct error_scope context_scope_begin(struct context *ctx)
{
	struct error_scope scope = { .ctx = ctx };

	pthread_mutex_lock(&ctx->lock);
	scope.error = ctx->error;
	scope.detail = TAKE_POINTER(ctx->detail);
	ctx->error = 0;
	pthread_mutex_unlock(&ctx->lock);
	return scope;
}

void context_scope_end(struct error_scope *scope)
{
	if (scope->ctx)
		keep(scope->ctx, scope->error, TAKE_POINTER(scope->detail));
	scope->ctx = NULL;
}

int context_scope_keep(struct error_scope *scope, int r)
{
	if (scope->error)
		context_scope_end(scope);
	scope->ctx = NULL;
	return r;
}

void context_log(struct context *ctx, enum severity severity, const char *format, ...)
{
	AUTO_FREE char *text = NULL;
	va_list arguments;

	while (ctx->parent)
		ctx = ctx->parent;
	pthread_mutex_lock(&ctx->lock);
	if (severity == SEVERITY_WARNING)
		ctx->warnings++;
	if (severity > ctx->worst)
		ctx->worst = severity;
	pthread_mutex_unlock(&ctx->lock);
	if (!ctx->listener)
		return;
	va_start(arguments, format);
	/* What is said for engineers is not translated. */
	if (severity != SEVERITY_DEBUG)
		text = sentence_va(format, arguments);
	else if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (text)
		context_emit(ctx, event_log(severity, text));
}

void context_emit(struct context *ctx, json_t *event)
{
	if (!event)
		return;
	while (ctx->parent)
		ctx = ctx->parent;
	/* jansson's counts are not atomic everywhere, and listeners need not be reentrant: one at a time. */
	pthread_mutex_lock(&ctx->lock);
	if (ctx->listener)
		ctx->listener(ctx->listener_data, event);
	json_decref(event);
	pthread_mutex_unlock(&ctx->lock);
}

void context_cancel(struct context *ctx)
{
	atomic_store(&ctx->cancelled, true);
}

bool context_is_cancelled(const struct context *ctx)
{
	for (; ctx; ctx = ctx->parent_cancels ? ctx->parent : NULL)
		if (atomic_load_explicit(&ctx->cancelled, memory_order_relaxed))
			return true;
	return false;
}

void context_cancel_by(struct context *ctx, const char *who)
{
	char *name = strdup(who);

	pthread_mutex_lock(&ctx->lock);
	free(ctx->cancelled_by);
	ctx->cancelled_by = name;
	pthread_mutex_unlock(&ctx->lock);
	context_cancel(ctx);
}

int context_cancelled(struct context *ctx)
{
	AUTO_FREE char *who = NULL;

	for (struct context *asked = ctx; asked && !who; asked = asked->parent) {
		pthread_mutex_lock(&asked->lock);
		who = asked->cancelled_by ? strdup(asked->cancelled_by) : NULL;
		pthread_mutex_unlock(&asked->lock);
	}
	return who ? context_fail(ctx, ECANCELED, "Stopped by the operator (%s)", who) : context_fail(ctx, ECANCELED, "Stopped by the operator");
}

int context_check_cancel(struct context *ctx)
{
	return context_is_cancelled(ctx) ? context_cancelled(ctx) : 0;
}

char *context_path(const struct context *ctx, const char *path)
{
	return text_format("%s%s", ctx->prefix, path);
}
