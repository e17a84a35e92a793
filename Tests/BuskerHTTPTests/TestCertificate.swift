// Certificates for localhost and another name that signed themselves, for tests only.

enum TestCertificate {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBlTCCATugAwIBAgIUWIlUZ+AbtnhM0hsv9vrGNolM3FcwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTA5MzM0NFoYDzIxMjYxMDI4
        MDkzMzQ0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAASdprDDvuP5Q6h0Dg9BWPaqZrgukdVUJgF2AGIlIta7O95KMt+tw01p
        KYnG5J//dhwTZMFYZbhM4xWfnCgFNSFEo2kwZzAdBgNVHQ4EFgQUxgvr/Bl20WhI
        zKNVkKjEjUah8WIwHwYDVR0jBBgwFoAUxgvr/Bl20WhIzKNVkKjEjUah8WIwFAYD
        VR0RBA0wC4IJbG9jYWxob3N0MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwID
        SAAwRQIhAMsc+cBy6+Efm35GNhJzcQRCmnITr6i69zyKBeCUnpvkAiBMagr0pgCh
        jKusKichnHEFFhi4eStOo8o8Qy91Wr4n3A==
        -----END CERTIFICATE-----
        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSP3zoS44gsrTtVLh
        yj9/fDiDaZ8XzGNLYPKCcdneVmqhRANCAASdprDDvuP5Q6h0Dg9BWPaqZrgukdVU
        JgF2AGIlIta7O95KMt+tw01pKYnG5J//dhwTZMFYZbhM4xWfnCgFNSFE
        -----END PRIVATE KEY-----
        """

    /// The same for `hooks.example`.
    static let namedCertificate = """
        -----BEGIN CERTIFICATE-----
        MIIBojCCAUegAwIBAgIUG9aYalfKQzJSV0gwDON+B9Ie7MkwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNaG9va3MuZXhhbXBsZTAgFw0yNjExMjExOTIyMDlaGA8yMTI2
        MTAyODE5MjIwOVowGDEWMBQGA1UEAwwNaG9va3MuZXhhbXBsZTBZMBMGByqGSM49
        AgEGCCqGSM49AwEHA0IABFvAlUVRuKhxUgN2Fs6gQ/fvqfIcJqJyNBqSu4Upg9dq
        vsTlfdet3HyseYty4C67GGznomoqyTyaaecMmABsk6ijbTBrMB0GA1UdDgQWBBT4
        yFDmwb4fb9+GHHFfThth1znW1zAfBgNVHSMEGDAWgBT4yFDmwb4fb9+GHHFfThth
        1znW1zAPBgNVHRMBAf8EBTADAQH/MBgGA1UdEQQRMA+CDWhvb2tzLmV4YW1wbGUw
        CgYIKoZIzj0EAwIDSQAwRgIhAPG6uEoAPLH3QzxvjSxgCcxUbvFTSkwoMacCL8oM
        AMAPAiEAp/A4xp+kGNSm+73h6+inHE9v6fgavW7fHZf6XboMtss=
        -----END CERTIFICATE-----
        """

    static let namedKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgDhwdCivB3CylBYY5
        W5UiGwfKBWV13CX6TWvsW9dwt2ihRANCAARbwJVFUbiocVIDdhbOoEP376nyHCai
        cjQakruFKYPXar7E5X3Xrdx8rHmLcuAuuxhs56JqKsk8mmnnDJgAbJOo
        -----END PRIVATE KEY-----
        """
}
