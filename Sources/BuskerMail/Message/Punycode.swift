// International domains as name servers write them.

/// Labels of a domain in ASCII (RFC 3492): `bücher` becomes `xn--bcher-kva`.
enum Punycode {
    private static let base = 36
    private static let (low, high, skew, damp) = (1, 26, 38, 700)
    private static let digits = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8)

    /// A domain whose labels are all ASCII; nothing when it would be too long for one.
    static func domain(_ text: String) -> String? {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false).map { label in
            label.utf8.allSatisfy { $0 < 0x80 } ? String(label) : "xn--" + encode(String(label))
        }
        guard labels.allSatisfy({ (1...63).contains($0.utf8.count) }) else { return nil }
        return labels.joined(separator: ".")
    }

    private static func encode(_ label: String) -> String {
        let scalars = label.unicodeScalars.map { Int($0.value) }
        var output = scalars.filter { $0 < 0x80 }.map { UInt8($0) }
        let basic = output.count
        if basic > 0 { output.append(UInt8(ascii: "-")) }
        var (code, delta, bias, handled) = (0x80, 0, 72, basic)
        while handled < scalars.count {
            guard let next = scalars.filter({ $0 >= code }).min() else { break }
            delta += (next - code) * (handled + 1)
            code = next
            for scalar in scalars {
                if scalar < code { delta += 1 }
                guard scalar == code else { continue }
                output += number(delta, bias)
                bias = adapted(delta, points: handled + 1, isFirst: handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            code += 1
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func number(_ delta: Int, _ bias: Int) -> [UInt8] {
        var (rest, place, output) = (delta, base, [UInt8]())
        while true {
            let threshold = min(max(place - bias, low), high)
            guard rest >= threshold else { break }
            output.append(digits[threshold + (rest - threshold) % (base - threshold)])
            rest = (rest - threshold) / (base - threshold)
            place += base
        }
        return output + [digits[rest]]
    }

    private static func adapted(_ delta: Int, points: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / damp : delta / 2
        delta += delta / points
        var count = 0
        while delta > (base - low) * high / 2 {
            delta /= base - low
            count += base
        }
        return count + (base - low + 1) * delta / (delta + skew)
    }
}
