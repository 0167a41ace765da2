/** What becomes of stdout and stderr: a full disk, or a reader that is gone, as after `| head -1`. */

let failure: NodeJS.ErrnoException | undefined

/** Nothing that goes wrong with the output may end the process with a trace. */
export function watchOutput(): void {
    process.stdout.on("error", (error: NodeJS.ErrnoException) => (failure ??= error))
    process.stderr.on("error", () => undefined) // there is no place left to say so
}

/** True once nothing of what is printed arrives anywhere. */
export const isOutputGone = (): boolean => failure !== undefined

/** Resolves when everything was written; the error if that failed, unless a reader has just had enough. */
export async function outputFailure(): Promise<Error | undefined> {
    await new Promise(resolve => process.stdout.write("", resolve))
    return failure?.code === "EPIPE" ? undefined : failure
}
