/** The program of boards with a screen. */
import { start } from "./start"

start()
