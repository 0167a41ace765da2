/** Commands of airpin, each a process of its own in the trial's time. */
import { spawn } from "node:child_process"
import { endWithProcess } from "../../../certs/pull/end-with-process.ts"
import { BIN, type Outcome } from "../../support/airpin.ts"

/** Runs `airpin` in an empty folder. @throws Error with its output, for an exit code that is not among those expected */
export async function runAirpin(
    args: string[],
    { cwd, env, expected = [0] }: { cwd: string; env: Record<string, string>; expected?: number[] },
): Promise<Outcome> {
    const child = endWithProcess(
        spawn(process.execPath, [BIN, ...args], {
            cwd,
            env: { ...process.env, ...env },
            stdio: ["ignore", "pipe", "pipe"],
        }),
    )
    let [stdout, stderr] = ["", ""]
    child.stdout.on("data", data => (stdout += data))
    child.stderr.on("data", data => (stderr += data))
    const code = await new Promise<number>((resolve, reject) => {
        child.once("error", reject)
        child.once("close", (status, signal) => resolve(status ?? (signal === "SIGKILL" ? 137 : 1)))
    })
    if (!expected.includes(code))
        throw new Error(
            `airpin ${args.join(" ")} ended with ${code}, not ${expected.join(" or ")}:\n${stdout}${stderr}`,
        )
    return { code, stdout, stderr }
}
