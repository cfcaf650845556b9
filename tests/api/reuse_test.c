/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reuse_test.c - containers that get the address of one that another thread is just removing. The
 * test brings user_malloc(), which gives what was freed last, and takes its time after a free.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/ocre.h>
#include <ocre/platform/log.h>
#include <ocre/platform/memory.h>

#include "fake.h"
#include "help.h"

#define THREADS 4
#define LIVES	300

/* Before each block. */
struct head {
	_Alignas(16) size_t size;
	struct head *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct head *freed;

void *user_malloc(size_t size)
{
	struct head **at = &freed;
	struct head *head;

	pthread_mutex_lock(&lock);
	while (*at != NULL && (*at)->size != size) {
		at = &(*at)->next;
	}
	head = *at;
	if (head != NULL) {
		*at = head->next;
	}
	pthread_mutex_unlock(&lock);
	if (head == NULL) {
		head = malloc(sizeof(*head) + size);
	}
	if (head == NULL) {
		return NULL;
	}
	head->size = size;
	return head + 1;
}

static void give_back(void *p)
{
	struct head *head = (struct head *)p - 1;

	pthread_mutex_lock(&lock);
	head->next = freed;
	freed = head;
	pthread_mutex_unlock(&lock);
}

void user_free(void *p)
{
	if (p != NULL) {
		bool large = ((struct head *)p - 1)->size > 500;

		give_back(p);
		if (large) {
			help_sleep_ms(1);
		}
	}
}

void *user_realloc(void *p, size_t size)
{
	struct head *head = (struct head *)p - 1;
	void *bigger = user_malloc(size);

	if (bigger != NULL) {
		memcpy(bigger, p, size < head->size ? size : head->size);
		give_back(p);
	}
	return bigger;
}

static struct ocre_context *context;

static void *come_and_go(void *arg)
{
	const char *id = arg;

	for (int i = 0; i < LIVES; i++) {
		struct ocre_container *container = ocre_context_create_container(
			context, "exit0", NULL, id, i % 2 == 0, NULL, -1, -1, -1);

		if (container == NULL || ocre_container_is_detached(container) != (i % 2 == 0) ||
		    ocre_context_remove_container(context, container) != 0) {
			return arg;
		}
	}
	return NULL;
}

static void addresses_are_used_again(void **state)
{
	static char ids[THREADS][2] = {"a", "b", "c", "d"};
	pthread_t threads[THREADS];
	char *workdir = help_workdir();
	void *failed;

	(void)state;
	__ocre_log_level = 0;
	assert_true(help_image(workdir, "exit0", "exit 0", 6));
	assert_int_equal(ocre_initialize(NULL), 0);
	context = ocre_create_context(workdir);
	assert_non_null(context);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, ids[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	assert_int_equal(ocre_context_get_container_count(context), 0);
	ocre_deinitialize();
	help_remove(workdir);
	while (freed != NULL) {
		struct head *next = freed->next;

		free(freed);
		freed = next;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
