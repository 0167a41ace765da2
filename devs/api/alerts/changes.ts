/** Compares the alerts that are open with what holds now. */
import type { AlertDevice, AlertKind, Judgement } from "./conditions.ts"

/** An alert that has not ended. */
export interface OpenAlert {
    id: string
    key: string
    kind: AlertKind
    /** null: about the server */
    device: AlertDevice | null
    text: string
    /** a message about it is still to be sent, and is to have the newest text */
    isPending: boolean
}

export interface AlertChanges {
    raised: Judgement[]
    /** `text` says why */
    resolved: { alert: OpenAlert; text: string; values: Judgement["values"] }[]
    /** they still hold, with another text that is still to be sent */
    reworded: { alert: OpenAlert; text: string; values: Judgement["values"] }[]
}

/** @param watched keys of the devices that can have alerts */
export function alertChanges(open: OpenAlert[], judgements: Judgement[], watched: Set<number>): AlertChanges {
    const judged = new Map(judgements.map(judgement => [judgement.key, judgement]))
    const openKeys = new Set(open.map(({ key }) => key))
    const raised = judgements.filter(({ key, holds }) => holds && !openKeys.has(key))
    const changes: AlertChanges = { raised, resolved: [], reworded: [] }
    for (const alert of open) {
        const { device } = alert
        const { holds, text, values } = judged.get(alert.key) ?? { holds: undefined, text: alert.text, values: {} }
        if (device !== null && !watched.has(device.key)) {
            changes.resolved.push({ alert, text: `${device.name}: no longer watched`, values: {} })
        } else if (holds === false) changes.resolved.push({ alert, text, values })
        else if (alert.isPending && text !== alert.text) changes.reworded.push({ alert, text, values })
    }
    return changes
}
