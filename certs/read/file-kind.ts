/** Recognises files that stand in the place of another one: what a download, an archive or a repository left there. */
import { startsWith } from "./text.ts"

/** What a file is instead of the one that is needed. */
export interface ForeignKind {
    /** "an HTML page" */
    what: string
    /** an imperative */
    next: string
}

const GET_AGAIN = "get the file itself, and give that"
const UNPACK = "unpack it, and give the file in it"

const EMPTY: ForeignKind = { what: "empty", next: "write it again: whatever was to fill it failed" }

/** First bytes, of the formats' own specifications; for tar, POSIX.1 ustar. */
const STARTS: [start: number[], kind: ForeignKind, at?: number][] = [
    [[0x1f, 0x8b], { what: "gzip-compressed", next: UNPACK }],
    [[0x50, 0x4b, 0x03, 0x04], { what: "a ZIP archive", next: UNPACK }],
    [[0xfd, 0x37, 0x7a, 0x58, 0x5a], { what: "xz-compressed", next: UNPACK }],
    [[0x42, 0x5a, 0x68], { what: "bzip2-compressed", next: UNPACK }],
    [[0x28, 0xb5, 0x2f, 0xfd], { what: "Zstandard-compressed", next: UNPACK }],
    [[0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], { what: "a 7-Zip archive", next: UNPACK }],
    [[0x52, 0x61, 0x72, 0x21, 0x1a, 0x07], { what: "a RAR archive", next: UNPACK }],
    [[0x75, 0x73, 0x74, 0x61, 0x72], { what: "a tar archive", next: UNPACK }, 257],
    [[0x25, 0x50, 0x44, 0x46], { what: "a PDF", next: GET_AGAIN }],
    [[0x89, 0x50, 0x4e, 0x47], { what: "a picture (PNG)", next: GET_AGAIN }],
    [[0xff, 0xd8, 0xff], { what: "a picture (JPEG)", next: GET_AGAIN }],
]

const TEXTS: [start: RegExp, kind: ForeignKind][] = [
    [
        /^version https:\/\/git-lfs\.github\.com\/spec\//,
        { what: "a pointer of Git LFS", next: "fetch what it points to: git lfs pull" },
    ],
    [
        /^\s*(<!doctype html|<html|<head|<!--)/i,
        { what: "an HTML page", next: `log in or follow its link; ${GET_AGAIN}` },
    ],
    [/^\s*$/, { what: "blank", next: EMPTY.next }],
]

/** What a file is by its first bytes or its text; undefined if it may be what is needed. */
export function fileKind(bytes: Buffer, text: string): ForeignKind | undefined {
    if (bytes.length === 0) return EMPTY
    const start = STARTS.find(([start, , at = 0]) => startsWith(bytes.subarray(at), ...start))
    return start?.[1] ?? TEXTS.find(([start]) => start.test(text))?.[1]
}
