/** The program of boards without a screen, a status light and a buzzer. */
import { start } from "./start"

start()
