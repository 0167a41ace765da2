import { benchImage } from "./bench-image.ts"
import { benchPin } from "./bench-pin.ts"
import { benchWire } from "./bench-wire.ts"
import { command } from "./command.ts"

/** `airpin bench`: what it measures is a command of its own. */
export const definition = command().addCommand(benchWire).addCommand(benchPin).addCommand(benchImage)
