/**
 * Keeps what was shown last, so that a screen shows it, marked as old, while the server is away. The server is always
 * asked first. Whoever may no longer read is redirected, and then everything that was kept is forgotten.
 */
const CACHE = "airpin"

addEventListener("activate", event => event.waitUntil(clients.claim()))

addEventListener("fetch", event => {
    const { request } = event
    const { pathname } = new URL(request.url)
    const isShell = request.mode === "navigate" || pathname.includes("/assets/") || pathname.endsWith(".svg")
    if (request.method === "GET" && isShell) event.respondWith(serverFirst(request))
})

async function serverFirst(request) {
    const response = await fetch(request).catch(() => undefined)
    const cache = await caches.open(CACHE)
    if (response === undefined) return marked(await cache.match(request))
    if (response.type === "opaqueredirect" || response.status === 401) await caches.delete(CACHE)
    else if (response.ok) await cache.put(request, response.clone())
    return response
}

/** A page that was kept says so, as it cannot know otherwise. */
async function marked(kept) {
    if (!kept) return Response.error()
    if (!kept.headers.get("content-type")?.startsWith("text/html")) return kept
    const html = (await kept.text()).replace("<html", "<html data-kept")
    return new Response(html, { headers: kept.headers })
}
