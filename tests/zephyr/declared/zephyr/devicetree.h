/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devicetree.h - see kernel.h; and the devicetree that tests/zephyr has: aliases led0 (gpio0, 4),
 * led1 (gpio1, 1, active low), sw0 (gpio0, 7, pulled down); zephyr,user with two ocre-gpios (gpio1,
 * 2; gpio0, 4 again), the first of which has a name, and the sensors room and broken.
 */
#ifndef TESTS_ZEPHYR_DEVICETREE_H
#define TESTS_ZEPHYR_DEVICETREE_H

#define DT_ALIAS(alias)			     N_ALIAS_##alias
#define DT_PATH(name)			     N_##name
#define DT_NODE_HAS_PROP(node, prop)	     TEST_DT_IS(node, prop)
#define DT_PROP_HAS_IDX(node, prop, i)	     TEST_DT_HAS(node, prop, i)
#define DT_PROP_BY_IDX(node, prop, i)	     TEST_DT_PROP(node, prop, i)
#define DT_PHANDLE_BY_IDX(node, prop, i)     TEST_DT_PROP(node, prop, i)
#define DT_FOREACH_PROP_ELEM(node, prop, fn) TEST_DT_EACH(node, prop, fn)

/* 1 where the macro behind them is 1, else 0. */
#define TEST_DT_IS(node, prop)	    TEST_DT_FLAG(node##_P_##prop)
#define TEST_DT_HAS(node, prop, i)  TEST_DT_HAS_(node, prop, i)
#define TEST_DT_HAS_(node, prop, i) TEST_DT_FLAG(node##_P_##prop##_##i##_EXISTS)
#define TEST_DT_FLAG(flag)	    TEST_DT_FLAG_(flag)
#define TEST_DT_FLAG_(flag)	    TEST_DT_FLAG__(TEST_DT_COMMA_##flag 1, 0, 0)
#define TEST_DT_FLAG__(...)	    TEST_DT_SECOND(__VA_ARGS__)
#define TEST_DT_SECOND(a, b, ...)   b
#define TEST_DT_COMMA_1		    0,

#define TEST_DT_PROP(node, prop, i)   TEST_DT_PROP_(node, prop, i)
#define TEST_DT_PROP_(node, prop, i)  node##_P_##prop##_##i
#define TEST_DT_EACH(node, prop, fn)  TEST_DT_EACH_(node, prop, fn)
#define TEST_DT_EACH_(node, prop, fn) fn(node, prop, 0) fn(node, prop, 1)

#define N_ALIAS_led0_P_gpios 1
#define N_ALIAS_led0_P_gpios_0                                                                     \
	{                                                                                          \
		&test_gpio0, 4, 0                                                                  \
	}
#define N_ALIAS_led1_P_gpios 1
#define N_ALIAS_led1_P_gpios_0                                                                     \
	{                                                                                          \
		&test_gpio1, 1, GPIO_ACTIVE_LOW                                                    \
	}
#define N_ALIAS_sw0_P_gpios 1
#define N_ALIAS_sw0_P_gpios_0                                                                      \
	{                                                                                          \
		&test_gpio0, 7, GPIO_PULL_DOWN                                                     \
	}
#define N_zephyr_user_P_ocre_gpios 1
#define N_zephyr_user_P_ocre_gpios_0                                                               \
	{                                                                                          \
		&test_gpio1, 2, 0                                                                  \
	}
#define N_zephyr_user_P_ocre_gpios_1                                                               \
	{                                                                                          \
		&test_gpio0, 4, 0                                                                  \
	}
#define N_zephyr_user_P_ocre_gpio_names_0	 "relay"
#define N_zephyr_user_P_ocre_gpio_names_0_EXISTS 1
#define N_zephyr_user_P_ocre_sensors		 1
#define N_zephyr_user_P_ocre_sensors_0		 room
#define N_zephyr_user_P_ocre_sensors_1		 broken

#endif /* TESTS_ZEPHYR_DEVICETREE_H */
