// One request to a provider.

import HTTPTypes

/// What is asked of a provider, before it becomes HTTP.
struct ProviderRequest: Sendable {
    var method: HTTPRequest.Method
    /// The path behind the address; ids in it were checked.
    var path: String
    var query = FormFields()
    var headers = HTTPFields()
    var body: [UInt8] = []
    /// Whether asking twice is asking once: reading is, and so is what carries a key that the provider heeds.
    var canRepeat: Bool

    /// Asks for an object or a list.
    static func get(_ path: String, _ query: KeyValuePairs<String, String> = [:]) -> ProviderRequest {
        ProviderRequest(method: .get, path: path, query: FormFields(query), canRepeat: true)
    }

    /// Sends a body of a kind.
    static func post(_ path: String, _ body: [UInt8], type: String, canRepeat: Bool) -> ProviderRequest {
        ProviderRequest(
            method: .post, path: path, headers: [.contentType: type], body: body, canRepeat: canRepeat)
    }
}

extension HTTPField.Name {
    /// A name that is written here; nothing only if it had a wrong character.
    static func of(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .accept }
}
