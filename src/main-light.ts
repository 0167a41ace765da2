/** The program of boards with a status light or a buzzer, and no screen. */
import { start } from "./start"

start()
