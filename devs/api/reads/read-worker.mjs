/** Entry of a read thread; a thread does not inherit the TypeScript loader of devs/airpin.mjs. */
import "../../typescript.mjs"

const { runRead } = await import("./read-thread.ts")
export default runRead
