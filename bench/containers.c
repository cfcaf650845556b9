/* SPDX-License-Identifier: Apache-2.0 */
/*
 * containers.c - what containers cost beside each other, in one process, on the library as programs
 * link it: ocre-containers GUESTS MEASUREMENT [N]. GUESTS is the folder with the guests of
 * bench/containers, compiled. Prints lines "name value unit".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ocre/choice.h>
#include <ocre/core.h>

static const char *guests;
static struct ocre_context_config config;
static struct ocre_context *context;

static void die(const char *what, const struct ocre_diag *diag)
{
	fprintf(stderr, "ocre-containers: %s: %s\n", what, diag != NULL ? diag->text : "failed");
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void sleep_s(double seconds)
{
	struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};

	nanosleep(&t, NULL);
}

static void open_context(uint32_t executors)
{
	struct ocre_diag diag = {0};

	config = (struct ocre_context_config){.executors = executors};
	if (ocre_choice_open(&config, &diag) != OCRE_OK ||
	    ocre_context_open(&config, &context, &diag) != OCRE_OK) {
		die("no context", &diag);
	}
}

static void close_context(void)
{
	ocre_context_close(context);
	ocre_choice_close(&config);
}

static struct ocre_bytes load(const char *name)
{
	char path[512];
	struct ocre_bytes bytes = {0};
	uint8_t *data;
	long size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.wasm", guests, name);
	file = fopen(path, "rb");
	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) <= 0) {
		die(path, NULL);
	}
	rewind(file);
	data = malloc((size_t)size);
	if (data == NULL || fread(data, 1, (size_t)size, file) != (size_t)size) {
		die(path, NULL);
	}
	fclose(file);
	bytes.data = data;
	bytes.size = (size_t)size;
	return bytes;
}

/* No descriptors: what it writes goes to its log. */
static struct ocre_container *create(const char *image, struct ocre_bytes bytes,
				     const char *const *args, struct ocre_container_config *more)
{
	static const char *const grants[] = {"ocre:api", NULL};
	struct ocre_container_config config =
		more != NULL ? *more : (struct ocre_container_config){0};
	struct ocre_container *container;
	struct ocre_diag diag = {0};

	config.image = image;
	config.bytes = bytes;
	config.args = args;
	config.grants = grants;
	if (!config.stdio_set) {
		config.stdio_set = true;
		config.stdio[0] = config.stdio[1] = config.stdio[2] = -1;
	}
	if (config.stack_size == 0) {
		config.stack_size = 8192;
	}
	if (ocre_container_create(context, &config, &container, &diag) != OCRE_OK) {
		die(image, &diag);
	}
	return container;
}

static void start(struct ocre_container *container)
{
	struct ocre_diag diag = {0};

	if (ocre_core_start(container, &diag) != OCRE_OK) {
		die("start", &diag);
	}
}

static void end(struct ocre_container *container)
{
	ocre_core_kill(container); /* it may have ended by itself */
	if (ocre_container_remove(container) != OCRE_OK) {
		die("remove", NULL);
	}
}

static void expect_success(struct ocre_container *container)
{
	struct ocre_end_info info = {0};

	if (ocre_core_wait(container, 60000, &info) != OCRE_OK || info.end != OCRE_END_EXIT ||
	    info.code != 0) {
		fprintf(stderr, "ocre-containers: a guest ended with %d, code %d: %s\n",
			(int)info.end, (int)info.code, info.text);
		exit(1);
	}
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double quantile(double *values, size_t count, double q)
{
	size_t at = (size_t)(q * (double)count);

	qsort(values, count, sizeof(*values), compare);
	return values[at < count ? at : count - 1];
}

/* Private dirty memory of the process, KB; and of it, in mappings of `size` KB: linear memories. */
static double private_dirty(double size, double *linear)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	char line[512];
	double mapping = 0;
	double sum = 0;

	*linear = 0;
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		double kb;

		if (sscanf(line, "Size: %lf", &kb) == 1) {
			mapping = kb;
		} else if (sscanf(line, "Private_Dirty: %lf", &kb) == 1) {
			sum += kb;
			*linear += mapping == size ? kb : 0;
		}
	}
	if (file != NULL) {
		fclose(file);
	}
	return sum;
}

static void density(size_t count)
{
	struct ocre_bytes bytes = load("wait");
	struct ocre_container **all = calloc(count, sizeof(struct ocre_container *));
	struct ocre_container_stats stats;
	double memory;
	double linear;
	double linear_of_one;
	double cpu;
	double begin;
	size_t alive = 0;

	open_context(0);
	all[0] = create("wait", bytes, NULL, NULL);
	start(all[0]);
	sleep_s(0.1);
	if (ocre_container_get_stats(all[0], &stats) != OCRE_OK) {
		die("stats", NULL);
	}
	memory = private_dirty((double)stats.guest_memory / 1024, &linear_of_one);
	begin = now();
	for (size_t n = 1; n < count; n++) {
		all[n] = create("wait", bytes, NULL, NULL);
		start(all[n]);
	}
	printf("containers.create %.1f us\n", (now() - begin) / (double)count * 1e6);
	for (size_t n = 0; n < count; n++) { /* all of them wait */
		do {
			if (ocre_container_get_stats(all[n], &stats) != OCRE_OK) {
				die("stats", NULL);
			}
			if (stats.parks == 0) {
				sleep_s(0.001);
			}
		} while (stats.parks == 0);
		alive++;
	}
	printf("containers.alive %zu containers\n", alive);
	memory = private_dirty((double)stats.guest_memory / 1024, &linear) - memory;
	linear -= linear_of_one;
	printf("containers.linear_memory %.2f KB touched by each\n", linear / (double)(count - 1));
	printf("containers.memory %.2f KB more for each\n",
	       (memory - linear) / (double)(count - 1));
	cpu = cpu_time();
	sleep_s(2);
	printf("containers.idle_cpu %.3f ms in 2 s\n", (cpu_time() - cpu) * 1e3);
	begin = now();
	for (size_t n = 0; n < count; n++) {
		end(all[n]);
	}
	printf("containers.remove %.1f us\n", (now() - begin) / (double)count * 1e6);
	close_context();
	free(all);
}

static void cycle(size_t count)
{
	struct ocre_bytes bytes = load("once");
	double *times = calloc(count, sizeof(double));
	struct ocre_container *holder;

	open_context(0);
	holder = create("once", bytes, NULL, NULL); /* keeps the module loaded */
	for (size_t n = 0; n < count; n++) {
		double begin = now();
		struct ocre_container *container = create("once", bytes, NULL, NULL);

		start(container);
		expect_success(container);
		if (ocre_container_remove(container) != OCRE_OK) {
			die("remove", NULL);
		}
		times[n] = (now() - begin) * 1e6;
	}
	printf("cycle.median %.1f us\n", quantile(times, count, 0.5));
	printf("cycle.p99 %.1f us\n", quantile(times, count, 0.99));
	ocre_container_remove(holder);
	close_context();
	free(times);
}

static double messages_with(const char *count, const char *window)
{
	struct ocre_bytes bytes = load("ping");
	const char *const pong_args[] = {"a", "b", NULL};
	const char *const ping_args[] = {"b", "a", count, window, NULL};
	struct ocre_container *pong;
	struct ocre_container *ping;
	double begin;

	open_context(1);
	pong = create("ping", bytes, pong_args, NULL);
	ping = create("ping", bytes, ping_args, NULL);
	start(pong);
	sleep_s(0.05);
	begin = now();
	start(ping);
	expect_success(ping);
	begin = now() - begin;
	end(pong);
	ocre_container_remove(ping);
	close_context();
	return begin;
}

static void messages(size_t count)
{
	char text[24];

	snprintf(text, sizeof(text), "%zu", count);
	printf("messages.round_trip %.2f us\n", messages_with(text, "1") / (double)count * 1e6);
	printf("messages.throughput %.0f /s\n", 2.0 * (double)count / messages_with(text, "16"));
}

/*
 * Every timer with a period of 200 ms. They are started one after the other; then this thread
 * sleeps until each has ticked 21 times, of which 20 count, against the guest's own clock when it
 * set its timer. No container ends before that.
 */
static void timers(size_t count)
{
	struct ocre_bytes bytes = load("timer");
	const char *const args[] = {"200", "20", NULL}; /* ms, ticks */
	struct ocre_container **all = calloc(count, sizeof(struct ocre_container *));
	double *late = calloc(count * 20, sizeof(double));
	double begin;
	size_t samples = 0;
	size_t good = 0;

	open_context(0);
	begin = now();
	for (size_t n = 0; n < count; n++) {
		all[n] = create("timer", bytes, args, NULL);
		start(all[n]);
	}
	printf("timers.start %.1f ms for all\n", (now() - begin) * 1e3);
	sleep_s(21 * 0.2 + 0.5);
	for (size_t n = 0; n < count; n++) {
		struct ocre_log_entry entry;
		uint64_t after = 0;

		for (int tick = 0; tick < 20; tick++) {
			if (ocre_container_read_log(all[n], after, 10000, &entry) != OCRE_OK) {
				die("ticks", NULL);
			}
			after = entry.number;
			entry.text[entry.size < sizeof(entry.text) ? entry.size : 0] = '\0';
			late[samples] = atof(entry.text);
			good += late[samples] <= 2000;
			samples++;
		}
	}
	for (size_t n = 0; n < count; n++) {
		end(all[n]);
	}
	printf("timers.samples %zu ticks\n", samples);
	printf("timers.within_2ms %.3f %%\n", 100.0 * (double)good / (double)samples);
	printf("timers.p99 %.0f us\n", quantile(late, samples, 0.99));
	close_context();
	free(late);
	free(all);
}

enum how {
	LOOP,
	SLEEP,
	READ,
};

/*
 * One that runs before all others, so that it is nearly always in a slice, which has to end first.
 */
static void stopping_in_slices(struct ocre_bytes spin)
{
	static double pauses[200];
	static double kills[200];
	struct ocre_container_config config = {.priority = 1};
	struct ocre_container_stats stats;

	for (size_t n = 0; n < 200; n++) {
		struct ocre_container *container = create("spin", spin, NULL, &config);
		double begin;

		start(container);
		do {
			sleep_s(0.0001 * (double)(n % 10 + 10));
			if (ocre_container_get_stats(container, &stats) != OCRE_OK) {
				die("stats", NULL);
			}
		} while (stats.slices < 3);
		begin = now();
		if (ocre_core_pause(container) != OCRE_OK) {
			die("pause", NULL);
		}
		pauses[n] = (now() - begin) * 1e3;
		ocre_core_unpause(container);
		sleep_s(0.0001 * (double)(n % 10 + 10));
		begin = now();
		end(container);
		kills[n] = (now() - begin) * 1e3;
	}
	printf("stopping.pause_slice %.3f ms (p99)\n", quantile(pauses, 200, 0.99));
	printf("stopping.kill_slice %.3f ms (p99)\n", quantile(kills, 200, 0.99));
}

static void stopping(size_t count)
{
	static const char *const names[] = {"loop", "sleep", "read"};
	const char *const read_args[] = {"read", NULL};
	struct ocre_bytes spin = load("spin");
	struct ocre_bytes waiting = load("pause");
	struct ocre_container **all = calloc(count, sizeof(struct ocre_container *));
	double *pauses[3];
	double *kills[3];
	size_t counts[3] = {0};
	int fds[2];

	if (pipe(fds) != 0) {
		die("pipe", NULL);
	}
	open_context(0);
	for (int h = 0; h < 3; h++) {
		pauses[h] = calloc(count, sizeof(double));
		kills[h] = calloc(count, sizeof(double));
	}
	for (size_t n = 0; n < count; n++) {
		enum how how = (enum how)(n % 3);
		struct ocre_container_config config = {0};

		if (how == READ) {
			config.stdio_set = true;
			config.stdio[0] = fds[0];
			config.stdio[1] = config.stdio[2] = -1;
		}
		all[n] = create(how == LOOP ? "spin" : "pause", how == LOOP ? spin : waiting,
				how == READ ? read_args : NULL, &config);
		start(all[n]);
	}
	sleep_s(1);
	stopping_in_slices(spin);
	for (size_t n = 0; n < count; n++) {
		size_t h = n % 3;
		double begin = now();

		if (ocre_core_pause(all[n]) != OCRE_OK) {
			die("pause", NULL);
		}
		pauses[h][counts[h]] = (now() - begin) * 1e3;
		ocre_core_unpause(all[n]);
		begin = now();
		if (ocre_core_kill(all[n]) != OCRE_OK) {
			die("kill", NULL);
		}
		kills[h][counts[h]++] = (now() - begin) * 1e3;
	}
	for (size_t h = 0; h < 3; h++) {
		printf("stopping.pause_%s %.3f ms (p99)\n", names[h],
		       quantile(pauses[h], counts[h], 0.99));
		printf("stopping.kill_%s %.3f ms (p99)\n", names[h],
		       quantile(kills[h], counts[h], 0.99));
	}
	for (size_t n = 0; n < count; n++) {
		ocre_container_remove(all[n]);
	}
	close_context();
	free(all);
}

static double cpu_of(struct ocre_container *container)
{
	struct ocre_container_stats stats = {0};

	ocre_container_get_stats(container, &stats);
	return (double)stats.cpu_ns;
}

static void fairness(size_t seconds)
{
	struct ocre_bytes bytes = load("spin");
	struct ocre_container_config config = {.cpu_weight = 75};
	struct ocre_container *a;
	struct ocre_container *b;

	open_context(1);
	a = create("spin", bytes, NULL, &config);
	config.cpu_weight = 25;
	b = create("spin", bytes, NULL, &config);
	start(a);
	start(b);
	sleep_s((double)seconds);
	printf("fairness.weight_75 %.2f %%\n", 100 * cpu_of(a) / (cpu_of(a) + cpu_of(b)));
	end(a);
	end(b);
	config = (struct ocre_container_config){.cpu_percent = 30};
	a = create("spin", bytes, NULL, &config);
	start(a);
	sleep_s((double)seconds);
	printf("fairness.cap_30 %.2f %%\n", cpu_of(a) / (double)seconds / 1e7);
	end(a);
	close_context();
}

static const struct {
	const char *name;
	void (*run)(size_t n);
	size_t usual;
} measurements[] = {
	{"density", density, 10000}, {"cycle", cycle, 5000},	   {"messages", messages, 200000},
	{"timers", timers, 1000},    {"stopping", stopping, 1000}, {"fairness", fairness, 5},
};

int main(int argc, char **argv)
{
	if (argc >= 3) {
		guests = argv[1];
		for (size_t n = 0; n < sizeof(measurements) / sizeof(measurements[0]); n++) {
			if (strcmp(argv[2], measurements[n].name) == 0) {
				measurements[n].run(argc > 3 ? strtoul(argv[3], NULL, 10)
							     : measurements[n].usual);
				return 0;
			}
		}
	}
	fprintf(stderr, "usage: ocre-containers GUESTS "
			"density|cycle|messages|timers|stopping|fairness [N]\n");
	return 2;
}
