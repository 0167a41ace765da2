import { command } from "../command.ts"
import { benchAll } from "./all.ts"
import { benchApi } from "./api.ts"
import { benchClients } from "./clients.ts"
import { benchDisk } from "./disk.ts"
import { benchEdge } from "./edge.ts"
import { benchImage } from "./image.ts"
import { benchPage } from "./page.ts"
import { benchPin } from "./pin.ts"
import { benchPlan } from "./plan.ts"
import { benchReads } from "./reads.ts"
import { benchWire } from "./wire.ts"

/** `airpin bench`: what it measures is a command of its own. */
export const definition = command()
    .addCommand(benchAll)
    .addCommand(benchWire)
    .addCommand(benchPin)
    .addCommand(benchImage)
    .addCommand(benchApi)
    .addCommand(benchClients)
    .addCommand(benchDisk)
    .addCommand(benchEdge)
    .addCommand(benchPlan)
    .addCommand(benchReads)
    .addCommand(benchPage)
