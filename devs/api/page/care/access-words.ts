/** Who may read, and which devices may post, as rows of tables. */
import { type CareData, stateOf } from "./care-data.ts"
import { ago } from "./device-words.ts"
import type { Words } from "./words.ts"

export type Link = CareData["links"][number]

/** @returns those with which somebody can read now */
export function linksInForce({ links, now }: Pick<CareData, "links" | "now">): Link[] {
    return links.filter(
        ({ revokedAt, expiresAt, once, openedAt }) =>
            revokedAt === null && (expiresAt === null || expiresAt > now) && !(once && openedAt !== null),
    )
}

/** Of each link that is in force: who has it, what it shows, since when, and until when. */
export function readerRows(data: CareData, { t, date, relative }: Words): string[][] {
    const names = new Map(data.devices.map(({ id, name }) => [id, name]))
    const shownBy = ({ role, device }: Link) =>
        role === "admin"
            ? t("care.reader.logIn")
            : device === null
              ? t("care.reader.all")
              : (names.get(device) ?? device)
    return linksInForce(data).map(link => [
        link.name,
        shownBy(link),
        date(link.createdAt),
        link.expiresAt === null
            ? t("care.reader.endless")
            : t("care.ago", { time: date(link.expiresAt), relative: relative(link.expiresAt, data.now) }),
    ])
}

/** Of each device: its name, since when it is known, when its token was used last, and until when that holds. */
export function posterRows(data: CareData, words: Words): string[][] {
    const { t, date } = words
    return data.devices.map(device => [
        device.name,
        date(device.createdAt),
        device.lastSeenAt === null ? t("care.never") : ago(device.lastSeenAt, words, data.now),
        device.revokedAt === null
            ? t("care.reader.endless")
            : t("care.reader.revoked", { date: date(device.revokedAt) }),
    ])
}

/** How many devices may post now. */
export const posterCount = (data: CareData): number =>
    data.devices.filter(device => stateOf(device, data) !== "revoked").length
