// A certificate for localhost that signed itself, for tests only.

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
}
