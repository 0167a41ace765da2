/** Has nginx or HAProxy check a configuration before it replaces the one that serves. */
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { withResources } from "../../resources.ts"
import { type CommandOutcome, outcomeText, runCommand } from "../run-command.ts"
import type { NginxVersion } from "./nginx.ts"
import { nginxMainText } from "./nginx-main.ts"

const CHECK_TIMEOUT_MS = 20_000

export interface CheckOptions {
    /** the program; default: the one in PATH */
    program?: string | undefined
}

/** `checked`: it is fine; `missing`: the program is not installed. @throws AirpinError SITE_REFUSED */
export type CheckResult = "checked" | "missing"

/**
 * `nginx -t` of the site within a `http` block of its own, in a temporary folder.
 *
 * @throws AirpinError SITE_REFUSED
 */
export function checkNginx(text: string, { program = "nginx" }: CheckOptions = {}): Promise<CheckResult> {
    return withResources(async resources => {
        const folder = resources.temporaryFolder("nginx-check")
        const [site, main] = [path.join(folder, "site.conf"), path.join(folder, "nginx.conf")]
        await writeFile(site, text)
        await writeFile(main, nginxMainText({ folder, sites: [site] }))
        const command = [program, "-t", "-q", "-e", "stderr", "-p", folder, "-c", main]
        return result(command, await runCommand(command, { timeoutMs: CHECK_TIMEOUT_MS }), isOnlyForbidden)
    })
}

/**
 * True if nothing is wrong but that this user may not listen on a port below 1024: nginx tries that after it has read
 * everything.
 */
function isOnlyForbidden(output: string): boolean {
    const errors = output.split("\n").filter(line => line.includes("[emerg]"))
    return errors.length > 0 && errors.every(line => /bind\(\) to \S+ failed \(13: /.test(line))
}

/**
 * `haproxy -c`.
 *
 * @throws AirpinError SITE_REFUSED
 */
export function checkHaproxy(text: string, { program = "haproxy" }: CheckOptions = {}): Promise<CheckResult> {
    return withResources(async resources => {
        const file = path.join(resources.temporaryFolder("haproxy-check"), "haproxy.cfg")
        await writeFile(file, text)
        const command = [program, "-c", "-f", file]
        return result(command, await runCommand(command, { timeoutMs: CHECK_TIMEOUT_MS }), () => false)
    })
}

function result(command: string[], outcome: CommandOutcome, isFine: (output: string) => boolean): CheckResult {
    if (outcome.missing) return "missing"
    if (outcome.code === 0 || isFine(outcome.output)) return "checked"
    throw new AirpinError("SITE_REFUSED", outcomeText(command, outcome))
}

/** First version with the directive `http2` (https://nginx.org/en/CHANGES). */
const HTTP2_DIRECTIVE = [1, 25, 1] as const

/** What the installed nginx understands; "1.22" if there is none. */
export async function installedNginx(program = "nginx"): Promise<NginxVersion> {
    const { output } = await runCommand([program, "-v"], { timeoutMs: CHECK_TIMEOUT_MS })
    const version = /nginx\/(\d+)\.(\d+)\.(\d+)/.exec(output)?.slice(1).map(Number)
    return version !== undefined && isAtLeast(version, HTTP2_DIRECTIVE) ? "mainline" : "1.22"
}

function isAtLeast(version: number[], least: readonly number[]): boolean {
    const at = least.findIndex((part, index) => version[index] !== part)
    return at < 0 || (version[at] ?? 0) > (least[at] ?? 0)
}
