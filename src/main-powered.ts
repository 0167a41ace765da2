/** The program of the Core2 and the CoreS3: a power chip switches the screen; no light, no tone, no buttons. */
import { runOnce } from "./fiber"
import { isDark, lightScreen, powerUp } from "./panel/power/power-chip"
import { useLightSwitch } from "./panel/screen/lcd"
import { drawScreen } from "./panel/screen/screen"
import { ScreenPanel } from "./panel/screen/screen-panel"
import { start } from "./start"

/** The sensor port has its power before a sensor is searched for. */
async function startPowered() {
    await powerUp()
    useLightSwitch(lightScreen)
    start(isDark() ? undefined : new ScreenPanel(false, drawScreen, undefined))
}

runOnce("power", startPowered)
