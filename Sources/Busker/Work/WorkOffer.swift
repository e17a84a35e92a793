// What may be ordered of a work, at one price.

/// One thing that a work offers: the options it takes, what comes of it, and the rate card that prices it.
///
/// Hosts tell customers by it what may be ordered, and works check orders by it: what is told is taken, and nothing else.
public struct WorkOffer: Sendable, Hashable {
    /// The value of the option `model` by which it is ordered; nothing where there is no model to name.
    public let model: String?
    /// The rate card that prices it.
    public let card: String
    /// What else may be ordered; each of a name of its own.
    public let options: [WorkOption]
    /// What a sound is taken apart into where no option says otherwise; none for work that does not.
    public let stems: [String]
    /// The frames a second the model was made for, in Hz; nothing where there is no model.
    ///
    /// Results have the rate of the sound all the same.
    public let sampleRate: Int?

    /// Describes an offer.
    public init(
        model: String? = nil, card: String, options: [WorkOption] = [], stems: [String] = [], sampleRate: Int? = nil
    ) {
        self.model = model
        self.card = card
        self.options = options
        self.stems = stems
        self.sampleRate = sampleRate
    }

    /// Refuses an order for what is not on offer.
    ///
    /// - Throws: ``MediaError`` with `badOptions` for an option it does not have, or a value that one may not have.
    public func check(_ ordered: [String: String], of sound: SoundFacts) throws(MediaError) {
        for (name, value) in ordered.sorted(by: { $0.key < $1.key }) {
            if name == "model", let model, model == value { continue }
            guard let option = options.first(where: { $0.name == name }) else {
                let names = ((model == nil ? [] : ["model"]) + options.map(\.name)).joined(separator: ", ")
                throw MediaError(
                    .badOptions,
                    names.isEmpty ? "There are no options." : "There is no option \(name) here; there is \(names).")
            }
            guard option.accepts(value, of: sound) else { throw MediaError(.badOptions, option.sentence) }
        }
    }
}

extension Work {
    /// The offer that an order takes up; its other options are not looked at.
    ///
    /// - Throws: ``MediaError`` with `badOptions` for a model that there is not, or where the work offers nothing.
    public func offer(for ordered: [String: String]) throws(MediaError) -> WorkOffer {
        let models = offers.compactMap(\.model)
        let named = models.isEmpty ? nil : ordered["model"]
        if let offer = offers.first(where: { $0.model == named }) { return offer }
        let known = models.joined(separator: ", ")
        throw MediaError(
            .badOptions,
            models.isEmpty
                ? "The work offers nothing."
                : named == nil ? "Name a model: \(known)." : "There is no such model; there is \(known).")
    }
}
