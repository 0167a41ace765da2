import { Readable } from "node:stream"
import type { FastifyReply, FastifyRequest } from "fastify"
import type { Reads } from "../reads/reads.ts"

/** True if only the headers of a response to GET are asked for. */
export function isHead(request: FastifyRequest): boolean {
    return request.method === "HEAD"
}

/**
 * Replies to HEAD as to GET, but without making the body: what only the body
 * shows, such as its length, is left out (RFC 9110 section 9.3.2).
 */
export function sendHead(reply: FastifyReply, type = "application/json"): FastifyReply {
    return reply.type(type).send(Readable.from([]))
}

/** The same for a route below one device. @throws AirpinError DEVICE_UNKNOWN */
export async function sendHeadOfDevice(
    reads: Reads,
    id: string,
    reply: FastifyReply,
    type?: string,
): Promise<FastifyReply> {
    await reads.run("known", { id })
    return sendHead(reply, type)
}
