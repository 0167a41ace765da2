import path from "node:path"
import type { Anchor } from "../../certs/anchor.ts"
import { encodeBundle } from "../../certs/bundle/bundle.ts"
import { deviceAccepts } from "../../certs/device.ts"
import type { Certificate } from "../../certs/x509/certificate.ts"
import { writeWhole } from "../files.ts"
import { drawTrust } from "./trust-svg.ts"

/** A server with what it sends. */
export interface PicturedServer {
    serverName: string
    chain: Certificate[]
}

/** Draws each server with the anchors for all: one in `file`, several in files named after them beside it. Gives their paths. */
export async function writePictures(file: string, servers: PicturedServer[], anchors: Anchor[]): Promise<string[]> {
    const drawn = anchors.map(({ certificate, role }) => ({ ...certificate, certificate, role }))
    const bundle = encodeBundle(drawn)
    const { dir, name, ext } = path.parse(file)
    const written: string[] = []
    for (const { serverName, chain } of servers) {
        const verdict = deviceAccepts(
            chain.map(({ der }) => der),
            bundle,
            serverName,
        )
        const target = servers.length === 1 ? file : path.join(dir, `${name}-${serverName.replaceAll(":", "-")}${ext}`)
        await writeWhole(target, drawTrust({ serverName, presented: chain, anchors: drawn, verdict, now: new Date() }))
        written.push(target)
    }
    return written
}
