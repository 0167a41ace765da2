/** The buzzer: what it played, and its sound once a person has asked for it. */

/** A buzzer is loud; a computer need not be. */
const VOLUME = 0.08
const SHOWN_MS = 1500

export class Sound {
    #root
    #context
    #endsAt = 0

    constructor(root) {
        this.#root = root
        root.hidden = false
        const button = root.querySelector("button")
        button.addEventListener("click", () => {
            const isOn = button.getAttribute("aria-pressed") !== "true"
            button.setAttribute("aria-pressed", String(isOn))
            button.textContent = isOn ? "Sound off" : "Sound on"
            if (isOn) this.#context ??= new AudioContext()
            void (isOn ? this.#context.resume() : this.#context?.suspend())
        })
    }

    /** @param {{hz: number, ms: number}[]} tones */
    play(tones) {
        const notes = tones.map(({ hz, ms }) => `${Math.round(hz)} Hz for ${Math.round(ms)} ms`)
        this.#root.querySelector("output").textContent = notes.slice(-3).join(", ")
        this.#root.classList.add("playing")
        clearTimeout(this.#endsAt)
        this.#endsAt = setTimeout(() => this.#root.classList.remove("playing"), SHOWN_MS)
        if (this.#context?.state === "running") this.#sound(tones)
    }

    #sound(tones) {
        let at = this.#context.currentTime
        for (const { hz, ms } of tones) {
            const end = at + ms / 1000
            const volume = new GainNode(this.#context, { gain: VOLUME })
            const tone = new OscillatorNode(this.#context, { type: "square", frequency: hz })
            tone.connect(volume).connect(this.#context.destination)
            tone.start(at)
            tone.stop(end)
            at = end
        }
    }
}
