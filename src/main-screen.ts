/** The program of boards with a screen, and light and tone where the board has them. */
import { Buttons } from "./panel/buttons"
import { drawScreen, onPress } from "./panel/screen/screen"
import { ScreenPanel } from "./panel/screen/screen-panel"
import { Signals } from "./panel/signals"
import { start } from "./start"

start(new ScreenPanel(true, drawScreen, state => [new Signals(state), new Buttons(onPress)]))
