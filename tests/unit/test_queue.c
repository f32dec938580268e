/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bounded queue between threads, and the clocks that its users wait by. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/core/clock.h"
#include "../../backend/core/queue.h"

struct producer {
	struct queue *queue;
	size_t count;
	uint64_t weight;
	atomic_size_t pushed;    /* taken by the queue */
	atomic_bool told;        /* that it was stopped */
};

static void *produce(void *data)
{
	struct producer *producer = data;

	for (size_t i = 1; i <= producer->count; i++) {
		if (!queue_push(producer->queue, (void *)i, producer->weight)) {
			atomic_store(&producer->told, true);
			break;
		}
		atomic_fetch_add(&producer->pushed, 1);
	}
	queue_end(producer->queue);
	return NULL;
}

static void leave(void *item)
{
	(void)item;
}

/* A thread that pushes more than there is room for must stand still at COUNT. */
static void wait_for(struct producer *producer, size_t count)
{
	double end = clock_now() + 10;

	while (atomic_load(&producer->pushed) < count && clock_now() < end)
		clock_pause(0.001);
	clock_pause(0.02);
	assert_int_equal(atomic_load(&producer->pushed), count);
}

static void test_in_order_to_the_end(void **state)
{
	struct producer producer = { .queue = queue_new(3, 100), .count = 1000, .weight = 1 };
	pthread_t thread;

	(void)state;
	assert_non_null(producer.queue);
	assert_int_equal(pthread_create(&thread, NULL, produce, &producer), 0);
	for (size_t i = 1; i <= producer.count; i++)
		assert_int_equal((size_t)queue_take(producer.queue), i);
	assert_null(queue_take(producer.queue));
	pthread_join(thread, NULL);
	queue_free(producer.queue, leave);
}

static void test_bounded(void **state)
{
	static const struct {
		uint64_t weight;
		size_t waiting;
	} rows[] = { { 0, 4 }, { 25, 4 }, { 40, 2 }, { 101, 1 }, { UINT64_MAX, 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct producer producer = { .queue = queue_new(4, 100), .count = 10, .weight = rows[i].weight };
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, produce, &producer), 0);
		wait_for(&producer, rows[i].waiting);
		assert_int_equal((size_t)queue_take(producer.queue), 1);
		wait_for(&producer, rows[i].waiting + 1);
		queue_stop(producer.queue);
		pthread_join(thread, NULL);
		assert_true(atomic_load(&producer.told));
		/* What was taken over before is there still. */
		assert_int_equal((size_t)queue_take(producer.queue), 2);
		queue_free(producer.queue, leave);
	}
}

static size_t freed;

static void count_freed(void *item)
{
	free(item);
	freed++;
}

static void test_frees_what_waits(void **state)
{
	struct queue *queue = queue_new(4, 10);

	(void)state;
	freed = 0;
	assert_true(queue_push(queue, strdup("a"), 5));
	assert_true(queue_push(queue, strdup("b"), 5));
	free(queue_take(queue));
	assert_true(queue_push(queue, strdup("c"), 5));
	queue_free(queue, count_freed);
	assert_int_equal(freed, 2);
	queue_free(NULL, count_freed);
}

static void test_stamps(void **state)
{
	static const struct {
		time_t when;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ -1, "1969-12-31T23:59:59Z" },
		{ 1709210096, "2024-02-29T12:34:56Z" },
		{ 253402300799, "9999-12-31T23:59:59Z" },
		{ 253402300800, "" }, /* has five digits of years: not in the form */
		{ INT64_MAX, "" },
	};
	char stamp[RFC3339_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		clock_rfc3339(rows[i].when, stamp);
		assert_string_equal(stamp, rows[i].text);
	}
}

static void test_waits_by_the_monotonic_clock(void **state)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	double begun = clock_now();
	struct timespec end = clock_timespec(begun + 0.05);
	pthread_cond_t never;
	int r = 0;

	(void)state;
	clock_condition_init(&never);
	pthread_mutex_lock(&lock);
	while (r == 0)
		r = pthread_cond_timedwait(&never, &lock, &end);
	pthread_mutex_unlock(&lock);
	assert_int_equal(r, ETIMEDOUT);
	assert_true(clock_now() - begun >= 0.0499);
	assert_true(end.tv_nsec >= 0 && end.tv_nsec < 1000000000);
	pthread_cond_destroy(&never);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order_to_the_end), cmocka_unit_test(test_bounded), cmocka_unit_test(test_frees_what_waits),
		cmocka_unit_test(test_stamps),		    cmocka_unit_test(test_waits_by_the_monotonic_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
