/* How do I run potline from C? A day of one pot: a simulated cell, the controller, and between them what a
 * PLC does. No heap, no threads, no files: everything stands in two static buffers.
 *
 *     bindings/c/check.sh        builds and runs it, also under valgrind
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "potline.h"

#define HOURS 24
#define ROOM 65536

/* Storage of the three objects, aligned for anything. */
static union { double align; unsigned char bytes[ROOM]; } controller_room, pot_room, cell_room;
static unsigned char saved[ROOM];

static int failed(const char *what, potline_status status) {
    if (status == POTLINE_STATUS_OK) return 0;
    fprintf(stderr, "%s: %s\n", what, potline_status_text((uint32_t)status));
    return 1;
}

int main(void) {
    static const char settings[] = "{\"design\":{\"current_ka\":500.0},\"feed\":{\"strategy\":\"ekf\"}}";
    void *controller = &controller_room, *pot = &pot_room, *cell = &cell_room;
    potline_fault fault;
    potline_cell_input done;
    potline_cell_output truth;
    potline_reading reading;
    potline_tick tick;
    double now = 0.0, alumina = 0.0, squares = 0.0, beam = 0.25;
    uint32_t noise = 1;
    long feeds = 0, moves = 0, second;
    size_t used = 0;

    memset(&fault, 0, sizeof fault);
    memset(&done, 0, sizeof done);
    memset(&truth, 0, sizeof truth);
    memset(&reading, 0, sizeof reading);
    memset(&tick, 0, sizeof tick);
    fault.size = sizeof fault;
    done.size = sizeof done;
    truth.size = sizeof truth;
    reading.size = sizeof reading;
    tick.size = sizeof tick;

    if (potline_abi_version() != POTLINE_ABI_VERSION) {
        fprintf(stderr, "header and library are of different versions\n");
        return 1;
    }
    if (potline_controller_size() > ROOM || potline_pot_size() > ROOM || potline_cell_size() > ROOM) {
        fprintf(stderr, "more room is needed\n");
        return 1;
    }
    if (potline_controller_init(controller, ROOM, (const uint8_t *)settings, strlen(settings), &fault) !=
        POTLINE_STATUS_OK) {
        fprintf(stderr, "settings: %s = %g is outside %g..%g\n", (const char *)fault.field, fault.value, fault.min,
                fault.max);
        return 1;
    }
    if (failed("pot", potline_pot_init(controller, pot, ROOM, 1))) return 1;
    if (failed("cell", potline_cell_init(cell, ROOM))) return 1;

    reading.quality = POTLINE_QUALITY_GOOD;
    reading.mode = POTLINE_MODE_AUTO;
    reading.status = POTLINE_PLC_REMOTE;
    reading.link_ready = 1;
    reading.bath_temperature = NAN;
    for (second = 0; second < HOURS * 3600L; second++) {
        int feeder;
        /* The cell, between two taps: what was asked for in the last second is done. A little ripple: a current that stands still is a dead transducer. */
        noise = noise * 1664525u + 1013904223u;
        done.current = 500e3 + 1e3 * ((noise >> 8) / 16777216.0 - 0.5);
        if (failed("step", potline_cell_step(cell, &done, 1.0, &truth))) return 1;
        memset(done.shots, 0, sizeof done.shots);
        done.beam_travel = 0.0;

        /* The transducers. */
        now += 1.0;
        reading.time = now;
        reading.voltage = truth.voltage + 2e-3 * ((noise >> 16) / 65536.0 - 0.5);
        reading.current = done.current;
        reading.beam_position = beam;
        if (failed("tick", potline_pot_tick(controller, pot, NULL, &reading, now, 1.0, &tick))) return 1;

        /* The PLC: it does what is asked, once. */
        if (tick.action == POTLINE_ACTION_FEED) {
            feeds++;
            done.shot_size = 1.8;
            for (feeder = 0; feeder < POTLINE_FEEDERS; feeder++)
                if (tick.feeders >> feeder & 1u) {
                    done.shots[feeder] = 1.8;
                    reading.strokes[feeder]++;
                }
        }
        if (tick.action == POTLINE_ACTION_BEAM) {
            moves++;
            done.beam_travel = tick.travel;
            beam += tick.travel;
        }
        reading.link_last = tick.action == POTLINE_ACTION_NONE ? reading.link_last : POTLINE_OUTCOME_DONE;

        alumina += truth.alumina;
        squares += truth.alumina * truth.alumina;

        /* Half way the computer is restarted: the pot goes on as if nothing had been. */
        if (second == HOURS * 1800L) {
            if (failed("save", potline_pot_save(controller, pot, saved, sizeof saved, &used))) return 1;
            memset(&pot_room, 0xA5, sizeof pot_room);
            if (failed("restore", potline_pot_restore(controller, pot, ROOM, 1, saved, used))) return 1;
        }
    }
    alumina /= (double)second;
    squares = sqrt(squares / (double)second - alumina * alumina);
    printf("%d h: %ld feed commands, %ld beam moves; alumina %.2f +- %.2f wt %%, %.3f V, superheat %.1f K; "
           "snapshot %u bytes\n",
           HOURS, feeds, moves, alumina * 100.0, squares * 100.0, truth.voltage, truth.superheat, (unsigned)used);
    /* What a controller is for: the bath stays near its target without an anode effect. */
    return alumina > 0.022 && alumina < 0.028 && truth.voltage < 4.5 ? 0 : 1;
}
