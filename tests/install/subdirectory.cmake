# SPDX-License-Identifier: Apache-2.0
cmake_minimum_required(VERSION 3.20)
project(user LANGUAGES C)
add_subdirectory(@SOURCE@ ocre)
add_executable(user @HERE@/user.c)
target_link_libraries(user PRIVATE ocre::engine)
