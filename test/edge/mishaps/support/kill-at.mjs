// Preloaded into `airpin renew`: before each of its changes to the edge folder and each program that it starts, adds a line
// to the file AIRPIN_KILL_TRACE; before the one that AIRPIN_KILL_BEFORE names, it kills itself (kill -9). That is a
// number, or the text of a line and which of those with this text, such as `spawn openssl 2`.
import childProcess from "node:child_process"
import { appendFileSync, promises } from "node:fs"
import { syncBuiltinESMExports } from "node:module"

const { AIRPIN_KILL_BEFORE = "", AIRPIN_KILL_TRACE, AIRPIN_KILL_FOLDER } = process.env
const lines = []

function note(what) {
    lines.push(what)
    appendFileSync(AIRPIN_KILL_TRACE, `${what}\n`)
    const names = [`${lines.length}`, `${what} ${lines.filter(line => line === what).length}`]
    if (names.includes(AIRPIN_KILL_BEFORE)) process.kill(process.pid, "SIGKILL")
}

/** The last of the paths in the edge folder, without what differs from run to run; undefined if there is none. */
function nameIn(args) {
    const paths = args.filter(arg => typeof arg === "string" && arg.startsWith(AIRPIN_KILL_FOLDER))
    return paths
        .at(-1)
        ?.slice(AIRPIN_KILL_FOLDER.length + 1)
        .replaceAll(/[0-9a-f]{12}|\d+/g, "N")
}

for (const name of ["chmod", "link", "mkdir", "open", "rename", "rm", "rmdir", "symlink", "unlink", "writeFile"]) {
    const original = promises[name]
    promises[name] = (...args) => {
        const file = nameIn(args)
        const isRead = name === "open" && !/[wa]/.test(String(args[1] ?? "r"))
        if (file !== undefined && !isRead) note(`${name} ${file}`)
        return original(...args)
    }
}

const { spawn } = childProcess
childProcess.spawn = (program, args, ...rest) => {
    note(["spawn", program.replace(/.*\//, ""), ...args.filter(arg => /^(-t|-s|reload)$/.test(arg))].join(" "))
    return spawn(program, args, ...rest)
}
syncBuiltinESMExports()
