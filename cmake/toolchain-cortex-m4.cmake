# SPDX-License-Identifier: Apache-2.0
# Cortex-M4 with its single-precision FPU, no operating system.
set(CMAKE_SYSTEM_PROCESSOR cortex-m4)
set(OCRE_CPU_FLAGS "-mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard")
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-arm-none.cmake)
