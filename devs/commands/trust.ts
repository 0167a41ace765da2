import { Option } from "@commander-js/extra-typings"
import { isSameCa } from "../../certs/anchor.ts"
import type { BundleEntry } from "../../certs/bundle/bundle.ts"
import { chainFaults } from "../../certs/chain-faults.ts"
import { dateNoticeJson, dateNotices, dateText } from "../../certs/check.ts"
import { deviceAccepts } from "../../certs/device.ts"
import { explainDifference } from "../../certs/openssl-comparison.ts"
import { candidatesContaining } from "../../certs/trust-store.ts"
import type { Certificate } from "../../certs/x509/certificate.ts"
import { showFileJudged } from "../display/trust.ts"
import { type DrawnAnchor, drawTrust } from "../display/trust-svg.ts"
import { showFaults, showOpensslVerdict, showVerdict } from "../display/verdict.ts"
import { writeWhole } from "../files.ts"
import { type AnchorFile, readAnchorFile } from "../pins/anchor-file.ts"
import { readCertificateFile } from "../pins/certificate-file.ts"
import { verifyWithOpenssl } from "../pins/openssl-verify.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "./command.ts"

const declared = command()
    .requiredOption("--chain <file>", "the chain as presented, in the order sent")
    .requiredOption("--servername <name>", "the name that the device asks for")
    .addOption(
        new Option("--bundle <file>", "a bundle, a flash image, or certificates to make one of").default(
            "certs/pinned",
            "the anchors in certs/pinned",
        ),
    )
    .option("--svg <file>", "write a picture of the verdict")

type TrustOptions = OptionsOf<typeof declared>

export const definition = declared.action(run((terminal, options) => trust(options, terminal)))

/** `airpin trust`: the chip's verdict on a chain and a bundle, with the reason, and OpenSSL's verdict. */
const trust: Command<TrustOptions> = async (options, terminal) => {
    const presented = await readCertificateFile(options.chain)
    const anchors = await readAnchorFile(options.bundle)
    const chip = deviceAccepts(
        presented.map(({ der }) => der),
        anchors.bundle,
        options.servername,
    )
    const { certificates, unknown } = certificatesOf(anchors, presented)
    const openssl = await verifyWithOpenssl(presented, certificates, options.servername)
    const difference = openssl && explainDifference({ presented, entries: anchors.entries, chip, openssl })
    const dates = dateNotices(presented, certificates, new Date())
    if (options.svg) {
        const drawn = drawnAnchors(anchors, certificates)
        await writeWhole(
            options.svg,
            drawTrust({ serverName: options.servername, presented, anchors: drawn, verdict: chip, now: new Date() }),
        )
    }
    const faults = chainFaults(presented)
    showFileJudged(terminal, options.chain)
    showVerdict(terminal, presented, chip, anchors.entries.length)
    showFaults(terminal, faults)
    showOpensslVerdict(terminal, { openssl, difference, unknown })
    for (const notice of new Set(dates.map(dateText))) terminal.warn(notice)
    terminal.result({
        presented: presented.map(({ subject }) => subject),
        ...chip,
        openssl: openssl ? { ...openssl, ...(difference && { difference }) } : null,
        dates: dates.map(dateNoticeJson),
        faults,
    })
    return chip.accepted ? exitCodes.fine : exitCodes.refused
}

/** Certificates for OpenSSL, which needs more than names and keys: those given, or those from Node and the server. */
function certificatesOf(
    { certificates, entries }: AnchorFile,
    presented: Certificate[],
): { certificates: Certificate[]; unknown: number } {
    if (certificates.length > 0) return { certificates: certificates.map(({ certificate }) => certificate), unknown: 0 }
    const found = entries.map(entry => certificateOf(entry, presented))
    return {
        certificates: found.flatMap(certificate => certificate ?? []),
        unknown: found.filter(certificate => !certificate).length,
    }
}

function certificateOf(entry: BundleEntry, presented: Certificate[]): Certificate | undefined {
    const candidates = [
        ...candidatesContaining(entry.spkiDer, { roots: [] }).map(({ certificate }) => certificate),
        ...presented,
    ]
    return candidates.find(candidate => isSameCa(candidate, entry))
}

function drawnAnchors(anchors: AnchorFile, certificates: Certificate[]): DrawnAnchor[] {
    return anchors.entries.map(entry => {
        const certificate = certificates.find(candidate => isSameCa(candidate, entry))
        const role = anchors.certificates.find(anchor => isSameCa(anchor.certificate, entry))?.role
        return { ...entry, ...(certificate && { certificate }), ...(role && { role }) }
    })
}
