/** Light and tone as a task. */
import * as ds from "@devicescript/core"
import { Task } from "../fiber"
import { showLight } from "./light"
import { PanelState } from "./panel-state"
import { soundTone } from "./tone"

export class Signals implements Task {
    dueMs = 0

    constructor(private readonly state: PanelState) {}

    async step(): Promise<void> {
        const { state } = this
        const nowMs = ds.millis()
        this.dueMs = nowMs + 1000
        // by the due time and not by now, so that the steps do not drift
        this.dueMs = nowMs + (await showLight(state))
        await soundTone(state)
    }
}
