/** Faults of a device's power. */
import { FlashCut } from "../../chip/flash-operations.ts"
import { type FaultTarget, type Span, stateKind } from "../kind.ts"
import { duration, integer, required } from "../option.ts"

const DEFAULT_CUTS = 3
const DEFAULT_EVERY_S = 5
const DEFAULT_OFF_S = 1
/** One page of flash. */
const MAX_WRITTEN_BYTES = 4096

const positiveDuration = duration({ mayBeZero: false })

const withoutPower = {
    start: (_: object, target: FaultTarget, { untilMs }: Span) => target.device?.cutPower(untilMs),
    end: (_: object, target: FaultTarget) => target.powerOnParts(),
}

export const powerKinds = {
    "power-cut": stateKind({
        description: "the device and its parts have no power",
        options: { for: required(positiveDuration) },
        ...withoutPower,
    }),
    "brown-out": stateKind({
        description: `cuts= power cuts (${DEFAULT_CUTS}), one every= (${DEFAULT_EVERY_S} s), each off= long (${DEFAULT_OFF_S} s)`,
        options: { cuts: integer(1, 1000), every: positiveDuration, off: positiveDuration },
        noDuration: true,
        spans: ({ cuts = DEFAULT_CUTS, every = DEFAULT_EVERY_S, off = DEFAULT_OFF_S }, { fromMs }) =>
            Array.from({ length: cuts }, (_, at) => {
                const cutMs = fromMs + 1000 * every * at
                return { fromMs: cutMs, untilMs: cutMs + 1000 * off }
            }),
        ...withoutPower,
    }),
    "flash-cut": stateKind({
        description:
            "power fails in the flash operation number operation= from then on, after written= bytes of it (0)",
        options: {
            operation: required(integer(1, 1e9)),
            written: integer(0, MAX_WRITTEN_BYTES),
            for: required(positiveDuration),
        },
        spans: (_, { fromMs }) => [{ fromMs, untilMs: Infinity }],
        start: ({ operation, written = 0, for: offS }, target, _, onTrigger) => {
            const { device } = target
            device?.cutPowerIn(new FlashCut(operation, written), () => {
                onTrigger()
                const backMs = target.now() + 1000 * offS
                device.cutPower(backMs)
                target.schedule(backMs, () => target.powerOnParts())
            })
        },
    }),
}
