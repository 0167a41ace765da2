/** Compresses responses for clients that accept it. Those of routes with `compress: false` stay as they are. */
import { constants } from "node:zlib"
import compress from "@fastify/compress"
import type { FastifyInstance } from "fastify"

/** Below this, the headers of compression cost more than it saves. */
const MIN_BYTES = 1024

/** Up to this, compression takes less time than handing it to another thread: 0.3 ms. */
const MAX_SYNC_BYTES = 16 * 1024

const BROTLI_QUALITY = 4

/**
 * Each chunk of a stream is sent as soon as it is compressed: a client sees the first at once, and a server that still
 * sends is not taken for a stalled one.
 */
export function compressResponses(app: FastifyInstance): void {
    // an empty body would be compressed, to 20 bytes
    app.addHook("onRequest", ({ method, headers }, _reply, done) => {
        if (method === "HEAD") headers["x-no-compression"] = "HEAD"
        done()
    })
    app.addHook("onSend", (_request, reply, payload, done) => done(null, reply.statusCode === 304 ? null : payload))
    app.register(compress, {
        globalDecompression: false,
        threshold: MIN_BYTES,
        syncThreshold: MAX_SYNC_BYTES,
        encodings: ["br", "gzip"],
        brotliOptions: {
            flush: constants.BROTLI_OPERATION_FLUSH,
            params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY },
        },
        zlibOptions: { flush: constants.Z_SYNC_FLUSH },
    })
}
