import path from "node:path"
import { keyText } from "../../certs/anchor.ts"
import { backupAnchors, backupWarning, sameOperatorWarning } from "../../certs/backup.ts"
import { encodeBundle } from "../../certs/bundle/bundle.ts"
import { checkChain, dateText } from "../../certs/check.ts"
import { type Anchor, chooseAnchors, mergeAnchors, type PathOptions } from "../../certs/choose-anchors.ts"
import { deviceAccepts, type KeyExchange } from "../../certs/device.ts"
import { AirpinError } from "../../certs/error.ts"
import { type Lock, type LockedAnchor, readLock, removedAnchors, writeLock } from "../../certs/lock.ts"
import { trustEndOf } from "../../certs/operators.ts"
import { presentedChain, writePresentedChains } from "../../certs/presented-chains.ts"
import { readCertificateFolder } from "../../certs/read/certificate-folder.ts"
import type { Certificate } from "../../certs/x509/certificate.ts"
import type { Terminal } from "../display/terminal.ts"
import { showAnchors, showPresented } from "../display/trust.ts"
import { drawTrust } from "../display/trust-svg.ts"
import { writeWhole } from "../files.ts"
import { readCertificateFiles } from "../pins/certificate-file.ts"
import { downloadTailIssuers, fetchedWarning } from "../pins/find-issuers.ts"
import { downloadSiblingRoots, type MissingRoot } from "../pins/find-siblings.ts"
import { furtherChains, type PresentedServer, presentedBy } from "../pins/presented-server.ts"
import { parseServerAddresses, type ServerAddress } from "../pins/server-address.ts"
import { check } from "./check.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "./command.ts"
import { collect, wholeNumber } from "./option-values.ts"

const declared = command()
    .argument("[host...]", "HOST[:PORT] of the API, and of a spare one; may be left out with --chain")
    .option("--chain <file>", "use the chain of a file instead of the server's")
    .option("--servername <name>", "the name to ask for and to check (default: HOST)")
    .option("--ca <file>", "more roots, as a private CA's; may be given again", collect)
    .option("--anchors <folder>", "more roots: every .pem, .crt, .cer, .der and .p7b file of a folder")
    .option("--backup <file>", "a root outside the chain, pinned for emergencies; may be given again", collect)
    .option("--no-backup", "drop the backup that was pinned before")
    .option("--no-siblings", "leave out the other roots of the CA's operator")
    .option("--fetch", "download the root that the end of the chain leads devices to, where its key can be verified")
    .option("--allow-intermediate", "pin the issuing intermediate too; it may change with any renewal")
    .option("--pinned <folder>", "the folder of the anchors", "certs/pinned")
    .option("--yes", "remove anchors pinned before without asking")
    .option("--svg <file>", "write a picture of the chain and its anchors")
    .option("--dry-run", "show the anchors, but write nothing")
    .option(
        "--check",
        "compare what the pinned servers, or HOST, present now with the lock; write nothing (exit status 10: needs attention, 20: devices refuse the server)",
    )
    .option(
        "--days <n>",
        "with --check: warn of CA certificates and anchors that end within so many days (default: 30); of the server's own, with a third of its lifetime left",
        wholeNumber(0, 36_500),
    )
    .option(
        "--images <folder>",
        "with --check: the manifests of the flashed images, as airpin image writes them",
        "build",
    )

export type PinOptions = OptionsOf<typeof declared> & { host: string[] }

export const definition = declared.action(run((terminal, host, options) => pin({ host, ...options }, terminal)))

/** A server with what it presents. */
interface PresentingServer extends ServerAddress {
    presented: PresentedServer
}

/** The anchors to pin, the sibling roots that are missing, and the anchors that this removes. */
interface Selection {
    anchors: Anchor[]
    missing: MissingRoot[]
    removed: LockedAnchor[]
    /** about the servers, and about chains that cannot be pinned */
    warnings: string[]
}

/** `airpin pin`: chooses, verifies and writes the anchors for one server or several. */
const pin: Command<PinOptions> = (options, terminal) => pinAfter(async () => undefined, options, terminal)

/**
 * Does what `airpin pin` does, for other commands too.
 *
 * @param shown called when the anchors are shown, before anything is written: what it throws ends the pinning
 */
export async function pinAfter(shown: () => Promise<void>, options: PinOptions, terminal: Terminal): Promise<number> {
    if (options.check) return check(options, terminal)
    const lock = await lockBefore(options)
    const servers = await present(options, terminal)
    const selection = await choose(servers, lock, options)
    const bundle = encodeBundle(selection.anchors.map(({ certificate }) => certificate))
    showAnchors(terminal, selection.anchors, bundle, options.chain ? "these certificates" : "this server")
    const warnings = [...warningsOf(selection), ...chainWarnings(servers, selection)]
    for (const warning of warnings) terminal.warn(warning)
    await confirmRemoval(selection.removed, options, terminal)
    await shown()
    const changed = options.dryRun ? false : await write(servers, selection.anchors, options.pinned)
    terminal.line(
        "written",
        options.dryRun ? "nothing (--dry-run)" : changed ? options.pinned : `nothing: ${options.pinned} is up to date`,
    )
    const pictures = options.svg ? await writePictures(options.svg, servers, selection.anchors) : []
    for (const file of pictures) terminal.line("picture", file)
    terminal.result({ ...describe(servers, selection), changed, warnings })
    return exitCodes.fine
}

/** The present lock. A corrupt one cannot show what would be removed, so it is ignored only with --yes. */
async function lockBefore({ pinned, yes }: PinOptions): Promise<Lock | undefined> {
    return readLock(pinned).catch((error: unknown) => {
        const code = error instanceof AirpinError ? error.code : undefined
        if (code === "LOCK_MISSING" || (code === "LOCK_CORRUPT" && yes)) return undefined
        throw error
    })
}

async function present(options: PinOptions, terminal: Terminal): Promise<PresentingServer[]> {
    const servers: PresentingServer[] = []
    for (const server of parseServerAddresses(options)) {
        terminal.progress(`${server.label} …`)
        const presented = await presentedBy(server, options.chain)
        showPresented(terminal, presented)
        servers.push({ ...server, presented })
    }
    return servers
}

async function choose(servers: PresentingServer[], lock: Lock | undefined, options: PinOptions): Promise<Selection> {
    const now = new Date()
    const { siblings, allowIntermediate = false } = options
    const roots = await readCertificateFiles(options.ca ?? [])
    const anchorsFolder = options.anchors === undefined ? [] : await readCertificateFolder(options.anchors)
    const known = { roots, anchorsFolder, locked: lock?.anchors ?? [], now }
    const fetched = options.fetch ? await downloadTailIssuers(servers.flatMap(chainsToDevices), known) : []
    const trust = { ...known, fetched, siblings, allowIntermediate }
    const chosenFor = servers.map(server => anchorsFor(server, trust))
    const chosen = mergeAnchors(chosenFor.flatMap(({ anchors }) => anchors))
    const { found, missing } = siblings ? await downloadSiblingRoots(chosen, now) : { found: [], missing: [] }
    const anchors = mergeAnchors([...chosen, ...(await backups(chosen, lock, options, now)), ...found])
    const warnings = chosenFor.flatMap(one => one.warnings)
    return { anchors, missing, removed: lock ? removedAnchors(lock, anchors) : [], warnings }
}

/**
 * The chains of completed handshakes. Only these are known to be what the server itself sent, and with them the
 * addresses in their certificates.
 */
function chainsToDevices({ presented }: PresentingServer): Certificate[][] {
    return presented.toDevices.map(({ chain }) => chain)
}

/** The anchors for every chain that devices get, and for that of other clients, as far as it can be pinned. */
function anchorsFor(
    { label, serverName, presented }: PresentingServer,
    trust: PathOptions,
): { anchors: Anchor[]; warnings: string[] } {
    const { toDevices, toOthers } = presented
    const warnings = [...presented.unreachable, ...presented.warnings]
    const choose = (chain: Certificate[], keyExchange?: KeyExchange) =>
        chooseAnchors(chain, { ...trust, serverName, ...(keyExchange && { keyExchange }) })
    const anchors = mergeAnchors(toDevices.flatMap(({ chain, keyExchange }) => choose(chain, keyExchange)))
    if (!toOthers) return { anchors, warnings }
    try {
        return { anchors: mergeAnchors([...anchors, ...choose(toOthers)]), warnings }
    } catch (error) {
        if (!(error instanceof AirpinError)) throw error
        const text = `${label}: the chain that other clients get is not pinned: ${error.message}; next: ${error.nextStep}`
        return { anchors, warnings: [...warnings, text] }
    }
}

/** The backups from the files given; without --backup, those pinned before. */
async function backups(chosen: Anchor[], lock: Lock | undefined, { backup }: PinOptions, now: Date): Promise<Anchor[]> {
    if (backup) return backupAnchors(await readCertificateFiles(backup), chosen, now)
    return backup === false ? [] : (lock?.anchors ?? []).filter(({ role }) => role === "backup")
}

function warningsOf({ anchors, missing, warnings }: Selection): string[] {
    const intermediates = anchors
        .filter(({ role }) => role === "intermediate")
        .map(({ certificate }) => certificate.subject)
    return [
        ...warnings,
        ...missing.map(({ root, error }) => `not pinned: "${root.subject}": ${error.message}; next: ${error.nextStep}`),
        ...intermediates.map(
            subject =>
                `"${subject}" is an issuing intermediate: CAs change them without notice, and devices that rely on it would be lost`,
        ),
        ...[...anchors.map(fetchedWarning), backupWarning(anchors), sameOperatorWarning(anchors)].filter(
            text => text !== undefined,
        ),
    ]
}

/** Warnings about dates, which the chip does not check, and about faults of a chain that it accepts. */
function chainWarnings(servers: PresentingServer[], { anchors }: Selection): string[] {
    const request = { anchors: anchors.map(({ certificate }) => certificate), now: new Date() }
    const texts = servers.flatMap(({ presented, serverName }) =>
        presented.toDevices.flatMap(({ chain }) => {
            const { dates, faults } = checkChain(chain, { ...request, serverName })
            return [...dates.map(dateText), ...faults.map(({ text }) => text)]
        }),
    )
    return [...new Set(texts)]
}

async function confirmRemoval(removed: LockedAnchor[], { dryRun, yes }: PinOptions, terminal: Terminal): Promise<void> {
    for (const [at, { certificate, reason }] of removed.entries())
        terminal.line(at === 0 ? "removes" : "", `${terminal.paint("yellow", certificate.subject)}: ${reason}`)
    if (removed.length === 0 || dryRun || yes) return
    if (terminal.isInteractive && (await terminal.confirm("Remove these anchors?"))) return
    throw new AirpinError(
        "ANCHOR_REMOVAL",
        `nothing was written: this would remove ${removed.map(({ certificate }) => `"${certificate.subject}"`).join(", ")}, pinned before`,
    )
}

async function write(servers: PresentingServer[], anchors: Anchor[], directory: string): Promise<boolean> {
    const lock = await writeLock(
        directory,
        anchors,
        servers.map(({ label }) => label),
    )
    const records = servers.map(({ label, serverName, presented }) => [
        label,
        presentedChain(serverName, presented.toDevices[0].chain, furtherChains(presented)),
    ])
    const recorded = await writePresentedChains(directory, Object.fromEntries(records))
    return lock.changed || recorded.changed
}

/**
 * Draws each server's trust: one server into `file`, several beside it in files named after them.
 * Returns their paths.
 */
async function writePictures(file: string, servers: PresentingServer[], anchors: Anchor[]): Promise<string[]> {
    const drawn = anchors.map(({ certificate, role }) => ({ ...certificate, certificate, role }))
    const bundle = encodeBundle(drawn)
    const { dir, name, ext } = path.parse(file)
    const written: string[] = []
    for (const { serverName, presented } of servers) {
        const [{ chain, keyExchange }] = presented.toDevices
        const sent = chain.map(({ der }) => der)
        const verdict = deviceAccepts(sent, bundle, serverName, keyExchange)
        const target = servers.length === 1 ? file : path.join(dir, `${name}-${serverName.replaceAll(":", "-")}${ext}`)
        await writeWhole(target, drawTrust({ serverName, presented: chain, anchors: drawn, verdict, now: new Date() }))
        written.push(target)
    }
    return written
}

/** The result for --json. */
function describe(servers: PresentingServer[], { anchors, missing, removed }: Selection) {
    return {
        hosts: servers.map(({ label, presented }) => ({ host: label, ...describePresented(presented) })),
        anchors: anchors.map(describeAnchor),
        missing: missing.map(({ root, error }) => ({
            subject: root.subject,
            spkiSha256: root.spkiSha256,
            url: root.url,
            code: error.code,
        })),
        removed: removed.map(describeAnchor),
    }
}

function describePresented(presented: PresentedServer) {
    const [first] = presented.toDevices
    const others = furtherChains(presented)
    return {
        judged: presented.file === undefined ? "handshake" : "certificates",
        ...(first.addresses.length > 0 && { addresses: presented.toDevices.flatMap(({ addresses }) => addresses) }),
        presented: subjectsOf(first.chain),
        ...(others.length > 0 && { others: others.map(subjectsOf) }),
    }
}

const subjectsOf = (chain: Certificate[]) => chain.map(({ subject }) => subject)

function describeAnchor({ certificate, role, source, reason }: Anchor) {
    const { subject, spkiSha256, notAfter } = certificate
    return {
        subject,
        key: keyText(certificate),
        spkiSha256,
        notAfter: notAfter.toISOString(),
        trustEnds: trustEndOf(certificate),
        role,
        source,
        reason,
    }
}
