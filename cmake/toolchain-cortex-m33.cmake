# SPDX-License-Identifier: Apache-2.0
# Cortex-M33 with its single-precision FPU, no operating system.
set(CMAKE_SYSTEM_PROCESSOR cortex-m33)
set(OCRE_CPU_FLAGS "-mcpu=cortex-m33 -mthumb -mfpu=fpv5-sp-d16 -mfloat-abi=hard")
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-arm-none.cmake)
