/* potline: control of 500 kA aluminium reduction cells. Made by cbindgen from bindings/c/src: change it there.
 *
 * Objects live in storage of the caller, of the size and alignment that the library tells. One object is one
 * thread's at a time; there are no globals, no heap, no calls back. Every structure begins with its own size
 * (set it with sizeof), so that it can grow. Numbers are SI; what is not known is NaN. */

#ifndef POTLINE_H
#define POTLINE_H

#include <stddef.h>
#include <stdint.h>

// Version of this interface. It changes when a call or the meaning of a field does; new fields at the
// end of a structure do not change it.
#define POTLINE_ABI_VERSION 1

// Draws of chance that a step takes.
#define POTLINE_DRAWS 4

// How far a reading may be trusted: not at all, with care, fully.
#define POTLINE_QUALITY_BAD 0

// Usable, with something to look into.
#define POTLINE_QUALITY_UNCERTAIN 1

// Fresh and plausible.
#define POTLINE_QUALITY_GOOD 2

// Mode switch: out of the line.
#define POTLINE_MODE_OFF 0

// Hand control (手动).
#define POTLINE_MODE_MANUAL 1

// Automatic (自动).
#define POTLINE_MODE_AUTO 2

// Metal is being tapped (出铝).
#define POTLINE_MODE_TAPPING 3

// An anode is being changed (换极).
#define POTLINE_MODE_ANODE_CHANGE 4

// Early life of a pot (启动).
#define POTLINE_MODE_START_UP 5

// What became of the last command: none was given.
#define POTLINE_OUTCOME_IDLE 0

// Sent, not yet answered.
#define POTLINE_OUTCOME_PENDING 1

// Taken and running.
#define POTLINE_OUTCOME_ACCEPTED 2

// Executed.
#define POTLINE_OUTCOME_DONE 3

// Refused: another pulse is running.
#define POTLINE_OUTCOME_BUSY 4

// Refused: out of range, wrong mode, interlock, or too soon.
#define POTLINE_OUTCOME_REJECTED 5

// It may or may not have arrived; it is never repeated blindly.
#define POTLINE_OUTCOME_UNKNOWN 6

// Status bits of the PLC: it accepts remote commands.
#define POTLINE_PLC_REMOTE 1

// Emergency stop.
#define POTLINE_PLC_EMERGENCY_STOP (1 << 1)

// A feeder pulse is running.
#define POTLINE_PLC_FEED_BUSY (1 << 2)

// The beam motor is running.
#define POTLINE_PLC_BEAM_BUSY (1 << 3)

// A breaker did not return.
#define POTLINE_PLC_BREAKER_STUCK (1 << 4)

// A hopper is nearly empty.
#define POTLINE_PLC_HOPPER_LOW (1 << 5)

// The controller's heartbeat is missing.
#define POTLINE_PLC_COMMS_LOST (1 << 6)

// The beam stands at its lower limit switch.
#define POTLINE_PLC_BEAM_LOW_LIMIT (1 << 7)

// The beam stands at its upper limit switch.
#define POTLINE_PLC_BEAM_HIGH_LIMIT (1 << 8)

// Feed phase: nominal.
#define POTLINE_PHASE_BASE 0

// Underfeed (欠量).
#define POTLINE_PHASE_UNDER 1

// Overfeed (过量).
#define POTLINE_PHASE_OVER 2

// Long deep underfeed of the rich-side guard.
#define POTLINE_PHASE_TRACK 3

// Fast feed ahead of a feared anode effect.
#define POTLINE_PHASE_FAST 4

// Work at the pot: fed at base.
#define POTLINE_PHASE_HOLD 5

// Fed by the anode-effect sequence.
#define POTLINE_PHASE_EFFECT 6

// No feed: the current is too low.
#define POTLINE_PHASE_STOP 7

// Longest name of a field in a fault, its final zero included.
#define POTLINE_FIELD 64

// Point feeders a pot may have.
#define POTLINE_FEEDERS 8

// Anodes a pot may have.
#define POTLINE_ANODES 48

// Nothing to do.
#define POTLINE_ACTION_NONE 0

// One stroke of each feeder of `feeders`.
#define POTLINE_ACTION_FEED 1

// One beam move by `travel`.
#define POTLINE_ACTION_BEAM 2

// What a call says. Anything but `OK` means that nothing was changed.
typedef enum {
  // Done.
  POTLINE_STATUS_OK = 0,
  // A pointer that must not be is NULL.
  POTLINE_STATUS_NULL_POINTER = 1,
  // A structure is smaller than the first version of it: set its `size`.
  POTLINE_STATUS_SHORT_STRUCT = 2,
  // The storage is smaller than the library says it must be.
  POTLINE_STATUS_SHORT_STORAGE = 3,
  // The storage is not aligned as the library says it must be.
  POTLINE_STATUS_MISALIGNED = 4,
  // The pointer does not lead to an object of this kind that was initialised.
  POTLINE_STATUS_NOT_INITIALISED = 5,
  // The settings are no JSON, or have a field that is unknown or out of range.
  POTLINE_STATUS_BAD_SETTINGS = 6,
  // A number stands for nothing: a mode, a quality, an outcome, a time.
  POTLINE_STATUS_BAD_INPUT = 7,
  // The snapshot is damaged, of another version, another pot or other settings.
  POTLINE_STATUS_BAD_SNAPSHOT = 8,
  // The buffer is too small.
  POTLINE_STATUS_SHORT_BUFFER = 9,
} potline_status;

// What is done to a cell during a step.
typedef struct {
  // sizeof(potline_cell_input).
  uint32_t size;
  // Not zero: an anode effect begins whatever the bath says.
  uint32_t force_effect;
  // Line current [A].
  double current;
  // Alumina dropped into each zone [kg].
  double shots[POTLINE_FEEDERS];
  // Mass of one shot [kg].
  double shot_size;
  // AlF3 added [kg/s].
  double alf3;
  // Beam travel during the step, upwards positive [m].
  double beam_travel;
  // Metal tapped [kg/s].
  double metal_tap;
  // Bath tapped [kg/s].
  double bath_tap;
  // Independent standard normal draws; zeros are a cell without noise.
  double normal[POTLINE_DRAWS];
} potline_cell_input;

// What a cell is like after a step: its truth, which no instrument shows so.
typedef struct {
  // sizeof(potline_cell_output).
  uint32_t size;
  // Ranges that were left, the bits of `potline::cell::Flags`.
  uint32_t flags;
  // Cell voltage [V].
  double voltage;
  // Current efficiency.
  double efficiency;
  // Bath temperature [K].
  double temperature;
  // Bath temperature above the liquidus [K].
  double superheat;
  // Dissolved alumina, mass fraction.
  double alumina;
  // Mean anode-cathode distance [m].
  double acd;
  // Metal height [m].
  double metal_height;
  // Bath above the metal [m].
  double bath_height;
} potline_cell_output;

// What is wrong with settings.
typedef struct {
  // sizeof(potline_fault).
  uint32_t size;
  // Where the text could not be read: bytes from its beginning. Only with the field "json".
  uint32_t at;
  // What was given; NaN when there is no single value.
  double value;
  // Smallest admissible value, or NaN.
  double min;
  // Largest admissible value, or NaN.
  double max;
  // The field, ending with a zero; "json" when the text could not be read at all: no JSON, an unknown
  // field, or a value of another kind.
  uint8_t field[POTLINE_FIELD];
} potline_fault;

// What a pot may know of its line.
typedef struct {
  // sizeof(potline_line_view).
  uint32_t size;
  // Not zero while the line current changes.
  uint32_t swing;
  // Not zero when another automatic beam move may start now.
  uint32_t beam_free;
  // Zero.
  uint32_t reserved;
  // Line current agreed on by the pots [A]; NaN when none is usable.
  double current;
} potline_line_view;

// One sample of one pot.
typedef struct {
  // sizeof(potline_reading).
  uint32_t size;
  // POTLINE_QUALITY_...
  uint32_t quality;
  // Time stamp of the sample by the PLC, never wrapping [s].
  double time;
  // Age of the sample [s].
  double age;
  // Pot voltage [V].
  double voltage;
  // Line current [A].
  double current;
  // Last measured bath temperature [K]; NaN when there is none.
  double bath_temperature;
  // Position of the anode beam, upwards positive [m].
  double beam_position;
  // Confirmed strokes of each feeder, wrapping.
  uint16_t strokes[POTLINE_FEEDERS];
  // POTLINE_MODE_...
  uint32_t mode;
  // POTLINE_PLC_... bits.
  uint32_t status;
  // Not zero when a command would be taken now.
  uint32_t link_ready;
  // POTLINE_OUTCOME_... of the last command.
  uint32_t link_last;
} potline_reading;

// What a scan asks for and says. Do what `action` says once, and never again for this scan.
typedef struct {
  // sizeof(potline_tick).
  uint32_t size;
  // POTLINE_ACTION_...
  uint32_t action;
  // Feeders that dump one shot, bit n for feeder n from 0.
  uint32_t feeders;
  // POTLINE_PHASE_...
  uint32_t phase;
  // Conditions of this scan, the bits of `potline::image::Flags`: 1 stale, 2 gated, 4 guarded, 8 saturated,
  // 16 held, 32 anode effect, 64 feeder fault, 128 beam fault, 256 current, 512 unstable, 1024 voltage,
  // 2048 mode left on, 4096 low-voltage effect, 8192 spike, 16384 effect likely.
  uint32_t flags;
  // Alarms that are shown.
  uint32_t alarms;
  // Beam travel, upwards positive [m].
  double travel;
  // Interval of single strokes that the PLC keeps up alone when the controller is lost [s].
  double fallback_interval;
  // AlF3 to be dosed until told otherwise [kg/s]; NaN changes nothing.
  double alf3;
  // Feed rate relative to consumption.
  double feed_rate;
  // Pseudo-resistance and its target [Ohm].
  double resistance;
  // Target of it, all modifiers in [Ohm].
  double target;
  // Low-frequency noise (摆动), standard deviation [V].
  double noise_low;
  // High-frequency noise (针振), standard deviation [V].
  double noise_high;
  // Estimated dissolved alumina, mass fraction.
  double alumina;
  // Standard deviation of the estimate.
  double alumina_error;
  // Probability of an anode effect within the horizon.
  double effect_probability;
  // Estimated bath temperature [K].
  double temperature;
  // Estimated superheat [K].
  double superheat;
  // Estimated excess AlF3, mass fraction.
  double excess_alf3;
} potline_tick;

// A result of the laboratory.
typedef struct {
  // sizeof(potline_sample).
  uint32_t size;
  // Zero.
  uint32_t reserved;
  // When it was taken [s].
  double taken;
  // When its result was known [s].
  double ready;
  // Excess AlF3, mass fraction.
  double alf3;
  // CaF2, mass fraction.
  double caf2;
  // LiF, mass fraction.
  double lif;
  // Bath temperature beside the sample [K].
  double temperature;
} potline_sample;

// One round of the clamp meter over the anode rods.
typedef struct {
  // sizeof(potline_rods).
  uint32_t size;
  // Zero.
  uint32_t reserved;
  // When it was taken [s].
  double taken;
  // Current of each rod; the first row is the first half [A].
  double current[POTLINE_ANODES];
} potline_rods;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The version the library was built with; compare it with `POTLINE_ABI_VERSION` of the header.
uint32_t potline_abi_version(void);

// Storage that a cell needs [bytes].
size_t potline_cell_size(void);

// Alignment of that storage [bytes].
size_t potline_cell_align(void);

// Puts a 500 kA cell at rest into `storage`.
potline_status potline_cell_init(void *storage, size_t size);

// Advances the cell by `dt` [s], above 0 and at most 10.
potline_status potline_cell_step(void *cell,
                                 const potline_cell_input *input,
                                 double dt,
                                 potline_cell_output *output);

// Storage that a controller needs [bytes].
size_t potline_controller_size(void);

// Alignment of that storage [bytes].
size_t potline_controller_align(void);

// Makes a controller in `storage` from settings as JSON: the `[control]` tables of a scenario, as
// {"design":{"current_ka":500.0},"feed":{"strategy":"ekf"}}; what is absent has its default, an empty
// text (length 0) is all defaults. `fault` may be NULL.
//
// Settings can change while pots run: make another controller and use it with the same pots.
potline_status potline_controller_init(void *storage,
                                       size_t size,
                                       const uint8_t *json,
                                       size_t length,
                                       potline_fault *fault);

// Storage that a pot needs [bytes].
size_t potline_pot_size(void);

// Alignment of that storage [bytes].
size_t potline_pot_align(void);

// Begins the memory of pot `number` (from 1) in `storage`.
potline_status potline_pot_init(const void *controller,
                                void *storage,
                                size_t size,
                                uint16_t number);

// One scan. `line` may be NULL for a pot that is alone with its own current. `now` is the PLC time of the
// scan and `dt` the time since the last one [s], above 0 and at most 60.
potline_status potline_pot_tick(const void *controller,
                                void *pot,
                                const potline_line_view *line,
                                const potline_reading *reading,
                                double now,
                                double dt,
                                potline_tick *tick);

// A result of the laboratory came in. The same or an older one again changes nothing.
potline_status potline_pot_sample(const void *controller, void *pot, const potline_sample *sample);

// A round over the anode rods was made.
potline_status potline_pot_rods(const void *controller, void *pot, const potline_rods *rods);

// Numbers of the alarms that are shown, the most urgent first, into `list` of `room` places; `count` is
// told how many there are, even when they do not all fit.
potline_status potline_pot_alarms(const void *pot,
                                  uint8_t *list,
                                  size_t room,
                                  size_t *count);

// A person has seen alarm `alarm`.
potline_status potline_pot_acknowledge(void *pot, uint8_t alarm);

// What alarm `alarm` says, in English or (`chinese` not zero) its Chinese title, as UTF-8 with a final
// zero, cut where the buffer ends.
potline_status potline_alarm_text(uint8_t alarm,
                                  uint32_t chinese,
                                  uint8_t *text,
                                  size_t room);

// Buffer that a snapshot needs at most [bytes].
size_t potline_snapshot_size(void);

// Writes the memory of a pot into `buffer`, so that a restart of the computer is none for the pot;
// `used` is told its length.
potline_status potline_pot_save(const void *controller,
                                const void *pot,
                                uint8_t *buffer,
                                size_t room,
                                size_t *used);

// Takes up in `storage` what `potline_pot_save` wrote of pot `number`. Damaged, foreign and old ones are
// refused whole: begin with `potline_pot_init` then.
potline_status potline_pot_restore(const void *controller,
                                   void *storage,
                                   size_t size,
                                   uint16_t number,
                                   const uint8_t *buffer,
                                   size_t length);

// The status in words, ending with a zero.
const char *potline_status_text(uint32_t status);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* POTLINE_H */
