/** What the server has of the device, beside what the device counted itself. */

const clock = new Intl.DateTimeFormat(undefined, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
})

/** @param {number} ms */
export const timeText = ms => clock.format(ms)

export class ServerView {
    #root
    #counts
    #facts

    constructor(root, { url, logInUrl }) {
        this.#root = root
        if (logInUrl) {
            root.querySelector("#server-page").hidden = false
            root.querySelector("#server-page a").href = logInUrl
            return
        }
        root.querySelector(".scroll").hidden = true
        const elsewhere = root.querySelector("#server-elsewhere")
        elsewhere.hidden = false
        elsewhere.textContent = url
            ? `The device sends to ${url}, which only its own page can show.`
            : "The device’s settings name no server."
    }

    showCounts(counts) {
        this.#counts = counts
        this.#show()
    }

    showFacts(facts) {
        this.#facts = facts
        this.#show()
    }

    #show() {
        const { readings, acknowledged, lost } = this.#counts ?? {}
        const rows = [["by the device", `${readings} taken, ${acknowledged} acknowledged, ${lost} lost`]]
        const facts = this.#facts
        if (facts?.error) rows.push(["server", facts.error])
        else if (facts) {
            rows.push(["last post", facts.lastSeenAt === null ? "none yet" : timeText(1000 * facts.lastSeenAt)])
            const { lastError, ram = 0, flash = 0 } = facts.status ?? {}
            rows.push(["waiting", `${ram + flash} besides that post`])
            if (lastError) rows.push(["last failure", lastError])
            if (facts.lost > 0) rows.push(["lost", `${facts.lost}, as the device says`])
            this.#root.querySelector("tbody").replaceChildren(...facts.readings.map(readingRow))
        }
        const list = rows.map(([term, value]) => {
            const row = document.createElement("div")
            row.append(
                Object.assign(document.createElement("dt"), { textContent: term }),
                Object.assign(document.createElement("dd"), { textContent: value }),
            )
            return row
        })
        this.#root.querySelector("#facts").replaceChildren(...list)
    }
}

function readingRow({ time, co2Ppm, tvocPpb, temperatureC, humidityRh }) {
    const row = document.createElement("tr")
    for (const text of [timeText(1000 * time), co2Ppm, tvocPpb, temperatureC?.toFixed(2), humidityRh?.toFixed(2)])
        row.insertCell().textContent = String(text ?? "–")
    return row
}
