/** An alert as the channels send it. */
import type { AlertKind } from "./conditions.ts"

export type AlertEvent = "raised" | "resolved" | "test"

export interface AlertMessage {
    /** of the alert; its recovery has the same */
    id: string
    event: AlertEvent
    kind: AlertKind | "test"
    device: { id: string; name: string } | null
    /** one or two sentences for people */
    text: string
    /** Unix seconds; `resolvedAt` is null while the alert holds */
    openedAt: number
    resolvedAt: number | null
    /** what the text says, for programs */
    values: Record<string, number | string>
}

/** Title of a notification: it shows whether there is something to do. */
export function titleOf({ event, device }: AlertMessage): string {
    const about = device?.name ?? "airpin"
    return { raised: `${about}: please act`, resolved: `${about}: solved`, test: "airpin: test" }[event]
}

/** Body of a webhook: times in ISO 8601, UTC. */
export function jsonOf({ openedAt, resolvedAt, ...message }: AlertMessage): string {
    const iso = (seconds: number) => new Date(seconds * 1000).toISOString()
    return JSON.stringify({
        ...message,
        openedAt: iso(openedAt),
        resolvedAt: resolvedAt === null ? null : iso(resolvedAt),
    })
}
