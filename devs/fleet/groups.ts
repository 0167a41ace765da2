import type { Room, SiteDocument } from "../api/site/site.ts"

/**
 * The site with these groups of rooms, by device id; limits and other rooms stay as they are.
 */
export function withGroups<Document extends Pick<SiteDocument, "rooms">>(
    site: Document,
    groups: Map<string, string>,
): Document {
    const rooms: Record<string, Room> = { ...site.rooms }
    for (const [id, group] of groups) rooms[id] = { ...rooms[id], group }
    return { ...site, rooms }
}
