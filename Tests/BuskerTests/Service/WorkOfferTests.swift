// What works tell of themselves is what they take.

import BuskerCore
import BuskerLedger
import BuskerProcess
import Testing

@testable import Busker

@Suite struct WorkOfferTests {
    /// Every built-in work, with all kinds of options.
    private static func works() throws -> [any Work] {
        let runner = SoundRunner(program: "/", folder: "/")
        let command = CommandWork(
            "remix", program: "/bin/echo",
            arguments: ["{mood}", "{shift}", "{words}", "--seed={seed}", "--note={note}"],
            options: [
                "mood": ["calm", "wild", "-n"], "shift": .whole(-12...12, usual: 0), "words": .text(bytesMax: 40),
                "seed": .whole(-5...5, usual: 1), "note": .text(bytesMax: 9_000), "model": ["one", "two"],
            ],
            results: [
                WorkFile("a.wav", name: "a.wav", kind: "stem", contentType: "audio/wav", tags: ["stem": "vocals"])
            ], card: "remix", runner: ProcessRunner())
        return [
            SeparationWork(runner), SeparationWork(runner, models: try SoundModelTests.models()), PreviewWork(runner),
            WaveformWork(runner), SongWork(runner), SongWork(runner, seconds: 20...60), command,
            CommandWork.demucs("/bin/demucs", card: "gpu", runner: ProcessRunner()),
        ]
    }

    /// Values that an option takes, and others that look like them.
    private static func values(_ option: WorkOption) -> (good: [String], bad: [String]) {
        switch option.values {
        case .oneOf(let known):
            return (known, known.map { $0 + " " } + known.map { $0.uppercased() } + ["", "none", "-n", "\u{212A}"])
        case .whole(let range):
            let (low, high) = (range.lowerBound, range.upperBound)
            return (
                ["\(low)", "\(high)", "\(low + (high - low) / 2)"],
                ["\(low - 1)", "\(high + 1)", "+\(high)", "0\(high)", "", "x", "1e1", " \(high)", "1.5"]
            )
        case .text(let most):
            let hyphen = option.mayBeginWithHyphen
            return (
                ["", "노래", String(repeating: "x", count: most)] + (hyphen ? ["-n"] : []),
                ["a\u{0}b", String(repeating: "x", count: most + 1)] + (hyphen ? [] : ["-n"])
            )
        case .second: return (["0", "1"], ["-1", "2", "01", "x", ""])
        }
    }

    private func accepts(_ work: any Work, _ options: [String: String]) -> Bool {
        do {
            return try !work.estimate(SoundModelTests.stereo, options: options).isEmpty
        } catch {
            #expect(error.code == .badOptions)
            return false
        }
    }

    @Test func everyValueThatIsToldIsTakenAndNoOther() throws {
        var count = 0
        for work in try Self.works() {
            for offer in work.offers {
                let base = offer.model.map { ["model": $0] } ?? [:]
                #expect(accepts(work, base), "\(work.kind) \(base)")
                #expect(!accepts(work, base.merging(["unheard": "1"]) { $1 }), "\(work.kind) \(base)")
                #expect(work.card(for: base) == offer.card)
                for option in offer.options {
                    let (good, bad) = Self.values(option)
                    for value in good + (option.usual.map { [$0] } ?? []) {
                        #expect(
                            accepts(work, base.merging([option.name: value]) { $1 }), "\(work.kind) \(option) \(value)")
                        count += 1
                    }
                    for value in bad where !good.contains(where: { $0.utf8.elementsEqual(value.utf8) }) {
                        #expect(
                            !accepts(work, base.merging([option.name: value]) { $1 }), "\(work.kind) \(option) \(value)"
                        )
                    }
                }
            }
            #expect(!work.offers.isEmpty)
        }
        #expect(count > 60)
    }

    @Test func modelsAreOfferedWithWhatTheyMake() throws {
        let runner = SoundRunner(program: "/", folder: "/")
        let six = try SoundModel(
            "six", .htdemucs, path: "\(SoundModelTests.fixtures)/htdemucs/six.safetensors", card: "six-card")
        let work = SeparationWork(runner, models: try SoundModelTests.models() + [six, six])
        #expect(work.offers.map(\.model) == [nil, "quick", "fine", "speech", "six"])
        #expect(work.offers.map(\.card) == ["separation", "quick-card", "fine-card", "speech-card", "six-card"])
        let stems = work.offers.map { offer in offer.options.first { $0.name == "stems" }?.values }
        #expect(stems == [.oneOf(["4", "2"]), .oneOf(["4", "2"]), .oneOf(["4", "2"]), nil, .oneOf(["2"])])
        #expect(work.offers.last?.stems == ["drums", "bass", "other", "vocals", "guitar", "piano"])
        #expect(work.offers[0].sampleRate == nil && work.offers.dropFirst().allSatisfy { ($0.sampleRate ?? 0) > 0 })
    }

    @Test func aRefusalSaysWhatThereIs() throws {
        let work = SeparationWork(SoundRunner(program: "/", folder: "/"), models: try SoundModelTests.models())
        for (options, sentence) in [
            (["stems": "3"], "The option stems is one of 4, 2."),
            (["model": "none"], "There is no such model; there is quick, fine, speech."),
            (["model": "speech", "stems": "2"], "There is no option stems here; there is model, format."),
            (["pitch": "2"], "There is no option pitch here; there is stems, format."),
        ] {
            do {
                _ = try work.estimate(SoundModelTests.stereo, options: options)
                Issue.record("\(options) was taken.")
            } catch {
                #expect(error.code == .badOptions && error.detail == sentence)
            }
        }
    }

    @Test func workThatSaysNothingOffersNothing() throws {
        struct Silent: Work {
            let kind = "silent"
            let card = "c"
            let timeLimit = Duration.seconds(1)
            func estimate(_ sound: SoundFacts, options: [String: String]) throws(MediaError) -> [Usage] { [] }
            func run(_ task: WorkTask) async throws -> WorkProduct { WorkProduct([]) }
        }
        #expect(Silent().offers.isEmpty)
        #expect(throws: MediaError(.badOptions, "")) { try Silent().offer(for: [:]) }
        #expect(throws: MediaError(.badOptions, "")) { try WorkOffer(card: "c").check(["a": "b"], of: .none) }
        try WorkOffer(card: "c").check([:], of: .none)
    }
}
