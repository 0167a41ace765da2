/** A minimal web server for a folder; it sends no header but the content type. */
import { readFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import path from "node:path"

const mediaTypes: Record<string, string> = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}

export async function serveFolder(root: string): Promise<{ url: string; close(): Promise<void> }> {
    const server = createServer((request, response) => {
        const file = path.join(root, request.url!.endsWith("/") ? `${request.url}index.html` : request.url!)
        readFile(file).then(
            bytes =>
                response
                    .setHeader("content-type", mediaTypes[path.extname(file)] ?? "application/octet-stream")
                    .end(bytes),
            () => response.writeHead(404).end(),
        )
    })
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as AddressInfo
    const close = () =>
        new Promise<void>(resolve => {
            server.close(() => resolve())
            server.closeAllConnections()
        })
    return { url: `http://127.0.0.1:${port}`, close }
}
