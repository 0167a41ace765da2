import path from "node:path"
import { linkChain } from "../../certs/chain.ts"
import { mayIssueLeaf } from "../../certs/device.ts"
import { AirpinError } from "../../certs/error.ts"
import { CHAIN_KINDS, mistakes, type PossibleChain, possibleChains } from "../../certs/possible-chains.ts"
import { certificateFiles, readCertificateFolder } from "../../certs/read/certificate-folder.ts"
import { isRisk, type Rehearsed, rehearseChains } from "../../certs/rehearse.ts"
import { candidatesContaining } from "../../certs/trust-store.ts"
import type { Certificate } from "../../certs/x509/certificate.ts"
import { showRehearsal } from "../display/rehearsal.ts"
import { showFileJudged } from "../display/trust.ts"
import { type AnchorFile, readAnchorFile } from "../pins/anchor-file.ts"
import { readCertificateFile } from "../pins/certificate-file.ts"
import { type PresentedServer, presentedBy, presentedByFile } from "../pins/presented-server.ts"
import { parseHostPort } from "../pins/server-address.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "./command.ts"
import { collect } from "./option-values.ts"

const declared = command()
    .argument("[host]", "HOST[:PORT] of the API; may be left out with --chain or --chains")
    .option("--chain <file>", "use today's chain from a file, with or without its leaf")
    .option("--servername <name>", "the name that the device asks for (default: HOST)")
    .option("--anchors <folder>", "certificates of the operator: roots, cross-signed roots, intermediates")
    .option("--chains <folder>", "more chains, each a file, in the order sent")
    .option(
        "--bundle <file>",
        "anchors: a folder of pins, a flash image, a bundle, or certificates; may be given again (default: certs/pinned)",
        collect,
    )
    .option("--backup <file>", "a root that must be trusted too (default: the backups among the pins)")

type RehearseOptions = OptionsOf<typeof declared> & { host: string | undefined }

export const definition = declared.action(run((terminal, host, options) => rehearse({ host, ...options }, terminal)))

/** `airpin rehearse`: whether devices would accept the chains that a server may send in the future. */
const rehearse: Command<RehearseOptions> = async (options, terminal) => {
    if (!options.host && !options.chain && !options.chains) throw chainMissing()
    const sets = await Promise.all((options.bundle ?? ["certs/pinned"]).map(readAnchorFile))
    const server = await presentedServer(options)
    const chains = await collectChains(server, options, sets)
    const keyExchange = server?.toDevices[0].keyExchange
    const rehearsed = rehearseChains(chains, sets, serverNameFor(options, chains), keyExchange)
    const file = server ? server.file : options.chains
    if (file !== undefined) showFileJudged(terminal, file)
    showRehearsal(terminal, rehearsed, sets)
    const warnings = server ? [...server.unreachable, ...server.warnings] : []
    for (const warning of warnings) terminal.warn(warning)
    terminal.result({
        ...resultOf(rehearsed, sets),
        judged: file === undefined ? "handshake" : "certificates",
        warnings,
    })
    return rehearsed.some(isRisk) ? exitCodes.refused : exitCodes.fine
}

/** What the server sends now, its possible successors, the chains of --chains, the backups, and last the mistakes. */
async function collectChains(
    server: PresentedServer | undefined,
    options: RehearseOptions,
    sets: AnchorFile[],
): Promise<PossibleChain[]> {
    const given = options.chains ? await chainsOf(options.chains) : []
    if (!server && given.length === 0) throw chainMissing()
    const served = server ? servedChains(server) : []
    const known = served[0]
        ? await knownCertificates(
              options,
              served.flatMap(one => one.certificates),
          )
        : []
    const now = new Date()
    const possible = served.map(one => possibleChains({ served: one.certificates, known, now }).slice(1))
    return [
        ...served,
        ...possible.flat().sort((one, other) => CHAIN_KINDS.indexOf(one.kind) - CHAIN_KINDS.indexOf(other.kind)),
        ...given,
        ...(await backupChains(options, sets)),
        ...(served[0] ? mistakes({ served: served[0].certificates, known, now }) : []),
    ]
}

const chainMissing = () =>
    new AirpinError(
        "HOST_MISSING",
        "no chain given",
        "name one: airpin rehearse HOST[:PORT], or --chain FILE, or --chains DIR",
    )

async function presentedServer({ host, chain, servername }: RehearseOptions): Promise<PresentedServer | undefined> {
    if (host) {
        const endpoint = parseHostPort(host)
        return presentedBy({ ...endpoint, serverName: servername ?? endpoint.host }, chain)
    }
    return chain ? presentedByFile(chain) : undefined
}

/** The chains sent now: to devices at each address, and to other clients if a device may get that one some day. */
function servedChains({ toDevices, toOthers = [] }: PresentedServer): PossibleChain[] {
    const isReadable = toOthers[0] !== undefined && linkChain(toOthers)[0] === toOthers[0]
    return [
        ...toDevices.map(({ chain, addresses }, at): PossibleChain => {
            const label = at > 0 && { label: `at ${addresses.join(", ")}` }
            return { kind: "served", certificates: chain, ...label }
        }),
        ...(isReadable ? [{ kind: "served" as const, label: "to other clients", certificates: toOthers }] : []),
    ]
}

/** The certificates of the folder, and those of Node's roots that issued one of them. */
async function knownCertificates({ anchors }: RehearseOptions, served: Certificate[]): Promise<Certificate[]> {
    const folder = anchors ? await readCertificateFolder(anchors) : []
    const issuers = new Map([...served, ...folder].map(({ issuer, issuerDer }) => [issuer, issuerDer]))
    const roots = [...issuers.values()].flatMap(name => candidatesContaining(name, { roots: [] }))
    return [...folder, ...roots.map(({ certificate }) => certificate)]
}

/** One chain per file. */
async function chainsOf(folder: string): Promise<PossibleChain[]> {
    const files = await certificateFiles(folder)
    return Promise.all(
        files.map(async file => ({
            kind: "given",
            label: path.basename(file),
            certificates: await readCertificateFile(file),
        })),
    )
}

/** The backup's self-signed certificate as a chain: to accept it, the chip must find its name and read its key. */
async function backupChains({ backup }: RehearseOptions, sets: AnchorFile[]): Promise<PossibleChain[]> {
    const pinned = sets.flatMap(({ certificates }) => certificates).filter(({ role }) => role === "backup")
    const certificates = backup ? await readCertificateFile(backup) : pinned.map(({ certificate }) => certificate)
    return certificates.map(certificate => ({ kind: "backup", label: "chain below it", certificates: [certificate] }))
}

/** @throws AirpinError SERVERNAME_MISSING when a chain has a leaf and neither --servername nor HOST is given */
function serverNameFor({ servername, host }: RehearseOptions, chains: PossibleChain[]): string {
    if (servername) return servername
    if (host) return parseHostPort(host).host
    if (chains.every(({ certificates }) => mayIssueLeaf(certificates[0]?.der))) return ""
    throw new AirpinError("SERVERNAME_MISSING", "these chains have a leaf, and no server name is given")
}

function resultOf(rehearsed: Rehearsed[], sets: AnchorFile[]) {
    return {
        accepted: !rehearsed.some(isRisk),
        sets: sets.map(({ name, entries }) => ({ name, anchors: entries.length })),
        chains: rehearsed.map(row => ({
            kind: row.kind,
            ...(row.label && { label: row.label }),
            certificates: row.certificates.map(({ subject, issuer, spkiSha256 }) => ({ subject, issuer, spkiSha256 })),
            counts: row.kind !== "mistake",
            verdicts: row.verdicts.map(({ accepted, error, reason, lookedUp }, at) => ({
                set: sets[at]?.name,
                accepted,
                error,
                reason,
                lookedUp,
            })),
        })),
    }
}
