/* SPDX-License-Identifier: Apache-2.0 */
/* iio_test.c - sensors of Linux, from a tree of files as sysfs has it, up to the guest. */
#define _GNU_SOURCE
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hw.h"

static char root[64];

static int begin(void **state)
{
	(void)state;
	strcpy(root, "/tmp/ocre-iio-XXXXXX");
	return mkdtemp(root) == NULL;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int end(void **state)
{
	(void)state;
	return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void device(unsigned int number)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/iio:device%u", root, number);
	assert_int_equal(mkdir(path, 0777), 0);
}

static void put(unsigned int number, const char *name, const char *text)
{
	char path[192];
	FILE *out;

	snprintf(path, sizeof(path), "%s/iio:device%u/%s", root, number, name);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static struct ocre_iio *open_iio(struct hw *hw)
{
	struct ocre_iio *iio = NULL;
	struct ocre_diag diag = {0};

	assert_int_equal(ocre_iio_create(&hw->mem, root, &iio, &diag), OCRE_OK);
	hw_end(&hw->a);
	hw_begin(&hw->a, ocre_iio_board(iio));
	return iio;
}

static void stop(struct hw *hw, struct ocre_iio *iio)
{
	hw_end(&hw->a);
	hw_begin(&hw->a, NULL);
	ocre_iio_destroy(iio);
	hw_stop(hw);
}

static int32_t discover(struct hw *hw)
{
	return hw_call(&hw->a, "ocre_sensors_discover", ":i");
}

static int32_t handle(struct hw *hw, const char *name)
{
	return hw_call(&hw->a, "ocre_sensors_get_handle_by_name", "i:i",
		       hw_text(&hw->a, 100, name));
}

static double value(struct hw *hw, const char *name, uint32_t channel)
{
	return hw_read(&hw->a, "ocre_sensors_read_by_name", hw_text(&hw->a, 100, name), channel);
}

static bool near(double a, double b)
{
	return a - b < 1e-9 && b - a < 1e-9;
}

static void values_in_the_units_of_guests(void **state)
{
	struct hw *hw = hw_start(NULL);
	struct ocre_iio *iio;

	(void)state;
	device(0);
	put(0, "name", "bme280\n");
	put(0, "in_temp_input", "21340\n");
	put(0, "in_pressure_input", "101.325000000\n");
	put(0, "in_humidityrelative_input", "45125\n");
	put(0, "in_temp_oversampling_ratio", "2\n");
	device(1);
	put(1, "name", "imu\n");
	put(1, "in_accel_x_raw", "-100\n");
	put(1, "in_accel_y_raw", "0\n");
	put(1, "in_accel_z_raw", "16384\n");
	put(1, "in_accel_scale", "0.000598205\n");
	put(1, "in_accel_z_scale", "0.000600000\n"); /* its own goes before that of the type */
	put(1, "in_anglvel_x_raw", "10\n");
	put(1, "in_temp_raw", "200\n");
	put(1, "in_temp_offset", "-50\n");
	put(1, "in_temp_scale", "100.5\n");
	device(2);
	put(2, "name", "air\n");
	put(2, "in_concentration_co2_raw", "0.0415\n");
	put(2, "in_intensity_ir_raw", "7\n");
	put(2, "in_intensity_uv_raw", "7\n");
	iio = open_iio(hw);
	assert_int_equal(discover(hw), 3);
	assert_int_equal(handle(hw, "bme280"), 0);
	assert_true(near(value(hw, "bme280", OCRE_CHANNEL_AMBIENT_TEMP), 21.34));
	assert_true(near(value(hw, "bme280", OCRE_CHANNEL_PRESS), 101.325));
	assert_true(near(value(hw, "bme280", OCRE_CHANNEL_HUMIDITY), 45.125));
	assert_int_equal(hw_call(&hw->a, "ocre_sensors_get_channel_count", "i:i", 0u), 3);
	assert_true(near(value(hw, "imu", OCRE_CHANNEL_ACCEL_X), -0.0598205));
	assert_true(near(value(hw, "imu", OCRE_CHANNEL_ACCEL_Z), 9.8304));
	assert_true(near(value(hw, "imu", OCRE_CHANNEL_GYRO_X), 10)); /* without a scale */
	/* What measures motion measures its own temperature. */
	assert_true(near(value(hw, "imu", OCRE_CHANNEL_DIE_TEMP), 15.075));
	assert_true(value(hw, "imu", OCRE_CHANNEL_AMBIENT_TEMP) == -22);
	assert_true(near(value(hw, "air", OCRE_CHANNEL_CO2), 415));
	assert_int_equal(hw_call(&hw->a, "ocre_sensors_get_channel_count", "i:i", 2u), 2);
	/* Each call reads anew. */
	put(0, "in_temp_input", "-5000\n");
	assert_true(near(value(hw, "bme280", OCRE_CHANNEL_AMBIENT_TEMP), -5));
	put(1, "in_accel_scale", "1\n");
	assert_true(near(value(hw, "imu", OCRE_CHANNEL_ACCEL_X), -100));
	stop(hw, iio);
}

static void several_channels_of_a_kind(void **state)
{
	struct hw *hw = hw_start(NULL);
	struct ocre_iio *iio;

	(void)state;
	device(3);
	put(3, "name", "adc\n");
	put(3, "in_voltage10_raw", "10\n");
	put(3, "in_voltage2_raw", "2\n");
	put(3, "in_voltage0_raw", "1000\n");
	put(3, "in_voltage0_input", "3300\n"); /* processed goes before raw */
	put(3, "in_voltage0-voltage2_raw", "77\n");
	put(3, "in_voltage_scale", "500\n");
	put(3, "in_current1_raw", "4\n");
	iio = open_iio(hw);
	assert_int_equal(discover(hw), 3);
	assert_true(near(value(hw, "adc", OCRE_CHANNEL_VOLTAGE), 3.3));
	assert_true(near(value(hw, "adc", OCRE_CHANNEL_CURRENT), 0.004));
	assert_true(near(value(hw, "adc:1", OCRE_CHANNEL_VOLTAGE), 1));
	assert_true(near(value(hw, "adc:2", OCRE_CHANNEL_VOLTAGE), 5));
	assert_true(value(hw, "adc:1", OCRE_CHANNEL_CURRENT) == -22);
	assert_int_equal(handle(hw, "adc:3"), -2);
	stop(hw, iio);
}

static void strange_trees(void **state)
{
	struct hw *hw = hw_start(NULL);
	struct ocre_iio *iio;
	char path[128];
	char longer[200];

	(void)state;
	device(7);
	put(7, "name", "twin\n");
	put(7, "in_temp_raw", "1000\n");
	device(10);
	put(10, "name", "twin\n");
	put(10, "in_temp_raw", "2000\n");
	device(11); /* without a name */
	put(11, "in_temp_raw", "warm\n");
	put(11, "in_pressure_raw", "");
	put(11, "in_voltage0_raw", "1 2 3\n");
	put(11, "in_current0_raw", "5\n");
	put(11, "in_current0_scale", "much\n");
	device(12); /* with nothing that we know */
	put(12, "name", "nothing\n");
	put(12, "in_timestamp_index", "0\n");
	put(12, "in_", "0\n");
	put(12, "in_raw", "0\n");
	put(12, "in__raw", "0\n");
	put(12, "in_rot_quaternion_raw", "0 0 0 1\n");
	put(12, "out_voltage0_raw", "0\n");
	put(12, "in_voltage99999999999999999999_raw", "0\n");
	memset(longer, 'a', 120);
	strcpy(longer + 120, "_raw");
	memcpy(longer, "in_temp_", 8);
	put(12, longer, "0\n");
	device(13);
	memset(longer, 'n', sizeof(longer) - 1);
	longer[1] = '\x01';
	longer[sizeof(longer) - 1] = '\0';
	put(13, "name", longer);
	put(13, "in_temp_raw", "1");
	snprintf(path, sizeof(path), "%s/iio:device0x", root);
	assert_int_equal(mkdir(path, 0777), 0);
	snprintf(path, sizeof(path), "%s/trigger0", root);
	assert_int_equal(mkdir(path, 0777), 0);
	snprintf(path, sizeof(path), "%s/iio:device11/in_resistance_raw", root);
	assert_int_equal(mkfifo(path, 0666), 0); /* nobody waits for it */
	iio = open_iio(hw);
	assert_int_equal(discover(hw), 4);
	assert_true(near(value(hw, "twin", OCRE_CHANNEL_AMBIENT_TEMP), 1));
	assert_true(near(value(hw, "twin@10", OCRE_CHANNEL_AMBIENT_TEMP), 2));
	assert_true(value(hw, "iio:device11", OCRE_CHANNEL_AMBIENT_TEMP) == -5);
	assert_true(value(hw, "iio:device11", OCRE_CHANNEL_PRESS) == -5);
	assert_true(value(hw, "iio:device11", OCRE_CHANNEL_VOLTAGE) == -5);
	assert_true(value(hw, "iio:device11", OCRE_CHANNEL_CURRENT) == -5);
	assert_true(value(hw, "iio:device11", OCRE_CHANNEL_RESISTANCE) == -5);
	longer[1] = '?';
	longer[94] = '\0'; /* what there is room for */
	assert_int_equal(handle(hw, longer), 3);
	/* The device is unplugged. */
	snprintf(path, sizeof(path), "%s/iio:device7/in_temp_raw", root);
	assert_int_equal(unlink(path), 0);
	assert_true(value(hw, "twin", OCRE_CHANNEL_AMBIENT_TEMP) == -5);
	stop(hw, iio);
}

static unsigned int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int count = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL) {
		count++;
	}
	closedir(dir);
	return count;
}

static void each_allocation_may_fail(void **state)
{
	struct hw *hw = hw_start(NULL);
	struct ocre_iio *iio = NULL;
	size_t held = hw->held;
	unsigned int files = open_files();
	unsigned int n = 0;
	int rc;

	(void)state;
	device(0);
	put(0, "in_voltage0_raw", "1");
	put(0, "in_voltage1_raw", "1");
	device(1);
	put(1, "in_temp_raw", "1");
	do {
		struct ocre_diag diag = {0};

		hw->allocate = n++;
		rc = ocre_iio_create(&hw->mem, root, &iio, &diag);
		if (rc != OCRE_OK) {
			assert_int_equal(rc, OCRE_E_NOMEM);
			assert_int_equal(diag.status, OCRE_E_NOMEM);
			assert_null(iio);
			assert_int_equal(hw->held, held);
			assert_int_equal(open_files(), files);
		}
	} while (rc != OCRE_OK);
	assert_true(n > 8);
	hw->allocate = UINT32_MAX;
	ocre_iio_destroy(iio);
	ocre_iio_destroy(NULL);
	assert_int_equal(open_files(), files);
	hw_stop(hw);
}

static void no_tree(void **state)
{
	struct hw *hw = hw_start(NULL);
	struct ocre_iio *iio = NULL;
	struct ocre_diag diag = {0};
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/none", root);
	assert_int_equal(ocre_iio_create(&hw->mem, path, &iio, &diag), OCRE_OK);
	assert_int_equal(ocre_iio_board(iio)->ops->sensor_count(iio), 0);
	ocre_iio_destroy(iio);
	iio = NULL;
	device(0);
	put(0, "file", "");
	snprintf(path, sizeof(path), "%s/iio:device0/file", root);
	assert_int_equal(ocre_iio_create(&hw->mem, path, &iio, &diag), OCRE_E_IO);
	assert_null(iio);
	assert_non_null(strstr(diag.text, path));
	/* That of this machine, whatever it has. */
	memset(&diag, 0, sizeof(diag));
	assert_int_equal(ocre_iio_create(&hw->mem, NULL, &iio, &diag), OCRE_OK);
	ocre_iio_destroy(iio);
	hw_stop(hw);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(values_in_the_units_of_guests),
		TEST(several_channels_of_a_kind),
		TEST(strange_trees),
		TEST(each_allocation_may_fail),
		TEST(no_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
