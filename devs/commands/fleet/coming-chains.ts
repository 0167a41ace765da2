/** The chains that a server will send: given, pulled, or those that `airpin renew` has in its folder. */
import { mayIssueLeaf } from "../../../certs/device.ts"
import { AirpinError } from "../../../certs/error.ts"
import { exists } from "../../../certs/replace-file.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { readSettings } from "../../edge/renewal/settings.ts"
import { completeStaged } from "../../edge/renewal/staging.ts"
import { readLiveVersion } from "../../edge/renewal/versions.ts"
import type { ComingChain } from "../../fleet/trust/fleet-trust.ts"
import { presentedBy, presentedByFile } from "../../pins/presented-server.ts"
import { parseHostPort } from "../../pins/server-address.ts"

export interface ChainOptions {
    host: string | undefined
    chain?: string | undefined
    servername?: string | undefined
    /** the edge folder */
    folder: string
}

/** At least one. @throws AirpinError HOST_MISSING, SERVERNAME_MISSING, EDGE_…; as `presentedBy` */
export async function comingChains({ host, chain, servername, folder }: ChainOptions): Promise<ComingChain[]> {
    if (chain !== undefined) return [await chainOfFile(chain, servername ?? (host && parseHostPort(host).host))]
    if (host !== undefined) return chainsOfServer(host, servername)
    const found = (await exists(folder)) ? await chainsOfEdge(folder) : []
    if (found.length > 0) return found
    throw new AirpinError(
        "HOST_MISSING",
        `no chain given, and ${folder} has none`,
        "name one: --chain FILE, or HOST[:PORT], or --folder DIR with the certificates of airpin renew",
    )
}

async function chainOfFile(file: string, servername: string | undefined): Promise<ComingChain> {
    const { toDevices } = await presentedByFile(file)
    const [{ chain: certificates }] = toDevices
    if (servername === undefined && !mayIssueLeaf(certificates[0]?.der))
        throw new AirpinError("SERVERNAME_MISSING", "this chain has a leaf, and no server name is given")
    return { label: file, certificates, names: servername === undefined ? [] : [servername] }
}

async function chainsOfServer(host: string, servername: string | undefined): Promise<ComingChain[]> {
    const endpoint = parseHostPort(host)
    const serverName = servername ?? endpoint.host
    const { toDevices } = await presentedBy({ ...endpoint, serverName })
    return toDevices.map(({ chain, keyExchange, addresses }) => ({
        label: `${host} at ${addresses.join(", ")}`,
        certificates: chain,
        names: [serverName],
        keyExchange,
    }))
}

/** What serves, and everything that was obtained and does not serve yet, for devices would refuse it or the round goes on. */
async function chainsOfEdge(folder: string): Promise<ComingChain[]> {
    const { names } = await readSettings(folder)
    const live = await readLiveVersion(folder)
    const staged = await completeStaged(folder)
    return [
        ...(live ? [{ label: `in use, ${live.source}, ${live.label}`, certificates: live.chain, names }] : []),
        ...staged.flatMap(({ chains, source }) =>
            chains.map(({ pem, label }) => ({
                label: `coming, ${source}, ${label}`,
                certificates: parsePem(pem),
                names,
            })),
        ),
    ]
}
