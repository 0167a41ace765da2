/** How a CA is reached. */
import { parsePem, toPem } from "../../../certs/x509/certificate.ts"
import { readFileBytes } from "../../files.ts"
import { Exchange, type ExchangeOptions } from "./exchange.ts"

export interface CaConnection {
    /** PEM file with the only roots that are trusted for the CA's own HTTPS; default: those of Node.js */
    caFile?: string
    /** for single requests */
    exchange?: Pick<ExchangeOptions, "requestTimeoutMs" | "pausesMs">
}

/**
 * Runs `work` with connections to a CA, which are closed afterwards.
 *
 * @throws AirpinError FILE_UNREADABLE, PEM_EMPTY … for the file with the roots
 */
export async function withConnection<Result>(
    { caFile, exchange: limits }: CaConnection,
    bound: Pick<ExchangeOptions, "signal">,
    work: (exchange: Exchange) => Promise<Result>,
): Promise<Result> {
    const roots = caFile === undefined ? {} : { caPem: await readRoots(caFile) }
    const exchange = new Exchange({ ...limits, ...roots, ...bound })
    try {
        return await work(exchange)
    } finally {
        exchange.close()
    }
}

/** @throws AirpinError FILE_UNREADABLE, PEM_EMPTY … */
export async function readRoots(caFile: string): Promise<string> {
    const text = (await readFileBytes(caFile)).toString("utf8")
    return parsePem(text).map(toPem).join("")
}
