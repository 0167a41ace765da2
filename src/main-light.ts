/** The program of boards with a status light or a buzzer, and no screen. */
import { LightPanel } from "./panel/light-panel"
import { start } from "./start"

start(new LightPanel())
