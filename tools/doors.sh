#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# doors.sh - who may include what. Each room names the headers that it may see; beyond these a file
# may include, in "quotes", what lies in its own folder. Prints each offence and fails.
set -eu
cd "$(dirname "$0")/.."

# What a C11 compiler without an operating system has, and the two headers beyond it.
free='(float|limits|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdnoreturn|string|math)\.h'

# Room (the last line that fits a file's path), extended regular expression of what it may include.
rooms() {
	cat <<-END
		include/ocre/base.h	(stdbool|stddef|stdint)\.h
		include/ocre/sha256.h	(stdbool|stddef|stdint)\.h
		include/ocre/image.h	ocre/(base|sha256)\.h
		include/ocre/host.h	ocre/base\.h
		include/ocre/port.h	(ocre/(base|host)|stdbool|stddef|stdint)\.h
		include/ocre/engine.h	ocre/(base|host)\.h
		include/ocre/wasi.h	ocre/(base|host|port)\.h
		include/ocre/driver.h	ocre/(base|host|port)\.h
		include/ocre/permissions.h	ocre/(base|host)\.h
		include/ocre/core.h	ocre/(base|host|port|driver)\.h
		include/ocre/choice.h	ocre/core\.h
		include/ocre/driver_wasm.h	ocre/(driver|engine)\.h
		include/ocre/providers.h	ocre/host\.h
		include/ocre/board.h	ocre/(base|host)\.h
		include/ocre/messaging.h	ocre/(base|host|port)\.h
		include/ocre/ocre.h	ocre/(common|library|context|container)\.h
		include/ocre/common.h	ocre/base\.h
		include/ocre/beyond.h	ocre/core\.h
		include/ocre/library.h	ocre/runtime/vtable\.h
		include/ocre/context.h	ocre/container\.h|stdbool\.h
		include/ocre/container.h	(stdbool|unistd)\.h
		include/ocre/runtime/	(stddef|pthread|semaphore)\.h|ocre/runtime/vtable\.h
		include/ocre/platform/	[a-z0-9_/]+\.h
		include/ocre/port_posix.h	(ocre/(base|host|port)|pthread)\.h
		src/base/		ocre/base\.h|$free
		src/engine/		ocre/(base|host|engine)\.h|$free
		src/image/		ocre/(base|image|sha256)\.h|$free
		src/config/		ocre/(base|core|config_section)\.h|$free
		src/container/		ocre/(base|host|port|driver|core|permissions)\.h|$free
		src/drivers/wasm/	ocre/(base|host|port|driver|driver_wasm|engine)\.h|$free
		src/api/		ocre/[a-z0-9_/]+\.h|[a-z0-9_]+\.h|sys/[a-z0-9_]+\.h
		src/compat/		ocre/[a-z0-9_/]+\.h|[a-z0-9_]+\.h|sys/[a-z0-9_]+\.h|zephyr/[a-z0-9_/]+\.h
		src/host/		ocre/(base|host|port|providers|board)\.h|$free
		src/host/messaging/	ocre/(base|host|port|providers|messaging)\.h|$free
		src/host/gpio/linux	ocre/(base|host|port|providers|board)\.h|[a-z0-9_]+\.h
		src/host/sensor/linux	ocre/(base|host|port|providers|board)\.h|[a-z0-9_]+\.h
		src/host/wasi/		ocre/(base|host|port|wasi|providers)\.h|$free
		ports/			ocre/(base|host|port|port_posix)\.h|[a-z0-9_]+\.h|(sys|linux|netinet|arpa|net)/[a-z0-9_]+\.h
		include/ocre/port_none.h	ocre/port\.h
		include/ocre/config_section.h	ocre/core\.h
		include/ocre/ymodem.h	ocre/base\.h
		include/ocre/shell.h	ocre/(board|core)\.h
		src/shell/		ocre/(base|core|board|config_section|shell|ymodem)\.h|$free
		include/ocre/port_freertos.h	ocre/port_bare\.h|FreeRTOS\.h|task\.h
		ports/freertos/		ocre/port_freertos\.h|$free
		include/ocre/port_zephyr.h	ocre/port\.h|zephyr/(kernel|fs/fs)\.h
		include/ocre/board_zephyr.h	ocre/board\.h|zephyr/(kernel|drivers/gpio)\.h
		include/ocre/zephyr.h	ocre/(core|driver_wasm|port_zephyr|board_zephyr|shell)\.h
		ports/zephyr/		ocre/(port_none|port_zephyr|board_zephyr)\.h|errno\.h|zephyr/[a-z0-9_/]+\.h|$free
		ports/zephyr/platform.c	ocre/platform/[a-z]+\.h|ocre/port_zephyr\.h|stdio\.h|zephyr/kernel\.h|$free
		zephyr/			ocre/(choice|providers|zephyr)\.h|errno\.h|zephyr/[a-z0-9_/]+\.h|$free
		include/ocre/port_bare.h	ocre/(base|port)\.h
		ports/bare/		ocre/(base|port|port_bare|port_none)\.h|$free
		include/ocre/port_files.h	ocre/(image|port_bare)\.h
		ports/bare/files.c	ocre/port_files\.h|$free
		ports/bare/platform/	ocre/platform/[a-z]+\.h|ocre/port_bare\.h|stdio\.h|$free
		ports/none/		ocre/(port|port_none)\.h
		ports/posix/platform/	ocre/platform/[a-z]+\.h|[a-z0-9_]+\.h|sys/[a-z0-9_]+\.h
		ports/posix/memory.c	ocre/(engine|port_posix)\.h|[a-z0-9_]+\.h|sys/mman\.h
		src/cli/		ocre/[a-z0-9_]+\.h|[a-z0-9_]+\.h|sys/[a-z0-9_]+\.h
		apps/			cli/setup\.h|ocre/[a-z0-9_/]+\.h|[a-z0-9_]+\.h|sys/[a-z0-9_]+\.h
		apps/mcu-		machines\.h|ocre_api\.h|(fcntl|stdio|unistd)\.h|wasi/(api|libc-nocwd)\.h|ocre/[a-z0-9_]+\.h|$free
	END
}

list=$(mktemp)
trap 'rm -f "$list"' EXIT
rooms >"$list"

sources() {
	tools/files.sh 'include/*.h' 'src/*.[ch]' 'src/*.def' 'ports/*.[ch]' \
		'apps/*.[ch]' 'zephyr/*.[ch]'
}

# shellcheck disable=SC2016 # the program is awk's
sources | xargs awk -v list="$list" '
	BEGIN {
		FS = "\t+"
		while ((getline <list) > 0) {
			room[++n] = $1
			allowed[n] = "^(" $2 ")$"
		}
		FS = " "
	}
	FNR == 1 {
		mine = 0
		for (i = 1; i <= n; i++) {
			if (index(FILENAME, room[i]) == 1) {
				mine = i
			}
		}
		if (!mine) {
			printf "%s: belongs to no room of tools/doors.sh\n", FILENAME
			bad = 1
		}
	}
	/^[ \t]*#[ \t]*include/ && mine {
		name = $0
		sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
		quoted = substr(name, 1, 1) == "\""
		sub(/^[<"]/, "", name)
		sub(/[>"].*$/, "", name)
		if (name !~ allowed[mine] && !(quoted && name !~ /\//)) {
			printf "%s:%d: %s may not include %s\n", FILENAME, FNR, room[mine], name
			bad = 1
		}
	}
	END { exit bad }'
