/** The program of boards with a screen, and light and tones where the board has them. */
import { ScreenPanel } from "./panel/screen/screen-panel"
import { start } from "./start"

start(new ScreenPanel())
