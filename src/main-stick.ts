/** The program of the StickC Plus: a small screen that a power chip switches, a buzzer and two buttons. */
import { runOnce } from "./fiber"
import { Buttons } from "./panel/buttons"
import { lightScreen, powerUp } from "./panel/power/power-chip"
import { useLightSwitch } from "./panel/screen/lcd"
import { ScreenPanel } from "./panel/screen/screen-panel"
import { Signals } from "./panel/signals"
import { drawStick, onPress, useStickScreen } from "./panel/stick/stick"
import { start } from "./start"

/** The sensor port has its power before a sensor is searched for. */
async function startPowered() {
    await powerUp()
    useLightSwitch(lightScreen)
    useStickScreen()
    start(new ScreenPanel(false, drawStick, state => [new Signals(state), new Buttons(onPress)]))
}

runOnce("power", startPowered)
