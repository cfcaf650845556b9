/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawner.c - a guest as LLVM makes one with threads: imported shared memory, whose data a start
 * function writes once, before whichever thread comes first. Its bytes are in spawner_wasm.h:
 *
 *   clang-19 --target=wasm32 -O1 -matomics -mbulk-memory -nostdlib -Wl,--shared-memory
 *     -Wl,--import-memory,--export-memory,--max-memory=262144,--no-entry,--strip-all
 */
#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define EXPORT(name)	     __attribute__((export_name(name)))

IMPORT("wasi", "thread-spawn") int spawn(int arg);
IMPORT("test", "log") void log_number(int number);

static int table[4] = {10, 20, 30, 40};
static _Atomic int sum;
static _Atomic int done;

EXPORT("wasi_thread_start") void thread(int id, int arg)
{
	(void)id;
	for (int n = 0; n < 1000; n++) {
		sum += table[arg];
	}
	done++;
	__builtin_wasm_memory_atomic_notify((int *)&done, 1);
}

EXPORT("_start") void start(void)
{
	table[0]++; /* what a thread must not find undone */
	for (int n = 0; n < 4; n++) {
		log_number(spawn(n));
	}
	for (int now = done; now < 4; now = done) {
		__builtin_wasm_memory_atomic_wait32((int *)&done, now, -1);
	}
	log_number(sum);
}
