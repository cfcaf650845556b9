# SPDX-License-Identifier: Apache-2.0
# Cortex-M3, no operating system.
set(CMAKE_SYSTEM_PROCESSOR cortex-m3)
set(OCRE_CPU_FLAGS "-mcpu=cortex-m3 -mthumb")
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-arm-none.cmake)
