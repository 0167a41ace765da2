import { command } from "../command.ts"
import { flashing } from "./flash.ts"
import { labelling } from "./labels.ts"
import { repinning } from "./repin.ts"
import { showingStatus } from "./status.ts"

/** `airpin fleet`: many devices as one thing. */
export const definition = command()
    .addCommand(flashing)
    .addCommand(labelling)
    .addCommand(showingStatus)
    .addCommand(repinning)
