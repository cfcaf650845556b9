# SPDX-License-Identifier: Apache-2.0
cmake_minimum_required(VERSION 3.20)
project(user LANGUAGES C)
find_package(ocre 0.1 REQUIRED COMPONENTS base engine)
add_executable(user @HERE@/user.c)
target_link_libraries(user PRIVATE ocre::engine)
