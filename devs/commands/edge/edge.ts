import { command } from "../command.ts"
import { edgeHaproxy } from "./haproxy.ts"
import { edgeNginx } from "./nginx.ts"

/** `airpin edge`: what stands before the API. */
export const definition = command().addCommand(edgeNginx).addCommand(edgeHaproxy)
