/** What is shown before the first value. */
import { uptimeS } from "../../fiber"
import { Air } from "../panel-state"
import { signalDbm, state, wayState } from "./screen-state"
import { Picture, say, Way } from "./words"

/** Time for the Wi-Fi to be joined, and for a sensor to be found; after that a person may have to do something. */
const JOIN_S = 60
const FIND_S = 8
/** If both the way to the server and the sensor have a problem, each is shown so long. */
const TURN_S = 6

/** The picture before the first value; undefined after it. */
export function firstPicture(): Picture {
    if (!state) return signalDbm === undefined ? Picture.joining : Picture.starting
    if (state.co2Ppm !== undefined) return undefined
    const problem = wayPicture()
    const isMissing = state.air() === Air.NoSensor && uptimeS() >= FIND_S && !isAnyWarming()
    if (isMissing && (problem === undefined || uptimeS() % (2 * TURN_S) >= TURN_S)) return Picture.noSensor
    if (problem !== undefined) return problem
    if (state.air() === Air.Warming) return Picture.warming
    if (signalDbm === undefined) return Picture.joining
    return state.sources.uplink.connectionState.state === "connecting" ? Picture.connecting : Picture.starting
}

/** An SGP30 takes 15 s to its first estimate. */
function isAnyWarming(): boolean {
    return state.sources.sensors.some(sensor => sensor.state === "warming")
}

function wayPicture(): Picture {
    const way = wayState()
    if (way === Way.unconfigured) return Picture.noSettings
    if (way === Way.refused) return Picture.refused
    return (way === Way.noWifi || signalDbm === undefined) && uptimeS() >= JOIN_S ? Picture.noWifi : undefined
}

/** What the picture's text has to name. */
export function pictureDetail(picture: Picture): string {
    if (picture === Picture.warming) return "" + state.warmUpS()
    if (picture === Picture.noSensor) return say("port A (red)", "Port A (rot)")
    return picture === Picture.connecting ? state.sources.config.server.host : ""
}
