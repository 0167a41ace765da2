/** Writes the types of the client anew: npm run client. To be run when a route or a schema has changed. */
import { writeFile } from "node:fs/promises"
import { API_TYPES_FILE, currentTypes } from "./current-types.ts"

await writeFile(API_TYPES_FILE, await currentTypes())
