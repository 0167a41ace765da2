/** The devices of a fleet as a CSV file, to print and take along. No I/O. */
import { groupParts } from "../../api/site/site.ts"
import { anchorEnd, type JudgedMember } from "./fleet-trust.ts"

const COLUMNS = "done,visit,name,id,building,floor,stand,first end,anchors,board,firmware,last seen,reason"

/**
 * A line a device, in the order given. The column "done" is empty, to be ticked on paper.
 *
 * @param visits how many devices of the list are to be visited: the first ones
 * @param firmwareOf version by SHA-256 of the image
 */
export function visitList(devices: JudgedMember[], visits: number, firmwareOf: Map<string, string>): string {
    const lines = devices.map((device, at) => {
        const { name, id, group, stand, endsAt, pins, lastSeenAt, reason } = device
        const [building = "", ...floor] = groupParts(group)
        const cells = [
            "",
            at < visits ? `${at + 1}` : "",
            ...[name, id, building, floor.join(" / "), stand, endsAt?.slice(0, 10) ?? ""],
            pins?.anchors.map(anchor => `${anchor.subject} until ${anchorEnd(anchor).slice(0, 10)}`).join("; ") ?? "",
            ...[pins?.board ?? "", firmwareOf.get(pins?.imageSha256 ?? "") ?? ""],
            lastSeenAt === null ? "" : new Date(lastSeenAt * 1000).toISOString(),
            reason,
        ]
        return cells.map(cell).join(",")
    })
    return [COLUMNS, ...lines, ""].join("\r\n")
}

/** RFC 4180. A first character that makes a spreadsheet compute the cell gets ' before it. */
function cell(text: string): string {
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
