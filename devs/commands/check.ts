import { backupWarning } from "../../certs/backup.ts"
import { type CheckResult, type CheckState, checkChain, dateNoticeJson, dateText } from "../../certs/check.ts"
import { deviceAccepts } from "../../certs/device.ts"
import { AirpinError } from "../../certs/error.ts"
import { readLock } from "../../certs/lock.ts"
import { type PresentedChain, presentedChain, readPresentedChains } from "../../certs/presented-chains.ts"
import { pullChain } from "../../certs/pull/pull-chain.ts"
import type { Certificate } from "../../certs/x509/certificate.ts"
import type { Terminal } from "../display/terminal.ts"
import { type ManifestFile, readManifests } from "../image/manifest/manifest-file.ts"
import { readCertificateFile } from "../pins/certificate-file.ts"
import { parseServerAddresses, type ServerAddress } from "../pins/server-address.ts"
import { type Command, exitCodes } from "./command.ts"

interface CheckOptions {
    /** HOST[:PORT] of each server; default: those of the lock */
    host?: string[]
    /** the name devices use, if it is not the host */
    servername?: string
    /** file to check instead of the chain that the server presents */
    chain?: string
    pinned: string
    days?: number
    /** folder with the manifests of flashed images */
    images: string
}

/** The result for one server that could be reached. */
interface Checked {
    host: string
    presented: PresentedChain
    before?: PresentedChain | undefined
    result: CheckResult
    images: ImageVerdict[]
}
/** Whether devices with this image accept the chain that the server presents. */
interface ImageVerdict {
    image: string
    board: string
    accepted: boolean
    /** one sentence for people */
    reason: string
}
interface Unreachable {
    host: string
    error: AirpinError
}

/** The exit code of each state. */
const checkCodes: Record<CheckState, number> = {
    current: exitCodes.fine,
    renewed: exitCodes.fine,
    rotated: exitCodes.attention,
    expiring: exitCodes.attention,
    refused: exitCodes.refused,
}

/** The exit code for several servers is the most severe one. */
const BY_SEVERITY = [exitCodes.refused, exitCodes.failed, exitCodes.attention, exitCodes.fine]

/** `airpin pin --check`: compares the chains that the servers present now with the lock. Writes nothing. */
export const check: Command<CheckOptions> = async (options, terminal) => {
    const lock = await readLock(options.pinned)
    const records = await readPresentedChains(options.pinned)
    const isNamed = (options.host ?? []).length > 0 || options.servername !== undefined
    const servers = isNamed
        ? parseServerAddresses(options)
        : lock.hosts.flatMap(host => parseServerAddresses({ host: [host] }))
    const anchors = lock.anchors.map(({ certificate }) => certificate)
    const { manifests, problems, unverified } = await readManifests(options.images)
    const outcomes: (Checked | Unreachable)[] = []
    for (const server of servers) {
        terminal.progress(`${server.label} …`)
        outcomes.push(await checkServer(server, { anchors, records, manifests }, options))
    }
    const found = outcomes.map(codeOf)
    const code = BY_SEVERITY.find(one => found.includes(one)) ?? exitCodes.fine
    const warnings = [...[backupWarning(lock.anchors)].filter(text => text !== undefined), ...problems, ...unverified]
    if (!terminal.quiet || code !== exitCodes.fine || problems.length > 0) show(terminal, outcomes, warnings)
    return code
}

/** The pins, and the manifests of the images made from them. */
interface Known {
    anchors: Certificate[]
    records: Map<string, PresentedChain>
    manifests: ManifestFile[]
}

async function checkServer(
    server: ServerAddress,
    { anchors, records, manifests }: Known,
    { servername, chain, days }: CheckOptions,
): Promise<Checked | Unreachable> {
    const host = server.label
    const before = records.get(host)
    const serverName = servername ?? before?.serverName ?? server.serverName
    try {
        const presented = chain ? await readCertificateFile(chain) : await pullChain({ ...server, serverName })
        const result = checkChain(presented, {
            anchors,
            serverName,
            before,
            now: new Date(),
            ...(days !== undefined && { days }),
        })
        const images = manifests
            .filter(({ manifest }) => manifest.hosts.includes(host))
            .map(each => judgeImage(each, presented, serverName))
        return { host, presented: presentedChain(serverName, presented), before, result, images }
    } catch (error) {
        if (error instanceof AirpinError) return { host, error }
        throw error
    }
}

function judgeImage({ image, manifest }: ManifestFile, presented: Certificate[], serverName: string): ImageVerdict {
    const bundle = Buffer.from(manifest.bundle, "base64")
    const { accepted, reason } = deviceAccepts(
        presented.map(({ der }) => der),
        bundle,
        serverName,
    )
    return { image, board: manifest.board.name, accepted, reason }
}

/** Images in the field count as much as the lock. */
function codeOf(outcome: Checked | Unreachable): number {
    if ("error" in outcome) return exitCodes.failed
    return outcome.images.every(({ accepted }) => accepted) ? checkCodes[outcome.result.state] : exitCodes.refused
}

function show(terminal: Terminal, outcomes: (Checked | Unreachable)[], warnings: string[]): void {
    for (const outcome of outcomes) {
        if ("error" in outcome) showError(terminal, outcome)
        else if (!terminal.quiet || codeOf(outcome) !== exitCodes.fine) showChecked(terminal, outcome)
    }
    for (const warning of warnings) terminal.warn(warning)
    terminal.result({ servers: outcomes.map(describe), warnings })
}

function showError(terminal: Terminal, { host, error }: Unreachable): void {
    const what = error.message.startsWith(`${host}:`) ? error.message : `${host}: ${error.message}`
    terminal.line("failed", terminal.paint("red", `${what} [${error.code}]`))
    if (error.nextStep) terminal.line("next", error.nextStep)
}

const colours = { current: "green", renewed: "green", rotated: "yellow", expiring: "yellow", refused: "red" } as const

function showChecked(terminal: Terminal, { host, presented, before, result, images }: Checked): void {
    const { state, urgent, reason, dates, change, faults } = result
    terminal.line(
        state,
        terminal.paint(colours[state], `${host}: ${urgent && state !== "refused" ? "URGENT: " : ""}${reason}`),
    )
    const more = state === "expiring" ? dates.slice(1) : dates
    for (const notice of more) terminal.line("", dateText(notice))
    for (const { text } of state === "refused" ? [] : faults) terminal.line("", text)
    if (change === "path") showPaths(terminal, before, presented)
    showImages(terminal, images)
    const step = nextStep(result, host, images)
    if (step) terminal.line("next", step)
}

function showPaths(terminal: Terminal, before: PresentedChain | undefined, now: PresentedChain): void {
    if (before) terminal.line("was", before.path.map(({ subject }) => subject).join("  ←  "))
    terminal.line("is", now.path.map(({ subject }) => subject).join("  ←  "))
}

function showImages(terminal: Terminal, images: ImageVerdict[]): void {
    for (const [at, { image, board, accepted, reason }] of images.entries()) {
        const text = accepted
            ? `${image} (${board}): accepts it`
            : terminal.paint("red", `${image} (${board}): ${reason}`)
        terminal.line(at === 0 ? "images" : "", text)
    }
}

function nextStep({ state, dates, change }: CheckResult, host: string, images: ImageVerdict[]): string | undefined {
    const refusing = images.find(({ accepted }) => !accepted)?.image
    if (state !== "refused" && refusing) return `airpin image --repin ${refusing}, then flash the devices that run it`
    if (state === "refused")
        return "let the server present its previous chain again, or flash devices with anchors for the new one"
    if (state === "expiring")
        return dates[0]?.of === "chain"
            ? `renew it at ${host}`
            : "pin again, and flash the devices while they still accept the server"
    if (state === "rotated") return `review the new path, then: airpin pin ${host}`
    return change === "unknown" ? `to record its chain: airpin pin ${host}` : undefined
}

/** The result for --json. */
function describe(outcome: Checked | Unreachable): unknown {
    const { host } = outcome
    if ("error" in outcome) {
        const { code, message, nextStep } = outcome.error
        return { host, error: { code, message, nextStep } }
    }
    const { state, urgent, reason, change, dates, faults, verdict } = outcome.result
    const { serverName, path } = outcome.presented
    const { images } = outcome
    return {
        host,
        serverName,
        state,
        urgent,
        reason,
        change,
        dates: dates.map(dateNoticeJson),
        faults,
        presented: path,
        accepted: verdict.accepted,
        images,
    }
}
