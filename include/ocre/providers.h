/* SPDX-License-Identifier: Apache-2.0 */
/*
 * providers.h - the host modules that Ocre brings, as providers that an application chooses from.
 * What guests see of each is in docs/guest-api.md; what each needs to be granted in
 * docs/permissions.md.
 */
#ifndef OCRE_PROVIDERS_H
#define OCRE_PROVIDERS_H

#include <ocre/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * WASI preview 1 and snapshot 0, and the socket extension that guests built for Ocre use. Files are
 * those of the container's mounts; sockets need net grants. Config: none.
 */
extern const struct ocre_host_provider ocre_provider_wasi;

/* env: uname, ocre_sleep, ocre_get_event, ocre_wait_event, dispatchers, timers, watchdog kick. */
extern const struct ocre_host_provider ocre_provider_event;

/* What env.uname says; config of ocre_provider_event, or NULL for the defaults. Copied. */
struct ocre_uname {
	const char *os;	     /* "Linux", "Zephyr": sysname is "Project Ocre (<os>)" */
	const char *node;    /* nodename */
	const char *release; /* "<app> (<release>)" */
	const char *version;
	const char *machine;
};

/*
 * env: publish, subscribe. One bus for all containers of a context. Config: a struct ocre_bus of
 * messaging.h, which must outlive the context; NULL: one that only containers use.
 */
extern const struct ocre_host_provider ocre_provider_messaging;

/* env: GPIO, and sensors. Config: struct ocre_board of board.h; NULL: no pins, no sensors. */
extern const struct ocre_host_provider ocre_provider_gpio;
extern const struct ocre_host_provider ocre_provider_sensor;

#ifdef __cplusplus
}
#endif

#endif /* OCRE_PROVIDERS_H */
