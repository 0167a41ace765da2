/** Error codes of a class set: its list, its state, and flashing its devices. */
import type { ErrorRow } from "./row.ts"

export const fleetErrors = {
    FLEET_LIST_INVALID: {
        exit: 2,
        what: "The list of devices has mistakes; the message names each with its line and column.",
        next: "correct the list, and run this again: nothing was changed",
    },
    FLEET_LIST_UNREADABLE: {
        exit: 2,
        what: "The list of devices is neither CSV with a first line of names nor YAML.",
        next: "give the list a first line such as: name,board,group,wifi,interval",
    },
    FLEET_COLUMN_UNKNOWN: {
        exit: 2,
        what: "The list of devices has a column that is no setting of a device.",
        next: "name it as .env.defaults does, or remove it",
    },
    FLEET_CELL_EMPTY: {
        exit: 2,
        what: "A device of the list has no name or no board.",
        next: "write it into the list",
    },
    FLEET_NAME_TWICE: {
        exit: 2,
        what: "Two devices of the list have one name.",
        next: "give each room a name of its own",
    },
    FLEET_NETWORK_UNKNOWN: {
        exit: 2,
        what: "The list names a Wi-Fi network that the file of networks does not have.",
        next: "write NAME_SSID=… and NAME_PWD=… into the file of --networks",
    },
    FLEET_SERVER_UNSET: {
        exit: 2,
        what: "Neither the settings nor the command say where devices post to.",
        next: "write API_URL=https://HOST into .env.local",
    },
    FLEET_DEVICE_EXISTS: {
        exit: 1,
        what: "The server has devices with names of the list that were not added by this list.",
        next: "give them other names in the list, or add --adopt: they get new tokens, and are refused until they are flashed",
    },
    FLEET_STATE_CORRUPT: {
        exit: 1,
        what: "The file with the state of a class set cannot be read.",
        next: "rename it; with --adopt, the next run begins anew",
    },
    FLEET_BOARD_AMBIGUOUS: {
        exit: 2,
        what: "Several boards of the list have the same chip, so a plugged-in one cannot be told apart without asking.",
        next: "leave out --yes, or flash one board after the other with --board ID",
    },
    FLEET_NOT_ASKED: {
        exit: 2,
        what: "Nobody can be asked which device a plugged-in chip is to be.",
        next: "run this in a terminal, or add --yes: chips become the devices of the list in its order",
    },
    FLEET_BUSY: {
        exit: 1,
        what: "Another airpin works on the same class set.",
        next: "wait until it has ended, or stop it with Ctrl-C",
    },
    FLEET_IMAGE_MISSING: {
        exit: 1,
        what: "No image on this computer is that of the plugged-in device.",
        next: "name the folder with its image and manifest: --images DIR",
    },
    FLEET_CHIP_TAKEN: {
        exit: 1,
        what: "The chip is another device of the list, or the device has another chip.",
        next: "choose the room that it is, or flash it all the same: what it was before is forgotten",
    },
    FLEET_CHIP_FLASHED: {
        exit: 1,
        what: "The chip has the image of this device already.",
        next: "leave it as it is; flashing it again erases the readings that it holds",
    },
    FLEET_PINS_REFUSE: {
        exit: 20,
        what: "Devices with the new pins would refuse tomorrow's chain too.",
        next: "choose pins for that chain first: airpin pin HOST, or airpin pin --chain FILE",
    },
} satisfies Record<string, ErrorRow>
