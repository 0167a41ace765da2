/**
 * PEM blocks (RFC 7468) in text as people have it: indented, quoted in a mail, in a C string, in JSON, in the
 * output of a terminal. Blocks in comments are skipped, as OpenSSL skips them.
 */
import { AirpinError } from "../error.ts"

/** One block between BEGIN and END that may contain certificates. */
export interface PemBlock {
    /** what stands after BEGIN: "CERTIFICATE", "PKCS7" … */
    label: string
    /** the decoded bytes */
    der: Buffer
    /** "certificate 2 (line 31)", for messages */
    place: string
}

/** labels of blocks with certificates (OpenSSL, pem.h; RFC 7468, 5 to 9) */
const CERTIFICATE_LABELS = [
    "CERTIFICATE",
    "X509 CERTIFICATE",
    "TRUSTED CERTIFICATE",
    "PKCS7",
    "PKCS #7 SIGNED DATA",
    "CMS",
]

const MARKER = /-----(BEGIN|END) ([A-Z0-9 #]+)-----/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: a copied terminal has them
const ANSI_SEQUENCE = /\x1b\[[0-9;?]*[A-Za-z]/g

/** A BEGIN or END line. */
interface Marker {
    isBegin: boolean
    label: string
    /** offset of its first character, and of the one after its last */
    startAt: number
    endAt: number
}

/** The labels of all BEGIN and END lines of a text, in its order. */
export function pemLabels(text: string): string[] {
    return markersIn(text).map(({ label }) => label)
}

/** True for a label of blocks that may contain certificates. */
export function isCertificateLabel(label: string): boolean {
    return CERTIFICATE_LABELS.includes(label)
}

/**
 * Every block that may contain certificates, in its order; other blocks are skipped.
 *
 * @throws AirpinError PEM_INCOMPLETE for a BEGIN without END, or an END without BEGIN;
 * PEM_CORRUPT for a block that is not base64
 */
export function certificateBlocks(text: string): PemBlock[] {
    const plain = text.replaceAll(ANSI_SEQUENCE, "")
    const markers = markersIn(plain).filter(({ label }) => isCertificateLabel(label))
    const blocks: PemBlock[] = []
    for (const [at, marker] of markers.entries()) {
        const place = `certificate ${blocks.length + 1} (line ${lineOf(plain, marker.startAt)})`
        const next = markers[at + 1]
        if (marker.isBegin) blocks.push(readBlock(plain, marker, next, place))
        else if (!markers[at - 1]?.isBegin)
            throw incomplete(`line ${lineOf(plain, marker.startAt)} is an END line without a BEGIN line before it`)
    }
    return blocks
}

function markersIn(text: string): Marker[] {
    const markers = [...text.matchAll(MARKER)].map(({ 0: whole, 1: kind, 2: label = "", index }) => ({
        isBegin: kind === "BEGIN",
        label,
        startAt: index,
        endAt: index + whole.length,
    }))
    return markers.filter(({ startAt }) => !COMMENT.test(linePrefix(text, startAt)))
}

/** the start of a comment line in PEM files, shell, YAML, C and JavaScript, ini files */
const COMMENT = /^\s*(#|\/\/|;)/

/** What stands before an offset in its line. */
function linePrefix(text: string, at: number): string {
    return /[^\r\n]*$/.exec(text.slice(Math.max(0, at - MAX_PREFIX), at))?.[0] ?? ""
}
/** longer than the code before a string, or the quotation marks of a mail */
const MAX_PREFIX = 200

function readBlock(text: string, begin: Marker, end: Marker | undefined, place: string): PemBlock {
    const { label } = begin
    if (!end || end.isBegin) throw incomplete(`${place} has a BEGIN line, but no END line`)
    if (end.label !== label) throw incomplete(`${place} begins as ${label}, but ends as ${end.label}`)
    const lines = withoutPrefix(text.slice(begin.endAt, end.startAt), linePrefix(text, begin.startAt))
    return { label, der: decodeBase64(base64Of(lines), place), place }
}

/** The lines of a block without the mark that every line of it begins with, such as "> " in a mail. */
function withoutPrefix(body: string, prefix: string): string {
    const mark = QUOTE.test(prefix) ? "" : prefix.trim()
    const lines = body.split(/\r\n|\r|\n/)
    const inner = lines.slice(1)
    if (mark === "" || inner.length === 0 || !inner.every(line => line.trimStart().startsWith(mark))) return body
    return [lines[0], ...inner.map(line => line.trimStart().slice(mark.length))].join("\n")
}

const QUOTE = /["'`]/

/** Removes what programming languages, JSON and RFC 1421 put around and between the lines. */
function base64Of(body: string): string {
    return body
        .replaceAll(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
        .replaceAll(/\\+[nrt]/g, "\n")
        .replaceAll(/\\\//g, "/") // JSON of PHP
        .replaceAll(/["'`][\s\\]*[+.,&]?[\s\\]*[bru]?["'`]/gi, "") // from one string to the next
        .replaceAll(/["'`\\]/g, "")
        .replaceAll(/^[A-Za-z-]+:.*$/gm, "") // a header
        .replaceAll(/[\s\u200b]/g, "")
}

function decodeBase64(base64: string, place: string): Buffer {
    const strange = /[^A-Za-z0-9+/]/.exec(base64.replace(/={0,2}$/, ""))
    if (strange) throw corrupt(`${place} has ${JSON.stringify(strange[0])} in its base64`)
    if (base64.length % 4 !== 0)
        throw corrupt(`${place} has ${base64.length} characters of base64, not a multiple of 4: some are missing`)
    return Buffer.from(base64, "base64")
}

function lineOf(text: string, at: number): number {
    return text.slice(0, at).split(/\r\n|\r|\n/).length
}

function incomplete(what: string): AirpinError {
    return new AirpinError("PEM_INCOMPLETE", what)
}

function corrupt(what: string): AirpinError {
    return new AirpinError("PEM_CORRUPT", what)
}
