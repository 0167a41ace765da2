/** Entry of a read thread; a thread does not inherit the TypeScript loader of devs/airpin.mjs. */
if (!process.features.typescript) (await import("tsx/esm/api")).register()
const { runRead } = await import("./read-thread.ts")
export default runRead
