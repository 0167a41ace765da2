/** HTTP-01 by files in the folder of a web server, as certbot's --webroot writes them. */
import { rmSync } from "node:fs"
import { chmod, mkdir, rm, rmdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { atExit } from "../../../certs/pull/end-with-process.ts"
import { PUBLIC_MODE } from "../../../certs/replace-file.ts"
import { type ChallengeSession, type ChallengeSolver, HTTP_CHALLENGE_PATH } from "./challenge.ts"

const PUBLIC_FOLDER_MODE = 0o755

/** @param webroot an existing folder, in which `.well-known` is what the web server shows under that path */
export function webrootSolver(webroot: string): ChallengeSolver {
    return { type: "http-01", begin: async () => begin(webroot) }
}

function begin(webroot: string): ChallengeSession {
    const made: string[] = []
    const files: string[] = []
    const ending = atExit(() => {
        for (const file of files) rmSync(file, { force: true })
    })
    return {
        async present({ token, response }) {
            const folder = await makeFolders(webroot, made)
            const file = join(folder, token)
            files.push(file)
            await writeFile(file, response, { mode: PUBLIC_MODE })
            await chmod(file, PUBLIC_MODE) // whatever the umask: the web server is another user
        },
        async end() {
            ending.cancel()
            for (const file of files) await rm(file, { force: true })
            // a folder that others have written to since is kept
            for (const folder of made.toReversed()) await rmdir(folder).catch(() => undefined)
        },
    }
}

/** Makes what is missing below the webroot, and adds it to `made`. */
async function makeFolders(webroot: string, made: string[]): Promise<string> {
    let folder = webroot
    for (const name of HTTP_CHALLENGE_PATH.split("/").filter(part => part !== "")) {
        folder = join(folder, name)
        try {
            await mkdir(folder)
            made.push(folder)
            await chmod(folder, PUBLIC_FOLDER_MODE)
        } catch (cause) {
            if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause
        }
    }
    return folder
}
