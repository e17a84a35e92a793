// The members of an object in a document, read strictly.

import BuskerCore

/// A value of a document and where it is; every complaint names the place.
struct DocumentValue {
    let value: JSONValue
    let path: String

    func fault(_ detail: String) -> RetentionError { RetentionError(.badPolicy, detail, path: path) }

    func text() throws(RetentionError) -> String {
        guard let text = value.text else { throw fault("A text is expected.") }
        return text
    }

    func integer() throws(RetentionError) -> Int64 {
        guard let number = value.integer else { throw fault("A whole number is expected.") }
        return number
    }

    func elements() throws(RetentionError) -> [DocumentValue] {
        guard let elements = value.elements else { throw fault("A list is expected.") }
        return elements.enumerated().map { DocumentValue(value: $0.element, path: "\(path)[\($0.offset)]") }
    }

    func words() throws(RetentionError) -> Set<String> {
        var words: Set<String> = []
        for element in try elements() {
            guard words.insert(try element.text()).inserted else { throw element.fault("The word is there twice.") }
        }
        return words
    }

    /// Words of a fixed list.
    func words<Word: RawRepresentable & CaseIterable & Hashable>(_ type: Word.Type) throws(RetentionError) -> Set<Word>
    where Word.RawValue == String {
        var words: Set<Word> = []
        for element in try elements() {
            guard words.insert(try element.word(type)).inserted else { throw element.fault("The word is there twice.") }
        }
        return words
    }

    func word<Word: RawRepresentable & CaseIterable>(_ type: Word.Type) throws(RetentionError) -> Word
    where Word.RawValue == String {
        guard let word = Word(rawValue: try text()) else {
            throw fault("The word is one of \(Word.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return word
    }

    /// The members; a name that is not in the lists, or one of the first that is missing, is a fault.
    func members(_ needed: [String], optional: [String] = []) throws(RetentionError) -> [String: DocumentValue] {
        guard let members = value.members else { throw fault("An object is expected.") }
        var found: [String: DocumentValue] = [:]
        for (name, value) in members {
            let member = DocumentValue(value: value, path: path.isEmpty ? name : "\(path).\(name)")
            guard needed.contains(name) || optional.contains(name) else {
                throw member.fault("The name is not known; known are \((needed + optional).joined(separator: ", ")).")
            }
            found[name] = member
        }
        for name in needed where found[name] == nil { throw fault("'\(name)' is missing.") }
        return found
    }

    /// The one member of an object.
    func only() throws(RetentionError) -> (name: String, value: DocumentValue) {
        guard let members = value.members, members.count == 1, let member = members.first else {
            throw fault("An object with one member is expected.")
        }
        return (member.name, DocumentValue(value: member.value, path: "\(path).\(member.name)"))
    }
}

extension [String: DocumentValue] {
    /// A member that `members` has made sure of.
    func need(_ name: String) throws(RetentionError) -> DocumentValue {
        guard let value = self[name] else { throw RetentionError(.badPolicy, "'\(name)' is missing.") }
        return value
    }
}
