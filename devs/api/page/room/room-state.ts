/** What the server embeds in the page of a room. Does not touch the DOM. */
import type { Wall, WallRoom } from "../../wall/wall-room.ts"
import type { Words } from "../shared/format.ts"
import type { Tile } from "../wall/rooms.ts"

export interface RoomState {
    room: WallRoom
    site: Wall["site"]
}

/** "21.5 °C, 44 % humidity"; "" if there is nothing current to show. */
export function climateText({ temperatureC, humidityRh }: WallRoom, { number }: Tile, { t, language }: Words): string {
    if (number === "" || temperatureC === null || humidityRh === null) return ""
    const digits = (value: number, decimals: number) =>
        new Intl.NumberFormat(language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(
            value,
        )
    return t("room.climate", { temperature: digits(temperatureC, 1), humidity: digits(humidityRh, 0) })
}
