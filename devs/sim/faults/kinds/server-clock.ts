/** Faults of the server's clock. */
import { stateKind } from "../kind.ts"
import { offset, required } from "../option.ts"

export const serverClockKinds = {
    "server-clock": stateKind({
        description: "the server's clock is wrong by this much",
        options: { by: required(offset) },
        ownServer: true,
        global: true,
        serverOffsetS: ({ by }) => by,
    }),
}
