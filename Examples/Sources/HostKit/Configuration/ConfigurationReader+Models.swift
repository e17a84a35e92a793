// The nets that a host offers by name.

import Busker
import BuskerAudio
import BuskerLedger
import Foundation

extension ConfigurationReader {
    /// `MODELS` is `NAME=umx:FOLDER` or `NAME=htdemucs:FILE`, more of them after semicolons, each with `@PRICE` behind if it costs
    /// more or less than one credit.
    ///
    /// The weights are loaded once, so that a host with wrong ones does not start.
    mutating func models() -> [HostConfiguration.Model] {
        var models: [HostConfiguration.Model] = []
        for part in (text("MODELS") ?? "").split(separator: ";") {
            let entry = part.trimmingCharacters(in: .whitespaces)
            guard let model = model(entry) else { continue }
            if models.contains(where: { $0.net.name == model.net.name }) {
                fault("MODELS", "names '\(model.net.name)' twice")
            }
            models.append(model)
        }
        return models
    }

    private mutating func model(_ entry: String) -> HostConfiguration.Model? {
        let sides = entry.split(separator: "=", maxSplits: 1).map(String.init)
        let words = sides.last.map { $0.split(separator: ":", maxSplits: 1).map(String.init) } ?? []
        guard sides.count == 2, words.count == 2, let kind = SoundModel.Kind(rawValue: words[0]) else {
            fault("MODELS", "is NAME=umx:FOLDER or NAME=htdemucs:FILE, joined by semicolons, not '\(entry)'")
            return nil
        }
        var (path, price) = (words[1], "1")
        if let at = path.lastIndex(of: "@") {
            (path, price) = (String(path[..<at]), String(path[path.index(after: at)...]))
        }
        guard let credits = try? ExactDecimal(price), !credits.isZero else {
            fault("MODELS", "has a price in credits behind @, not '\(price)'")
            return nil
        }
        do throws(AudioError) {
            let net = try SoundModel(sides[0], kind, path: path, card: "separation-\(sides[0])")
            return HostConfiguration.Model(net: net, price: credits)
        } catch {
            fault("MODELS", "is refused: \(error.detail)")
            return nil
        }
    }
}
