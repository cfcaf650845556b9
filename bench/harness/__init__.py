# SPDX-License-Identifier: Apache-2.0
"""The parts of bench/run: building the programs, running the engines, printing tables."""
