// What a host says may be ordered is what it takes, at the price it says.

import Foundation
import Testing

@Suite struct WorksTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Tests/BuskerAudioTests/Neural/Fixtures").path

    private static let models =
        "quick=umx:\(fixtures)/umx@0.5;six=htdemucs:\(fixtures)/htdemucs/six.safetensors@2;talk=umx:\(fixtures)/umxse"

    /// The offers of the standard work, as anybody is told them.
    private func offers(_ studio: Studio) async throws -> [[String: Any]] {
        let answer = try await Client(studio: studio).get("/works")
        #expect(try answer.status == 200 && answer.text("unit") == "credit")
        let works = try answer.items()
        #expect(works.count == 1 && works[0]["work"] as? String == "separate")
        #expect(works[0]["standard"] as? Bool == true && works[0]["needs_file"] as? Bool == true)
        return try #require(works[0]["offers"] as? [[String: Any]])
    }

    private func options(_ offer: [String: Any]) throws -> [String: [String]] {
        let all = try #require(offer["options"] as? [[String: Any]])
        return Dictionary(
            try all.map { (try #require($0["name"] as? String), try #require($0["values"] as? [String])) },
            uniquingKeysWith: { first, _ in first })
    }

    private func price(_ offer: [String: Any]) throws -> [String] {
        let prices = try #require(offer["prices"] as? [[String: Any]])
        #expect(prices.count == 1)
        return ["meter", "per", "price"].map { prices[0][$0] as? String ?? "-" }
    }

    @Test func aHostWithoutModelsOffersSignalProcessing() async throws {
        let offers = try await offers(try await Studio.shared.value)
        #expect(offers.count == 1 && offers[0]["model"] is NSNull && offers[0]["sample_rate"] is NSNull)
        #expect(offers[0]["stems"] as? [String] == ["vocals", "drums", "bass", "other"])
        #expect(try options(offers[0]) == ["stems": ["4", "2"], "format": ["flac", "wav"]])
        #expect(try price(offers[0]) == ["song", "job", "1"])
    }

    @Test func whatIsToldCanBeOrderedAtThePriceThatIsTold() async throws {
        let studio = try await Studio(["MODELS": Self.models])
        let offers = try await offers(studio)
        #expect(offers.map { $0["model"] as? String } == [nil, "quick", "six", "talk"])
        #expect(try offers.map { try price($0)[2] } == ["1", "0.5", "2", "1"])
        #expect(try offers.map { try options($0)["stems"] } == [["4", "2"], ["4", "2"], ["2"], nil])
        let six = ["drums", "bass", "other", "vocals", "guitar", "piano"]
        #expect(offers[2]["stems"] as? [String] == six && offers[2]["sample_rate"] as? Int == 44_100)

        let person = try await studio.person()
        let file = try await person.file()
        func quote(_ options: [String: String]) async throws -> Answer {
            try await person.post("/jobs/quote", ["file_id": file, "options": options])
        }
        for offer in offers {
            let model = offer["model"] as? String
            let base = model.map { ["model": $0] } ?? [:]
            let told = try #require(Double(try price(offer)[2]))
            for (name, values) in try options(offer) {
                for value in values {
                    let answer = try await quote(base.merging([name: value]) { $1 })
                    #expect(answer.status == 200, "\(base) \(name) \(value) \(answer.body)")
                    #expect(try Double(answer.text("cost")) == told)
                }
                #expect(try await quote(base.merging([name: "6"]) { $1 }).status == 422)
            }
        }
        #expect(try await quote(["model": "fine"]).status == 422)

        let job = try await person.post("/jobs", ["file_id": file, "options": ["model": "six"]]).text("job_id")
        #expect(try await person.settled(job) == "COMPLETED")
        let whole = try await person.get("/job/\(job)")
        let outputs = try #require(try whole.value("outputs") as? [[String: Any]])
        #expect(outputs.filter { $0["kind"] as? String == "stem" }.compactMap { $0["stem"] as? String } == six)
        #expect(try await person.available() == "1.00")
        #expect(try await studio.stop() == 0)
    }

    @Test func minutesArePricedAsMinutes() async throws {
        let studio = try await Studio(["MODELS": Self.models, "PRICE": "per_minute"])
        let prices = try await offers(studio).map { try price($0) }
        #expect(
            prices == [
                ["time", "minute", "1"], ["time", "minute", "0.5"], ["time", "minute", "2"], ["time", "minute", "1"],
            ])
        #expect(try await studio.stop() == 0)
    }
}
