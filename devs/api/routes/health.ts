import type { FastifyInstance } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import { errorRow } from "../../../certs/error-codes/table.ts"
import type { ClockCheck } from "../clock-check.ts"
import { writeErrors } from "../contract/route-errors.ts"
import { objectSchema, responses } from "../schemas.ts"
import type { Store } from "../store/store.ts"
import { whenFree } from "../store/when-free.ts"

const schema = {
    summary: "Checks that a batch could be stored now",
    response: responses("a batch could be stored", objectSchema({ status: { type: "string", enum: ["ok"] } })),
}

/** `GET /health`: 200 if a batch would be stored, otherwise the error that it would get. */
export function healthRoute(app: FastifyInstance, store: Store, clock: ClockCheck): void {
    app.get("/health", { schema, config: { errors: writeErrors } }, async request => {
        checkClock(clock, request.nowMs)
        await whenFree(() => store.check())
        return { status: "ok" }
    })
}

/** As for a batch, with the next step for whoever looks after the server. */
function checkClock(clock: ClockCheck, nowMs: number): void {
    const reason = clock.doubt(nowMs / 1000)
    if (reason === undefined) return
    throw new AirpinError("SERVER_CLOCK_WRONG", `${reason}; ${errorRow("SERVER_CLOCK_WRONG").next}`)
}
