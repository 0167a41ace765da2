/** Lets the thread import TypeScript before it loads what it runs. */
import "../../typescript.mjs"

await import("./shard-thread.ts")
