const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" })
const dayText = seconds => day.format(seconds * 1000)
const byId = id => document.getElementById(id)
const form = byId("add")

/** The response's JSON; what went wrong is shown, and undefined returned. */
async function ask(path, options) {
    const response = await fetch(path, options)
    if (response.status === 401) location.replace("log-in")
    const body = await response.json()
    byId("failure").hidden = response.ok
    byId("failure").textContent = response.ok ? "" : `${body.message[0].toUpperCase()}${body.message.slice(1)}.`
    return response.ok ? body : undefined
}

async function showLinks() {
    const { links } = (await ask("api/v1/links")) ?? { links: [] }
    const inForce = links.filter(link => link.revokedAt === null && !(link.once && link.openedAt !== null))
    byId("links").hidden = inForce.length === 0
    byId("none").hidden = inForce.length > 0
    byId("links").tBodies[0].replaceChildren(...inForce.map(rowOf))
}

function rowOf({ name, role, device, createdAt, expiresAt }) {
    const row = byId("row").content.cloneNode(true)
    const shows = role === "admin" ? "Logs in" : (device ?? "Every device")
    const texts = [name, shows, dayText(createdAt), expiresAt === null ? "revoked" : dayText(expiresAt)]
    for (const [at, text] of texts.entries()) row.querySelectorAll("td")[at].textContent = text
    row.querySelector("button").addEventListener("click", async () => {
        if (!confirm(`Revoke the link of ${name}? Nobody will read with it any more.`)) return
        await ask(`api/v1/links/${encodeURIComponent(name)}`, { method: "DELETE" })
        await showLinks()
    })
    return row
}

form.addEventListener("submit", async event => {
    event.preventDefault()
    const { name, device, days } = Object.fromEntries(new FormData(form))
    const body = JSON.stringify({ name, ...(device && { device }), ...(days && { days: Number(days) }) })
    const made = await ask("api/v1/links", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
    })
    byId("made").hidden = made === undefined
    if (made === undefined) return
    byId("made").querySelector("code").textContent = new URL(made.path, document.baseURI).href
    form.reset()
    await showLinks()
})

await showLinks()
const { devices } = (await ask("api/v1/devices")) ?? { devices: [] }
for (const { id, name } of devices) form.elements.device.append(new Option(name, id))
