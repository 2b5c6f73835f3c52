/* Everything a caller can get wrong: NULL, short sizes, wrong alignment, foreign objects, numbers that stand
 * for nothing, noise in place of settings and snapshots. Nothing may crash, and what failed may have changed
 * nothing. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "potline.h"

static unsigned checks;
#define EXPECT(status, call)                                                                               \
    do {                                                                                                   \
        potline_status said = (call);                                                                      \
        checks++;                                                                                          \
        if (said != (status)) {                                                                            \
            fprintf(stderr, "%s:%d: %s said \"%s\", expected \"%s\"\n", __FILE__, __LINE__, #call,         \
                    potline_status_text((uint32_t)said), potline_status_text((uint32_t)(status)));         \
            exit(1);                                                                                       \
        }                                                                                                  \
    } while (0)
#define TRUE(what)                                                                                         \
    do {                                                                                                   \
        checks++;                                                                                          \
        if (!(what)) {                                                                                     \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what);                             \
            exit(1);                                                                                       \
        }                                                                                                  \
    } while (0)

static uint32_t seed = 12345;
static uint32_t chance(void) {
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

static const uint8_t *text(const char *s) { return (const uint8_t *)s; }

int main(void) {
    size_t rooms[3], n, used = 7;
    unsigned char *controller, *pot, *cell, *copy, *buffer, *after;
    potline_reading reading;
    potline_tick tick, before;
    potline_fault fault;
    potline_cell_input input;
    potline_cell_output output;
    potline_sample sample;
    potline_rods rods;
    potline_line_view line;
    char words[64];
    uint8_t list[4];
    unsigned long round;

    rooms[0] = potline_controller_size();
    rooms[1] = potline_pot_size();
    rooms[2] = potline_cell_size();
    /* Just the room that is asked for, so that valgrind sees one byte too many. */
    controller = (unsigned char *)malloc(rooms[0]);
    pot = (unsigned char *)malloc(rooms[1]);
    cell = (unsigned char *)malloc(rooms[2]);
    copy = (unsigned char *)malloc(rooms[1]);
    buffer = (unsigned char *)malloc(potline_snapshot_size());
    after = (unsigned char *)malloc(potline_snapshot_size());
    TRUE(controller && pot && cell && copy && buffer && after);
    memset(controller, 0x5A, rooms[0]);
    memset(pot, 0x5A, rooms[1]);
    memset(cell, 0x5A, rooms[2]);
    memset(&reading, 0, sizeof reading);
    memset(&tick, 0, sizeof tick);
    memset(&fault, 0, sizeof fault);
    memset(&input, 0, sizeof input);
    memset(&output, 0, sizeof output);
    memset(&sample, 0, sizeof sample);
    memset(&rods, 0, sizeof rods);
    memset(&line, 0, sizeof line);
    reading.size = sizeof reading;
    tick.size = sizeof tick;
    fault.size = sizeof fault;
    input.size = sizeof input;
    output.size = sizeof output;
    sample.size = sizeof sample;
    rods.size = sizeof rods;
    line.size = sizeof line;

    /* Storage. */
    EXPECT(POTLINE_STATUS_NULL_POINTER, potline_controller_init(NULL, rooms[0], NULL, 0, NULL));
    EXPECT(POTLINE_STATUS_SHORT_STORAGE, potline_controller_init(controller, rooms[0] - 1, NULL, 0, NULL));
    EXPECT(POTLINE_STATUS_MISALIGNED, potline_controller_init(controller + 1, rooms[0], NULL, 0, NULL));
    EXPECT(POTLINE_STATUS_NULL_POINTER, potline_controller_init(controller, rooms[0], NULL, 5, NULL));
    EXPECT(POTLINE_STATUS_NOT_INITIALISED, potline_pot_init(controller, pot, rooms[1], 1));

    /* Settings. */
    EXPECT(POTLINE_STATUS_BAD_SETTINGS, potline_controller_init(controller, rooms[0], text("{"), 1, NULL));
    fault.size = 8;
    EXPECT(POTLINE_STATUS_SHORT_STRUCT, potline_controller_init(controller, rooms[0], text("{"), 1, &fault));
    fault.size = sizeof fault;
    {
        const char *wrong = "{\"design\":{\"current_ka\":5000.0}}", *unknown = "{\"desing\":{}}";
        EXPECT(POTLINE_STATUS_BAD_SETTINGS,
               potline_controller_init(controller, rooms[0], text(wrong), strlen(wrong), &fault));
        TRUE(strcmp((const char *)fault.field, "design.current_ka") == 0 && fault.value == 5000.0 && fault.max < 5000.0);
        EXPECT(POTLINE_STATUS_BAD_SETTINGS,
               potline_controller_init(controller, rooms[0], text(unknown), strlen(unknown), &fault));
        TRUE(strcmp((const char *)fault.field, "json") == 0);
    }
    EXPECT(POTLINE_STATUS_NOT_INITIALISED, potline_pot_init(controller, pot, rooms[1], 1));
    EXPECT(POTLINE_STATUS_OK, potline_controller_init(controller, rooms[0], NULL, 0, &fault));
    EXPECT(POTLINE_STATUS_SHORT_STORAGE, potline_pot_init(controller, pot, rooms[1] - 8, 1));
    EXPECT(POTLINE_STATUS_OK, potline_pot_init(controller, pot, rooms[1], 1));

    /* A scan of a structure of zeros moves nothing; of none at all, nothing happens. */
    EXPECT(POTLINE_STATUS_OK, potline_pot_tick(controller, pot, NULL, &reading, 1.0, 1.0, &tick));
    TRUE(tick.action == POTLINE_ACTION_NONE && (tick.flags & 1u));
    EXPECT(POTLINE_STATUS_NULL_POINTER, potline_pot_tick(controller, pot, NULL, NULL, 2.0, 1.0, &tick));
    EXPECT(POTLINE_STATUS_NULL_POINTER, potline_pot_tick(controller, pot, NULL, &reading, 2.0, 1.0, NULL));
    EXPECT(POTLINE_STATUS_NULL_POINTER, potline_pot_tick(NULL, pot, NULL, &reading, 2.0, 1.0, &tick));
    EXPECT(POTLINE_STATUS_NOT_INITIALISED, potline_pot_tick(pot, pot, NULL, &reading, 2.0, 1.0, &tick));
    EXPECT(POTLINE_STATUS_NOT_INITIALISED, potline_pot_tick(controller, controller, NULL, &reading, 2.0, 1.0, &tick));
    EXPECT(POTLINE_STATUS_BAD_INPUT, potline_pot_tick(controller, pot, NULL, &reading, 2.0, 0.0, &tick));
    EXPECT(POTLINE_STATUS_BAD_INPUT, potline_pot_tick(controller, pot, NULL, &reading, 2.0, -1.0, &tick));
    for (n = 0; n < sizeof reading; n += 8) {
        reading.size = (uint32_t)n;
        EXPECT(POTLINE_STATUS_SHORT_STRUCT, potline_pot_tick(controller, pot, NULL, &reading, 2.0, 1.0, &tick));
    }
    reading.size = sizeof reading;
    tick.size = 0;
    EXPECT(POTLINE_STATUS_OK, potline_pot_save(controller, pot, buffer, potline_snapshot_size(), &used));
    EXPECT(POTLINE_STATUS_SHORT_STRUCT, potline_pot_tick(controller, pot, NULL, &reading, 2.0, 1.0, &tick));
    EXPECT(POTLINE_STATUS_OK, potline_pot_save(controller, pot, after, potline_snapshot_size(), &n));
    TRUE(n == used && memcmp(buffer, after, n) == 0);
    tick.size = sizeof tick;
    line.size = 4;
    EXPECT(POTLINE_STATUS_SHORT_STRUCT, potline_pot_tick(controller, pot, &line, &reading, 2.0, 1.0, &tick));
    line.size = sizeof line;
    EXPECT(POTLINE_STATUS_OK, potline_pot_tick(controller, pot, &line, &reading, 2.0, 1.0, &tick));
    reading.mode = 77;
    EXPECT(POTLINE_STATUS_BAD_INPUT, potline_pot_tick(controller, pot, NULL, &reading, 3.0, 1.0, &tick));
    reading.mode = POTLINE_MODE_AUTO;
    reading.quality = 3;
    EXPECT(POTLINE_STATUS_BAD_INPUT, potline_pot_tick(controller, pot, NULL, &reading, 3.0, 1.0, &tick));
    reading.quality = 0;

    /* A caller of a later header: more bytes than the library knows are not touched. */
    {
        struct { potline_tick tick; double more; } later;
        memset(&later, 0, sizeof later);
        later.tick.size = sizeof later;
        later.more = 42.0;
        EXPECT(POTLINE_STATUS_OK, potline_pot_tick(controller, pot, NULL, &reading, 3.0, 1.0, &later.tick));
        TRUE(later.more == 42.0 && later.tick.size == sizeof later);
    }

    /* Samples, rods, alarms. */
    EXPECT(POTLINE_STATUS_OK, potline_pot_sample(controller, pot, &sample));
    EXPECT(POTLINE_STATUS_NULL_POINTER, potline_pot_sample(controller, pot, NULL));
    EXPECT(POTLINE_STATUS_OK, potline_pot_rods(controller, pot, &rods));
    rods.size = 100;
    EXPECT(POTLINE_STATUS_SHORT_STRUCT, potline_pot_rods(controller, pot, &rods));
    EXPECT(POTLINE_STATUS_OK, potline_pot_alarms(pot, list, sizeof list, &used));
    EXPECT(POTLINE_STATUS_OK, potline_pot_alarms(pot, NULL, 0, &used));
    EXPECT(POTLINE_STATUS_NULL_POINTER, potline_pot_alarms(pot, NULL, 4, &used));
    EXPECT(POTLINE_STATUS_NULL_POINTER, potline_pot_alarms(pot, list, sizeof list, NULL));
    EXPECT(POTLINE_STATUS_OK, potline_pot_acknowledge(pot, 0));
    EXPECT(POTLINE_STATUS_BAD_INPUT, potline_pot_acknowledge(pot, 255));
    EXPECT(POTLINE_STATUS_OK, potline_alarm_text(0, 0, (uint8_t *)words, sizeof words));
    TRUE(strlen(words) > 3 && strlen(words) < sizeof words);
    EXPECT(POTLINE_STATUS_OK, potline_alarm_text(0, 1, (uint8_t *)words, 4));
    TRUE(words[3] == 0);
    EXPECT(POTLINE_STATUS_SHORT_BUFFER, potline_alarm_text(0, 0, (uint8_t *)words, 0));

    /* Snapshots. */
    EXPECT(POTLINE_STATUS_SHORT_BUFFER, potline_pot_save(controller, pot, buffer, 10, &used));
    EXPECT(POTLINE_STATUS_OK, potline_pot_save(controller, pot, buffer, potline_snapshot_size(), &used));
    EXPECT(POTLINE_STATUS_BAD_SNAPSHOT, potline_pot_restore(controller, pot, rooms[1], 2, buffer, used));
    EXPECT(POTLINE_STATUS_BAD_SNAPSHOT, potline_pot_restore(controller, pot, rooms[1], 1, buffer, used - 1));
    EXPECT(POTLINE_STATUS_BAD_SNAPSHOT, potline_pot_restore(controller, pot, rooms[1], 1, NULL, 0));
    for (round = 0; round < 2000; round++) {
        size_t at = chance() % used;
        unsigned char bit = (unsigned char)(1u << (chance() % 8));
        buffer[at] ^= bit;
        EXPECT(POTLINE_STATUS_BAD_SNAPSHOT, potline_pot_restore(controller, copy, rooms[1], 1, buffer, used));
        buffer[at] ^= bit;
    }
    EXPECT(POTLINE_STATUS_OK, potline_pot_restore(controller, copy, rooms[1], 1, buffer, used));

    /* Noise for settings. */
    for (round = 0; round < 20000; round++) {
        static const char alphabet[] = "{}[]\":,.0123456789eE+-truefalsnd_ \\u";
        uint8_t noise[48];
        size_t length = chance() % sizeof noise;
        potline_status said;
        for (n = 0; n < length; n++)
            noise[n] = (uint8_t)(chance() % 4 ? alphabet[chance() % (sizeof alphabet - 1)] : (char)chance());
        said = potline_controller_init(controller, rooms[0], noise, length, &fault);
        checks++;
        TRUE(said == POTLINE_STATUS_BAD_SETTINGS || said == POTLINE_STATUS_OK);
    }

    /* Noise for readings: whatever comes, the call returns, and a command is lawful. */
    memset(&reading, 0, sizeof reading);
    before = tick;
    for (round = 0; round < 20000; round++) {
        unsigned char *raw = (unsigned char *)&reading;
        for (n = 4; n < sizeof reading; n++)
            if (chance() % 3 == 0) raw[n] = (unsigned char)chance();
        reading.size = sizeof reading;
        if (chance() % 2) reading.quality %= 3, reading.mode %= 6, reading.status %= 512, reading.link_last %= 7;
        tick = before;
        if (potline_pot_tick(controller, pot, NULL, &reading, 4.0 + (double)round, 1.0, &tick) == POTLINE_STATUS_OK) {
            TRUE(tick.action <= POTLINE_ACTION_BEAM);
            TRUE(tick.action != POTLINE_ACTION_BEAM || (tick.travel > -0.1 && tick.travel < 0.1));
        }
        checks++;
    }

    /* The cell. */
    EXPECT(POTLINE_STATUS_NOT_INITIALISED, potline_cell_step(cell, &input, 1.0, &output));
    EXPECT(POTLINE_STATUS_SHORT_STORAGE, potline_cell_init(cell, rooms[2] - 1));
    EXPECT(POTLINE_STATUS_OK, potline_cell_init(cell, rooms[2]));
    EXPECT(POTLINE_STATUS_NULL_POINTER, potline_cell_step(cell, NULL, 1.0, &output));
    EXPECT(POTLINE_STATUS_NULL_POINTER, potline_cell_step(cell, &input, 1.0, NULL));
    EXPECT(POTLINE_STATUS_BAD_INPUT, potline_cell_step(cell, &input, 11.0, &output));
    input.current = 500e3;
    EXPECT(POTLINE_STATUS_OK, potline_cell_step(cell, &input, 1.0, &output));
    TRUE(output.voltage > 3.5 && output.voltage < 4.5);
    for (round = 0; round < 5000; round++) {
        unsigned char *raw = (unsigned char *)&input;
        for (n = 4; n < sizeof input; n++)
            if (chance() % 3 == 0) raw[n] = (unsigned char)chance();
        input.size = sizeof input;
        EXPECT(POTLINE_STATUS_OK, potline_cell_step(cell, &input, 1.0, &output));
        TRUE(output.voltage == output.voltage);
    }

    free(controller);
    free(pot);
    free(cell);
    free(copy);
    free(buffer);
    free(after);
    printf("%u checks hold\n", checks);
    return 0;
}
