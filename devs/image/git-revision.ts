import { execFile } from "node:child_process"
import { promisify } from "node:util"

/** enough for a large checkout on a slow disk */
const TIMEOUT_MS = 10_000

/** The commit hash of a checkout, with "-dirty" if files were changed; undefined outside of git. */
export async function gitRevision(directory: string): Promise<string | undefined> {
    const git = (...args: string[]) => promisify(execFile)("git", args, { cwd: directory, timeout: TIMEOUT_MS })
    try {
        const [commit, changes] = await Promise.all([git("rev-parse", "HEAD"), git("status", "--porcelain")])
        return commit.stdout.trim() + (changes.stdout ? "-dirty" : "")
    } catch {
        return undefined
    }
}
