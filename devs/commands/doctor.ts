import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { CLI_VERSION } from "../vm/toolchain.ts"
import { type Command, command, exitCodes, run } from "./command.ts"

export const definition = command().action(run(terminal => doctor({}, terminal)))

interface Finding {
    what: string
    found: string | undefined
    /** what to do if it is missing */
    remedy: string
}

/** `airpin doctor`: shows which of the programs that airpin needs are installed. */
const doctor: Command<object> = async (_options, terminal) => {
    const findings = await Promise.all([node(), openssl(), cli()])
    for (const { what, found, remedy } of findings)
        terminal.line(
            found ? terminal.paint("green", "✓") : terminal.paint("red", "✗"),
            `${what}: ${found ?? `missing. ${remedy}`}`,
        )
    terminal.result(findings)
    return findings.every(finding => finding.found) ? exitCodes.fine : exitCodes.failed
}

async function node(): Promise<Finding> {
    const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
    const enough = major > 20 || (major === 20 && minor >= 19)
    return {
        what: "Node.js 20.19 or later",
        found: enough ? process.version : undefined,
        remedy: "install it from nodejs.org",
    }
}

async function openssl(): Promise<Finding> {
    const output = await promisify(execFile)("openssl", ["version"]).catch(() => undefined)
    const version = output?.stdout.trim()
    return {
        what: "OpenSSL 1.1.1 or later", // LibreSSL cannot offer what the chip offers
        found: version && /^OpenSSL (1\.1\.1|[3-9])/.test(version) ? version : undefined,
        remedy: "Debian: apt install openssl; macOS: brew install openssl; Windows: winget install ShiningLight.OpenSSL.Light",
    }
}

async function cli(): Promise<Finding> {
    const found = await import("@devicescript/cli/package.json", { with: { type: "json" } }).then(
        module => module.default.version,
        () => undefined,
    )
    return {
        what: `@devicescript/cli ${CLI_VERSION}`,
        found: found === CLI_VERSION ? found : undefined,
        remedy: "run npm ci",
    }
}
