import { command } from "../command.ts"
import { edgeNginx } from "./nginx.ts"

/** `airpin edge`: what stands before the API. */
export const definition = command().addCommand(edgeNginx)
