/** Parses a response with Node's HTTP client, which shares no code with the firmware or its oracle. */
import { type IncomingMessage, request } from "node:http"
import { Duplex } from "node:stream"
import type { End } from "./response-oracle.ts"

/** Status and body of the first complete response; otherwise the code of Node's error. */
export async function nodeReading(text: string, end: End): Promise<{ status: number; body: string } | string> {
    const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() })
    try {
        return await new Promise((resolve, reject) => {
            const posted = request({ method: "POST", createConnection: () => socket })
            let response: IncomingMessage | undefined
            posted.on("error", error => response?.complete || reject(error))
            posted.on("upgrade", () => reject(new Error("upgrade")))
            posted.on("response", incoming => {
                response = incoming
                const pieces: Buffer[] = []
                incoming.on("data", (piece: Buffer) => void pieces.push(piece))
                incoming.on("error", reject)
                incoming.on("end", () =>
                    resolve({ status: incoming.statusCode!, body: Buffer.concat(pieces).toString("latin1") }),
                )
            })
            posted.end()
            posted.on("socket", () =>
                setImmediate(() => {
                    socket.push(Buffer.from(text, "latin1"))
                    if (end === "close") socket.push(null)
                }),
            )
            setTimeout(() => reject(new Error("incomplete")), PATIENCE_MS).unref()
        })
    } catch (error) {
        return (error as NodeJS.ErrnoException).code ?? (error as Error).message
    } finally {
        socket.destroy()
    }
}

const PATIENCE_MS = 2000
