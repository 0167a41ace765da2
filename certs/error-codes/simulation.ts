/** Error codes of building the firmware, and of simulated devices, their faults and recordings. */
import type { ErrorRow } from "./row.ts"

export const simulationErrors = {
    CLI_VERSION: {
        exit: 1,
        what: "The installed @devicescript/cli is not the version that airpin needs.",
        next: "run npm ci",
    },
    COMPILE_FAILED: {
        exit: 1,
        what: "The firmware does not compile.",
        next: "correct the source at the places of the report",
    },

    API_TOKEN_MISSING: {
        exit: 2,
        what: "No device token is given for the server of --api.",
        next: "run airpin device add NAME, which prints one, and put it into .env.local as API_TOKEN=…, or into a file for --token",
    },
    API_ADDRESS_INVALID: {
        exit: 2,
        what: "No device would use the address of --api.",
        next: "give https://HOST or https://HOST:PORT",
    },
    API_NOT_NAMED: {
        exit: 2,
        what: "An option is for the server of --api, and none is named.",
        next: "add --api URL, or leave out --token and --pinned",
    },
    SPEED_NEEDS_OWN_API: {
        exit: 2,
        what: "A server elsewhere has its own clock, so the simulation cannot run faster than real time.",
        next: "leave out --api or --image, or --replay and --speed",
    },
    EXPORT_NEEDS_OWN_API: {
        exit: 2,
        what: "--export writes what the simulator's own API stored, and --api names another one.",
        next: "leave out --api or --export",
    },
    NOTHING_ACKNOWLEDGED: {
        exit: 1,
        what: "The simulation ended without one reading that the server has acknowledged.",
        next: "run it for longer: the first post comes after one batch of intervals",
    },
    REPLAY_INCOMPLETE: {
        exit: 1,
        what: "The server has not stored every reading of a replayed recording.",
        next: "leave out the faults, or see the losses in the summary",
    },
    EXPORT_FAILED: {
        exit: 1,
        what: "The simulator's API failed to export its readings.",
        next: "report this as a bug of airpin",
    },

    FAULT_UNKNOWN: {
        exit: 2,
        what: "There is no fault of this kind.",
        next: "choose one that airpin sim --help lists",
    },
    FAULT_INVALID: {
        exit: 2,
        what: "A fault lacks a value or has a wrong one.",
        next: "see airpin sim --help for the faults and their values",
    },
    FAULT_DEVICE_UNKNOWN: {
        exit: 2,
        what: "A fault names a device that the simulation does not have.",
        next: "name one of the simulated devices",
    },
    FAULT_NEEDS_OWN_API: {
        exit: 2,
        what: "Only the simulator's own server can play this fault.",
        next: "leave out the fault, or --api or --image",
    },
    FAULTS_UNREADABLE: {
        exit: 1,
        what: "A file is not a list of faults.",
        next: 'write [{ kind: "wifi-off", at: "2h", for: "30m" }, …]',
    },

    SCENARIO_INVALID: {
        exit: 1,
        what: "A scenario lacks a value, or has a wrong one.",
        next: "see devs/sim/fleet/README.md for what a scenario holds, and devs/testbed/scenarios for examples",
    },
    FLEET_OPTION_INVALID: {
        exit: 2,
        what: "An option of airpin sim is not for fleets, which run at full speed against a server of their own.",
        next: "leave out the option, or simulate at most 100 devices without --scenario",
    },
    FLEET_UNBALANCED: {
        exit: 1,
        what: "Readings of a simulated fleet are neither on the server nor counted as lost.",
        next: "report this as a bug of airpin, with the scenario and the seed",
    },

    PANEL_MISSING: {
        exit: 2,
        what: "The board has no screen, light, tone or button that the option needs.",
        next: "choose a board with them: --board m5stack_core",
    },
    PANEL_REQUEST_INVALID: {
        exit: 2,
        what: "The page of a simulated panel asked for something that this simulation cannot do.",
        next: "choose something that the page offers",
    },

    REPLAY_EMPTY: {
        exit: 1,
        what: "The recording has no rows.",
        next: "give a CSV file with a header and at least one row",
    },
    REPLAY_CSV_BROKEN: {
        exit: 1,
        what: "The recording is not valid CSV.",
        next: "close every quoted field",
    },
    REPLAY_COLUMN_MISSING: {
        exit: 1,
        what: "It is not clear which columns of the recording are time, CO2, temperature and humidity.",
        next: 'say which is which: --columns "time=NAME,co2=NAME,temperature=NAME,humidity=NAME"',
    },
    REPLAY_DEVICES: {
        exit: 1,
        what: "The recording has the readings of several devices.",
        next: "keep the rows of one device",
    },
    REPLAY_ROW_RAGGED: {
        exit: 1,
        what: "A row of the recording has another number of fields than its header.",
        next: "give every row as many fields as the header, or one more: a row number in front",
    },
    REPLAY_DATE_BAD: {
        exit: 1,
        what: "A row of the recording has no time that airpin can read.",
        next: "correct the time, or say how to read all of them with --date-format",
    },
    REPLAY_DATE_AMBIGUOUS: {
        exit: 1,
        what: "A time of the recording comes twice, because the clocks go back.",
        next: "add its offset to each time, such as +01:00",
    },
    REPLAY_ORDER: {
        exit: 1,
        what: "A row of the recording is not later than the row before.",
        next: "sort the rows by date and keep only one per date",
    },
    REPLAY_VALUE_BAD: {
        exit: 1,
        what: "A row of the recording has a value that is not a number in its range.",
        next: "correct the value",
    },
    REPLAY_OPTION_INVALID: {
        exit: 2,
        what: "An option that says how to read the recording cannot be understood.",
        next: "see airpin sim --help",
    },

    REPRODUCER_UNREADABLE: {
        exit: 1,
        what: "A file is not a reproducer of a soak.",
        next: "use a file that airpin soak wrote",
    },
    SOAK_FAILED: {
        exit: 1,
        what: "The process of a soak ended without a result.",
        next: "report this as a bug of airpin",
    },

    CHIP_PANIC: {
        exit: 1,
        what: "The firmware did something on which the real chip would restart with a panic.",
        next: "correct the firmware",
    },
    I2C_ADDRESS_TAKEN: { exit: 1, what: "Two simulated sensors have one I2C address.", next: "detach the first one" },
} satisfies Record<string, ErrorRow>
