/** Faults of the parts on the I2C bus: of the part that `sensor` names, or of all. */
import type { PartName } from "../../sensors/parts.ts"
import { addressOf, partNames } from "../../sensors/parts.ts"
import type { SensorFaults } from "../../sensors/sensirion.ts"
import { type FaultTarget, stateKind, transferKind } from "../kind.ts"
import { duration, oneOf, required } from "../option.ts"

const sensor = oneOf(...partNames)

/** Sets a state of the named parts, or clears it unless another fault holds it. */
function hold(state: "stuck" | "unplugged", isOn: boolean, name: PartName | undefined, target: FaultTarget): void {
    for (const part of target.parts(name)) part.faults[state] = target.hold(`${state} ${part.address}`, isOn)
}

/** The start and end of such a state. */
function held(state: keyof SensorFaults & ("stuck" | "unplugged")) {
    return {
        start: ({ sensor }: { sensor?: PartName }, target: FaultTarget) => hold(state, true, sensor, target),
        end: ({ sensor }: { sensor?: PartName }, target: FaultTarget) => hold(state, false, sensor, target),
    }
}

/** Name of the state in which a part holds SCL or SDA low: in transfers with this address, or in all. */
export function heldLine(address?: number): string {
    return `i2c-stuck ${address ?? "all"}`
}

export const sensorKinds = {
    "i2c-stuck": stateKind({
        description:
            "SCL or SDA is held low: all transfers fail, with sensor= those with that part, and block the chip",
        options: { sensor },
        start: ({ sensor }, target) => target.hold(heldLine(sensor && addressOf(sensor)), true),
        end: ({ sensor }, target) => target.hold(heldLine(sensor && addressOf(sensor)), false),
    }),
    "sensor-nack": transferKind({
        description: "a part does not acknowledge",
        options: { sensor },
        spoil: ({ faults }) => {
            faults.nackNext = 1
        },
    }),
    "sensor-crc": transferKind({
        description: "a part sends a wrong checksum",
        options: { sensor },
        readsOnly: true,
        spoil: ({ faults }) => {
            faults.corruptNextCrc = 1
        },
    }),
    "sensor-stuck": stateKind({
        description: "a part responds, but never completes a measurement",
        options: { sensor },
        ...held("stuck"),
    }),
    "sensor-unplugged": stateKind({
        description: "a part has no power",
        options: { sensor },
        ...held("unplugged"),
    }),
    "sensor-hot-plug": stateKind({
        description: "a part has no power until at=, when it is plugged in",
        options: { at: required(duration({ mayBeZero: true })), sensor },
        noDuration: true,
        spans: (_, { fromMs }, startMs) => [{ fromMs: startMs, untilMs: fromMs }],
        ...held("unplugged"),
    }),
}
