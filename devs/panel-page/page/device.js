/** Draws the device: its body as SVG, and over it the screen, the light and the buttons. */
import { lying, shapes } from "./shapes.js"

const SVG = "http://www.w3.org/2000/svg"
/** Room around the body for sockets and the glow, mm. */
const MARGIN_MM = 5
/** CSS pixels per mm: the Core's screen is a little larger than its pixels. */
const PX_PER_MM = 8
const FULL = 255
const GAMMA = 2.2
/** Small boards are drawn larger. */
const MIN_WIDTH_PX = 270
/** How long a click without pointer or key holds a button: a screen reader's or a voice command's. */
const CLICK_MS = 200

export class Device {
    /** @type {CanvasRenderingContext2D | undefined} */
    #screen
    #light
    /** of a LED that has only one */
    #lightColor
    #buttons = new Map()
    /** in the order of their keys */
    buttonNames = []
    #drawn = Promise.resolve()

    /** @param setup of the page's server @param press called with a pin's label, and whether it is down */
    constructor(root, setup, press) {
        const shape = shapeOf(setup)
        const stage = document.createElement("div")
        stage.className = "stage"
        const widthMm = shape.width + 2 * MARGIN_MM
        stage.style.maxWidth = `${Math.max(widthMm * PX_PER_MM, MIN_WIDTH_PX)}px`
        stage.append(drawing(shape, setup.board.name))
        const place = (element, box) => {
            const heightMm = shape.height + 2 * MARGIN_MM
            element.style.left = `${(100 * (box.x + MARGIN_MM)) / widthMm}%`
            element.style.top = `${(100 * (box.y + MARGIN_MM)) / heightMm}%`
            element.style.width = `${(100 * box.width) / widthMm}%`
            element.style.height = `${(100 * box.height) / heightMm}%`
            stage.append(element)
        }
        if (setup.hasLight && shape.light) {
            this.#lightColor = shape.light.color
            this.#light = document.createElement("div")
            this.#light.className = "light"
            place(this.#light, shape.light)
        }
        if (setup.screen && shape.screen) {
            const canvas = Object.assign(document.createElement("canvas"), setup.screen)
            canvas.setAttribute("role", "img")
            canvas.setAttribute("aria-label", "The device’s screen")
            this.#screen = canvas.getContext("2d")
            place(canvas, shape.screen)
        }
        for (const [at, box] of shape.buttons.entries()) {
            if (!setup.buttons.includes(box.pin)) continue
            const button = buttonFor(box, at + 1, down => press(box.pin, down))
            this.#buttons.set(box.pin, button)
            this.buttonNames.push(box.name)
            place(button, box)
        }
        root.replaceChildren(stage)
    }

    /** Labels of the pins of the drawn buttons, in the order of their keys. */
    get pins() {
        return [...this.#buttons.keys()]
    }

    get hasOneColorLight() {
        return this.#lightColor !== undefined
    }

    /** Draws a part of the screen: one after the other, as they came. */
    draw({ x, y, png }) {
        this.#drawn = this.#drawn
            .then(async () => {
                const bytes = Uint8Array.from(atob(png), letter => letter.charCodeAt(0))
                const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }))
                this.#screen?.drawImage(picture, x, y)
            })
            .catch(console.warn)
    }

    /** @param {string | undefined} color as CSS writes it @param {string[]} pressed pins of the buttons that are down */
    show(color, pressed) {
        for (const [pin, button] of this.#buttons) button.classList.toggle("down", pressed.includes(pin))
        if (!this.#light) return
        const channels = (color?.match(/\d+/g) ?? []).map(Number)
        const brightest = Math.max(0, ...channels)
        this.#light.classList.toggle("lit", brightest > 0)
        const hue = this.#lightColor ?? channels.map(value => Math.round((FULL * value) / brightest))
        this.#light.style.setProperty("--glow", brightest > 0 ? glow(hue, brightest) : "transparent")
    }
}

/** Duty cycles as a person sees them: a LED driven for a tenth of the time is far brighter than a tenth. */
function glow(color, brightest) {
    const seen = (brightest / FULL) ** (1 / GAMMA)
    return `rgb(${color.join(" ")} / ${seen.toFixed(2)})`
}

function shapeOf({ board, screen }) {
    const shape = shapes[board.id] ?? shapes.esp32_devkit
    const isUpright = shape.screen && shape.screen.height > shape.screen.width
    return isUpright && screen && screen.width > screen.height ? lying(shape) : shape
}

function drawing({ width, height, parts, marks }, name) {
    const box = [-MARGIN_MM, -MARGIN_MM, width + 2 * MARGIN_MM, height + 2 * MARGIN_MM]
    const svg = svgElement("svg", { viewBox: box.join(" "), role: "img", "aria-label": name })
    for (const { look, ...box } of parts) svg.append(svgElement("rect", { ...box, class: look }))
    for (const { text, size, look = "mark", ...at } of marks) {
        const mark = svgElement("text", { ...at, class: look, "font-size": size, "text-anchor": "middle" })
        mark.textContent = text
        svg.append(mark)
    }
    return svg
}

function svgElement(name, attributes) {
    const element = document.createElementNS(SVG, name)
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
    return element
}

/** Held as long as the pointer or the key is down. */
function buttonFor({ name, side, plain }, key, press) {
    const button = document.createElement("button")
    button.type = "button"
    button.className = side ? "key side" : "key"
    button.textContent = side || plain ? "" : name
    button.setAttribute("aria-label", `Button ${name}`)
    button.setAttribute("aria-keyshortcuts", String(key))
    button.addEventListener("pointerdown", event => {
        if (event.button !== 0) return
        button.setPointerCapture(event.pointerId)
        press(true)
    })
    for (const end of ["pointerup", "pointercancel", "lostpointercapture", "blur"])
        button.addEventListener(end, () => press(false))
    const isPress = event => event.key === " " || event.key === "Enter"
    for (const type of ["keydown", "keyup"])
        button.addEventListener(type, event => {
            if (!isPress(event)) return
            // Otherwise a click follows.
            event.preventDefault()
            if (!event.repeat) press(type === "keydown")
        })
    button.addEventListener("click", event => {
        if (event.detail > 0) return
        press(true)
        setTimeout(() => press(false), CLICK_MS)
    })
    button.addEventListener("contextmenu", event => event.preventDefault())
    return button
}
