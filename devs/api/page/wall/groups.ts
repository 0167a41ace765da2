/** Buildings and floors to choose from. */
import type { WallRoom } from "../../wall/wall-room.ts"

const SEPARATOR = " / "

/** "A", "A / 1", "A / 2", "B": each group with all that contain it. */
export function groupsOf(rooms: WallRoom[]): string[] {
    const groups = new Set<string>()
    for (const { group } of rooms) {
        const parts = group?.split(SEPARATOR) ?? []
        for (let depth = 1; depth <= parts.length; depth++) groups.add(parts.slice(0, depth).join(SEPARATOR))
    }
    return [...groups].sort(new Intl.Collator(undefined, { numeric: true }).compare)
}

/** @param group "": every room */
export function inGroup(room: Pick<WallRoom, "group">, group: string): boolean {
    return group === "" || room.group === group || (room.group?.startsWith(group + SEPARATOR) ?? false)
}
